// What bundlers make of the package, and what TypeScript says of it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { rollup } from 'rollup';

const run = promisify(execFile);
const root = new URL('..', import.meta.url).pathname;
const secret = 'the-secret-that-must-not-be-seen';
let dir; // inside the package, so that it finds itself by its name
before(async () => { dir = await mkdtemp(join(root, 'node_modules', '.bundle-')); });
after(() => rm(dir, { recursive: true }));

async function file(name, text) {
  const path = join(dir, name);
  await writeFile(path, text);
  return path;
}
const esbuild = async (entry, options) => (await build({ entryPoints: [entry], bundle: true, write: false, format: 'esm', platform: 'browser', logLevel: 'silent', ...options })).outputFiles[0].text;

test('the browser entry is small, whole and made from src', async () => {
  const text = await readFile(join(root, 'index.js'));
  const size = gzipSync(text, { level: 9 }).length;
  assert.ok(size <= 2048, `${size} bytes gzipped, at most 2048`);
  assert.doesNotMatch(text.toString(), /import|require|node:/);
  await run('node', ['build.mjs', '--check'], { cwd: root });
});

test('what a page does not use is not in its bundle', async () => {
  const entry = await file('unused.js', "import { Client, encode, targetWidths } from 'thumbfront'; import 'thumbfront'; import { define } from 'thumbfront/element';");
  assert.equal((await esbuild(entry)).replace(/\/\/.*/g, '').trim(), '');
});

test('no secret gets into a browser: a bundle with thumbfront/sign throws at once', async () => {
  const entry = await file('leak.js', `import { Client } from 'thumbfront/sign'; globalThis.client = new Client({ secret: ${JSON.stringify(secret)} });`);
  await assert.rejects(esbuild(entry), /No matching export .*"Client"|sign-browser/s);
  // Also where it is imported in a way that no bundler looks into.
  const dynamic = await file('dynamic.js', "import * as all from 'thumbfront/sign'; globalThis.all = all;");
  const text = await esbuild(dynamic);
  assert.doesNotMatch(text, /createHmac|node:crypto/);
  assert.match(text, /thumbfront\/sign is for servers/);
  await assert.rejects(run('node', ['--input-type=module', '-e', text]), /thumbfront\/sign is for servers/);
});

test('rollup, which asks packages by the condition browser, takes no secret either', async () => {
  const resolve = { name: 'self', resolveId: (id) => ({ thumbfront: join(root, 'index.js'), 'thumbfront/sign': join(root, JSON.parse(manifest).exports['./sign'].browser.import) })[id] };
  const manifest = await readFile(join(root, 'package.json'), 'utf8');
  const leak = await file('rollup-leak.js', `import { Client } from 'thumbfront/sign'; globalThis.client = new Client({ secret: ${JSON.stringify(secret)} });`);
  await assert.rejects(rollup({ input: leak, plugins: [resolve], onwarn() {} }).then((b) => b.generate({})), /"Client" is not exported/);
  const fine = await file('rollup-fine.js', "import { Client } from 'thumbfront'; globalThis.url = new Client({ base: 'https://c' }).preset('card', 'k');");
  const { output: [{ code }] } = await (await rollup({ input: fine, plugins: [resolve] })).generate({});
  assert.doesNotMatch(code, /crypto|hmac/i);
  assert.match(code, /preset/);
});

test('a bundle for a browser works there', async () => {
  const entry = await file('page.js', "import { Client } from 'thumbfront'; console.log(new Client({ base: 'https://c' }).preset('card', 'k'));");
  const { stdout } = await run('node', ['--input-type=module', '-e', await esbuild(entry, { minify: true })]);
  assert.equal(stdout.trim(), 'https://c/' + Buffer.from('{"key":"k","preset":"card"}').toString('base64url'));
});

test('the types are right, by import and by require', async () => {
  const use = (load) => `${load}
const client = new Client({ base: 'https://c' });
const img: Img = client.img('k', { resize: { width: 288, height: 264, fit: 'cover' }, flip: true, blur: 2, trim: true, rotate: { angle: 30 } }, { sizes: '50vw', outputFormat: 'auto' });
const widths: number[] = targetWidths(100, 1000);
client.srcSet('k', { resize: { width: 1 } }, { widths });
const payload: string = encode({ key: 'k', edits: { resize: { width: 1 } }, expires: 1798761600 });
const signature: string = sign('s', payload);
new Server({ secret: 's' }).preset('card', 'k');
// @ts-expect-error: a fit that is none
client.url('k', { resize: { width: 1, fit: 'squeeze' } });
// @ts-expect-error: an edit that is none
client.url('k', { rezise: { width: 1 } });
// @ts-expect-error: a server's client has a secret
new Server({ base: 'https://c' });
export { img, signature };
`;
  await file('esm.mts', use("import { Client, encode, targetWidths, type Img } from 'thumbfront';\nimport { Client as Server, sign } from 'thumbfront/sign';"));
  await file('cjs.cts', use("import { Client, encode, targetWidths, type Img } from 'thumbfront';\nimport { Client as Server, sign } from 'thumbfront/sign';"));
  await file('react.mts', `import { Thumbnail } from 'thumbfront/react';
import { createLoader } from 'thumbfront/next';
import { define } from 'thumbfront/element';
import { Client } from 'thumbfront';
const client = new Client();
export const one = Thumbnail({ client, original: 'k', width: 288, height: 264, alt: '', className: 'card', entity: { color: '#ffffff' } });
export const url: string = createLoader(client, { presets: { 640: 'small' } })({ src: 'k', width: 640 });
Thumbnail({ client, original: 'k', preset: 'small 640w, large 1200w', sizes: '50vw', alt: '', ref: { current: null } });
// @ts-expect-error: alt is missing
Thumbnail({ client, original: 'k' });
define(client);
define();
`);
  await writeFile(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions: { strict: true, noEmit: true, module: 'node16', target: 'es2022', lib: ['es2022', 'dom'], types: [], skipLibCheck: true }, files: ['esm.mts', 'cjs.cts', 'react.mts'] }));
  await run('npx', ['tsc', '-p', dir], { cwd: root }).catch((e) => assert.fail(e.stdout));
});

test('each entry is the same by import and by require', async () => {
  const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const require = createRequire(import.meta.url);
  for (const entry of Object.keys(exports).filter((one) => one !== './package.json')) {
    const name = `thumbfront${entry.slice(1)}`;
    const names = (all) => Object.keys(all).filter((one) => one !== 'default' && one !== 'module.exports').sort();
    const imported = names(await import(name));
    assert.ok(imported.length > 0, name);
    assert.deepEqual(names(require(name)), imported, name);
  }
});

test('npm publishes what is imported, and nothing else', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root });
  const packed = JSON.parse(stdout);
  const names = (Array.isArray(packed) ? packed[0] : packed.thumbfront ?? Object.values(packed)[0]).files.map((one) => one.path).sort();
  const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const wanted = new Set();
  const walk = (v) => { if (typeof v === 'string') wanted.add(v.replace('./', '')); else Object.values(v).forEach(walk); };
  walk(exports);
  for (const one of wanted) assert.ok(names.includes(one), `${one} is missing`);
  assert.deepEqual(names.filter((one) => !wanted.has(one)).filter((one) => !/^(edits\.d\.c?ts|react-image\.c?js)$/.test(one)), []); // which others import
});
