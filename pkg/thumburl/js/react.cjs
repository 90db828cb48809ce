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

// src/react.js
var react_exports = {};
__export(react_exports, {
  Thumbnail: () => Thumbnail
});
module.exports = __toCommonJS(react_exports);
var import_react = require("react");

// src/error.js
var fail = (field, value, allowed, code = "InvalidField") => {
  const given = `${typeof value == "number" ? value : JSON.stringify(value)}`.slice(0, 64);
  throw Object.assign(Error((field && field + ": ") + `got ${given}, want ${allowed}`), { name: "ThumbfrontError", code, field, given, allowed });
};

// src/presets.js
function presetImg(client, key, presets) {
  const candidates = presets.split(",").map((one) => /^\s*([a-z][a-z\d-]*)(\s+[\d.]+[xw])?\s*$/.exec(one) || fail("preset", presets, 'names of presets, such as "card" or "card 1x, card2x 2x"'));
  const src = client.preset(candidates[0][1], key);
  if (candidates.length === 1 && !candidates[0][2]) return { src };
  return { src, srcset: candidates.map(([, preset, descriptor = ""]) => client.preset(preset, key) + descriptor.replace(/\s+/, " ")).join(", ") };
}

// src/img.js
function attributes(client, key, { preset, edits, width, height, fit, ...request }) {
  if (!key) fail("key", key, 'an S3 key in full, such as "uploads/photo.jpg"');
  if (preset) return { ...presetImg(client, key, preset), width, height };
  const resize = edits?.resize || { width, height, fit };
  return client.img(key, { ...edits, resize }, { outputFormat: "auto", ...request });
}

// src/placeholder.js
var side = 32;
function thumbHashPixels(base64) {
  const hash = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
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
  const width = Math.max(1, Math.round(ratio > 1 ? side : side * ratio));
  const height = Math.max(1, Math.round(ratio > 1 ? side / ratio : side));
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const [u, v] = [(x + 0.5) / width, (y + 0.5) / height];
      const blue = l(u, v) - 2 / 3 * p(u, v);
      const red = (3 * l(u, v) - blue + q(u, v)) / 2;
      rgba.set([255 * red, 255 * (red - q(u, v)), 255 * blue, 255 * a(u, v)], at);
    }
  }
  return { width, height, rgba };
}
function background({ thumbhash, color } = {}) {
  return thumbhash ? `${color || ""} center / 100% 100% no-repeat url("${dataURL(thumbHashPixels(thumbhash))}")`.trim() : color;
}
function dataURL({ width, height, rgba }) {
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

// src/react.js
function Thumbnail({ client, original, preset, edits, width, height, fit, sizes, widths, densities, request, entity, style, alt, ...others }) {
  if (alt === void 0) throw new TypeError('Thumbnail: alt is missing; want a text, such as alt="A beach", or alt="" for a picture that says nothing');
  const version = entity?.etag && !preset ? { version: entity.etag } : {};
  const { srcset, ...img } = attributes(client, original, { preset, edits, width, height, fit, sizes, widths, densities, ...version, ...request });
  const held = entity && !entity.alpha ? { background: background(entity) } : {};
  return (0, import_react.createElement)("img", { loading: "lazy", decoding: "async", ...img, srcSet: srcset, alt, style: { ...held, ...style }, ...others });
}
