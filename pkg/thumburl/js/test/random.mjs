// Gives for each line of JSON the payload of the request, or the code of its error:
//   node random.mjs thumbfront/sign
import { createInterface } from 'node:readline';

const { encode, decode } = await import(process.argv[2]);
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = encode(JSON.parse(line));
    if (encode(decode(answer)) !== answer) answer = 'decode is not the inverse';
  } catch (e) {
    answer = `${e.code ?? e.stack}`;
  }
  console.log(answer.replaceAll('\n', ' '));
}
