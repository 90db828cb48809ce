// Made from src by `make js`.
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);

// src/placeholder.js
var placeholder_exports = {};
__export(placeholder_exports, {
  background: () => background,
  dataURL: () => dataURL,
  thumbHashPixels: () => thumbHashPixels
});
module.exports = __toCommonJS(placeholder_exports);

// src/error.js
var fail = (field, value, allowed, code = "InvalidField") => {
  const given = `${typeof value == "number" ? value : JSON.stringify(value)}`.slice(0, 64);
  throw Object.assign(Error((field && field + ": ") + `got ${given}, want ${allowed}`), { name: "ThumbfrontError", code, field, given, allowed });
};

// src/placeholder.js
var side = 16;
function thumbHashPixels(base64, most = 32) {
  const hash = bytesOf(base64);
  const header = hash[0] | hash[1] << 8 | hash[2] << 16;
  const more = hash[3] | hash[4] << 8;
  const hasAlpha = header >>> 23 === 1;
  const landscape = more >>> 15 === 1;
  const longer = hasAlpha ? 5 : 7;
  const shorter = Math.max(1, more & 7);
  const [columns, rows] = landscape ? [longer, shorter] : [shorter, longer];
  let nibble = hasAlpha ? 12 : 10;
  const plane = (mean, scale, nx, ny) => {
    const terms = [];
    for (let y = 0; y < ny; y++) {
      for (let x = y ? 0 : 1; x * ny < nx * (ny - y); x++) {
        const value = hash[nibble >> 1] >> 4 * (nibble & 1) & 15;
        terms.push([x, y, (value / 7.5 - 1) * scale]);
        nibble++;
      }
    }
    return (u, v) => terms.reduce((sum, [x, y, f]) => sum + 2 * f * Math.cos(Math.PI * x * u) * Math.cos(Math.PI * y * v), mean);
  };
  const l = plane((header & 63) / 63, (header >> 18 & 31) / 31, Math.max(3, columns), Math.max(3, rows));
  const p = plane((header >> 6 & 63) / 31.5 - 1, (more >> 3 & 63) / 63 * 1.25, 3, 3);
  const q = plane((header >> 12 & 63) / 31.5 - 1, (more >> 9 & 63) / 63 * 1.25, 3, 3);
  const a = hasAlpha ? plane((hash[5] & 15) / 15, (hash[5] >> 4) / 15, 5, 5) : () => 1;
  const ratio = columns / rows;
  const width = Math.max(1, Math.round(ratio > 1 ? most : most * ratio));
  const height = Math.max(1, Math.round(ratio > 1 ? most / ratio : most));
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const [u, v] = [(x + 0.5) / width, (y + 0.5) / height];
      const [light, toBlue, toGreen] = [l(u, v), p(u, v), q(u, v)];
      const blue = light - 2 / 3 * toBlue;
      const red = (3 * light - blue + toGreen) / 2;
      rgba.set([255 * red, 255 * (red - toGreen), 255 * blue, 255 * a(u, v)], at);
    }
  }
  return { width, height, rgba };
}
function bytesOf(base64) {
  const refuse = () => fail("thumbhash", base64, 'a ThumbHash in base64, such as "1QcSHQRnh493V4dIh4eXh1h4kJUI"');
  let text;
  try {
    text = typeof base64 === "string" ? atob(base64) : "";
  } catch {
    refuse();
  }
  const hash = Uint8Array.from(text, (c) => c.charCodeAt(0));
  if (hash.length < 6) refuse();
  const alpha = hash[2] >> 7;
  const terms = count(alpha ? 5 : 7, Math.max(3, hash[3] & 7)) + 2 * count(3, 3) + alpha * count(5, 5);
  if (hash.length < 5 + alpha + terms / 2) refuse();
  return hash;
}
function count(columns, rows) {
  let terms = -1;
  for (let y = 0; y < rows; y++) for (let x = 0; x * rows < columns * (rows - y); x++) terms++;
  return terms;
}
function dataURL({ thumbhash } = {}) {
  return thumbhash ? bitmap(thumbHashPixels(thumbhash, side)) : void 0;
}
function background({ thumbhash, color } = {}) {
  if (color && !/^#[\da-f]{6}$/i.test(color)) fail("color", color, '"#rrggbb", such as "#336699"');
  return thumbhash ? `${color || ""} center / 100% 100% no-repeat url("${dataURL({ thumbhash })}")`.trim() : color || void 0;
}
function bitmap({ width, height, rgba }) {
  const head = 122;
  const bytes = new Uint8Array(head + rgba.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 16973);
  const words = { 2: bytes.length, 10: head, 14: 108, 18: width, 22: -height, 30: 3, 34: rgba.length, 54: 255, 58: 65280, 62: 16711680, 66: 4278190080, 70: 1934772034 };
  for (const [at, word] of Object.entries(words)) view.setInt32(+at, word, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 32, true);
  bytes.set(rgba, head);
  return `data:image/bmp;base64,${btoa(String.fromCharCode(...bytes))}`;
}
