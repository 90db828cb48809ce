import assert from 'node:assert/strict';
import { test } from 'node:test';
import { thumbHashToRGBA } from 'thumbhash';
import { background, dataURL, thumbHashPixels } from 'thumbfront/placeholder';

const one = '1QcSHQRnh493V4dIh4eXh1h4kJUI';
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

// Hashes of the length that their headers tell, with and without alpha.
function randomHashes(n) {
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 0x7fffffff) % 256;
  return Array.from({ length: n }, () => Uint8Array.from({ length: 48 }, random));
}

test('a ThumbHash is the picture that its inventor decodes', () => {
  let [compared, transparent] = [0, 0];
  for (const [i, hash] of randomHashes(300).entries()) {
    const want = thumbHashToRGBA(hash);
    if (want.w < 1 || want.h < 1) continue; // of a shape that no picture has
    const got = thumbHashPixels(base64(hash));
    assert.deepEqual([got.width, got.height], [want.w, want.h]);
    const worst = got.rgba.reduce((most, v, at) => Math.max(most, Math.abs(v - want.rgba[at])), 0);
    assert.ok(worst <= 1, `hash ${i} is off by ${worst}`);
    compared++;
    transparent += hash[2] >> 7;
  }
  assert.ok(compared > 200 && transparent > 50, `${compared}, ${transparent} with alpha`);
});

test('a data URL is a BMP of the same picture, and small', () => {
  const url = dataURL({ thumbhash: one });
  assert.ok(url.length < 1300, `${url.length} bytes`);
  const bytes = Buffer.from(url.replace(/^data:image\/bmp;base64,/, ''), 'base64');
  const { width, height, rgba } = thumbHashPixels(one, 16);
  assert.deepEqual([bytes.toString('latin1', 0, 2), bytes.readInt32LE(2), bytes.readInt32LE(18), bytes.readInt32LE(22)], ['BM', bytes.length, width, -height]);
  assert.deepEqual([...bytes.subarray(bytes.readInt32LE(10))], [...rgba]);
});

test('a background is the ThumbHash on its colour, or one of them', () => {
  assert.equal(background({ thumbhash: one, color: '#Ff0000' }), `#Ff0000 center / 100% 100% no-repeat url("${dataURL({ thumbhash: one })}")`);
  assert.equal(background({ thumbhash: one }), `center / 100% 100% no-repeat url("${dataURL({ thumbhash: one })}")`);
  assert.equal(background({ color: '#ff0000' }), '#ff0000');
  for (const none of [undefined, {}, { thumbhash: '', color: '' }]) {
    assert.equal(background(none), undefined);
    assert.equal(dataURL(none), undefined);
  }
});

// A hash that was cut gave the pixels NaN, which are black.
test('a ThumbHash that is cut, or none, is told', () => {
  for (const hash of randomHashes(100)) {
    const longEnough = Array.from({ length: 49 }, (_, n) => n).find((n) => { try { return thumbHashPixels(base64(hash.subarray(0, n))); } catch { return false; } });
    assert.ok(longEnough >= 6 && longEnough < 48, `${longEnough}`);
    const { rgba } = thumbHashPixels(base64(hash.subarray(0, longEnough)));
    assert.deepEqual(rgba, thumbHashPixels(base64(hash)).rgba, 'no more is read than was asked for');
  }
  for (const wrong of ['', 'no hash', 'AAAA', one.slice(0, -4), 7, null]) {
    assert.throws(() => thumbHashPixels(wrong), { name: 'ThumbfrontError', field: 'thumbhash', given: JSON.stringify(wrong) });
  }
});

test('a colour that would write more into a style is refused', () => {
  for (const wrong of ['red', '#fff', '#336699;', '#336699\n', 'url(//evil)']) {
    assert.throws(() => background({ color: wrong, thumbhash: one }), { name: 'ThumbfrontError', field: 'color', given: JSON.stringify(wrong) });
  }
});
