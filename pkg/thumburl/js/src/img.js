import { fail } from './error.js';
import { presetImg } from './presets.js';

/** The attributes of an <img>: by presets, or by edits in the best format that the browser takes. */
export function attributes(client, key, { preset, edits, width, height, fit, ...request }) {
  if (!key) fail('key', key, 'an S3 key in full, such as "uploads/photo.jpg"');
  if (preset) return { ...presetImg(client, key, preset), width, height };
  const resize = edits?.resize || { width, height, fit };
  return client.img(key, { ...edits, resize }, { outputFormat: 'auto', ...request });
}
