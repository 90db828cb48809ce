import { fail } from './error.js';

/**
 * src and srcset by presets, which a browser without a secret may ask for: "card", or
 * "card 1x, card2x 2x" as in a srcset, with names in the place of URLs.
 */
export function presetImg(client, key, presets) {
  const candidates = presets.split(',').map((one) => /^\s*([a-z][a-z\d-]*)(\s+[\d.]+[xw])?\s*$/.exec(one) || fail('preset', presets, 'names of presets, such as "card" or "card 1x, card2x 2x"'));
  const src = client.preset(candidates[0][1], key);
  if (candidates.length === 1 && !candidates[0][2]) return { src };
  return { src, srcset: candidates.map(([, preset, descriptor = '']) => client.preset(preset, key) + descriptor.replace(/\s+/, ' ')).join(', ') };
}
