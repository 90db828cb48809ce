// The newest pictures as cards. A browser without a secret asks by preset; for screens of
// two pixels per CSS pixel the page's server has signed a larger one.
import { Client } from './thumbfront/index.js';
import { background } from './thumbfront/placeholder.js';

const count = 24;
const client = new Client();
const cards = document.getElementById('cards');
const notice = document.getElementById('notice');
const template = document.getElementById('card');

function card({ key, name, thumbnails, entity }) {
  const element = template.content.firstElementChild.cloneNode(true);
  element.querySelector('.card-name').textContent = name;
  const img = element.querySelector('img');
  const twice = thumbnails.find((one) => one.name === 'card2x');
  const src = client.preset('card', key);
  // The size first, and loading before src: the page stands still, and what is far down waits.
  Object.assign(img, { width: 288, height: 264, loading: 'lazy', decoding: 'async', alt: name });
  img.style.background = background(entity ?? {}) ?? '';
  img.addEventListener('load', () => { img.style.background = ''; });
  img.srcset = `${src} 1x, ${twice.url} 2x`;
  img.src = src;
  return element;
}

try {
  const answer = await fetch('/app/pictures');
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.message);
  cards.append(...body.pictures.slice(0, count).map(card));
} catch (e) {
  notice.textContent = `The pictures could not be listed. ${e.message}`;
  notice.hidden = false;
}
cards.removeAttribute('aria-busy');
