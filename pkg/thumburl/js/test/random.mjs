// Gives for each line of JSON the payload of the request, or the code of its error; with
// decode the payload is read as it is, and given back:
//   node random.mjs thumbfront/sign [decode]
import { createInterface } from 'node:readline';

const { encode, decode } = await import(process.argv[2]);
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    if (process.argv[3] === 'decode') {
      answer = encode(decode(Buffer.from(line).toString('base64url')));
    } else {
      answer = encode(JSON.parse(line));
      if (encode(decode(answer)) !== answer) answer = 'decode is not the inverse';
    }
  } catch (e) {
    answer = e.name === 'ThumbfrontError' ? e.code : `${e.stack}`;
  }
  console.log(answer.replaceAll('\n', ' '));
}
