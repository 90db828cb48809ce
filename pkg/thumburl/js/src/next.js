import { fail } from './error.js';
import { isPresetName } from './presets.js';

/**
 * A loader for next/image, whose src is then the key of an original. It is called in browsers
 * too, where no secret is: so it serves deployments of ACCESS=open by edits, and those of
 * ACCESS=presets by presets, an object of names by width in pixels. ratio is width over
 * height of all pictures; without it they keep their shape. The quality is the
 * deployment's: the one that next gives means another thing for each format.
 */
export function createLoader(client, { presets, ratio, edits, ...request } = {}) {
  if (client.sign) fail('client', 'one with a secret', 'a client without a secret, such as new Client({ base }): loaders run in browsers');
  return presets ? byPreset(client, presets) : byWidth(client, ratio, edits, request);
}

function byPreset(client, presets) {
  const widths = Object.keys(presets).map(Number).sort((a, b) => a - b);
  // Number makes NaN of what is no number, and that is no integer.
  if (!widths.length || !widths.every((one) => Number.isInteger(one) && one > 0 && isPresetName(presets[one]))) {
    fail('presets', presets, 'names by width in pixels, such as {640:"small",1200:"large"}');
  }
  return ({ src, width }) => client.preset(presets[widths.find((one) => one >= width) ?? widths.at(-1)], src);
}

function byWidth(client, ratio, edits, request) {
  if (ratio !== undefined && !(ratio > 0 && ratio < Infinity)) fail('ratio', ratio, 'width over height, such as 1.5');
  return ({ src, width }) => {
    const resize = { ...edits?.resize, width, withoutEnlargement: true };
    if (ratio) resize.height = Math.max(1, Math.round(width / ratio));
    return client.url(src, { ...edits, resize }, { outputFormat: 'auto', ...request });
  };
}
