// Writes sharp.json: what sharp makes of small pictures, for TestEditsAgainstSharp.
//
//   scripts/deps.sh bench
//   node pkg/render/testdata/sharp.mjs scripts/bench/sharp/node_modules/sharp/dist/index.mjs > pkg/render/testdata/sharp.json
import { pathToFileURL } from 'node:url';

const { default: sharp } = await import(pathToFileURL(process.argv[2]).href);

const width = 48, height = 36;

// A gradient with a bright disc and a dark bar; alpha falls to the right.
function pixel(x, y) {
  let [r, g, b] = [40 + 4 * x, 30 + 5 * y, 220 - 3 * x];
  if ((x - 14) ** 2 + (y - 14) ** 2 < 64) [r, g, b] = [250, 200, 60];
  if (x > 28 && x < 34 && y > 6) [r, g, b] = [20, 40, 30];
  return [Math.min(255, r), Math.min(255, g), Math.max(0, b), Math.max(0, Math.min(255, 300 - 6 * x))];
}

function source(channels) {
  const data = Buffer.alloc(width * height * channels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const p = pixel(x, y);
      for (let c = 0; c < channels; c++) data[(y * width + x) * channels + c] = channels === 1 ? p[1] : p[c];
    }
  return sharp(data, { raw: { width, height, channels } }).png().toBuffer();
}

// A picture with a border of one colour.
function bordered(background) {
  return sharp({ create: { width, height, channels: 3, background } })
    .composite([{ input: { create: { width: 20, height: 10, channels: 3, background: '#204080' } }, left: 9, top: 14 }]).png().toBuffer();
}

const logo = await sharp({ create: { width: 12, height: 8, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.6 } } })
  .composite([{ input: { create: { width: 4, height: 4, channels: 4, background: '#00ff00' } }, left: 0, top: 0 }]).png().toBuffer();
const mask = await sharp({ create: { width, height, channels: 3, background: '#0f0ff0' } }).png().toBuffer();

const sources = { rgb: await source(3), rgba: await source(4), grey: await source(1), bordered: await bordered('#e0e0e0'), white: await bordered('#ffffff') };

