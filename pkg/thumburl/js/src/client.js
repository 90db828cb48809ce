import { fail } from './error.js';
import { number, text } from './json.js';

/**
 * Widths from min to max, each so near to the next one that no picture is scaled by more
 * than the tolerance.
 */
export const targetWidths = (min, max, tolerance = 0.08) => {
  number('widths', max, 1, 4096, 1);
  number('widths', min, 1, max, 1);
  number('tolerance', tolerance, 0.01, 1);
  const widths = [];
  for (let width = min; width < max; width *= 1 + tolerance * 2) widths.push(Math.round(width));
  return [...new Set([...widths, max])];
};

const day = 86400; // seconds

/** The class of clients that write URLs by an encode function. */
export const clientOf = (encode) => class Client {
  constructor({ base = '', sign, exactExpires } = {}) {
    Object.assign(this, { base: base.replace(/\/+$/, ''), sign, exactExpires });
  }

  url(key, edits, { version, expires, ...request } = {}) {
    const payload = encode({ ...request, key, edits, version: version?.replace?.(/^"+|"+$/g, '') ?? version,
      expires: expires > 0 && !this.exactExpires ? Math.ceil(expires / day) * day : expires });
    return this.base + '/' + payload + (this.sign ? '.' + this.sign(payload) : '');
  }

  preset(preset, key) {
    return this.url(key, undefined, { preset: preset || text('preset', preset) });
  }

  srcSet(key, edits, { widths, densities, ...request } = {}) {
    const { width, height } = edits?.resize || {};
    const wide = widths?.length;
    if (!wide == !densities?.length) fail('srcset', { widths, densities }, 'widths or densities, such as [1,2]');
    if (wide || !height) number('edits.resize.width', width, 1, 4096, 1);
    return (wide ? widths : densities).map((one) => {
      number('srcset', one, wide ? 1 : 0, 4096, wide);
      const scale = (side) => side && Math.round(side * (wide ? one / width : one));
      const resize = { ...edits.resize, width: scale(width), height: scale(height), withoutEnlargement: true };
      return this.url(key, { ...edits, resize }, request) + ` ${one}` + (wide ? 'w' : 'x');
    }).join(', ');
  }

  img(key, edits, { sizes, widths, densities, ...request } = {}) {
    const { width, height } = edits?.resize || {};
    if (!widths?.length && !densities?.length) {
      if (sizes && width) widths = targetWidths(Math.ceil(width / 2), Math.min(width * 2, 4096), 0.2);
      else densities = [1, 2];
    }
    const srcset = this.srcSet(key, edits, { widths, densities, ...request });
    return { src: this.srcSet(key, edits, { densities: [1], ...request }).slice(0, -3), srcset, sizes, width, height };
  }
};
