// Uploads: the page's backend signs, the browser sends straight to S3.
import { bytes } from './text.js';

const template = document.getElementById('upload-template');

/** The upload of one file, and its row in a list. */
export class Upload {
  #file;
  #row = template.content.firstElementChild.cloneNode(true);
  #progress = this.#row.querySelector('progress');
  #button = this.#row.querySelector('button');
  #stop = new AbortController();

  constructor(file, list) {
    this.#file = file;
    this.#row.querySelector('.upload-name').textContent = file.name;
    this.#progress.setAttribute('aria-label', `Upload of ${file.name}`);
    this.#button.setAttribute('aria-label', `Cancel the upload of ${file.name}`);
    this.#button.addEventListener('click', () => {
      this.#stop.abort();
      this.#row.remove();
    });
    this.#say(`${bytes(file.size)}, waiting`);
    list.append(this.#row);
  }

  /**
   * @returns the key of the original; null if it failed, which the row says, or
   * was called off
   */
  async run() {
    const { signal } = this.#stop;
    if (signal.aborted) return null;
    try {
      const request = await sign(this.#file, signal);
      await send(request, this.#file, signal, (share) => this.#sent(share));
      this.#row.remove();
      return request.key;
    } catch (e) {
      this.#row.dataset.state = 'failed';
      this.#button.setAttribute('aria-label', `Dismiss ${this.#file.name}`);
      this.#row.querySelector('.upload-said').setAttribute('role', 'alert');
      this.#say(e.message);
      return null;
    }
  }

  #sent(share) {
    this.#progress.value = share;
    this.#say(`${Math.floor(100 * share)} % of ${bytes(this.#file.size)}`);
  }

  #say(words) {
    this.#row.querySelector('.upload-said').textContent = words;
  }
}

async function sign(file, signal) {
  const answer = await fetch('/uploads', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: file.name, size: file.size, type: file.type }),
    signal,
  }).catch(() => { throw new Error('The server does not answer. Is it still running?'); });
  const body = await answer.json();
  if (!answer.ok) throw new Error(inWords(body, file));
  return body;
}

function inWords({ code, message }, file) {
  if (file.size === 0) return 'The file is empty.';
  if (code === 'UploadTooLarge') return `${bytes(file.size)} is more than an upload may have.`;
  if (code === 'UnsupportedType') return `This is no picture of a kind that is taken${file.type ? ` (${file.type})` : ''}.`;
  return message;
}

// XMLHttpRequest, for fetch() tells nothing while it sends.
function send({ method, url, headers }, file, signal, onShare) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open(method, url);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.upload.addEventListener('progress', (e) => onShare(e.loaded / e.total));
    xhr.addEventListener('load', () => {
      if (xhr.status === 200) {
        resolve();
        return;
      }
      const code = /<Code>([^<]+)/.exec(xhr.responseText);
      reject(new Error(`S3 did not take it: ${code ? code[1] : xhr.status}.`));
    });
    xhr.addEventListener('error', () => reject(new Error('The connection to S3 was lost.')));
    xhr.addEventListener('abort', () => reject(new Error('Called off.')));
    signal.addEventListener('abort', () => xhr.abort());
    xhr.send(file);
  });
}
