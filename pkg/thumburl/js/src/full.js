// The whole language of requests, as a server needs it that signs: what the deployment
// would refuse is refused here.
import { fromBase64url, toBase64url } from './base64url.js';
import { checks } from './checks.js';
import { fail } from './error.js';
import * as json from './json.js';
import { table } from './table.js';

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

// A writer gives the JSON of a value; '' is what a default, or nothing, is written as.

/** bounds are the least, the most, and a default that is dropped. */
function number(field, value, [min, max, otherwise], whole) {
  // What is nearer to 0 would be printed with an exponent.
  if (Object.is(value, -0) || (value && Math.abs(value) < 1e-6)) fail(field, Object.is(value, -0) ? '-0' : value, `a number from ${min} to ${max}, such as ${max}`);
  const written = json.number(field, value, +min, +max, whole);
  return written === otherwise ? '' : written;
}

/** The first name is the default. */
function name(field, value, names) {
  if (value === '') return '';
  const written = json.name(field, value, names);
  return value === names[0] ? '' : written;
}

function list(field, values, [min, max, least, most], whole) {
  if (!Array.isArray(values) || values.length < least || values.length > most) {
    fail(field, values, `a list of ${least} to ${most} numbers from ${min} to ${max}, such as [${Array(+least).fill(max)}]`);
  }
  return `[${values.map((one) => number(field, one, [min, max], whole))}]`;
}

// One number may stand alone for a list of one.
const scalarOrList = (field, value, bounds, whole) => {
  const all = Array.isArray(value) ? value : [value];
  return all.length === 1 ? number(field, all[0], bounds.slice(0, 2), whole) : list(field, all, bounds, whole);
};

// The compass names of sharp's gravity.
const gravities = { center: 'centre', north: 'top', northeast: 'right top', east: 'right', southeast: 'right bottom',
  south: 'bottom', southwest: 'left bottom', west: 'left', northwest: 'left top' };

function oneOf(field, value, names) {
  if (typeof value === 'string' && names[0] === 'centre' && Object.hasOwn(gravities, value)) value = gravities[value];
  if (typeof value === 'string' && names[0] === 'over') value = value.replace('color-', 'colour-');
  return name(field, value, names);
}

