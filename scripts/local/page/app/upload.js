// Uploads: the page's backend signs, the browser sends straight to S3.
import { bytes } from './text.js';

const template = document.getElementById('upload-template');

/**
 * Uploads a file and shows its progress in the list.
 * @returns the key of the original; null if it failed or was called off, which
 * the list says
 */
export async function upload(file, list) {
  const row = template.content.firstElementChild.cloneNode(true);
  const progress = row.querySelector('progress');
  const button = row.querySelector('button');
  const say = (words) => { row.querySelector('.upload-said').textContent = words; };
  const stop = new AbortController();
  row.querySelector('.upload-name').textContent = file.name;
  progress.setAttribute('aria-label', `Upload of ${file.name}`);
  button.setAttribute('aria-label', `Cancel the upload of ${file.name}`);
  button.addEventListener('click', () => {
    stop.abort();
    row.remove();
  });
  say(bytes(file.size));
  list.append(row);
  try {
    const request = await sign(file, stop.signal);
    await send(request, file, stop.signal, (sent) => {
      progress.value = sent / file.size;
      say(`${Math.floor((100 * sent) / file.size)} % of ${bytes(file.size)}`);
    });
    row.remove();
    return request.key;
  } catch (e) {
    row.dataset.state = 'failed';
    row.setAttribute('role', 'alert');
    button.setAttribute('aria-label', `Dismiss ${file.name}`);
    say(e.message);
    return null;
  }
}

async function sign(file, signal) {
  const answer = await fetch('/uploads', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: file.name, size: file.size, type: file.type }),
    signal,
  }).catch(() => { throw new Error('The server did not answer. Is it still running?'); });
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
function send({ method, url, headers }, file, signal, onProgress) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open(method, url);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.upload.addEventListener('progress', (e) => onProgress(e.loaded));
    xhr.addEventListener('load', () => {
      if (xhr.status === 200) return resolve();
      const code = /<Code>([^<]+)/.exec(xhr.responseText);
      return reject(new Error(`S3 did not take it: ${code ? code[1] : xhr.status}.`));
    });
    xhr.addEventListener('error', () => reject(new Error('The connection to S3 was lost.')));
    xhr.addEventListener('abort', () => reject(new Error('Called off.')));
    signal.addEventListener('abort', () => xhr.abort());
    xhr.send(file);
  });
}
