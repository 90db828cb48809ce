import { fail } from './error.js';

/** Whether a preset may have this name. */
export const isPresetName = (name) => /^[a-z][a-z\d-]{0,31}$/.test(name);

const candidate = /^\s*(\S+)(?:\s+(\d+w|\d+(?:\.\d+)?x))?\s*$/;

/**
 * src, srcset and sizes by presets, which a browser without a secret may ask for: "card",
 * or "card 1x, card2x 2x" as in a srcset, with names in the place of URLs.
 */
export function presetImg(client, key, presets, sizes) {
  const refuse = () => fail('preset', presets, 'names of presets, such as "card" or "card 1x, card2x 2x"');
  const candidates = `${presets}`.split(',').map((one) => candidate.exec(one) || refuse());
  if (!candidates.every(([, name]) => isPresetName(name))) refuse();
  const src = client.preset(candidates[0][1], key);
  if (candidates.length === 1 && !candidates[0][2]) return { src };
  const byWidth = candidates.filter(([, , descriptor]) => descriptor?.endsWith('w')).length;
  if (byWidth && byWidth < candidates.length) refuse(); // browsers drop a srcset of both kinds
  // Without sizes a browser takes the picture to be as wide as the window.
  if (byWidth && !sizes) fail('sizes', sizes, 'the width of the picture on the page, such as "50vw", beside presets by width');
  return {
    src,
    srcset: candidates.map(([, preset, descriptor]) => client.preset(preset, key) + (descriptor ? ` ${descriptor}` : '')).join(', '),
    sizes: byWidth ? sizes : undefined,
  };
}
