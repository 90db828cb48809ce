// The adapters in the frameworks that they are for.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { thumbHashToRGBA } from 'thumbhash';
import { Client, decode } from 'thumbfront';
import { createLoader } from 'thumbfront/next';
import { background, thumbHashPixels } from 'thumbfront/placeholder';
import { Thumbnail } from 'thumbfront/react';
import { Client as Server, verify } from 'thumbfront/sign';
import { pageOf } from '../examples/express.mjs';

const secret = 'a secret of at least 16 bytes';
const base = 'https://cdn.example.com';
const browser = new Client({ base });
const server = new Server({ base, secret });
const attribute = (html, name) => new RegExp(`\\s${name}="([^"]*)"`, 'i').exec(html)?.[1].replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#x27;', "'");

/** Reads a URL of ours: its request, and whether it is signed. */
function read(url) {
  assert.ok(url.startsWith(base + '/'), url);
  const [payload, signature] = url.slice(base.length + 1).split('.');
  if (signature !== undefined) assert.ok(verify(secret, payload, signature), url);
  return { request: decode(payload), signed: signature !== undefined };
}
const candidates = (srcset) => srcset.split(', ').map((one) => one.split(' '));

test('React: an <img> that keeps its place, in the sizes of screens, signed on the server', () => {
  const entity = { etag: 'e-1', color: '#336699', thumbhash: '1QcSHQRnh493V4dIh4eXh1h4kJUI', alpha: false };
  const html = renderToStaticMarkup(createElement(Thumbnail, { client: server, original: 'uploads/a.jpg', width: 288, height: 264, alt: 'A "beach"', entity, className: 'card' }));
  assert.equal(attribute(html, 'width'), '288');
  assert.equal(attribute(html, 'height'), '264');
  assert.equal(attribute(html, 'loading'), 'lazy');
  assert.equal(attribute(html, 'alt'), 'A "beach"');
  assert.equal(attribute(html, 'class'), 'card');
  assert.match(attribute(html, 'style'), /^background:#336699 .*url\("data:image\/bmp;base64,/);
  const urls = candidates(attribute(html, 'srcset'));
  assert.deepEqual(urls.map(([, density]) => density), ['1x', '2x']);
  for (const [i, [url]] of urls.entries()) {
    const { request, signed } = read(url);
    assert.ok(signed);
    assert.deepEqual(request, { key: 'uploads/a.jpg', edits: { resize: { height: 264 * (i + 1), width: 288 * (i + 1), withoutEnlargement: true } }, outputFormat: 'auto', version: 'e-1' });
  }
  assert.ok(!html.includes(secret));
});

test('React: presets without a secret, sizes, and what is transparent has no placeholder', () => {
  const html = renderToStaticMarkup(createElement(Thumbnail, { client: browser, original: 'uploads/a.png', preset: 'card 1x, card2x 2x', width: 288, height: 264, alt: '', entity: { alpha: true, color: '#000000' } }));
  assert.deepEqual(candidates(attribute(html, 'srcset')).map(([url]) => read(url).request), [{ key: 'uploads/a.png', preset: 'card' }, { key: 'uploads/a.png', preset: 'card2x' }]);
  assert.equal(attribute(html, 'style'), undefined);
  const sized = renderToStaticMarkup(createElement(Thumbnail, { client: browser, original: 'k', width: 300, height: 200, sizes: '50vw', alt: '' }));
  assert.equal(attribute(sized, 'sizes'), '50vw');
  assert.deepEqual(candidates(attribute(sized, 'srcset')).map(([url, w]) => [`${read(url).request.edits.resize.width}w`, w]).filter(([a, b]) => a !== b), []);
  assert.throws(() => Thumbnail({ client: browser, original: 'k' }), /alt is missing; .*such as alt=/);
  assert.throws(() => Thumbnail({ client: browser, alt: '' }), { field: 'key' });
});

test('next/image takes the loader', () => {
  const require = createRequire(import.meta.url);
  const NextImage = require('next/image').default;
  for (const [options, want] of [
    [{ ratio: 288 / 264 }, ({ width, height }, w) => width === w && height === Math.round(w / (288 / 264))],
    [{}, ({ width, height }, w) => width === w && height === undefined],
  ]) {
    const html = renderToStaticMarkup(createElement(NextImage, { loader: createLoader(browser, options), src: 'uploads/a.jpg', alt: 'A beach', width: 640, height: 480, sizes: '50vw' }));
    const all = candidates(attribute(html, 'srcset'));
    assert.ok(all.length > 4, html);
    for (const [url, w] of all) {
      const { request, signed } = read(url);
      assert.ok(!signed);
      assert.equal(request.outputFormat, 'auto');
      assert.ok(want(request.edits.resize, parseInt(w)), `${w}: ${JSON.stringify(request)}`);
      assert.ok(request.edits.resize.withoutEnlargement);
    }
  }
  const presets = renderToStaticMarkup(createElement(NextImage, { loader: createLoader(browser, { presets: { 640: 'small', 1200: 'large' } }), src: 'uploads/a.jpg', alt: '', width: 640, height: 480, sizes: '50vw' }));
  for (const [url, w] of candidates(attribute(presets, 'srcset'))) {
    assert.deepEqual(read(url).request, { key: 'uploads/a.jpg', preset: parseInt(w) <= 640 ? 'small' : 'large' });
  }
  assert.throws(() => createLoader(server), (e) => e.field === 'client' && !e.message.includes(secret));
});

test('Express signs on the server', async () => {
  const app = pageOf({ secret, base, originals: [{ key: 'uploads/a.jpg', etag: '"e"', name: '<b>' }, { key: 'uploads/ü.jpg', name: 'B' }] });
  const listening = app.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  try {
    const html = await (await fetch(`http://127.0.0.1:${listening.address().port}/`)).text();
    const images = html.match(/<img [^>]*>/g);
    assert.equal(images.length, 2);
    for (const img of images) for (const [url] of candidates(attribute(img, 'srcset'))) assert.ok(read(url).signed);
    assert.equal(read(attribute(images[0], 'src')).request.version, 'e');
    assert.ok(!html.includes(secret) && html.includes('alt="&#60;b&#62;"'));
  } finally {
    listening.close();
  }
});

test('a ThumbHash is the picture that its inventor decodes', () => {
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 0x7fffffff) % 256;
  for (let i = 0; i < 200; i++) {
    const hash = Uint8Array.from({ length: 30 }, random);
    const want = thumbHashToRGBA(hash);
    const got = thumbHashPixels(btoa(String.fromCharCode(...hash)));
    if (want.w < 1 || want.h < 1) continue;
    assert.deepEqual([got.width, got.height], [want.w, want.h]);
    const worst = got.rgba.reduce((most, v, at) => Math.max(most, Math.abs(v - want.rgba[at])), 0);
    assert.ok(worst <= 1, `hash ${i} is off by ${worst}`);
  }
  assert.equal(background({ color: '#ff0000' }), '#ff0000');
  assert.equal(background({}), undefined);
});
