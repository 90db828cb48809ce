// A page of cards whose URLs are signed on the server: the browser gets URLs, and no secret.
//
//   SECRET=... BASE=https://cdn.example.com node examples/express.mjs
import express from 'express';
import { Client } from 'thumbfront/sign';

const escape = (text) => `${text}`.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt()};`);

/** The page of some originals: [{ key, etag, name }]. */
export function pageOf({ secret, base, originals }) {
  const client = new Client({ secret, base });
  const app = express();
  app.get('/', (request, response) => {
    const cards = originals.map(({ key, etag, name }) => {
      const img = client.img(key, { resize: { width: 288, height: 264 } }, { outputFormat: 'auto', version: etag });
      const attributes = Object.entries({ ...img, alt: name, loading: 'lazy' }).filter(([, value]) => value !== undefined);
      return `<img ${attributes.map(([one, value]) => `${one}="${escape(value)}"`).join(' ')}>`;
    });
    response.type('html').send(`<!doctype html><title>Cards</title>\n${cards.join('\n')}\n`);
  });
  return app;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { SECRET: secret, BASE: base = '' } = process.env;
  const originals = [{ key: 'uploads/photo.jpg', name: 'A photo' }];
  const server = pageOf({ secret, base, originals }).listen(3000, '127.0.0.1', () => console.log('http://127.0.0.1:3000'));
  process.once('SIGTERM', () => server.close());
}
