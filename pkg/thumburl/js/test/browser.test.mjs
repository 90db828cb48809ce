// The adapters in headless Chromium.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { Client, decode } from 'thumbfront';
import { Thumbnail } from 'thumbfront/react';
import { launch, noBrowser, serve } from './chromium.mjs';

const entity = { color: '#336699', thumbhash: '1QcSHQRnh493V4dIh4eXh1h4kJUI' };
const client = new Client({ base: '/cdn' });
const modules = {};
for (const one of ['index.js', 'element.js']) modules[`/${one}`] = await readFile(new URL(`../${one}`, import.meta.url));

// A page that renders <Thumbnail>, or takes over the one that a server has rendered.
const { outputFiles: [{ text: bundle }] } = await build({
  stdin: { resolveDir: new URL('.', import.meta.url).pathname, contents: `
    import { createElement, createRef } from 'react';
    import { createRoot, hydrateRoot } from 'react-dom/client';
    import { Client } from 'thumbfront';
    import { Thumbnail } from 'thumbfront/react';
    const client = new Client({ base: '/cdn' });
    window.loads = 0;
    window.ref = createRef();
    const one = (props) => createElement(Thumbnail, { client, ...props, ref: window.ref, onLoad: () => window.loads++ });
    window.hydrate = (props) => { const root = hydrateRoot(document.getElementById('root'), one(props)); window.show = (more) => root.render(one({ ...props, ...more })); };
    window.create = (props) => { const root = createRoot(document.getElementById('root')); window.show = (more) => root.render(one({ ...props, ...more })); window.show({}); };
    window.ready = true;` },
  bundle: true, write: false, format: 'esm', define: { 'process.env.NODE_ENV': '"development"' }, // which warns of what does not fit together
});

