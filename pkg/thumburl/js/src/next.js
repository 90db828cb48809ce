import { fail } from './error.js';

/**
 * A loader for next/image, whose src is then the key of an original. It is called in browsers
 * too, where no secret is: so it serves deployments of ACCESS=open by edits, and those of
 * ACCESS=presets by presets, an object of names by width in pixels. ratio is width over
 * height of all pictures; without it they keep their shape. The quality is the
 * deployment's: the one that next gives means another thing for each format.
 */
export function createLoader(client, { presets, ratio, edits, ...request } = {}) {
  if (client.sign) fail('client', 'one with a secret', 'a client without a secret, such as new Client({ base }): loaders run in browsers');
  if (presets) {
    const widths = Object.keys(presets).map(Number).sort((a, b) => a - b);
    if (!widths.length) fail('presets', presets, 'names by width, such as {640:"small",1200:"large"}');
    return ({ src, width }) => client.preset(presets[widths.find((one) => one >= width) ?? widths.at(-1)], src);
  }
  return ({ src, width }) => {
    const resize = { ...edits?.resize, width, withoutEnlargement: true };
    if (ratio) resize.height = Math.round(width / ratio);
    return client.url(src, { ...edits, resize }, { outputFormat: 'auto', ...request });
  };
}
