import { createHmac, timingSafeEqual } from 'node:crypto';
import { clientOf } from './client.js';
import { fail } from './error.js';
import { decode, encode } from './full.js';

export { decode, encode } from './full.js';
export { targetWidths } from './client.js';

/**
 * The signature of a payload: the first 16 bytes of HMAC-SHA256, base64url. A payload that
 * the deployment would refuse is not signed.
 */
export function sign(secret, payload) {
  decode(payload);
  return hmac(secret, payload);
}

const hmac = (secret, payload) => createHmac('sha256', secret).update(payload).digest().subarray(0, 16).toString('base64url');

/** Whether a payload was signed by one of the secrets; compared in constant time. */
export function verify(secrets, payload, signature) {
  const given = Buffer.from(`${signature}`);
  let right = false;
  for (const secret of [].concat(secrets)) {
    const expected = Buffer.from(hmac(secret, payload));
    right = given.length === expected.length && timingSafeEqual(given, expected) || right;
  }
  return right;
}

/** The client of a server, which holds the secret. */
export class Client extends /* @__PURE__ */ clientOf(encode) {
  constructor({ secret, ...options } = {}) {
    // What is given is not shown: it could be most of a secret.
    if (!secret || secret.length < 16) fail('secret', null, 'the signing secret of the deployment, of at least 16 bytes');
    super({ ...options, sign: (payload) => hmac(secret, payload) });
  }
}
