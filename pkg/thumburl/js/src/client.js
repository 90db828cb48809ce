import { fail } from './error.js';

/**
 * Widths from min to max, each so near to the next one that no picture is scaled by more
 * than the tolerance.
 */
export const targetWidths = (min, max, tolerance = 0.08) => {
  if (!(min >= 1 && max >= min && tolerance >= 0.01)) fail('widths', [min, max, tolerance], '[100,1600,0.08]');
  const widths = [];
  for (let width = min; width < max; width *= 1 + tolerance * 2) widths.push(Math.round(width));
  return [...new Set([...widths, max])];
};

const day = 86400; // seconds

/** The class of clients that write URLs by an encode function. */
export const clientOf = (encode) => class Client {
  constructor({ base = '', sign, exactExpires } = {}) {
    Object.assign(this, { base: base.replace(/\/+$/, ''), sign, exactExpires });
  }

  url(key, edits, { version, expires, ...request } = {}) {
    const payload = encode({ ...request, key, edits, version: version?.replace(/^"|"$/g, ''),
      expires: expires && !this.exactExpires ? Math.ceil(expires / day) * day : expires });
    return `${this.base}/${payload}` + (this.sign ? '.' + this.sign(payload) : '');
  }

  preset(preset, key) {
    return this.url(key, undefined, { preset });
  }

  srcSet(key, edits, { widths, densities, ...request }) {
    const { width, height } = edits?.resize || fail('edits', edits, 'such as {"resize":{"width":288}}');
    if (!widths == !densities) fail('srcset', { widths, densities }, 'widths or densities, such as [1,2]');
    return (widths || densities).map((one) => {
      const scale = (side) => side && Math.round(side * (widths ? one / width : one));
      const resize = { ...edits.resize, width: scale(width), height: scale(height), withoutEnlargement: true };
      return `${this.url(key, { ...edits, resize }, request)} ${one}${widths ? 'w' : 'x'}`;
    }).join(', ');
  }

  img(key, edits, { sizes, widths, densities, ...request } = {}) {
    const { width, height } = edits?.resize || {};
    if (!widths && !densities) {
      if (sizes && width) widths = targetWidths(Math.ceil(width / 2), Math.min(width * 2, 4096), 0.2);
      else densities = [1, 2];
    }
    const srcset = this.srcSet(key, edits, { widths, densities, ...request });
    return { src: this.url(key, { ...edits, resize: { ...edits.resize, withoutEnlargement: true } }, request), srcset, sizes, width, height };
  }
};