// name, sources, our edits, what sharp is told
const cases = [
  ['rotate by 30', 'rgb rgba', { rotate: 30 }, s => s.rotate(30)],
  ['rotate on a colour', 'rgb rgba', { rotate: { angle: 200.5, background: '#ff8800' } }, s => s.rotate(200.5, { background: '#ff8800' })],
  ['affine', 'rgb rgba', { affine: { matrix: [1, 0.3, 0.1, 0.7] } }, s => s.affine([1, 0.3, 0.1, 0.7])],
  ['affine with all', 'rgb', { affine: { background: '#ffffff', idx: 3, interpolator: 'bicubic', matrix: [0.8, 0.2, -0.2, 1.1], odx: 2, ody: -1 } },
    s => s.affine([0.8, 0.2, -0.2, 1.1], { background: '#ffffff', idx: 3, odx: 2, ody: -1, interpolator: 'bicubic' })],
  ['extend', 'rgb rgba grey', { extend: { background: '#ff0000', bottom: 1, left: 2, right: 3, top: 4 } }, s => s.extend({ top: 4, left: 2, bottom: 1, right: 3, background: '#ff0000' })],
  ['extend, transparent', 'rgb', { extend: { background: '#ff000080', left: 5 } }, s => s.extend({ left: 5, background: { r: 255, g: 0, b: 0, alpha: 0.5 } })],
  ['extend by copies', 'rgb', { extend: { bottom: 3, extendWith: 'copy', left: 4 } }, s => s.extend({ bottom: 3, left: 4, extendWith: 'copy' })],
  ['extend by repetition', 'rgb', { extend: { bottom: 3, extendWith: 'repeat', left: 4 } }, s => s.extend({ bottom: 3, left: 4, extendWith: 'repeat' })],
  ['extend by a mirror', 'rgba', { extend: { extendWith: 'mirror', right: 4, top: 3 } }, s => s.extend({ top: 3, right: 4, extendWith: 'mirror' })],
  ['trim', 'bordered', { trim: true }, s => s.trim()],
  ['trim with a margin', 'bordered', { trim: { lineArt: true, margin: 2, threshold: 40 } }, s => s.trim({ threshold: 40, lineArt: true, margin: 2 })],
  ['trim another colour', 'bordered', { trim: { background: '#204080', threshold: 5 } }, s => s.trim({ background: '#204080', threshold: 5 })],
  ['grayscale', 'rgb rgba', { grayscale: true }, s => s.grayscale()],
  ['tint', 'rgb rgba', { tint: '#ff5500' }, s => s.tint('#ff5500')],
  ['negate', 'rgb rgba grey', { negate: true }, s => s.negate()],
  ['negate without alpha', 'rgba', { negate: { alpha: false } }, s => s.negate({ alpha: false })],
  ['normalise', 'rgb rgba grey', { normalise: true }, s => s.normalise()],
  ['normalise more', 'rgb', { normalise: { lower: 10, upper: 80 } }, s => s.normalise({ lower: 10, upper: 80 })],
  ['normalise from the ends', 'rgb', { normalise: { lower: 0, upper: 100 } }, s => s.normalise({ lower: 0, upper: 100 })],
  ['clahe', 'rgb grey', { clahe: { height: 9, width: 7 } }, s => s.clahe({ width: 7, height: 9 })],
  ['clahe without a limit', 'rgb', { clahe: { height: 5, maxSlope: 0, width: 5 } }, s => s.clahe({ width: 5, height: 5, maxSlope: 0 })],
  ['gamma around a blur', 'rgb', { gamma: 1.5, blur: 2 }, s => s.gamma(1.5).blur(2)],
  ['modulate', 'rgb rgba', { modulate: { brightness: 1.2, hue: 90, lightness: 5, saturation: 0.6 } }, s => s.modulate({ brightness: 1.2, saturation: 0.6, hue: 90, lightness: 5 })],
  ['modulate to black', 'rgb', { modulate: { brightness: 0 } }, s => s.modulate({ brightness: 0 })],
  ['linear', 'rgb rgba grey', { linear: { a: 1.3, b: -20 } }, s => s.linear(1.3, -20)],
  ['linear for each', 'rgb rgba', { linear: { a: [0.5, 1, 1.5], b: [10, 0, -10] } }, s => s.linear([0.5, 1, 1.5], [10, 0, -10])],
  ['linear with alpha', 'rgba', { linear: { a: [1, 1, 1, 0.5], b: [0, 0, 0, 50] } }, s => s.linear([1, 1, 1, 0.5], [0, 0, 0, 50])],
  ['recomb', 'rgb rgba', { recomb: [[0.3, 0.6, 0.1], [0, 0.9, 0.2], [0.5, 0, 0.5]] }, s => s.recomb([[0.3, 0.6, 0.1], [0, 0.9, 0.2], [0.5, 0, 0.5]])],
  ['recomb with alpha', 'rgba', { recomb: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0.2, 0, 0, 0.7]] }, s => s.recomb([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0.2, 0, 0, 0.7]])],
  ['convolve', 'rgb rgba', { convolve: { height: 3, kernel: [-1, 0, 1, -2, 0, 2, -1, 0, 1], width: 3 } }, s => s.convolve({ width: 3, height: 3, kernel: [-1, 0, 1, -2, 0, 2, -1, 0, 1] })],
  ['convolve with all', 'rgb', { convolve: { height: 3, kernel: [1, 2, 1, 2, 4, 2, 1, 2, 1], offset: 20, scale: 20, width: 3 } }, s => s.convolve({ width: 3, height: 3, kernel: [1, 2, 1, 2, 4, 2, 1, 2, 1], scale: 20, offset: 20 })],
  ['median', 'rgb rgba', { median: true }, s => s.median()],
  ['median of 7', 'rgb grey', { median: 7 }, s => s.median(7)],
  ['blur by 3', 'rgb rgba grey', { blur: 3 }, s => s.blur(3)],
  ['blur by 30', 'rgb rgba', { blur: 30 }, s => s.blur(30)],
  ['sharpen', 'rgb rgba', { sharpen: 2 }, s => s.sharpen({ sigma: 2 })],
  ['sharpen with all', 'rgb', { sharpen: { m1: 0.5, m2: 6, sigma: 1.5, x1: 3, y2: 15, y3: 15 } }, s => s.sharpen({ sigma: 1.5, m1: 0.5, m2: 6, x1: 3, y2: 15, y3: 15 })],
  ['threshold', 'rgb grey', { threshold: 100 }, s => s.threshold(100)],
  ['threshold of each', 'rgb rgba', { threshold: { grayscale: false } }, s => s.threshold(128, { grayscale: false })],
  ['flatten', 'rgba', { flatten: { background: '#00ff00' } }, s => s.flatten({ background: '#00ff00' })],
  ['flatten on black', 'rgba', { flatten: true }, s => s.flatten()],
  ['unflatten', 'white rgba', { unflatten: true }, s => s.unflatten()],
  ['remove alpha', 'rgba', { removeAlpha: true }, s => s.removeAlpha()],
  ['ensure alpha', 'rgb rgba', { ensureAlpha: 0.5 }, s => s.ensureAlpha(0.5)],
  ['extract green', 'rgb rgba', { extractChannel: 'green' }, s => s.extractChannel('green')],
  ['extract alpha', 'rgba', { extractChannel: 'alpha' }, s => s.extractChannel('alpha')],
  ['bandbool', 'rgb', { bandbool: 'eor' }, s => s.bandbool('eor')],
  ['bandbool and', 'rgba', { bandbool: 'and' }, s => s.bandbool('and')],
  ['boolean', 'rgb', { boolean: { key: 'mask', operator: 'eor' } }, s => s.boolean(mask, 'eor')],
  ['to grey', 'rgb rgba', { toColourspace: 'b-w' }, s => s.toColourspace('b-w')],
  ['overlay in the middle', 'rgb rgba grey', { overlayWith: { key: 'logo' } }, s => s.composite([{ input: logo }])],
  ['overlay at a place', 'rgb', { overlayWith: { key: 'logo', left: 3, top: 30 } }, s => s.composite([{ input: logo, left: 3, top: 30 }])],
  ['overlay at a corner', 'rgba', { overlayWith: { key: 'logo', position: 'right bottom' } }, s => s.composite([{ input: logo, gravity: 'southeast' }])],
  ['overlay, multiplied', 'rgb rgba', { overlayWith: { blend: 'multiply', key: 'logo', position: 'left top' } }, s => s.composite([{ input: logo, gravity: 'northwest', blend: 'multiply' }])],
  ['overlay, cut out', 'rgb', { overlayWith: { blend: 'dest-out', key: 'logo', left: 5, top: 5 } }, s => s.composite([{ input: logo, left: 5, top: 5, blend: 'dest-out' }])],
  ['overlay, tiled', 'rgb', { overlayWith: { key: 'logo', left: 0, tile: true, top: 0 } }, s => s.composite([{ input: logo, left: 0, top: 0, tile: true }])],
  ['contain with a background', 'rgb', { resize: { background: '#112233', fit: 'contain', height: 40, space: 'gamma', width: 30 } }, s => s.resize(30, 40, { fit: 'contain', background: '#112233' })],
  ['without enlargement', 'rgb', { resize: { height: 20, noUpscale: true, space: 'gamma', width: 100 } }, s => s.resize(100, 20, { withoutEnlargement: true })],
  ['contain without enlargement', 'rgb', { resize: { background: '#000000', fit: 'contain', height: 60, noUpscale: true, space: 'gamma', width: 70 } }, s => s.resize(70, 60, { fit: 'contain', withoutEnlargement: true })],
  ['without reduction', 'rgb', { resize: { height: 20, space: 'gamma', width: 20, withoutReduction: true } }, s => s.resize(20, 20, { withoutReduction: true })],
  ['without reduction of one side', 'rgb', { resize: { space: 'gamma', width: 10, withoutReduction: true } }, s => s.resize({ width: 10, withoutReduction: true })],
  ['fill one side', 'rgb', { resize: { fit: 'fill', keepSide: true, space: 'gamma', width: 30 } }, s => s.resize({ width: 30, fit: 'fill' })],
  ['outside', 'rgb', { resize: { fit: 'outside', height: 20, space: 'gamma', width: 20 } }, s => s.resize(20, 20, { fit: 'outside' })],
  ['linear kernel', 'rgb', { resize: { height: 18, kernel: 'linear', space: 'gamma', width: 24 } }, s => s.resize(24, 18, { kernel: 'linear' })],
];

