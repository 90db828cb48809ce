// One original and all its thumbnails.
import { bytes } from './text.js';
import { copy } from './copy.js';
import { Queue } from './queue.js';
import { background } from './thumbfront/placeholder.js';
import { Thumbnail } from './thumbnail.js';

const template = document.getElementById('picture-template');
const when = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

// More at a time would only wait in line before the renderer.
const queue = new Queue(4);
const pictures = new WeakMap();
const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) pictures.get(target).visible = isIntersecting;
  queue.pump();
}, { rootMargin: '200px 0px' });

export class Picture {
  element = template.content.firstElementChild.cloneNode(true);
  visible = false;
  #thumbnails;
  #again = this.element.querySelector('.again');

  constructor({ key, name, size, uploaded, thumbnails, entity }) {
    const article = this.element;
    article.dataset.key = key;
    const heading = article.querySelector('.picture-name');
    heading.textContent = name;
    heading.title = key;
    const pixels = entity ? `${entity.width} × ${entity.height}, ` : '';
    article.querySelector('.picture-facts').textContent = `${pixels}${bytes(size)} original, ${when.format(new Date(uploaded))}`;
    this.#thumbnails = thumbnails.map((spec) => new Thumbnail(spec, name));
    for (const thumbnail of this.#thumbnails) {
      if (thumbnail.isCard) article.querySelector('.picture-body').prepend(thumbnail.element);
      else article.querySelector('.tiles').append(thumbnail.element);
    }
    if (entity) this.#hold(entity);
    this.#again.addEventListener('click', () => this.ask());
    const html = article.querySelector('.html');
    html.title = 'Copy an <img> of the landing card';
    html.addEventListener('click', () => copy(markup(thumbnails[0]), html, 'The HTML is copied.'));
    pictures.set(article, this);
    watcher.observe(article);
    this.ask();
  }

  /** Shows what is known of the picture until its thumbnails are there. */
  #hold(entity) {
    for (const { element } of this.#thumbnails) element.querySelector('.frame').style.setProperty('--held', background(entity));
  }

  /** Asks for all thumbnails once the picture is in view. */
  async ask() {
    this.#again.disabled = true;
    await Promise.all(this.#thumbnails.map((thumbnail) => queue.add(
      () => thumbnail.ask(),
      () => (this.visible ? Number(!thumbnail.isCard) : Infinity),
    )));
    this.#again.disabled = false;
  }
}

/** The landing card as a page would show it. */
function markup({ url, srcset, width, height }) {
  const img = new Image(width, height);
  img.setAttribute('src', new URL(url, location).href);
  if (srcset) img.setAttribute('srcset', srcset.replaceAll(/(^|, )\//g, `$1${location.origin}/`));
  img.alt = '';
  return img.outerHTML;
}
