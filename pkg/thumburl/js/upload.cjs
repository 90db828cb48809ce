// Made from src by `make js`.
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);

// upload.js
var upload_exports = {};
__export(upload_exports, {
  UploadError: () => UploadError,
  upload: () => upload
});
module.exports = __toCommonJS(upload_exports);
var UploadError = class extends Error {
  constructor(message, code, status, options) {
    super(message, options);
    this.name = "UploadError";
    this.code = code;
    this.status = status;
  }
};
async function upload(file, options = {}) {
  const { signal } = options;
  signal?.throwIfAborted();
  return new Upload(file, options).run();
}
var firstPause = 300;
var longestPause = 15e3;
var stalled = 3e4;
var hashed = 16 << 20;
var Upload = class {
  #file;
  #options;
  #progress;
  #failures = 0;
  // in a row
  #furthest = /* @__PURE__ */ new Map();
  // bytes, by part
  #uncertain = false;
  // S3 may have taken what got no answer
  constructor(file, options) {
    this.#file = file;
    this.#options = { endpoint: "/uploads", parallel: 3, retries: 8, storage: defaultStorage(), ...options };
    this.#progress = new Sent(file.size, options.onProgress);
  }
  async run() {
    const begun = this.#remembered();
    if (begun) {
      const resumed = await this.#resume(begun);
      if (resumed) return resumed;
      this.#forget();
    }
    const { name, size, type } = this.#file;
    const request = await this.#sign({ name, size, type, ...await this.#checksum() });
    if (!request.partBytes) return this.#put(request);
    const answer = await this.#try(() => send(request, null, this.#options.signal));
    const uploadId = inXML(answer.body, "UploadId");
    if (!uploadId) throw new UploadError("S3 has begun no upload", "InvalidAnswer", answer.status);
    const state = { key: request.key, uploadId };
    this.#remember(state);
    return this.#resume(state);
  }
  /** Of a file that is sent by one request, where the page may use crypto. */
  async #checksum() {
    if (this.#file.size > hashed || !globalThis.crypto?.subtle) return {};
    const sum = await crypto.subtle.digest("SHA-256", await this.#file.arrayBuffer());
    return { sha256: btoa(String.fromCharCode(...new Uint8Array(sum))) };
  }
  async #sign(body) {
    const { sign, endpoint, signal } = this.#options;
    return this.#try(() => sign ? sign(body, signal) : ask(endpoint, body, signal));
  }
  async #put(request) {
    const { name, size, type } = this.#file;
    for (; ; ) {
      try {
        await this.#try(() => send(request, this.#file, this.#options.signal, (sent) => this.#sent(0, sent)));
        break;
      } catch (e) {
        if (e.status === 412 && this.#uncertain) break;
        if (e.status !== 403 || !isOver(request)) throw e;
        request = await this.#sign({ name, size, type, ...await this.#checksum() });
      }
    }
    this.#progress.set(0, size);
    return { key: request.key };
  }
  /** Brings an upload in parts to its end; null where S3 knows nothing of it. */
  async #resume(state) {
    const { signal } = this.#options;
    let signed = await this.#parts(state);
    const drop = () => this.#drop(signed);
    signal?.addEventListener("abort", drop, { once: true });
    try {
      let arrived;
      try {
        arrived = listed((await this.#try(() => send(signed.list, null, signal))).body);
      } catch (e) {
        if (e.status !== 404) throw e;
        return state.completing ? this.#done(state) : null;
      }
      const etags = /* @__PURE__ */ new Map();
      const waiting = [];
      for (const part of signed.parts) {
        const there = arrived.get(part.number);
        if (there?.size === part.size) {
          etags.set(part.number, there.etag);
          this.#progress.set(part.number, part.size);
        } else {
          waiting.push(part.number);
        }
      }
      const renew = async (part) => {
        if (isOver(signed)) signed = await this.#parts(state);
        return signed.parts.find(({ number }) => number === part);
      };
      const stop = new AbortController();
      const workers = Array.from({ length: this.#options.parallel }, async () => {
        while (waiting.length > 0) {
          const number = waiting.shift();
          etags.set(number, await this.#part(number, renew, anyOf(signal, stop.signal)));
        }
      });
      await Promise.all(workers.map((worker) => worker.catch((e) => {
        stop.abort(e);
        throw e;
      })));
      this.#remember({ ...state, completing: true });
      await this.#complete(state, () => signed, async () => {
        signed = await this.#parts(state);
      }, etags);
      return this.#done(state);
    } finally {
      signal?.removeEventListener("abort", drop);
    }
  }
  #parts({ key, uploadId }) {
    return this.#sign({ key, uploadId, size: this.#file.size });
  }
  async #part(number, renew, signal) {
    let part = await renew(number);
    for (; ; ) {
      const body = this.#file.slice(part.offset, part.offset + part.size);
      try {
        const answer = await this.#try(() => send(part, body, signal, (sent) => this.#sent(number, sent)), signal);
        if (!answer.etag) throw new UploadError("S3 shows no ETag: the bucket has to expose it by CORS", "NoETag", answer.status);
        this.#progress.set(number, part.size);
        return answer.etag;
      } catch (e) {
        this.#progress.set(number, 0);
        const before = part;
        if (e.status !== 403) throw e;
        part = await renew(number);
        if (part === before) throw e;
      }
    }
  }
  async #complete({ key }, signed, renew, etags) {
    const list = [...etags].sort(([a], [b]) => a - b).map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${escapeXML(etag)}</ETag></Part>`).join("");
    const body = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${list}</CompleteMultipartUpload>`;
    this.#uncertain = false;
    for (; ; ) {
      try {
        await this.#try(async () => {
          const answer = await send(signed().complete, body, this.#options.signal);
          const code = inXML(answer.body, "Code");
          if (code) throw new UploadError(`S3: ${code}`, code, code === "InternalError" ? 500 : 400);
        });
        return key;
      } catch (e) {
        if (this.#uncertain && (e.status === 412 || e.status === 404)) return key;
        if (e.status !== 403 || !isOver(signed())) throw e;
        await renew();
      }
    }
  }
  #done({ key }) {
    this.#forget();
    return { key };
  }
  /** Has S3 forget the parts of an upload that was called off; if that fails, a lifecycle rule does it. */
  #drop({ abort }) {
    this.#forget();
    fetch(abort.url, { method: abort.method, headers: abort.headers ?? {}, keepalive: true }).catch(() => {
    });
  }
  #sent(part, bytes) {
    if (bytes > (this.#furthest.get(part) ?? 0)) {
      this.#furthest.set(part, bytes);
      this.#failures = 0;
    }
    this.#progress.set(part, bytes);
  }
  /** Tries until it works, it cannot work, or too many failures came in a row. */
  async #try(act, signal = this.#options.signal) {
    for (; ; ) {
      signal?.throwIfAborted();
      try {
        return await act();
      } catch (e) {
        signal?.throwIfAborted();
        if (!(e instanceof UploadError) || !mayPass(e.status)) throw e;
        this.#uncertain = true;
        if (++this.#failures > this.#options.retries) throw e;
        await pause(this.#failures, signal);
      }
    }
  }
  get #memory() {
    const { name, size, type, lastModified } = this.#file;
    return `thumbfront-upload:${JSON.stringify([String(this.#options.endpoint), name, size, type, lastModified])}`;
  }
  #remembered() {
    try {
      const state = JSON.parse(this.#options.storage?.getItem(this.#memory) ?? "null");
      return state?.key && state.uploadId ? state : null;
    } catch {
      return null;
    }
  }
  #remember(state) {
    try {
      this.#options.storage?.setItem(this.#memory, JSON.stringify(state));
    } catch {
    }
  }
  #forget() {
    try {
      this.#options.storage?.removeItem(this.#memory);
    } catch {
    }
  }
};
var Sent = class {
  #parts = /* @__PURE__ */ new Map();
  #total;
  #told = -1;
  #tell;
  constructor(total, tell) {
    this.#total = total;
    this.#tell = tell;
  }
  set(part, bytes) {
    this.#parts.set(part, bytes);
    let sent = 0;
    for (const n of this.#parts.values()) sent += n;
    sent = Math.min(sent, this.#total);
    if (sent === this.#told) return;
    this.#told = sent;
    this.#tell?.({ sent, total: this.#total });
  }
};
async function ask(endpoint, body, signal) {
  let answer;
  let said;
  try {
    answer = await fetch(endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal
    });
    said = await answer.json();
  } catch (e) {
    if (answer && !(e instanceof TypeError)) throw new UploadError("the backend does not answer in JSON", "InvalidAnswer", answer.status, { cause: e });
    throw new UploadError("the backend does not answer", "Network", 0, { cause: e });
  }
  if (!answer.ok) throw new UploadError(said?.message ?? `the backend answers ${answer.status}`, said?.code ?? "Refused", answer.status);
  return said;
}
function send({ method, url, headers }, body, signal, onSent = () => {
}) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const lost = () => reject(new UploadError("the connection to S3 was lost", "Network", 0));
    let watch;
    const alive = () => {
      clearTimeout(watch);
      watch = setTimeout(() => {
        lost();
        xhr.abort();
      }, stalled);
    };
    const abort = () => {
      reject(signal.reason);
      xhr.abort();
    };
    xhr.open(method, url);
    for (const [name, value] of Object.entries(headers ?? {})) xhr.setRequestHeader(name, value);
    xhr.upload.addEventListener("progress", (e) => {
      alive();
      onSent(e.loaded);
    });
    xhr.addEventListener("progress", alive);
    xhr.addEventListener("load", () => {
      if (xhr.status >= 200 && xhr.status < 300) {
        resolve({ status: xhr.status, body: xhr.responseText, etag: xhr.getResponseHeader("ETag") });
        return;
      }
      const code = inXML(xhr.responseText, "Code") ?? "Refused";
      reject(new UploadError(`S3 answers ${xhr.status} ${code}`, code, xhr.status));
    });
    xhr.addEventListener("error", lost);
    xhr.addEventListener("loadend", () => {
      clearTimeout(watch);
      signal?.removeEventListener("abort", abort);
    });
    signal?.addEventListener("abort", abort, { once: true });
    alive();
    xhr.send(body);
  });
}
var mayPass = (status) => status === 0 || status === 408 || status === 409 || status === 429 || status >= 500;
var isOver = ({ expires }) => Date.parse(expires) - Date.now() < 5e3;
function pause(failures, signal) {
  const longest = Math.min(longestPause, firstPause * 2 ** (failures - 1));
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", done);
      signal?.removeEventListener("abort", abort);
      resolve();
    };
    const abort = () => {
      reject(signal.reason);
      done();
    };
    const timer = setTimeout(done, longest * (0.5 + Math.random() / 2));
    globalThis.addEventListener?.("online", done);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
function anyOf(...signals) {
  const stop = new AbortController();
  for (const signal of signals) {
    if (signal?.aborted) stop.abort(signal.reason);
    signal?.addEventListener("abort", () => stop.abort(signal.reason), { once: true });
  }
  return stop.signal;
}
function defaultStorage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
var inXML = (text, name) => unescapeXML(new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]);
function listed(text) {
  const parts = /* @__PURE__ */ new Map();
  for (const [part] of text.matchAll(/<Part>.*?<\/Part>/gs)) {
    parts.set(Number(inXML(part, "PartNumber")), { etag: inXML(part, "ETag"), size: Number(inXML(part, "Size")) });
  }
  return parts;
}
var entities = { quot: '"', amp: "&", lt: "<", gt: ">", apos: "'" };
function unescapeXML(text) {
  return text?.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => entities[name] ?? (hex || decimal ? String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal)) : whole));
}
var escapeXML = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
