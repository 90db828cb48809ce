// Makes what is published from src: `node build.mjs`. With --check it only compares, and
// fails where something is not made from these sources.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { table } from './src/table.js';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));

const entries = ['index', 'sign', 'placeholder', 'react', 'next', 'element'];
// Modules of their own also for what imports them: react-image alone is for browsers, and
// index is not there twice.
const apart = ['./react-image.js', './index.js'];
const banner = '// Made from src by `make js`.\n';
const made = new Map();

for (const entry of [...entries, 'react-image', 'sign-browser', 'upload']) {
  for (const [format, extension] of [['esm', 'js'], ['cjs', 'cjs']]) {
    if (entry === 'upload' && format === 'esm') continue; // it is written by hand
    if (entry === 'sign-browser' && format === 'esm') { // bundled it would be no module any more
      made.set('sign-browser.js', banner + await readFile('src/sign-browser.js', 'utf8'));
      continue;
    }
    const { outputFiles: [file] } = await build({
      entryPoints: [entry === 'upload' ? 'upload.js' : `src/${entry}.js`], bundle: true, write: false, format, target: 'es2022',
      platform: 'neutral', external: ['node:crypto', 'react', ...apart], charset: 'utf8', minify: entry === 'index',
    });
    const text = format === 'cjs' ? apart.reduce((t, one) => t.replaceAll(`require("${one}")`, `require("${one.replace('.js', '.cjs')}")`), file.text) : file.text;
    made.set(`${entry}.${extension}`, (entry === 'index' ? '' : banner) + text);
  }
}
made.set('edits.d.ts', editTypes());
for (const entry of [...entries, 'edits', 'upload']) {
  const types = made.get(`${entry}.d.ts`) ?? await readFile(`${entry}.d.ts`, 'utf8');
  made.set(`${entry}.d.cts`, types.replaceAll(/from '(\.\/\w+)\.js'/g, "from '$1.cjs'"));
}

/** The types of the edits, from the table. */
function editTypes() {
  const union = (names) => names.split('|').filter(Boolean).map((one) => `'${one}'`).join(' | ');
  const range = (args) => { const [min, max, otherwise] = args.split('|'); return `${min} to ${max}${otherwise ? `; ${otherwise}` : ''}`; };
  const kind = (sign, args) => ({
    '+': ['boolean'], '-': ['boolean', 'true unless it is said'], '*': ['number', `Whole, ${range(args)}.`], "'": ['number', `Whole, ${range(args)}.`],
    '~': ['number', `${range(args)}.`], '=': [union(args)], ':': [union(args)], '#': ['string', args === '-' ? '"#rrggbb".' : '"#rrggbb" or "#rrggbbaa".'],
    '%': ['number | string', 'Whole pixels, or a share such as "50%".'], '@': ['[number, number]', '[x,y], shares from 0 to 1.'], '<': ['number', 'Degrees, clockwise.'],
    '[': ['number[]'], '(': ['number | number[]'], ')': ['number | number[]'], ']': ['number[][]'], '$': ['string', 'S3 key.'], '&': ['string', "The deployment's own where it is not said."],
  }[sign]);
  const field = (part, needed) => {
    const [, name, sign, args] = /^(\w+)(.)(.*)$/.exec(part);
    const [type, comment] = kind(sign, args);
    return { line: `${comment ? `/** ${comment} */ ` : ''}${name}${needed || !/['$<]/.test(sign) ? '?' : ''}: ${type}`, name, type };
  };
  const lines = table.split('\n').map((line) => {
    const [head, ...fields] = line.split(',');
    const [name, flags] = head.split('{');
    if (flags === undefined) return `  ${field(head, true).line};`;
    const all = fields.map((one) => field(one));
    const types = [`{ ${all.map((one) => one.line).join('; ')} }`];
    if (flags[0] === '!') types.push('boolean');
    const short = all.find((one) => one.name === flags.replace(/\W/, ''));
    if (short) types.push(short.type);
    return `  ${name}?: ${types.join(' | ')};`;
  });
  return `/** The edits of a request; they apply in their order. What each does: the README of thumbfront. */\nexport interface Edits {\n${lines.join('\n')}\n  toFormat?: 'auto' | 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'tiff' | 'input';\n}\n`;
}

let stale = 0;
for (const [name, text] of made) {
  if (process.argv.includes('--check')) {
    if (await readFile(name, 'utf8').catch(() => '') !== text) {
      console.error(`${name} is not made from src: run make js`);
      stale++;
    }
  } else {
    await writeFile(name, text);
  }
}
process.exitCode = stale ? 1 : 0;
