import { attributes } from './img.js';
import { background } from './placeholder.js';

const number = (text) => (text === null ? undefined : Number(text));

/**
 * Defines <thumb-img>, whose pictures are of the client's deployment:
 *
 *   <thumb-img key="uploads/photo.jpg" preset="card 1x, card2x 2x" width="288" height="264" alt="A beach"></thumb-img>
 *   <thumb-img key="uploads/photo.jpg" width="288" height="264" sizes="50vw" alt="A beach"></thumb-img>
 *
 * Besides there are fit, color and thumbhash (of the entity), and loading. The <img> is a child,
 * not in a shadow tree: pages style it as any other, and find it by its alt.
 */
export function define(client, name = 'thumb-img') {
  customElements.define(name, class extends HTMLElement {
    static observedAttributes = ['key', 'preset', 'width', 'height', 'fit', 'sizes', 'alt', 'color', 'thumbhash', 'loading'];

    connectedCallback() {
      this.#update();
    }

    attributeChangedCallback() {
      if (this.isConnected) this.#update();
    }

    #update() {
      const get = (one) => this.getAttribute(one);
      const img = this.querySelector(':scope > img') || document.createElement('img');
      // Before src, which begins the download.
      img.loading = get('loading') || 'lazy';
      img.decoding = 'async';
      img.alt = get('alt') || '';
      img.style.background = background({ thumbhash: get('thumbhash'), color: get('color') }) || '';
      img.onload = () => { img.style.background = ''; };
      const said = attributes(client, get('key'), { preset: get('preset') || undefined, width: number(get('width')), height: number(get('height')),
        fit: get('fit') || undefined, sizes: get('sizes') || undefined });
      for (const one of ['width', 'height', 'sizes', 'srcset', 'src']) {
        if (said[one] === undefined) img.removeAttribute(one);
        else if (img.getAttribute(one) !== `${said[one]}`) img.setAttribute(one, said[one]);
      }
      if (!img.parentNode) this.append(img);
    }
  });
}
