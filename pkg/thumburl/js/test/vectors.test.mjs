// The vectors that Go is tested with as well.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import * as browser from 'thumbfront';
import * as server from 'thumbfront/sign';

const vectors = JSON.parse(readFileSync(new URL('../../testdata/vectors.json', import.meta.url)));
const payloadOf = (json) => Buffer.from(json).toString('base64url');
const textOf = (payload) => Buffer.from(payload, 'base64url').toString();

for (const [name, { encode, decode }] of Object.entries({ browser, server })) {
  describe(name, () => {
    for (const { name, canonical } of vectors.valid) {
      test(`valid: ${name}`, () => {
        const request = JSON.parse(canonical);
        assert.equal(textOf(encode(request)), canonical);
        assert.deepEqual(decode(payloadOf(canonical)), request);
      });
    }
    // The browser's knows some second spellings, and keeps the others as they are given.
    for (const { name, json, canonical, browser: known } of vectors.rewritten) {
      if (encode === browser.encode && !known) continue;
      test(`rewritten: ${name}`, () => {
        assert.equal(textOf(encode(JSON.parse(json))), canonical);
        if (payloadOf(json) !== payloadOf(canonical)) assert.throws(() => decode(payloadOf(json)), { code: 'NotCanonical' });
      });
    }
  });
}

describe('what only the server judges', () => {
  for (const { name, json, code, field = '' } of vectors.refused) {
    test(`refused: ${name}`, () => {
      assert.throws(() => server.decode(payloadOf(json)), (e) => {
        assert.equal(e.name, 'ThumbfrontError');
        // JSON.parse keeps the last of two members of one name, so these are another request.
        if (name.startsWith('duplicate')) assert.equal(e.code, 'NotCanonical');
        else assert.deepEqual([e.code, e.field], [code, field], e.message);
        assert.match(e.message, /got .*, want ./s);
        return true;
      });
    });
  }
});

describe('clients', () => {
  for (const { name, options, call, args, want } of vectors.clients) {
    const { Client, targetWidths } = options?.secret ? server : browser;
    test(name, () => {
      const got = call === 'targetWidths' ? targetWidths(...args) : new Client(options)[call](...args);
      assert.deepEqual(JSON.parse(JSON.stringify(got)), want);
    });
  }
});

describe('mistakes of a client', () => {
  for (const { name, options, call, args, field } of vectors.mistakes) {
    const { Client, targetWidths } = options?.secret ? server : browser;
    test(name, () => {
      assert.throws(() => (call === 'targetWidths' ? targetWidths(...args) : new Client(options)[call](...args)),
        (e) => e.name === 'ThumbfrontError' && e.code === 'InvalidField' && e.field === field || assert.fail(e.message));
    });
  }
});

test('CommonJS gives the same', () => {
  const require = createRequire(import.meta.url);
  const { name, options, call, args, want } = vectors.clients.find((one) => one.options?.secret);
  assert.deepEqual(new (require('thumbfront/sign').Client)(options)[call](...args), want, name);
  assert.equal(require('thumbfront').encode({ key: 'k' }), payloadOf('{"key":"k"}'));
});
