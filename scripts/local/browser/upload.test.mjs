// Uploads with the module thumbfront/upload from a page of a running local stack, over a proxy that breaks
// connections.
//
//   THUMBFRONT_URL=http://127.0.0.1:8080 node --test upload.test.mjs
//
// The last line of what it prints is the keys of what was uploaded, as JSON.
import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { chromium } from 'playwright-core';

const { THUMBFRONT_URL: url, CHROMIUM = '/usr/bin/chromium' } = process.env;
if (!url) throw new Error('THUMBFRONT_URL must be set.');

const MB = 1 << 20;
const keys = {};

// What the proxy has seen of S3, and what it is to do with it.
let sent; // "part 1": bytes of it that were handed on, over all tries
let calls; // label and status of each answer
let onPart; // told of each chunk that is sent: { what, bytes, cut, hold }

const label = (r) => {
  const query = new URL(r.url).searchParams;
  if (query.has('uploads')) return 'begin';
  if (r.method === 'GET') return 'list';
  if (r.method === 'DELETE') return 'abort';
  if (r.method === 'POST') return 'complete';
  return query.has('partNumber') ? `part ${query.get('partNumber')}` : 'put';
};

const proxy = createServer((incoming, outgoing) => {
  const target = new URL(incoming.url);
  const ofS3 = target.searchParams.has('X-Amz-Signature') && incoming.method !== 'OPTIONS';
  const { hostname, port, pathname, search } = target;
  const what = ofS3 ? label(incoming) : '';
  const answered = ofS3 ? answers[what]?.shift() : undefined;
  if (answered) {
    calls.push(`${what} ${answered}`);
    incoming.resume();
    outgoing.writeHead(answered, { 'Access-Control-Allow-Origin': '*' }).end('<Error><Code>Made up</Code></Error>');
    return;
  }
  const onward = request({ host: hostname, port, path: pathname + search, method: incoming.method, headers: incoming.headers }, (answer) => {
    if (ofS3) calls.push(`${what} ${answer.statusCode}`);
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  const cut = () => {
    onward.destroy();
    incoming.socket.destroy();
  };
  onward.on('error', () => incoming.socket.destroy());
  onwards.add(onward);
  onward.on('close', () => onwards.delete(onward));
  incoming.on('error', cut);
  incoming.on('close', () => { if (!incoming.complete) onward.destroy(); }); // also while it is held
  incoming.on('data', (chunk) => {
    if (ofS3) sent[what] = (sent[what] ?? 0) + chunk.length;
    if (!onward.destroyed) onward.write(chunk);
    if (ofS3) onPart?.({ what, bytes: sent[what], cut, hold: () => incoming.pause() });
  });
  incoming.on('end', () => onward.end());
});

const onwards = new Set(); // requests under way to the stack
let answers; // made-up statuses by label, first in first out

let browser;
let page;

before(async () => {
  await new Promise((resolve) => { proxy.listen(0, '127.0.0.1', resolve); });
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    proxy: { server: `http://127.0.0.1:${proxy.address().port}`, bypass: '<-loopback>' },
  });
});
after(async () => {
  await browser?.close();
  for (const onward of onwards) onward.destroy();
  proxy.closeAllConnections();
  proxy.close();
  console.log(`keys ${JSON.stringify(keys)}`);
});
beforeEach(async () => {
  sent = {};
  calls = [];
  answers = {};
  onPart = undefined;
  const context = await browser.newContext();
  context.setDefaultTimeout(60_000);
  page = await context.newPage();
  await open();
});
afterEach(() => page.context().close());

async function open() {
  await page.goto(url);
  await page.evaluate(() => {
    /** A file whose bytes any test can make again. */
    globalThis.made = (name, size, type = 'image/tiff') => {
      const bytes = new Uint8Array(size);
      for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8)) & 255;
      return new File([bytes], name, { type, lastModified: 1 });
    };
    /** Uploads and tells how it went. */
    globalThis.run = async (name, size, type, options) => {
      const { upload } = await import('/app/thumbfront/upload.js');
      const steps = [];
      globalThis.stop = new AbortController();
      globalThis.steps = steps;
      try {
        const { key } = await upload(made(name, size, type), { signal: stop.signal, onProgress: (p) => steps.push(p), ...options });
        return { key, steps };
      } catch (e) {
        return { error: e.name, code: e.code, status: e.status, message: e.message, steps };
      }
    };
  });
}

const run = (name, size, type, options) => page.evaluate((args) => run(...args), [name, size, type, options]);

function whole(name, size, result) {
  assert.ok(result.key, `${name}: ${JSON.stringify({ ...result, steps: undefined })}`);
  assert.deepEqual(result.steps.at(-1), { sent: size, total: size });
  for (const { sent, total } of result.steps) assert.ok(sent >= 0 && sent <= total && total === size);
  keys[result.key] = size;
}

test('a small file goes by one request', async () => {
  whole('small', 90_000, await run('small.png', 90_000, 'image/png'));
  assert.deepEqual(calls, ['put 200']);
});

test('a large file goes in parts, and bytes are told on the way', async () => {
  const size = 20 * MB + 7;
  const result = await run('large.tif', size);
  whole('large', size, result);
  assert.deepEqual(calls.toSorted(), ['begin 200', 'complete 200', 'list 200', 'part 1 200', 'part 2 200', 'part 3 200']);
  assert.equal(sent['part 1'] + sent['part 2'] + sent['part 3'], size);
  assert.ok(result.steps.some((step) => step.sent > 0 && step.sent < size), 'nothing is told on the way');
  assert.equal(await page.evaluate(() => localStorage.length), 0, 'nothing is remembered of what is done');
});