describe('in Chromium', { skip: noBrowser }, () => {
  let browser;
  before(async () => { browser = await launch(); });
  after(() => browser?.close());

  /** Opens a page, which is /; gives it, what it complains of, and its server. */
  async function open(t, html, files = {}) {
    const server = await serve({ '/': `<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title><link rel="icon" href="data:,">${html}`, ...modules, ...files });
    const page = await browser.newPage();
    t.after(async () => { server.letThrough(); await page.close(); server.close(); });
    const complaints = [];
    page.on('console', (m) => { if (['error', 'warning'].includes(m.type())) complaints.push(m.text()); });
    page.on('pageerror', (e) => complaints.push(e.message));
    await page.goto(server.url, { waitUntil: 'commit' });
    return { page, complaints, server };
  }

  const held = (img) => img.evaluate((i) => i.style.background);
  const loaded = (page, selector = 'img') => page.waitForFunction((s) => { const i = document.querySelector(s); return i?.complete && i.naturalWidth > 0; }, selector);
  // Once React, or the element, has heard of it.
  const bare = (page, selector = 'img') => page.waitForFunction((s) => document.querySelector(s).style.background === '', selector);
  const requestOf = (path) => decode(path.split('/').at(-1));
  const element = (attributes, options = 'new Client({ base: "/cdn" })') => `<body><thumb-img ${attributes}></thumb-img>
    <script type="module">import { Client } from '/index.js'; import { define } from '/element.js'; window.seen = []; addEventListener('error', (e) => seen.push([e.error.field, e.error.given])); define(${options}); window.defined = true;</script>`;

  test('<thumb-img>: its placeholder goes when the picture is there, and does not come back', async (t) => {
    const { page, complaints, server } = await open(t, element(`key="k" width="30" height="20" alt="One" color="${entity.color}" thumbhash="${entity.thumbhash}"`));
    const img = page.locator('thumb-img img');
    await img.waitFor();
    assert.match(await held(img), /url\("data:image\/bmp/);
    assert.deepEqual(await img.evaluate((i) => [i.width, i.height, i.loading, i.alt]), [30, 20, 'lazy', 'One']);
    server.letThrough();
    await bare(page);
    // Another alt, and another place: the picture is there all the same, and no load tells.
    await page.evaluate(() => {
      const one = document.querySelector('thumb-img');
      one.setAttribute('alt', 'Two');
      document.body.append(document.createElement('p'), one);
    });
    await page.waitForFunction(() => document.querySelector('img').alt === 'Two');
    assert.equal(await held(img), '', 'the placeholder is back under the picture');
    // Another picture has its own.
    server.holdBack();
    await page.evaluate(() => document.querySelector('thumb-img').setAttribute('key', 'other'));
    await page.waitForFunction(() => document.querySelector('img').style.background !== '');
    server.letThrough();
    await bare(page);
    assert.deepEqual(server.asked.map(requestOf).map(({ key }) => key), ['k', 'other']);
    assert.deepEqual(complaints, []);
  });

  test('<thumb-img>: what is set one after the other is fetched once', async (t) => {
    const { page, complaints, server } = await open(t, element('alt=""'));
    server.letThrough();
    await page.waitForFunction(() => window.defined);
    assert.equal(await page.locator('thumb-img img').count(), 0, 'without a key there is nothing to show');
    await page.evaluate(() => {
      const one = document.querySelector('thumb-img');
      for (const [name, value] of Object.entries({ key: 'k', width: '30', height: '20', fit: 'contain' })) one.setAttribute(name, value);
    });
    await loaded(page);
    assert.deepEqual(server.asked.map(requestOf), [{ key: 'k', edits: { resize: { fit: 'contain', height: 20, width: 30, withoutEnlargement: true } }, outputFormat: 'auto' }]);
    await page.evaluate(() => document.querySelector('thumb-img').removeAttribute('key'));
    await page.waitForFunction(() => !document.querySelector('img'));
    assert.deepEqual(complaints, []);
  });

  test('<thumb-img>: presets by width, of the deployment that it names, in the <img> of the page', async (t) => {
    const { page, complaints, server } = await open(t, `<style>img { border: 1px solid }</style>` + element('key="k" base="/cdn" preset="small 640w, large 1200w" sizes="50vw" width="30" height="20" alt="A"', '')
      .replace('></thumb-img>', '><img width="30" height="20" alt="A"></thumb-img>'));
    server.letThrough();
    await loaded(page);
    const img = page.locator('thumb-img > img');
    assert.equal(await img.count(), 1);
    assert.deepEqual(await img.evaluate((i) => [i.sizes, i.srcset.split(', ').map((one) => one.split(' ')[1])]), ['50vw', ['640w', '1200w']]);
    assert.equal(await img.evaluate((i) => getComputedStyle(i).borderTopWidth), '1px', 'styled as any other');
    assert.deepEqual(server.asked.map(requestOf), [{ key: 'k', preset: 'small' }]);
    assert.deepEqual(complaints, []);
  });

  for (const [attributes, field, given, options] of [
    ['key="k" width="wide"', 'width', '"wide"'],
    ['key="k" height="0"', 'height', '"0"'],
    ['key="k" width="30" fit="squeeze"', 'edits.resize.fit', '"squeeze"'],
    ['key="k" preset="Card"', 'preset', '"Card"'],
    ['key="k" preset="card" color="red"', 'color', '"red"'],
    ['key="k" preset="card"', 'client', '"undefined"', ''],
  ]) {
    test(`<thumb-img ${attributes}>: the page is told of ${field}`, async (t) => {
      const { page, server } = await open(t, element(attributes, options));
      await page.waitForFunction(() => window.seen?.length);
      assert.deepEqual(await page.evaluate(() => window.seen), [[field, given]]);
      assert.equal(await page.locator('img').count(), 0);
      assert.deepEqual(server.asked, []);
    });
  }

  const props = { original: 'k', width: 30, height: 20, alt: 'One', entity, style: { borderRadius: '4px' } };
  const rendered = () => renderToString(createElement(Thumbnail, { client, ...props }));
  const app = (inside) => [`<body><div id="root">${inside}</div><script type="module" src="/app.js"></script>`, { '/app.js': bundle }];

  test('React: the placeholder goes when the picture is there', async (t) => {
    const { page, complaints, server } = await open(t, ...app(''));
    await page.waitForFunction(() => window.ready);
    await page.evaluate((p) => window.create(p), props);
    const img = page.locator('img');
    await img.waitFor();
    assert.match(await held(img), /url\("data:image\/bmp/);
    server.letThrough();
    await bare(page);
    assert.deepEqual(await img.evaluate((i) => [i.style.borderRadius, window.loads, window.ref.current === i]), ['4px', 1, true]);
    // Another render leaves it so; another picture has a placeholder again.
    await page.evaluate(() => window.show({ alt: 'Two' }));
    await page.waitForFunction(() => document.querySelector('img').alt === 'Two');
    assert.equal(await held(img), '');
    server.holdBack();
    await page.evaluate(() => window.show({ original: 'other' }));
    await page.waitForFunction(() => document.querySelector('img').style.background !== '');
    server.letThrough();
    await bare(page);
    assert.deepEqual(server.asked.map(requestOf).map(({ key }) => key), ['k', 'other'], 'of src and srcset one is fetched');
    assert.deepEqual(complaints, []);
  });

  // A page from a server shows its pictures before React listens: no load tells it then.
  test('React: the placeholder goes also from a picture that was there before', async (t) => {
    const { page, complaints, server } = await open(t, ...app(rendered()));
    server.letThrough();
    await page.waitForFunction(() => window.ready);
    await loaded(page);
    assert.match(await held(page.locator('img')), /url\("data:image\/bmp/);
    await page.evaluate((p) => window.hydrate(p), props);
    await bare(page);
    assert.equal(server.asked.length, 1);
    assert.deepEqual(complaints, [], 'what the server has rendered is what the browser renders');
  });

  test('React: a picture that can not be had keeps its placeholder', async (t) => {
    const { page, server } = await open(t, ...app(rendered()));
    await page.waitForFunction(() => window.ready);
    await page.route('**/cdn/**', (route) => route.fulfill({ status: 404, body: '' }));
    await page.evaluate((p) => window.create(p), { ...props, original: 'gone' });
    await page.waitForFunction(() => { const i = document.querySelector('img'); return i.complete && i.naturalWidth === 0; });
    assert.match(await held(page.locator('img')), /url\("data:image\/bmp/);
    server.letThrough();
  });
});
