// Looks at a page of cards as browsers of several kinds would.
//
//   THUMBFRONT_URL=http://127.0.0.1:8080 node --test cards.test.mjs
//
// The stack has at least 24 pictures. CHROMIUM names another browser than Debian's, and
// SCREENSHOTS a folder for screenshots.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

const { THUMBFRONT_URL: url, SCREENSHOTS: screenshots, CHROMIUM = '/usr/bin/chromium' } = process.env;
if (!url) throw new Error('THUMBFRONT_URL must be set.');

const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const count = 24;

let browser;
before(async () => { browser = await chromium.launch({ executablePath: CHROMIUM, args }); });
after(() => browser?.close());

/** Opens the cards; gives the page, and the answers to its <img>s as they come. */
async function open(options = {}, accept) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type())) complaints.push(m.text()); });
  page.on('pageerror', (e) => complaints.push(e.message));
  // A browser of another kind says another Accept.
  if (accept) await page.route((u) => u.pathname.length > 30, (route) => route.continue({ headers: { ...route.request().headers(), accept } }));
  const answers = [];
  page.on('response', (r) => { if (r.request().resourceType() === 'image' && new URL(r.url()).pathname.length > 30) answers.push(r); });
  await page.addInitScript(() => {
    window.shift = 0;
    new PerformanceObserver((list) => { for (const e of list.getEntries()) window.shift += e.value; }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(new URL('/app/cards', url).href);
  await page.locator('#cards:not([aria-busy])').waitFor();
  return { page, answers, complaints, close: () => context.close() };
}

const images = (page) => page.locator('.card img');
const isLoaded = (img) => img.evaluate((i) => (i.complete && i.naturalWidth > 0) || new Promise((done, fail) => {
  i.addEventListener('load', () => done(true));
  i.addEventListener('error', () => fail(new Error(`${i.currentSrc} can't be shown`)));
}));

/** Scrolls through the page until every card is there. */
async function loadAll(page) {
  const all = await images(page).all();
  assert.equal(all.length, count);
  for (const img of all) {
    await img.scrollIntoViewIfNeeded();
    await isLoaded(img);
  }
  return all;
}

test('what is far down waits until it is scrolled to', async () => {
  const { page, answers, close } = await open({ viewport: { width: 390, height: 700 } });
  await isLoaded(images(page).first());
  // Chromium fetches what is nearer than 1250 pixels; one column of 24 cards is 7800 high.
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  assert.ok(height > 7000, `the page is ${height} high`);
  const asked = await page.evaluate(() => performance.getEntriesByType('resource').filter((e) => e.initiatorType === 'img').length);
  assert.ok(asked < 12, `${asked} of ${count} were fetched at once`);
  assert.equal(await images(page).last().evaluate((i) => i.complete && i.naturalWidth > 0), false);
  await loadAll(page);
  assert.equal(answers.length, count);
  await close();
});

for (const [name, { scale, accept, type }] of Object.entries({
  'Chromium, one pixel per CSS pixel': { scale: 1, type: 'image/avif' },
  'Chromium, two pixels per CSS pixel': { scale: 2, type: 'image/avif' },
  'a browser without AVIF': { scale: 1, accept: 'image/webp,image/*,*/*;q=0.8', type: 'image/webp' },
  'a browser without either': { scale: 2, accept: 'image/png,image/*;q=0.8,*/*;q=0.5', type: 'image/jpeg' },
})) {
  test(`${name}: format, density, and a page that stands still`, async (t) => {
    const { page, answers, complaints, close } = await open({ deviceScaleFactor: scale }, accept);
    for (const img of await loadAll(page)) {
      const [natural, box] = await img.evaluate((i) => [[i.naturalWidth, i.naturalHeight], [i.width, i.height]]);
      assert.deepEqual(natural, [288, 264], 'in CSS pixels, by its density');
      assert.deepEqual(box, [288, 264]);
    }
    assert.equal(answers.length, count);
    let bytes = 0;
    for (const answer of answers) {
      assert.equal(answer.status(), 200);
      const got = answer.headers()['content-type'];
      // An AVIF is not sent where the WebP of the same picture is smaller.
      assert.ok(got === type || (type === 'image/avif' && got === 'image/webp'), `${got}, want ${type}`);
      const twice = /"width":576|card2x/.test(Buffer.from(new URL(answer.url()).pathname.slice(1).split('.')[0], 'base64url').toString());
      assert.equal(twice, scale === 2, answer.url());
      bytes += (await answer.body()).length;
    }
    const { pictures } = await (await page.request.get(new URL('/app/pictures', url).href)).json();
    const originals = pictures.slice(0, count).reduce((sum, one) => sum + one.size, 0);
    const saved = 1 - bytes / originals;
    t.diagnostic(`${count} cards: ${bytes} bytes of ${originals} in the originals, ${(100 * saved).toFixed(1)} % saved`);
    assert.ok(saved > 0.5, `only ${(100 * saved).toFixed(1)} % saved`);
    assert.equal(await page.evaluate(() => window.shift), 0, 'the layout shifted');
    assert.deepEqual(complaints, []);
    await close();
  });
}

test('<thumb-img> shows the same, and keeps its place', async () => {
  const { page, close } = await open();
  const key = await page.evaluate(async () => {
    const [{ Client }, { define }] = await Promise.all([import('/app/thumbfront/index.js'), import('/app/thumbfront/element.js')]);
    const { pictures } = await (await fetch('/app/pictures')).json();
    define(new Client());
    document.querySelector('main').innerHTML = `<thumb-img preset="card" width="288" height="264" alt="One" color="#336699"></thumb-img>`;
    const element = document.querySelector('thumb-img');
    element.remove();
    element.setAttribute('key', pictures[0].key);
    document.querySelector('main').append(element);
    return pictures[0].key;
  });
  const img = page.locator('thumb-img img');
  await isLoaded(img);
  assert.deepEqual(await img.evaluate((i) => [i.naturalWidth, i.naturalHeight, i.width, i.height, i.loading, i.style.background]), [288, 264, 288, 264, 'lazy', '']);
  assert.deepEqual(JSON.parse(Buffer.from(new URL(await img.evaluate((i) => i.currentSrc)).pathname.slice(1), 'base64url')), { key, preset: 'card' });
  // Another key is another picture, in the same <img>.
  const other = await page.evaluate(async () => {
    const { pictures } = await (await fetch('/app/pictures')).json();
    document.querySelector('thumb-img').setAttribute('key', pictures[1].key);
    return pictures[1].key;
  });
  await isLoaded(img);
  assert.equal(JSON.parse(Buffer.from(new URL(await img.getAttribute('src'), url).pathname.slice(1), 'base64url')).key, other);
  assert.equal(await page.locator('thumb-img img').count(), 1);
  await close();
});

for (const [name, options] of Object.entries({
  desktop: {}, dark: { colorScheme: 'dark' }, mobile: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
})) {
  test(`the cards fit: ${name}`, async () => {
    const { page, close } = await open(options);
    await isLoaded(images(page).first());
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, 'it scrolls sideways');
    if (screenshots) {
      await mkdir(screenshots, { recursive: true });
      await loadAll(page);
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: join(screenshots, `cards-${name}.png`) });
    }
    await close();
  });
}
