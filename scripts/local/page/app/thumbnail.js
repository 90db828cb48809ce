// One thumbnail: a single request gives both the picture and its story.
import { bytes, formatName, pixels, shorten } from './text.js';
import { copy } from './copy.js';
import { tell } from './trip.js';

const template = document.getElementById('thumbnail-template');

// fetch() says */* by itself, which never gives more than JPEG.
const accept = (async () => {
  const probe = new Image();
  probe.src = '/app/probe.avif';
  const avif = await probe.decode().then(() => 'image/avif,', () => '');
  return `${avif}image/webp,image/*;q=0.8`;
})();

export class Thumbnail {
  element = template.content.firstElementChild.cloneNode(true);
  #spec;
  #blobURL = '';

  constructor(spec, pictureName) {
    this.#spec = spec;
    const figure = this.element;
    figure.dataset.name = spec.name;
    this.#text('.label-name', spec.label);
    this.#text('.size', pixels(spec.width, spec.height));
    const img = figure.querySelector('img');
    img.width = spec.width;
    if (spec.height) img.height = spec.height;
    img.alt = `${pictureName}, ${spec.label}`;
    const link = figure.querySelector('.url a');
    link.href = spec.url;
    link.textContent = shorten(spec.url, this.isCard ? 32 : 16);
    link.title = spec.url;
    const button = figure.querySelector('.copy');
    button.setAttribute('aria-label', `Copy the URL of ${pictureName}, ${spec.label}`);
    button.title = 'Copy the URL';
    button.addEventListener('click', () => copy(new URL(spec.url, location).href, button, 'The URL is copied.'));
  }

  get isCard() {
    return this.#spec.name === 'card';
  }

  /** Asks for the thumbnail and shows what comes; data-asked counts the answers. */
  async ask() {
    const figure = this.element;
    figure.dataset.state = 'asking';
    try {
      await this.#show();
      figure.dataset.state = 'shown';
    } catch (e) {
      figure.dataset.state = 'failed';
      this.#tell({ trip: 'error', text: e.code || 'no answer', detail: '' });
      this.#text('.why', e.message);
      this.#text('.format', '');
      this.#text('.bytes', '');
    }
    figure.dataset.asked = Number(figure.dataset.asked || 0) + 1;
  }

  async #show() {
    const headers = { Accept: await accept };
    const began = performance.now();
    // The browser's own cache would tell the story of an earlier trip.
    const answer = await fetch(this.#spec.url, { headers, cache: 'no-store' });
    if (!answer.ok) throw await refusal(answer);
    const blob = await answer.blob();

    const img = this.element.querySelector('img');
    const blobURL = URL.createObjectURL(blob);
    img.src = blobURL;
    try {
      await img.decode();
    } catch {
      URL.revokeObjectURL(blobURL);
      throw new Error(`This browser can't show ${blob.type}.`);
    }
    URL.revokeObjectURL(this.#blobURL);
    this.#blobURL = blobURL;
    img.width = img.naturalWidth;
    img.height = img.naturalHeight;
    this.#text('.size', pixels(img.naturalWidth, img.naturalHeight));
    this.#text('.format', formatName(answer.headers.get('Content-Type')));
    this.#text('.bytes', bytes(blob.size));
    this.#tell(tell(answer.headers, waited(answer.url, began)));
  }

  #tell({ trip, text, detail }) {
    this.element.dataset.trip = trip;
    this.#text('.story-text', text);
    this.#text('.story-detail', detail);
  }

  #text(selector, text) {
    this.element.querySelector(selector).textContent = text;
  }
}

/** Milliseconds from request to first byte, without what a busy page adds to it. */
function waited(url, began) {
  const entry = performance.getEntriesByName(url, 'resource').at(-1);
  return entry && entry.startTime >= began ? entry.responseStart - entry.requestStart : performance.now() - began;
}
performance.addEventListener('resourcetimingbufferfull', () => performance.clearResourceTimings());

/** The error inside an answer, as {code, message}. */
async function refusal(answer) {
  const { code, message } = await answer.json().catch(() => ({}));
  return Object.assign(new Error(message || answer.statusText), { code: `${answer.status} ${code || ''}`.trim() });
}
