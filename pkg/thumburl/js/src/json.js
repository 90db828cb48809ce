import { fail } from './error.js';

/** A string of UTF-8 as JSON: Go and ECMAScript print the same but for two line separators. */
export const text = (field, value, allowed = 'a text, such as "uploads/photo.jpg"', pattern = /[^]/) => {
  // Half of a surrogate pair is no UTF-8, and no field admits control characters.
  if (typeof value != 'string' || /[\0-\x1f\x7f\ud800-\udfff]/u.test(value) || !pattern.test(value)) fail(field, value, allowed);
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (c) => '\\u' + c.charCodeAt().toString(16));
};

/** A number as JSON. */
export const number = (field, value, min, max, whole) => {
  if (typeof value != 'number' || !(value >= min && value <= max) || whole && value % 1) {
    fail(field, value, `a ${whole ? 'whole ' : ''}number from ${min} to ${max}, such as ${Math.min(max, Math.max(min, 288))}`);
  }
  return '' + value;
};

/** One of the names, as JSON. */
export const name = (field, value, names) => {
  if (!names.includes(value)) fail(field, value, 'one of ' + names);
  return `"${value}"`;
};
