import { fromBase64url, toBase64url } from './base64url.js';
import { fail } from './error.js';
import { name, number, text } from './json.js';

const words = (list) => list.split(' ');
const fields = words('bucket key source preset edits outputFormat effort headers version expires');
const edits = words('affine animated autoOrient autoquality avif bandbool blur boolean canvas clahe convolve crop cropTo ensureAlpha extend extract extractChannel flatten flip flop gamma gif grayscale jpeg linear maxBytes median modulate negate normalise overlayWith pipelineColourspace pixelate png recomb removeAlpha resize rotate roundCrop sharpen smartCrop threshold tiff tint toColourspace trim turnFrames unflatten watermark webp');
// The first one is the default.
const enumerations = {
  outputFormat: words(' auto jpeg png webp avif gif tiff input'),
  fit: words('cover contain fill inside outside auto'),
};
// Here true is the default, and false is said.
const no = words('autoOrient animated turnFrames jpeg.progressive webp.smartSubsample negate.alpha threshold.grayscale');

const object = (path, value, names, order = names) => {
  for (const one in value) if (!names.includes(one)) fail(path + one, value[one], 'one of ' + names, 'UnknownField');
  return order.map((one) => [one, json(path + one, value[one], one)]).filter((one) => one[1]).map(([one, text]) => `"${one}":${text}`).join();
};

// The JSON of a value; empty is what a default, or nothing, is written as.
const json = (path, value, one) => {
  if (value == undefined || value === '' || value === 0 && !path.includes('.')) return '';
  if (one == 'edits' || typeof value == 'object' && !Array.isArray(value)) {
    const own = Object.keys(value);
    const members = one == 'edits' ? object('edits.', value, edits, own) : object(path + '.', value, own.sort());
    return members ? `{${members}}` : path.includes('.') ? 'true' : '';
  }
  const names = enumerations[one];
  if (names) return value == names[0] ? '' : name(path, value, names);
  if (typeof value == 'boolean') return value == no.includes(path.slice(6)) ? '' : '' + value;
  if (Array.isArray(value)) return `[${value.map((item) => json(path, item))}]`;
  const side = /^edits.resize.[wh]/.test(path);
  return side || typeof value == 'number' ? number(path, value, side || -1e12, side ? 4096 : 1e12, side) : text(path, value);
};

/** The payload of a request. */
export const encode = (request) => {
  if (!request.source) text('key', request.key || 0);
  const payload = toBase64url(`{${object('', request, fields)}}`);
  if (payload.length > 987) fail('', request, 'at most 740 bytes of JSON', 'RequestTooLong');
  return payload;
};

/** The request of a payload, which has to be canonical. */
export const decode = (payload) => {
  const request = JSON.parse(fromBase64url(payload));
  if (encode(request) != payload) fail('', payload, encode(request), 'NotCanonical');
  return request;
};
