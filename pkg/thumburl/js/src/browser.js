import { fromBase64url, toBase64url } from './base64url.js';
import { fail } from './error.js';
import { name, number, text } from './json.js';

const words = (list) => list.split(' ');
const fields = words('bucket key source preset edits outputFormat effort headers version expires');
const edits = words('affine animated autoOrient autoquality avif bandbool blur boolean canvas clahe convolve crop cropTo ensureAlpha extend extract extractChannel flatten flip flop gamma gif grayscale jpeg linear maxBytes median modulate negate normalise overlayWith pipelineColourspace pixelate png recomb removeAlpha resize rotate roundCrop sharpen smartCrop threshold tiff tint toColourspace trim turnFrames unflatten watermark webp');
const formats = words('auto jpeg png webp avif gif tiff input');
const fits = words('cover contain fill inside outside auto');
// Here true is the default, and false is said.
const no = words('autoOrient animated turnFrames jpeg.progressive webp.smartSubsample negate.alpha threshold.grayscale');

// The members of an object that say something, as JSON; nothing where there is none.
const object = (path, value, names, write, order = names) => {
  for (const one in value) if (!names.includes(one)) fail(path + one, value[one], 'one of ' + names, 'UnknownField');
  let members = '';
  for (const one of order) {
    const text = value[one] != undefined && write(path + one, value[one]);
    if (text) members += `,"${one}":${text}`;
  }
  return members && `{${members.slice(1)}}`;
};

// A value in the edits or in the headers; false is left out.
const inner = (path, value) => {
  if (Array.isArray(value)) return JSON.stringify(value);
  if (typeof value == 'object') return object(path + '.', value, Object.keys(value).sort(), inner) || (path == 'headers' ? '' : 'true');
  if (typeof value == 'boolean') return value == no.includes(path.slice(6)) ? '' : '' + value;
  if (/resize.fit/.test(path)) return value == fits[0] ? '' : name(path, value, fits);
  if (/resize.[wh]/.test(path)) return number(path, value, 1, 4096, 1);
  return typeof value == 'number' ? number(path, value, -1e12, 1e12) : text(path, value);
};

const field = (one, value) => {
  if (value === '' || value === 0) return '';
  if (one == 'edits') return object('edits.', value, edits, inner, Object.keys(value));
  return one == 'outputFormat' ? name(one, value, formats) : inner(one, value);
};

/** The payload of a request. */
export const encode = (request) => {
  if (!request?.source) text('key', request?.key);
  const payload = toBase64url(object('', request, fields, field));
  if (payload.length > 987) fail('', request, 'at most 740 bytes', 'RequestTooLong');
  return payload;
};

/** The request of a payload, which has to be canonical. */
export const decode = (payload) => {
  let request;
  try {
    request = JSON.parse(fromBase64url(payload));
  } catch {
    fail('', payload, 'base64url of JSON', 'InvalidJSON');
  }
  if (encode(request) != payload) fail('', payload, encode(request), 'NotCanonical');
  return request;
};
