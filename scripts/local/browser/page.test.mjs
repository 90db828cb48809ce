// Opens the page of a running local stack as a person would.
//
//   THUMBFRONT_URL=http://127.0.0.1:8080 PICTURE=photo.heic node --test
//
// PICTURE is a picture of any kind and size. CHROMIUM names another browser than
// Debian's, and SCREENSHOTS a folder for screenshots of the page. The uploads
// stay in the stack.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { chromium } from 'playwright-core';

const { THUMBFRONT_URL: url, PICTURE: picture, SCREENSHOTS: screenshots, CHROMIUM = '/usr/bin/chromium' } = process.env;
if (!url || !picture) throw new Error('THUMBFRONT_URL and PICTURE must be set.');

const patience = 60_000; // milliseconds; the first render of a large HEIC on a busy machine
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];

let browser;
let page;
let complaints; // what the browser's console and network have to say
let origins;

before(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args });
  if (screenshots) await mkdir(screenshots, { recursive: true });
});
after(() => browser?.close());

beforeEach(() => open());
afterEach(async () => {
  await page.context().close();
  assert.deepEqual(complaints, []);
});

async function open(options) {
  complaints = [];
  origins = new Set();
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, ...options });
  context.setDefaultTimeout(patience);
  page = await context.newPage();
  page.on('console', (m) => {
    if (['error', 'warning'].includes(m.type()) && !isOfFake(m.location().url)) complaints.push(m.text());
  });
  page.on('pageerror', (e) => complaints.push(e.message));
  page.on('request', (r) => { if (!r.url().startsWith('blob:')) origins.add(new URL(r.url()).origin); });
  await page.goto(url);
  await page.locator('#pictures:not([aria-busy])').waitFor({ state: 'attached' });
}

// Chromium reports each answer that is an error.
const isOfFake = (url) => Buffer.from(new URL(url, 'http://-').pathname.slice(1), 'base64url').includes('/fake.jpg"');

/** Does what uploads one file; gives its article, once all is shown. */
async function uploaded(act) {
  const signing = page.waitForResponse((r) => r.url().endsWith('/uploads'));
  await act();
  const { key } = await (await signing).json();
  await shown(article(key));
  return key;
}

const article = (key) => page.locator(`article[data-key="${key}"]`);
const card = (key) => article(key).locator('figure[data-name="card"]');

async function shown(locator, asked = 1) {
  const figures = locator.locator('figure');
  await figures.first().waitFor();
  const answered = locator.locator(`figure[data-asked="${asked}"]`);
  await answered.nth(await figures.count() - 1).waitFor();
  assert.deepEqual(await stories(locator, '[data-state="failed"]'), []);
}

const stories = (locator, which = '') => locator.locator(`figure${which} .story`).allInnerTexts();

async function dropFile(name, type, bytes) {
  const transfer = await page.evaluateHandle(async ([name, type, base64]) => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
    return transfer;
  }, [name, type, bytes.toString('base64')]);
  await page.dispatchEvent('#drop', 'dragover', { dataTransfer: transfer });
  assert.match(await page.locator('#drop').innerText(), /Let go to upload/);
  await page.dispatchEvent('#drop', 'drop', { dataTransfer: transfer });
  assert.match(await page.locator('#drop').innerText(), /Drop pictures here/);
}

test('a dropped picture is rendered, and an edge hit when asked for again', async () => {
  // No type: what browsers that do not know HEIC say of it.
  const key = await uploaded(async () => dropFile(basename(picture), '', await readFile(picture)));

  const story = await card(key).locator('.story').innerText();
  assert.match(story, /^rendered in \d+ ms\s+\(fetch \d+, render \d+ ms\)$/);
  assert.equal(await page.locator('article').first().getAttribute('data-key'), key, 'the newest is first');

  const img = card(key).locator('img');
  assert.deepEqual(await img.evaluate((i) => [i.naturalWidth, i.naturalHeight]), [288, 264]);
  const box = await img.boundingBox();
  assert.deepEqual([box.width, box.height], [288, 264]);
  for (const other of await article(key).locator('.tiles img').all()) {
    const { width, height } = await other.boundingBox();
    assert.ok(width < box.width && height < box.height, 'the landing card is the largest');
  }

  await article(key).getByRole('button', { name: 'Ask again' }).click();
  await shown(article(key), 2);
  for (const story of await stories(article(key))) assert.match(story, /^edge hit\s+answered in /);
  assert.equal(origins.size, 2, `the page and S3, and nobody else: ${[...origins]}`);
});

test('every thumbnail has its declared size and format', async () => {
  const key = await uploaded(() => page.locator('#pick').setInputFiles(picture));
  const answer = await page.request.get(new URL(`/app/pictures?key=${encodeURIComponent(key)}`, url).href);
  const [{ thumbnails }] = (await answer.json()).pictures;
  assert.equal(thumbnails[0].name, 'card');
  assert.equal(thumbnails.length, await article(key).locator('figure').count());
  for (const { name, width, height, format } of thumbnails) {
    const figure = article(key).locator(`figure[data-name="${name}"]`);
    const size = await figure.locator('img').evaluate((i) => [i.naturalWidth, i.naturalHeight]);
    if (height) assert.deepEqual(size, [width, height], name);
    else assert.ok(size[0] > 0 && size[0] <= width, `${name} is ${size[0]} wide, at most ${width}`);
    const received = (await figure.locator('.format').innerText()).toLowerCase();
    if (format !== 'auto') assert.equal(received, format, name);
    assert.match(await figure.locator('.bytes').innerText(), /^(· )?[\d.]+ [KM]?B$/, name);
  }
});

