import { fail } from './error.js';
import { presetImg } from './presets.js';

/**
 * The attributes of an <img>: by presets, or by edits in the best format that the browser
 * takes. field is what the key is called where it is said.
 */
export function attributes(client, key, { preset, edits, width, height, fit, sizes, ...request }, field = 'key') {
  // What is given is not shown: it could hold a secret.
  if (typeof client?.url !== 'function') fail('client', typeof client, 'a client, such as new Client({ base: "https://cdn.example.com" })');
  if (typeof key !== 'string' || !key) fail(field, key, 'an S3 key in full, such as "uploads/photo.jpg"');
  if (preset === undefined) {
    const resize = edits?.resize || { width, height, fit };
    // It would be the original in its own size.
    if (resize.width === undefined && resize.height === undefined) fail('width', undefined, 'a width or a height in CSS pixels, such as 288');
    return client.img(key, { ...edits, resize }, { outputFormat: 'auto', sizes, ...request });
  }
  const more = Object.entries({ edits, fit, ...request }).find(([, value]) => value !== undefined);
  if (more) fail(more[0], more[1], 'nothing of the kind beside a preset, such as preset="card", which says all of the picture');
  return { ...presetImg(client, key, preset, sizes), width, height };
}