test('a cut connection costs what was on its way, and no more', async () => {
  const size = 20 * MB;
  let cuts = 0;
  onPart = ({ what, bytes, cut }) => {
    if (what === 'part 2' && cuts < 3 && bytes > (cuts + 1) * MB) {
      cuts++;
      cut();
    }
  };
  whole('cut', size, await run('cut.tif', size));
  assert.equal(cuts, 3);
  assert.equal(sent['part 1'], 8 * MB, 'a part that was not cut is sent once');
  assert.ok(sent['part 2'] > 8 * MB, 'a part that was cut is sent again');
});

test('a cut small upload is sent again', async () => {
  let cuts = 0;
  onPart = ({ what, cut }) => {
    if (what === 'put' && cuts++ === 0) cut();
  };
  whole('cut small', 2 * MB, await run('cut.png', 2 * MB, 'image/png'));
  assert.equal(calls.at(-1), 'put 200');
});

test('an upload goes on after a reload of the page', async () => {
  const size = 24 * MB;
  onPart = ({ what, bytes, hold }) => {
    if (what === 'part 3' && bytes > 2 * MB) hold();
  };
  const begun = run('reload.tif', size).catch(() => {}); // its page goes away
  while (!calls.includes('part 1 200') || !calls.includes('part 2 200') || !(sent['part 3'] > 2 * MB)) await page.waitForTimeout(20);
  onPart = undefined;
  await page.reload();
  await begun;
  await open();
  const before = { ...sent };
  calls.length = 0;
  const result = await run('reload.tif', size);
  whole('reload', size, result);
  assert.deepEqual(calls, ['list 200', 'part 3 200', 'complete 200']);
  assert.equal(sent['part 3'] - before['part 3'], 8 * MB);
  assert.ok(result.steps[0].sent >= 8 * MB, 'what is there already is told at once');
});

test('another file does not go on where one was', async () => {
  onPart = ({ what, bytes, hold }) => {
    if (what === 'part 3' && bytes > 0) hold();
  };
  const begun = run('first.tif', 24 * MB).catch(() => {});
  while (!calls.includes('part 1 200')) await page.waitForTimeout(20);
  onPart = undefined;
  await page.reload();
  await begun;
  await open();
  whole('other', 25 * MB, await run('first.tif', 25 * MB));
  assert.equal(calls.filter((c) => c === 'begin 200').length, 2);
});

test('it is called off, and S3 forgets the parts', async () => {
  onPart = ({ what, bytes, hold }) => {
    if (what === 'part 2' && bytes > MB) hold();
  };
  const called = run('off.tif', 20 * MB);
  while (!(sent['part 2'] > MB) || !calls.includes('part 1 200')) await page.waitForTimeout(20);
  await page.evaluate(() => stop.abort());
  const result = await called;
  assert.equal(result.error, 'AbortError');
  while (!calls.some((c) => c.startsWith('abort'))) await page.waitForTimeout(20);
  assert.ok(calls.includes('abort 204'), calls.join());
  assert.ok(!calls.includes('complete 200'));
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  // Called off before it began, nothing is asked.
  const asked = await page.evaluate(async () => {
    const { upload } = await import('/app/thumbfront/upload.js');
    let n = 0;
    const error = await upload(made('a.png', 10, 'image/png'), { signal: AbortSignal.abort(), sign: () => { n++; } }).catch((e) => e.name);
    return [n, error];
  });
  assert.deepEqual(asked, [0, 'AbortError']);
});

test('an answer of S3 that got lost is not taken for a refusal', async () => {
  // It has the object, and says so to the second try.
  answers.put = [500];
  const first = run('lost.png', 1000, 'image/png');
  whole('lost', 1000, await first);
  answers.complete = [503, 503];
  whole('lost parts', 17 * MB, await run('lost.tif', 17 * MB));
  assert.deepEqual(calls.filter((c) => c.startsWith('complete')), ['complete 503', 'complete 503', 'complete 200']);
});

test('what the backend refuses is not tried again', async () => {
  let asked = 0;
  page.on('request', (r) => { if (r.url().endsWith('/uploads')) asked++; });
  const { error, code, status } = await run('notes.txt', 10, 'text/plain');
  assert.deepEqual([error, code, status, asked], ['UploadError', 'UnsupportedType', 400, 1]);
  const large = await run('large.png', 41 * MB, 'image/png');
  assert.deepEqual([large.code, large.status], ['UploadTooLarge', 413]);
  assert.deepEqual(calls, []);
});

test('it gives up after so many failures', async () => {
  answers.put = [503, 503, 503, 503];
  const { error, code, status } = await run('never.png', 1000, 'image/png', { retries: 2 });
  assert.deepEqual([error, code, status], ['UploadError', 'Made up', 503]);
  assert.equal(calls.length, 3);
});

test('a signature that is too old is asked for again', async () => {
  const result = await page.evaluate(async () => {
    const { upload } = await import('/app/thumbfront/upload.js');
    let asked = 0;
    const { key } = await upload(made('old.tif', 17 * 2 ** 20), {
      sign: async (body) => {
        asked++;
        const answer = await fetch('/uploads', { method: 'POST', body: JSON.stringify(body) });
        const signed = await answer.json();
        // The first signatures of the parts are forged, and over.
        if (body.uploadId && asked === 2) {
          signed.expires = new Date(0).toISOString();
          for (const part of signed.parts) part.url = part.url.replace(/X-Amz-Signature=./, 'X-Amz-Signature=x');
        }
        return signed;
      },
    });
    return { key, asked };
  });
  assert.ok(result.key && result.asked >= 3, JSON.stringify(result));
  keys[result.key] = 17 * MB;
});
