// sharp on the meter of the bench (scripts/bench/contender): one line of JSON for
// each picture. With the argument mozjpeg its JPEGs are those of its mozjpeg option.
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import sharp from 'sharp';

const mozjpeg = process.argv[2] === 'mozjpeg';
let path, source;

async function render({ width, height, format, quality }) {
  const options = { ...(quality && { quality }), ...(mozjpeg && format === 'jpeg' && { mozjpeg }) };
  return sharp(source).autoOrient().resize(width, height || null, { fit: 'cover' }).toFormat(format, options).toBuffer();
}

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  let answer;
  try {
    if (job.source !== path) {
      source = readFileSync(job.source);
      path = job.source;
    }
    const picture = await render(job);
    if (job.out) writeFileSync(job.out, picture);
    answer = { bytes: picture.length };
  } catch (error) {
    answer = { bytes: 0, error: error.message };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