test('the story is read from the headers', async () => {
  const tell = (headers) => page.evaluate(async (headers) => {
    const { trip, text, detail } = (await import('/app/trip.js')).tell(new Headers(headers), 3.2);
    return [trip, text, detail];
  }, headers);
  const timing = { 'Server-Timing': 'fetch;dur=6.0, render;dur=268.4, store;desc="beside the answer"' };
  const miss = { 'X-Cache': 'Miss from cloudfront' };
  assert.deepEqual(await tell({ 'X-Cache': 'Hit from cloudfront', ...timing }), ['edge', 'edge hit', 'answered in 3 ms']);
  assert.deepEqual(await tell({ 'X-Cache': 'RefreshHit from cloudfront' }), ['edge', 'edge hit, revalidated', 'answered in 3 ms']);
  assert.deepEqual(await tell(miss), ['s3', 'S3 hit', 'answered in 3 ms']);
  assert.deepEqual(await tell({ ...miss, ...timing }), ['render', 'rendered in 274 ms', '(fetch 6, render 268 ms)']);
});

test('the progress of an upload is told, and it can be called off', async () => {
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  await page.route((u) => u.searchParams.has('X-Amz-Signature'), async (route) => {
    await held;
    await route.abort().catch(() => {}); // the page was quicker
  });
  await page.locator('#pick').setInputFiles(picture);
  const name = basename(picture);
  const progress = page.getByRole('progressbar', { name: `Upload of ${name}` });
  await progress.waitFor();
  await page.getByRole('button', { name: `Cancel the upload of ${name}` }).click();
  await progress.waitFor({ state: 'detached' });
  release();
});

test('what is no picture is refused in words', async () => {
  const refused = page.waitForResponse((r) => r.url().endsWith('/uploads'));
  await page.locator('#pick').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
  assert.equal((await refused).status(), 400);
  const row = page.locator('.upload', { hasText: 'notes.txt' });
  await row.getByRole('alert').waitFor();
  assert.match(await row.innerText(), /no picture of a kind that is taken \(text\/plain\)/);
  await page.getByRole('button', { name: 'Dismiss notes.txt' }).click();
  await row.waitFor({ state: 'detached' });
  // Chromium itself reports the answer.
  assert.equal(complaints.length, 1);
  assert.match(complaints.pop(), /status of 400/);
});

test('the page is worked by keyboard', async () => {
  const chooser = page.waitForEvent('filechooser'); // early: the browser has to hear of it before the key
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'pick');
  await page.keyboard.press('Enter');
  assert.ok((await chooser).isMultiple());
});

test('URLs are copied whole', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const figure = page.locator('article figure[data-name="avatar"]').first();
  const href = await figure.locator('.url a').evaluate((a) => a.href);
  await figure.getByRole('button', { name: /^Copy the URL of / }).click();
  await page.getByRole('status').filter({ hasText: 'The URL is copied.' }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), href);
});

for (const [name, options] of Object.entries({
  desktop: {},
  dark: { colorScheme: 'dark' },
  mobile: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
})) {
  test(`the page stands still and fits: ${name}`, async () => {
    await page.context().close();
    await open(options);
    const first = page.locator('article').first();
    await first.scrollIntoViewIfNeeded();
    await first.locator('figure[data-asked]').first().waitFor();
    await shown(page.locator('article:has([data-state="shown"])').first());
    const shift = await page.evaluate(() => new Promise((resolve) => {
      new PerformanceObserver((list) => resolve(list.getEntries().reduce((sum, e) => sum + (e.hadRecentInput ? 0 : e.value), 0)))
        .observe({ type: 'layout-shift', buffered: true });
      setTimeout(() => resolve(0), 500); // no entry ever comes where nothing moved
    }));
    assert.ok(shift < 0.02, `the layout shifted by ${shift}`);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, 'it scrolls sideways');
    if (!screenshots) return;
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: join(screenshots, `${name}.png`) });
    await first.screenshot({ path: join(screenshots, `${name}-picture.png`) });
  });
}

// The last one, for it leaves a picture that cannot be shown.
test('what only looks like a picture is told of where it would be shown', async () => {
  await page.locator('#pick').setInputFiles({ name: 'fake.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('not a picture') });
  const article = page.locator('article', { hasText: 'fake.jpg' }).first();
  const failed = article.locator('figure[data-name="card"][data-state="failed"]');
  await failed.waitFor();
  assert.match(await failed.locator('.story').innerText(), /^415 SourceUnsupported/);
  assert.match(await failed.locator('.why').innerText(), /is not a JPEG/);
  await article.getByRole('button', { name: 'Ask again', disabled: false }).waitFor();
});
