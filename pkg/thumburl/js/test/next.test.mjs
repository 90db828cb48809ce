// next/image, and an app of next that is built and opened.
import assert from 'node:assert/strict';
import { spawn, execFile } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Client } from 'thumbfront';
import { createLoader } from 'thumbfront/next';
import { launch, noBrowser, png } from './chromium.mjs';
import { attribute, base, candidates, read, secret, server } from './reading.mjs';

const NextImage = createRequire(import.meta.url)('next/image').default;
const browser = new Client({ base });
const render = (options) => renderToStaticMarkup(createElement(NextImage, { loader: createLoader(browser, options), src: 'uploads/a.jpg', alt: '', width: 640, height: 480, sizes: '50vw' }));

for (const [name, options, heightOf] of [
  ['in their shape', {}, () => undefined],
  ['in one shape', { ratio: 288 / 264 }, (width) => Math.round(width / (288 / 264))],
]) {
  test(`next/image by edits, ${name}`, () => {
    const all = candidates(attribute(render({ ...options, edits: { grayscale: true } }), 'srcset'));
    assert.ok(all.length > 4);
    for (const [url, descriptor] of all) {
      const width = parseInt(descriptor);
      const height = heightOf(width);
      assert.deepEqual(read(url), { signed: false, request: { key: 'uploads/a.jpg', outputFormat: 'auto',
        edits: { grayscale: true, resize: { ...(height && { height }), width, withoutEnlargement: true } } } });
    }
  });
}

test('next/image by presets: the smallest that is wide enough', () => {
  const all = candidates(attribute(render({ presets: { 1200: 'large', 640: 'small' } }), 'srcset'));
  assert.ok(all.length > 4);
  for (const [url, width] of all) assert.deepEqual(read(url).request, { key: 'uploads/a.jpg', preset: parseInt(width) <= 640 ? 'small' : 'large' });
});

for (const [name, options, field, given, allowed] of [
  ['no presets', { presets: {} }, 'presets', '{}', /640:"small"/],
  ['presets by name', { presets: { small: 640 } }, 'presets', '{"small":640}', /640:"small"/],
  ['a preset that is none', { presets: { 640: 'Small' } }, 'presets', '{"640":"Small"}', /640:"small"/],
  ['a ratio of 0', { ratio: 0 }, 'ratio', '0', /1\.5/],
  ['a ratio as text', { ratio: 'wide' }, 'ratio', '"wide"', /1\.5/],
]) {
  test(`${name} is told`, () => {
    assert.throws(() => createLoader(browser, options), (e) => {
      assert.deepEqual([e.name, e.field, e.given], ['ThumbfrontError', field, given]);
      assert.match(e.message, allowed);
      return true;
    });
  });
}

test('no loader has a secret', () => {
  assert.throws(() => createLoader(server), (e) => e.field === 'client' && !e.message.includes(secret));
});

describe('an app of next', () => {
  const root = new URL('..', import.meta.url).pathname;
  const next = join(root, 'node_modules/next/dist/bin/next');
  const env = { ...process.env, SECRET: secret, NEXT_PUBLIC_BASE: base, NEXT_TELEMETRY_DISABLED: '1' };
  let dir; // a copy as deep as the example, so that what it says of its packages holds
  before(async () => {
    dir = await mkdtemp(join(root, 'examples', '.next-'));
    await cp(join(root, 'examples/next'), dir, { recursive: true, filter: (file) => !file.includes('/.next/') });
    await promisify(execFile)('node', [next, 'build'], { cwd: dir, env }).catch((e) => assert.fail(e.stdout + e.stderr));
  });
  after(() => rm(dir, { recursive: true, force: true }));

  test('its page is signed on the server, and its images ask by preset', async () => {
    const html = await readFile(join(dir, '.next/server/app/index.html'), 'utf8');
    const [beach, wood] = html.match(/<img [^>]*>/g);
    for (const [url] of [[attribute(beach, 'src')], ...candidates(attribute(beach, 'srcset'))]) {
      const { request, signed } = read(url);
      assert.ok(signed);
      assert.equal(request.version, '5d41402abc4b2a76b9719d911017c592');
    }
    assert.match(attribute(beach, 'style'), /^background:#7a6a5c .*data:image\/bmp/);
    for (const [url, width] of candidates(attribute(wood, 'srcset'))) {
      assert.deepEqual(read(url), { signed: false, request: { key: 'uploads/photo.jpg', preset: parseInt(width) <= 640 ? 'small' : 'large' } });
    }
    assert.match(attribute(wood, 'style'), /data:image\/bmp/, 'placeholder');
  });

  test('what browsers get of it has neither the secret nor what signs', async () => {
    const files = (await readdir(join(dir, '.next/static'), { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
    const texts = await Promise.all(files.map((one) => readFile(join(one.parentPath ?? one.path, one.name), 'utf8')));
    texts.push(await readFile(join(dir, '.next/server/app/index.html'), 'utf8'), await readFile(join(dir, '.next/server/app/index.rsc'), 'utf8'));
    assert.ok(texts.some((one) => one.includes(base)), 'the loader is there');
    for (const one of texts) assert.ok(!one.includes(secret) && !/createHmac|node:crypto/.test(one));
  });

  test('its placeholder goes in Chromium', { skip: noBrowser }, async (t) => {
    const started = spawn('node', [next, 'start', '-H', '127.0.0.1', '-p', '0'], { cwd: dir, env, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(started, 'exit');
    t.after(async () => { started.kill(); await ended; });
    const url = await new Promise((found, fail) => {
      createInterface({ input: started.stdout }).on('line', (line) => {
        const [one] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
        if (one) found(one);
      });
      started.once('exit', () => fail(new Error('it did not start')));
    });
    const chromium = await launch();
    t.after(() => chromium.close());
    const page = await chromium.newPage();
    const complaints = [];
    page.on('console', (m) => { if (['error', 'warning'].includes(m.type())) complaints.push(m.text()); });
    page.on('pageerror', (e) => complaints.push(e.message));
    await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }));
    await page.route(`${base}/**`, (route) => route.fulfill({ contentType: 'image/png', body: png }));
    await page.goto(url);
    await page.waitForFunction(() => {
      const all = [...document.querySelectorAll('img')];
      return all.length === 2 && all.every((one) => one.complete && one.naturalWidth > 0 && one.style.background === '' && one.style.backgroundImage === '');
    });
    assert.deepEqual(complaints, []);
  });
});
