// Uploads: the page's backend signs, the browser sends straight to S3.
import { upload } from './thumbfront/upload.js';
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
      const { key } = await upload(this.#file, { signal, onProgress: ({ sent, total }) => this.#sent(sent / total) });
      this.#row.remove();
      return key;
    } catch (e) {
      if (signal.aborted) return null;
      this.#row.dataset.state = 'failed';
      this.#button.setAttribute('aria-label', `Dismiss ${this.#file.name}`);
      this.#row.querySelector('.upload-said').setAttribute('role', 'alert');
      this.#say(inWords(e, this.#file));
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

function inWords({ code, status, message }, file) {
  if (code === 'Network') return 'The server does not answer. Is it still running?';
  if (file.size === 0) return 'The file is empty.';
  if (code === 'UploadTooLarge') return `${bytes(file.size)} is more than an upload may have.`;
  if (code === 'UnsupportedType') return `This is no picture of a kind that is taken${file.type ? ` (${file.type})` : ''}.`;
  return status ? `It was not taken: ${message}.` : message;
}