const text = b => b.toString('base64');
const out = [];
for (const [name, names, edits, tell] of cases) {
  for (const from of names.split(' ')) {
    const png = await tell(sharp(sources[from])).png({ compressionLevel: 9, adaptiveFiltering: true }).toBuffer()
      .catch(e => { throw new Error(`${name}: ${e.message}`); });
    out.push({ name, from, edits: JSON.stringify(edits), png: text(png) });
  }
}
// What sizes come of JPEGs, whose decoder shrinks first.
const sizes = [];
for (const [w, h] of [[400, 300], [301, 199], [97, 640], [500, 17]]) {
  const jpeg = await sharp({ create: { width: w, height: h, channels: 3, background: 'red' } }).jpeg().toBuffer();
  const boxes = [];
  for (const n of [1, 3, 7, 10, 13, 20, 25, 33, 37, 50, 61, 75, 99, 100, 101, 123, 131])
    boxes.push({ width: n }, { height: n }, { width: n, height: 30, fit: 'inside' }, { width: 40, height: n, fit: 'outside' }, { width: n, height: n });
  for (const box of boxes) {
    const { info } = await sharp(jpeg).resize(box).toBuffer({ resolveWithObject: true });
    sizes.push([w, h, box.width ?? 0, box.height ?? 0, box.fit ?? 'cover', info.width, info.height]);
  }
}

console.log(JSON.stringify({
  sharp: sharp.versions.sharp, vips: sharp.versions.vips,
  sources: Object.fromEntries(Object.entries(sources).map(([k, v]) => [k, text(v)])),
  seconds: { logo: text(logo), mask: text(mask) }, cases: out, sizes: sizes.map(row => row.join(' ')),
}, null, 1));
