// What fields of an edit have to do with each other; each is in its range by itself.
import { fail } from './error.js';

const maxPixels = 16e6;

function resize(field, { width = 0, height = 0, ratio, minWidth, minHeight, fit, position, focus, withoutEnlargement, noUpscale, withoutReduction, keepSide }) {
  const box = width || height;
  if (!box && !ratio && !minWidth && !minHeight) fail(field, {}, 'width, height or both, such as {"height":264,"width":288}, or a ratio');
  if (box && ratio) fail(field + '.ratio', ratio, 'either a ratio or a size, such as {"width":288}');
  if (width * height > maxPixels) fail(field, `${width}x${height}`, `at most ${maxPixels} pixels, such as 4000x4000`);
  if (withoutEnlargement && (noUpscale || withoutReduction)) fail(field + '.withoutEnlargement', true, 'withoutEnlargement, or noUpscale and withoutReduction');
  if (focus && position) fail(field + '.focus', focus, 'a focus or a position');
  if (keepSide && (fit !== 'fill' || width && height)) fail(field + '.keepSide', true, 'it with "fit":"fill" and one side');
}

const oneSide = (field, { width, height }) => width || height || fail(field, {}, 'width, height or both, such as {"width":288}');

/** By the name of the edit; each gets its canonical value. */
export const checks = {
  resize,
  cropTo(field, edit) {
    oneSide(field, edit);
    if (edit.focus && edit.position) fail(field + '.focus', edit.focus, 'a focus or a position');
  },
  canvas(field, edit) {
    oneSide(field, edit);
    if (edit.ratio && !(edit.width && edit.height)) fail(field + '.ratio', true, 'both width and height, such as 4 and 3');
  },
  affine(field, { matrix }) {
    if (!matrix) fail(field + '.matrix', matrix, '[a,b,c,d], such as [1,0,0,1]');
    const [a, b, c, d] = matrix;
    if (Math.abs(a * d - b * c) < 1e-6) fail(field + '.matrix', matrix, 'one that can be inverted, such as [1,0,0,1]');
  },
  rotate(field, edit) {
    if (edit.background && edit.angle % 90 === 0) fail(field + '.background', edit.background, 'an angle that is no multiple of 90, such as 45');
  },
  normalise(field, { lower = 1, upper = 99 }) {
    if (lower >= upper) fail(field + '.lower', lower, `a number below upper, such as ${upper - 1}`);
  },
  linear(field, { a, b }) {
    if (a?.length > 1 && b?.length > 1 && a.length !== b.length) fail(field, { a, b }, 'a and b of one length, or a single number');
  },
  sharpen(field, edit) {
    if (typeof edit === 'object' && !edit.sigma) fail(field + '.sigma', undefined, 'a sigma, such as 1, beside the others');
  },
  overlayWith(field, { left, top, position }) {
    if ((left !== undefined || top !== undefined) && position) fail(field + '.position', position, 'a position, or left and top');
  },
  convolve(field, { width, height, kernel }) {
    if (kernel?.length !== width * height) fail(field + '.kernel', kernel, `${width * height} numbers`);
  },
};
