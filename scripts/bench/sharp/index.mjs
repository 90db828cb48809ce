// The function that ours is measured against: node and sharp, over the Runtime
// API, with the same event, the same job and the same form of answer. As lean as
// it gets: node's own http client, and presigned URLs in the event instead of the
// AWS SDK; S3=sdk loads the SDK and uses it instead.
import http from 'node:http';
import sharp from 'sharp';

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const agent = new http.Agent({ keepAlive: true });

// request resolves with the answer once its body is here.
function request(method, url, headers = {}, body) {
  return new Promise((resolve, reject) => {
    const sent = http.request(url, { method, headers, agent }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode >= 300) return reject(new Error(`${method}: ${response.statusCode} ${Buffer.concat(chunks)}`));
        resolve({ headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const presigned = {
  get: async (event) => (await request('GET', event.headers['x-bench-get'])).body,
  put: async (event, body, type) => {
    await request('PUT', event.headers['x-bench-put'], { 'content-type': type, 'content-length': body.length }, body);
  },
};

async function sdk() {
  const { S3Client, GetObjectCommand, PutObjectCommand } = await import('@aws-sdk/client-s3');
  const client = new S3Client({ forcePathStyle: true });
  return {
    get: async (event, key) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: process.env.ORIGINALS_BUCKET, Key: key }));
      return Body.transformToByteArray();
    },
    put: async (event, body, type) => {
      const Key = event.rawPath.slice(1);
      await client.send(new PutObjectCommand({ Bucket: process.env.THUMBNAILS_BUCKET, Key, Body: body, ContentType: type }));
    },
  };
}

const store = process.env.S3 === 'sdk' ? await sdk() : presigned;

// render does what an unsigned request of ours says, as far as the bench asks for it.
async function render(event) {
  const payload = event.rawPath.split('/')[2].split('.')[0];
  const { key, edits } = JSON.parse(Buffer.from(payload, 'base64url'));
  const original = await store.get(event, key);
  const { width, height } = edits.resize;
  const thumbnail = await sharp(original).autoOrient().resize(width, height, { fit: 'cover' }).jpeg({ quality: 80 }).toBuffer();
  await store.put(event, thumbnail, 'image/jpeg');
  return thumbnail;
}

for (;;) {
  const { headers, body } = await request('GET', `${api}/next`);
  const id = headers['lambda-runtime-aws-request-id'];
  try {
    const thumbnail = await render(JSON.parse(body));
    const prelude = JSON.stringify({ statusCode: 200, headers: { 'content-type': 'image/jpeg' } });
    await request('POST', `${api}/${id}/response`, {
      'content-type': 'application/vnd.awslambda.http-integration-response',
      'lambda-runtime-function-response-mode': 'streaming',
    }, Buffer.concat([Buffer.from(prelude), Buffer.alloc(8), thumbnail]));
  } catch (error) {
    await request('POST', `${api}/${id}/error`, {}, JSON.stringify({ errorType: error.name, errorMessage: error.message }));
  }
}
