// How numbers and names are written on the page.

/** 12345 -> "12.3 KB" */
export function bytes(n) {
  if (n < 1000) return `${n} B`;
  const [value, unit] = n < 999_950 ? [n / 1000, 'KB'] : [n / 1_000_000, 'MB'];
  return `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`;
}

/** 12.34 -> "12 ms" */
export function milliseconds(n) {
  return n < 1 ? 'under 1 ms' : `${Math.round(n)} ms`;
}

/** Cut in the middle: both ends tell URLs apart. */
export function shorten(s, keep) {
  return s.length <= keep ? s : `${s.slice(0, Math.ceil(keep / 2))}…${s.slice(-Math.floor(keep / 2))}`;
}

/** "image/avif" -> "AVIF" */
export function formatName(contentType) {
  const name = (contentType || '').split(';')[0].replace('image/', '').trim();
  return name === 'webp' ? 'WebP' : name.toUpperCase();
}

export function pixels(width, height) {
  return height ? `${width} × ${height}` : `${width} wide`;
}
