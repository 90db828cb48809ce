// <Thumbnail> as a server renders it; test/browser.test.mjs has what happens in a browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Client } from 'thumbfront';
import { Thumbnail } from 'thumbfront/react';
import { attribute, base, candidates, read, secret, server } from './reading.mjs';

const browser = new Client({ base });
const render = (props) => renderToStaticMarkup(createElement(Thumbnail, props));
const entity = { etag: 'e-1', color: '#336699', thumbhash: '1QcSHQRnh493V4dIh4eXh1h4kJUI', alpha: false };

test('an <img> that keeps its place, in the sizes of screens, signed on the server', () => {
  const html = render({ client: server, original: 'uploads/a.jpg', width: 288, height: 264, alt: 'A "beach"', entity, className: 'card' });
  assert.deepEqual(['width', 'height', 'loading', 'alt', 'class'].map((one) => attribute(html, one)), ['288', '264', 'lazy', 'A "beach"', 'card']);
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

test('sizes offer widths, and other props arrive', () => {
  const html = render({ client: browser, original: 'k', width: 300, height: 200, sizes: '50vw', alt: '', loading: 'eager', request: { effort: 2 } });
  assert.equal(attribute(html, 'sizes'), '50vw');
  assert.equal(attribute(html, 'loading'), 'eager');
  const all = candidates(attribute(html, 'srcset'));
  assert.ok(all.length > 2, html);
  for (const [url, width] of all) {
    const { request } = read(url);
    assert.deepEqual([`${request.edits.resize.width}w`, request.effort], [width, 2]);
  }
});

test('presets without a secret, and what is transparent has no placeholder', () => {
  const html = render({ client: browser, original: 'uploads/a.png', preset: 'card 1x, card2x 2x', width: 288, height: 264, alt: '', entity: { alpha: true, color: '#000000', etag: 'e' } });
  assert.deepEqual(candidates(attribute(html, 'srcset')).map(([url, density]) => [read(url), density]), [
    [{ request: { key: 'uploads/a.png', preset: 'card' }, signed: false }, '1x'],
    [{ request: { key: 'uploads/a.png', preset: 'card2x' }, signed: false }, '2x']]);
  assert.equal(attribute(html, 'style'), undefined);
  assert.equal(attribute(render({ client: browser, original: 'k', preset: 'card', alt: '' }), 'srcset'), undefined);
});

// sizes got lost beside presets, and browsers took the picture to be as wide as the window.
test('presets by width keep their sizes', () => {
  const html = render({ client: browser, original: 'k', preset: 'small 640w, large 1200w', sizes: '50vw', alt: '' });
  assert.equal(attribute(html, 'sizes'), '50vw');
  assert.deepEqual(candidates(attribute(html, 'srcset')).map(([url, width]) => [read(url).request.preset, width]), [['small', '640w'], ['large', '1200w']]);
});

// src stood before srcset: a browser that renders it fetched both.
test('src comes last', () => {
  for (const held of [entity, undefined]) {
    const html = render({ client: browser, original: 'k', width: 3, height: 2, sizes: '50vw', alt: '', entity: held, id: 'i' });
    const order = [...html.matchAll(/\s(\w+)="/g)].map(([, name]) => name.toLowerCase());
    assert.equal(order.at(-1), 'src', html);
    for (const one of ['loading', 'sizes', 'srcset']) assert.ok(order.includes(one) && order.indexOf(one) < order.indexOf('src'), `${one}: ${order}`);
  }
});

for (const [name, props, field, given, allowed] of [
  ['no alt', { alt: undefined }, 'alt', 'undefined', /alt="A beach"/],
  ['no original', { original: undefined }, 'original', 'undefined', /uploads\/photo\.jpg/],
  ['no client', { client: undefined }, 'client', '"undefined"', /new Client\(/],
  ['options in the place of a client', { client: { secret } }, 'client', '"object"', /new Client\(/],
  ['no size', { width: undefined }, 'width', 'undefined', /288/],
  ['a width that is none', { width: 0 }, 'edits.resize.width', '0', /288/],
  ['a preset that is none', { preset: 'Card' }, 'preset', '"Card"', /"card"/],
  ['a preset of two densities', { preset: 'card 1x 2x' }, 'preset', '"card 1x 2x"', /"card"/],
  ['presets by width and density', { preset: 'card 1x, wide 640w', sizes: '50vw' }, 'preset', '"card 1x, wide 640w"', /card2x 2x/],
  ['presets by width without sizes', { preset: 'small 640w, large 1200w' }, 'sizes', 'undefined', /"50vw"/],
  ['a preset and edits', { preset: 'card', edits: { flip: true } }, 'edits', '{"flip":true}', /preset="card"/],
  ['a colour that is none', { entity: { color: 'red;background:url(//evil)' } }, 'color', '"red;', /"#336699"/],
  ['a hash that is none', { entity: { thumbhash: 'no hash' } }, 'thumbhash', '"no hash"', /1QcSHQRn/],
]) {
  test(`${name} is told`, () => {
    assert.throws(() => Thumbnail({ client: browser, original: 'k', width: 288, alt: '', ...props }), (e) => {
      assert.deepEqual([e.name, e.field], ['ThumbfrontError', field], e.message);
      assert.ok(e.given.includes(given), e.given);
      assert.match(e.allowed, allowed);
      assert.ok(!e.message.includes(secret));
      return true;
    });
  });
}
