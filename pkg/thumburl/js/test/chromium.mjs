// Headless Chromium, and a server of pages whose pictures come when the test says so.
//
// CHROMIUM names another browser than Debian's.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { chromium } from 'playwright-core';

const { CHROMIUM: executablePath = '/usr/bin/chromium', THUMBFRONT_TEST_ALL: all } = process.env;

/** Why tests in a browser are skipped; false where they are not. `make test` skips none. */
export const noBrowser = !all && !existsSync(executablePath) && `${executablePath} is missing`;

export const launch = () => chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'] });

/** A PNG of one pixel. */
export const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

/**
 * Serves files by their paths, { '/page.html': text }, and below /cdn/ pictures, each when
 * letThrough is called. asked holds the paths of pictures in the order of their requests.
 */
export async function serve(files) {
  const asked = [];
  const waiting = [];
  let open = false;
  const server = createServer((request, response) => {
    if (request.url.startsWith('/cdn/')) {
      asked.push(request.url);
      const answer = () => response.writeHead(200, { 'Content-Type': 'image/png' }).end(png);
      if (open) answer();
      else waiting.push(answer);
    } else if (Object.hasOwn(files, request.url)) {
      response.writeHead(200, { 'Content-Type': request.url.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8' }).end(files[request.url]);
    } else {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    asked,
    letThrough() {
      open = true;
      for (const answer of waiting.splice(0)) answer();
    },
    holdBack() {
      open = false;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