function color(field, value, [otherwise]) {
  const opaque = otherwise === '-';
  if (value === '' && !opaque) return '';
  const canonical = `${value}`.toLowerCase().replace(/^(#.{6})ff$/, '$1');
  if (typeof value !== 'string' || !(opaque ? /^#[\da-f]{6}$/ : /^#[\da-f]{6}([\da-f]{2})?$/).test(canonical)) {
    fail(field, value, opaque ? '"#rrggbb", such as "#ffffff"' : '"#rrggbb" or "#rrggbbaa", such as "#ffffff"');
  }
  return canonical === '#' + otherwise ? '' : `"${canonical}"`;
}

/** Whole pixels, or a share such as "50%". */
function length(field, value, [min, max, otherwise]) {
  const [, percent] = /^\s*(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?)\s*%$/i.exec(value) || [];
  if (percent === undefined) return number(field, value, [min, max, otherwise], true);
  if (otherwise === '0' && Object.is(+percent, 0)) return '';
  return `"${number(field, +percent, [min < 0 ? -100 : 0.01, 100])}%"`;
}

function matrix(field, rows, [min, max]) {
  const side = rows?.length;
  if (!Array.isArray(rows) || side < 3 || side > 4) fail(field, rows, '3 lists of 3 numbers, or 4 lists of 4');
  return `[${rows.map((row) => list(field, row, [min, max, side, side]))}]`;
}

function angle(field, value) {
  if (value === undefined) fail(field, value, 'degrees, such as 90');
  number(field, value, [-1e6, 1e6]);
  return number(field, (value % 360 + 360) % 360 === 0 ? 0 : value % 360 + (value < 0 ? 360 : 0), [0, 359.999999, '0']);
}

function flag(field, value) {
  if (typeof value !== 'boolean') fail(field, value, 'true or false');
  return value;
}

function key(field, value) {
  const written = json.text(field, value, 'the original\'s S3 key in full, such as "uploads/photo.jpg"', /^(?!([^]*\/)?\.\.?(\/|$))[^]/);
  if (new TextEncoder().encode(value).length > 1024) fail(field, value, 'at most 1024 bytes of UTF-8');
  return written;
}

const bucket = (field, value) => value === '' ? '' : json.text(field, value, '3 to 63 characters of a-z, 0-9, dot and hyphen, such as "photos"', /^(?![.-])(?!.*\.\.)[a-z\d.-]{3,63}$/);

// Writers by the sign of their kind in the table.
const kinds = {
  '+': () => (field, value) => flag(field, value) ? 'true' : '',
  '-': () => (field, value) => flag(field, value) ? '' : 'false',
  '*': (bounds) => (field, value) => number(field, value, bounds, true),
  '~': (bounds) => (field, value) => number(field, value, bounds),
  "'": (bounds) => needed((field, value) => number(field, value, bounds, true)),
  '[': (bounds) => (field, value) => list(field, value, bounds),
  '(': (bounds) => (field, value) => scalarOrList(field, value, bounds),
  ')': (bounds) => (field, value) => Array.isArray(value) && !value.length ? '' : scalarOrList(field, value, bounds, true),
  ']': (bounds) => (field, value) => matrix(field, value, bounds),
  '=': (names) => (field, value) => oneOf(field, value, names),
  ':': (names) => (field, value) => name(field, value, names) || `"${names[0]}"`,
  '#': (args) => (field, value) => color(field, value, args),
  '%': (bounds) => (field, value) => length(field, value, bounds),
  '@': () => (field, value) => list(field, value, [0, 1, 2, 2]),
  '<': () => needed(angle),
  '$': () => needed(key.bind()),
  '&': () => bucket,
};

// A field that is judged also where it is not there.
const needed = (write) => Object.assign(write, { needed: true });

function writerOf(part) {
  const [, one, sign, args] = /^(\w+)(.)(.*)$/.exec(part);
  return [one, kinds[sign](args.split('|'))];
}

// The JSON of the members by their writers, in the order of these.
function members(field, value, writers) {
  const path = field && field + '.';
  if (!isObject(value)) fail(field, value, 'an object, such as {"width":288}');
  for (const one of Object.keys(value)) {
    if (value[one] !== undefined && !writers.has(one)) fail(path + one, value[one], 'one of ' + [...writers.keys()].join(', '), 'UnknownField');
  }
  const written = new Map();
  for (const [one, write] of writers) {
    const text = value[one] === undefined && !write.needed ? '' : write(path + one, value[one]);
    if (text) written.set(one, text);
  }
  return written;
}

const join = (written) => `{${[...written].map(([one, text]) => `"${one}":${text}`)}}`;

// An edit that is an object. Its flags are ! where it may be true alone, & where it says
// something by being there, and the name of a field whose value may stand alone.
function objectWriter(flags, writers) {
  const bare = flags[0] === '!';
  const short = flags.replace(/\W/, '');
  return (field, value) => {
    if (bare && typeof value === 'boolean') return value ? 'true' : '';
    let written;
    if (short && !isObject(value)) {
      const text = writers.get(short)(field, value);
      written = new Map(text ? [[short, text]] : []);
    } else {
      written = members(field, value, writers);
    }
    if (short === 'angle' && !written.has(short)) return ''; // a turn by nothing
    if (written.size === 1 && written.has(short)) return written.get(short);
    return written.size || flags[0] === '&' ? join(written) : bare ? 'true' : '';
  };
}

const edits = new Map(table.split('\n').map((line) => {
  const [head, ...fields] = line.split(',');
  const [one, flags] = head.split('{');
  return flags === undefined ? writerOf(head) : [one, objectWriter(flags, new Map(fields.map(writerOf)))];
}));

const formats = ['', 'auto', 'jpeg', 'png', 'webp', 'avif', 'gif', 'tiff', 'input'];

const withFormat = new Map([...edits, ['toFormat', (field, format) => (name(field, format, formats), '')]]);

function writeEdits(field, value) {
  if (!isObject(value)) fail(field, value, 'an object, such as {"resize":{"width":288}}');
  const said = Object.keys(value).filter((one) => value[one] !== undefined);
  const written = new Map();
  for (const one of said) {
    if (!withFormat.has(one)) fail(`edits.${one}`, value[one], 'one of ' + [...withFormat.keys()].join(', '), 'UnknownField');
    const text = withFormat.get(one)(`edits.${one}`, value[one]);
    if (!text) continue;
    if (one === 'autoOrient' && written.size) fail('edits.autoOrient', value[one], 'it as the first of the edits');
    checks[one]?.(`edits.${one}`, JSON.parse(text));
    written.set(one, text);
  }
  if (written.size > 32) fail(field, written.size, 'at most 32 edits');
  return written.size ? join(written) : '';
}

const header = (field, value) => {
  const text = json.text(field, value, '1 to 256 printable ASCII characters, such as "no-cache"', /^[ -~]{1,256}$/);
  if (field.endsWith('.Expires') && new Date(value).toUTCString() !== value) fail(field, value, 'a date such as "Wed, 21 Oct 2026 07:28:00 GMT"');
  return text;
};
const headers = new Map(['Cache-Control', 'Content-Disposition', 'Content-Language', 'Expires'].map((one) => [one, header]));

function isCanonicalURL(text) {
  try {
    return /^https?:\/\/[a-z\d._:[\]-]+\/[!-~]*$/.test(text) && !/[#\\@]/.test(text) && new URL(text).href === text;
  } catch {
    return false;
  }
}

// In the order in which they are written.
const request = new Map(Object.entries({
  bucket,
  key: (field, value) => value === '' ? '' : key(field, value),
  source: (field, value) => value === '' ? '' : json.text(field, value, 'a URL in full, such as "https://img.example.com/photo.jpg"') && (isCanonicalURL(value) ? JSON.stringify(value) : fail(field, value, 'the original\'s URL in full, such as "https://img.example.com/photo.jpg"')),
  preset: (field, value) => value === '' ? '' : json.text(field, value, '1 to 32 characters of a-z, 0-9 and hyphen, such as "card"', /^[a-z][a-z\d-]{0,31}$/),
  edits: writeEdits,
  outputFormat: (field, value) => name(field, value, formats),
  effort: (field, value) => number(field, value, [0, 6, '0'], true),
  headers: (field, value) => {
    const other = isObject(value) && Object.keys(value).find((one) => !headers.has(one));
    if (other) fail(field, other, 'one of ' + [...headers.keys()].join(', '));
    const written = members(field, value, headers);
    return written.size ? join(written) : '';
  },
  version: (field, value) => value === '' ? '' : json.text(field, value, 'at most 128 printable ASCII characters, such as the original\'s ETag', /^[ -~]{1,128}$/),
  expires: (field, value) => number(field, value, [0, 253402300799, '0'], true),
}));

/** The payload of a request, which is judged as the deployment does. */
export function encode(r) {
  if (!isObject(r)) fail('', r, 'an object, such as {"key":"uploads/photo.jpg"}', 'InvalidJSON');
  const toFormat = isObject(r.edits) ? r.edits.toFormat : undefined;
  const written = members('', toFormat ? { ...r, outputFormat: r.outputFormat || toFormat } : r, request);
  if (toFormat && r.outputFormat && r.outputFormat !== toFormat) fail('edits.toFormat', toFormat, 'the same format as outputFormat, or only one of them');
  if (!written.has('source') && !written.has('key')) fail('key', r.key, 'the original\'s S3 key in full, such as "uploads/photo.jpg"');
  if (written.has('source') && (written.has('key') || written.has('bucket'))) fail('source', r.source, 'source alone, or key and perhaps bucket');
  if (written.has('preset') && written.has('edits')) fail('edits', r.edits, 'a preset or edits, not both');
  const payload = toBase64url(join(written));
  if (payload.length > 987) fail('', r, 'at most 740 bytes of JSON', 'RequestTooLong');
  return payload;
}

/** The request of a payload, which has to be canonical. */
export function decode(payload) {
  if (payload?.length > 987) fail('', payload, 'at most 740 bytes of JSON', 'RequestTooLong');
  if (typeof payload !== 'string' || !/^[\w-]*$/.test(payload) || payload.length % 4 === 1) fail('', payload, 'base64url without padding', 'InvalidBase64');
  let r;
  try {
    r = JSON.parse(fromBase64url(payload));
  } catch {
    fail('', payload, 'base64url of a JSON object in UTF-8', 'InvalidJSON');
  }
  const canonical = encode(r);
  if (canonical !== payload) fail('', payload, canonical, 'NotCanonical');
  return r;
}
