import { fail } from './error.js';
import { attributes } from './img.js';
import { Client } from './index.js';
import { background } from './placeholder.js';

const observed = ['key', 'base', 'preset', 'width', 'height', 'fit', 'sizes', 'alt', 'color', 'thumbhash', 'loading'];

function pixels(field, text) {
  if (text !== undefined && !/^[1-9]\d*$/.test(text)) fail(field, text, 'whole CSS pixels, such as 288');
  return text && Number(text);
}

/**
 * Defines <thumb-img>, whose pictures are of the client's deployment, or of the one that
 * its attribute base names:
 *
 *   <thumb-img key="uploads/photo.jpg" preset="card 1x, card2x 2x" width="288" height="264" alt="A beach"></thumb-img>
 *   <thumb-img key="uploads/photo.jpg" width="288" height="264" sizes="50vw" alt="A beach"></thumb-img>
 *
 * Besides there are fit, color and thumbhash (of the entity), and loading. The <img> is a child,
 * not in a shadow tree: pages style it as any other, find it by its alt, and may write it
 * themselves, so that its place is kept before there is a script. Without a key nothing is
 * shown; a wrong attribute is reported as an error of the page.
 */
export function define(client, name = 'thumb-img') {
  customElements.define(name, class extends HTMLElement {
    static observedAttributes = observed;
    #due = false;

    connectedCallback() {
      this.#change();
    }

    attributeChangedCallback() {
      this.#change();
    }

    // Once for all attributes that are set one after the other, or each would be fetched.
    #change() {
      if (this.#due) return;
      this.#due = true;
      queueMicrotask(() => {
        this.#due = false;
        if (this.isConnected) this.#show();
      });
    }

    #show() {
      const said = Object.fromEntries(observed.map((one) => [one, this.getAttribute(one) || undefined]));
      let img = this.querySelector(':scope > img');
      if (!said.key) {
        img?.remove();
        return;
      }
      const { preset, fit, sizes } = said;
      const urls = attributes(said.base ? new Client({ base: said.base }) : client, said.key,
        { preset, fit, sizes, width: pixels('width', said.width), height: pixels('height', said.height) });
      const held = background(said) || '';
      img ||= document.createElement('img');
      // Before src, which begins the download.
      set(img, { loading: said.loading || 'lazy', decoding: 'async', alt: this.getAttribute('alt') ?? undefined, width: urls.width, height: urls.height });
      // A picture that is there stays, whatever else changes: it would not load again.
      if (img.getAttribute('src') !== urls.src || img.getAttribute('srcset') !== (urls.srcset ?? null)) {
        img.style.background = held;
        img.onload = () => { img.style.background = ''; };
      }
      set(img, { sizes: urls.sizes, srcset: urls.srcset, src: urls.src });
      if (!img.parentNode) this.append(img);
    }
  });
}

// Only what has changed: a src is fetched anew whenever it is set.
function set(element, all) {
  for (const [name, value] of Object.entries(all)) {
    if (value === undefined) element.removeAttribute(name);
    else if (element.getAttribute(name) !== `${value}`) element.setAttribute(name, value);
  }
}
