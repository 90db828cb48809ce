import { createElement } from 'react';
import { fail } from './error.js';
import { attributes } from './img.js';
import { background } from './placeholder.js';
import { HeldImage } from './react-image.js';

/**
 * An <img> of a thumbnail. It has no state and no handler, so it is a server component as
 * well, where the client may hold the secret: the URLs alone are sent to the browser.
 */
export function Thumbnail({ client, original, preset, edits, width, height, fit, sizes, widths, densities, request, entity, alt, ...others }) {
  if (typeof alt !== 'string') fail('alt', alt, 'a text, such as alt="A beach", or alt="" for a picture that says nothing');
  const version = entity?.etag && preset === undefined ? { version: entity.etag } : {};
  const { src, srcset, ...img } = attributes(client, original, { preset, edits, width, height, fit, sizes, widths, densities, ...version, ...request }, 'original');
  // React sets attributes in this order, and a browser fetches as soon as there is a src.
  const all = { loading: 'lazy', decoding: 'async', alt, ...img, ...others, srcSet: srcset, src };
  // What is transparent would let the placeholder show through where no script takes it away.
  const held = entity && !entity.alpha ? background(entity) : undefined;
  return held ? createElement(HeldImage, { ...all, held }) : createElement('img', all);
}
