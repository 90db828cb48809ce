import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { pageOf } from '../examples/express.mjs';
import { attribute, base, candidates, read, secret } from './reading.mjs';

test('Express signs on the server', async () => {
  const app = pageOf({ secret, base, originals: [{ key: 'uploads/a.jpg', etag: '"e"', name: '<b>' }, { key: 'uploads/ü.jpg', name: 'B' }] });
  const listening = app.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  try {
    const html = await (await fetch(`http://127.0.0.1:${listening.address().port}/`)).text();
    const images = html.match(/<img [^>]*>/g);
    assert.equal(images.length, 2);
    for (const [i, img] of images.entries()) {
      for (const [url] of [[attribute(img, 'src')], ...candidates(attribute(img, 'srcset'))]) {
        const { request, signed } = read(url);
        assert.ok(signed);
        assert.deepEqual([request.key, request.version], [['uploads/a.jpg', 'e'], ['uploads/ü.jpg', undefined]][i]);
      }
    }
    assert.ok(!html.includes(secret) && html.includes('alt="&#60;b&#62;"'));
  } finally {
    listening.close();
  }
});
