import { Picture } from './picture.js';
import { Queue } from './queue.js';
import { Upload } from './upload.js';

const byId = (id) => document.getElementById(id);
const [drop, pick, uploads, pictures, empty, order, more, notice, said] =
  ['drop', 'pick', 'uploads', 'pictures', 'empty', 'order', 'more', 'notice', 'said'].map(byId);

const sending = new Queue(3);

async function list(query) {
  const answer = await fetch(`/app/pictures?${new URLSearchParams(query)}`);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.message);
  return body;
}

function showState() {
  empty.hidden = pictures.childElementCount > 0;
  order.hidden = !empty.hidden;
}

function warn(error) {
  notice.textContent = `The pictures could not be listed. ${error.message}`;
  notice.hidden = false;
}

let next = '';
async function showOlder() {
  more.disabled = true;
  try {
    const page = await list(next ? { after: next } : {});
    pictures.append(...page.pictures.map((p) => new Picture(p).element));
    next = page.next;
    more.hidden = !next;
    showState();
    notice.hidden = true;
  } catch (e) {
    warn(e);
  }
  more.disabled = false;
  pictures.removeAttribute('aria-busy');
}

async function take(upload, name) {
  const key = await upload.run();
  if (!key) return;
  try {
    const [picture] = (await list({ key })).pictures;
    const { element } = new Picture(picture);
    pictures.prepend(element);
    showState();
    said.textContent = `${name} is uploaded.`;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    element.scrollIntoView({ block: 'nearest', behavior: calm ? 'instant' : 'smooth' });
  } catch (e) {
    warn(e);
  }
}

function takeAll(files) {
  for (const file of files) {
    const upload = new Upload(file, uploads);
    sending.add(() => take(upload, file.name), () => 0);
  }
}

pick.addEventListener('change', () => {
  takeAll([...pick.files]);
  pick.value = ''; // the same file may be picked again
});

// The whole window takes a drop: a near miss must not leave the page.
const holdsFiles = (e) => e.dataTransfer?.types.includes('Files');
addEventListener('dragover', (e) => {
  if (!holdsFiles(e)) return;
  e.preventDefault();
  e.dataTransfer.dropEffect = 'copy';
  drop.classList.add('over');
});
addEventListener('dragleave', (e) => {
  if (!e.relatedTarget) drop.classList.remove('over');
});
addEventListener('drop', (e) => {
  if (!holdsFiles(e)) return;
  e.preventDefault();
  drop.classList.remove('over');
  takeAll([...e.dataTransfer.files]);
});
more.addEventListener('click', showOlder);
showOlder();
