import { createElement } from 'react';
import { attributes } from './img.js';
import { background } from './placeholder.js';

/**
 * An <img> of a thumbnail. It has no state and no handler, so it is rendered on a server as
 * well, where the client may hold the secret.
 */
export function Thumbnail({ client, original, preset, edits, width, height, fit, sizes, widths, densities, request, entity, style, alt, ...others }) {
  if (alt === undefined) throw new TypeError('Thumbnail: alt is missing; want a text, such as alt="A beach", or alt="" for a picture that says nothing');
  const version = entity?.etag && !preset ? { version: entity.etag } : {};
  const { srcset, ...img } = attributes(client, original, { preset, edits, width, height, fit, sizes, widths, densities, ...version, ...request });
  // What is transparent would let the placeholder show through for good.
  const held = entity && !entity.alpha ? { background: background(entity) } : {};
  return createElement('img', { loading: 'lazy', decoding: 'async', ...img, srcSet: srcset, alt, style: { ...held, ...style }, ...others });
}
