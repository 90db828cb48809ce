import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as browser from 'thumbfront';
import * as server from 'thumbfront/sign';

const secret = 'a secret of at least 16 bytes';
const key = 'uploads/photo.jpg';
const card = { resize: { width: 288, height: 264 } };

// What a programmer does wrong, in both entries: field, value, and an example of a right one.
for (const [entry, client] of Object.entries({ browser: new browser.Client(), server: new server.Client({ secret }) })) {
  for (const [name, act, code, field, given, allowed] of [
    ['no key', () => client.url(undefined, card), 'InvalidField', 'key', '', /uploads\/photo\.jpg/],
    ['a width of 0', () => client.url(key, { resize: { width: 0 } }), 'InvalidField', 'edits.resize.width', '0', /from 1 to 4096, such as 288/],
    ['a width as text', () => client.url(key, { resize: { width: '288' } }), 'InvalidField', 'edits.resize.width', '"288"', /a whole number from 1 to 4096, such as 288/],
    ['half a pixel', () => client.url(key, { resize: { height: 1.5 } }), 'InvalidField', 'edits.resize.height', '1.5', /a whole number/],
    ['an edit that is none', () => client.url(key, { rezise: { width: 1 } }), 'UnknownField', 'edits.rezise', '{"width":1}', /resize/],
    ['a fit that is none', () => client.url(key, { resize: { width: 1, fit: 'squeeze' } }), 'InvalidField', 'edits.resize.fit', '"squeeze"', /cover/],
    ['a format that is none', () => client.url(key, card, { outputFormat: 'bmp' }), 'InvalidField', 'outputFormat', '"bmp"', /auto/],
    ['a field that is none', () => client.url(key, card, { quality: 80 }), 'UnknownField', 'quality', '80', /outputFormat/],
    ['a request that is too long', () => client.url('x'.repeat(760), card), 'RequestTooLong', '', 'x', /740 bytes/],
    ['a srcset without sizes', () => client.srcSet(key, card, {}), 'InvalidField', 'srcset', '{}', /\[1,2\]/],
    ['a srcset without anything', () => client.srcSet(key, card), 'InvalidField', 'srcset', '{}', /\[1,2\]/],
    ['a srcset without a resize', () => client.srcSet(key, { flip: true }, { densities: [1] }), 'InvalidField', 'edits.resize.width', 'undefined', /such as 288/],
    ['part of a pixel in a srcset', () => client.srcSet(key, card, { widths: [100.5] }), 'InvalidField', 'srcset', '100.5', /a whole number/],
    ['a density that is no number', () => client.srcSet(key, card, { densities: [NaN] }), 'InvalidField', 'srcset', 'NaN', /a number/],
    ['a width that is no number', () => client.url(key, { resize: { width: NaN } }), 'InvalidField', 'edits.resize.width', 'NaN', /a whole number/],
    ['a time that is no number', () => client.url(key, card, { expires: NaN }), 'InvalidField', 'expires', 'NaN', /a (whole )?number/],
    ['a date as a time', () => client.url(key, card, { expires: new Date(1798761600000) }), 'InvalidField', 'expires', '1798761600000', /a (whole )?number/],
    ['a preset that is not said', () => client.preset(undefined, key), 'InvalidField', 'preset', 'undefined', /such as/],
    ['half a surrogate pair', () => client.url('\ud800', card), 'InvalidField', 'key', '"\\ud800"', /such as/],
    ['widths that are none', () => browser.targetWidths(0, 100), 'InvalidField', 'widths', '0', /a whole number from 1 to 100/],
    ['parts of widths', () => browser.targetWidths(1.5, 100), 'InvalidField', 'widths', '1.5', /a whole number/],
    ['widths without an end', () => browser.targetWidths(1, Infinity), 'InvalidField', 'widths', 'Infinity', /to 4096/],
  ]) {
    test(`${entry}: ${name}`, () => {
      assert.throws(act, (e) => {
        assert.deepEqual([e.name, e.code, e.field], ['ThumbfrontError', code, field], e.message);
        assert.ok(e.given.includes(given), e.given);
        assert.match(e.allowed, allowed);
        assert.ok(e.message.includes(e.given) && e.message.includes(e.allowed) && e.message.startsWith(field));
        return true;
      });
    });
  }
}

for (const [entry, { encode, decode }] of Object.entries({ browser, server })) {
  test(`${entry}: what is no payload is told by a ThumbfrontError`, () => {
    const payloads = ['', '%%%', 'e', undefined, 5].concat(['{"key"', 'null', '5', '[1]', '"k"', '{}', '{"key":"k","edits":5}', '{"key":"k"} '].map((json) => Buffer.from(json).toString('base64url')),
      Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]).toString('base64url'));
    for (const payload of payloads) assert.throws(() => decode(payload), { name: 'ThumbfrontError' }, `${payload}`);
    for (const request of [undefined, null, {}, { edits: card }]) assert.throws(() => encode(request), { name: 'ThumbfrontError' });
  });
}

// Left out, it would be another picture without a word.
test('browser: an edit of no name', () => {
  assert.throws(() => browser.encode({ key, edits: { bandbool: '' } }), { name: 'ThumbfrontError', field: 'edits.bandbool', given: '""' });
});

test('server: a version that is no text', () => {
  assert.throws(() => new server.Client({ secret }).url(key, card, { version: 5 }), { name: 'ThumbfrontError', field: 'version', given: '5' });
});

test('a server signs nothing that the deployment refuses, and shows no secret', () => {
  assert.throws(() => server.sign(secret, Buffer.from('{"key":"k","edits":{"blur":0}}').toString('base64url')), { field: 'edits.blur' });
  for (const short of [undefined, '', 'fifteen bytes..']) {
    assert.throws(() => new server.Client({ secret: short }), (e) => e.field === 'secret' && !e.message.includes('fifteen'));
  }
});

test('signatures verify by any of the secrets, and no other is taken', () => {
  const payload = server.encode({ key });
  const signature = server.sign(secret, payload);
  assert.equal(signature.length, 22);
  assert.ok(server.verify(['another secret, the new one', secret], payload, signature));
  for (const wrong of ['', signature.slice(1), signature + 'A', 'é'.repeat(11), signature.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))]) {
    assert.ok(!server.verify(secret, payload, wrong), wrong);
  }
  assert.ok(!server.verify([], payload, signature));
});
