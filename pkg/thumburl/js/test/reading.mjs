// Reads what the adapters write.
import assert from 'node:assert/strict';
import { decode } from 'thumbfront';
import { Client, verify } from 'thumbfront/sign';

export const secret = 'a secret of at least 16 bytes';
export const base = 'https://cdn.example.com';
export const server = new Client({ base, secret });

/** An attribute of the first element in a piece of HTML that has it. */
export const attribute = (html, name) => new RegExp(`\\s${name}="([^"]*)"`, 'i').exec(html)?.[1].replaceAll('&quot;', '"').replaceAll('&#x27;', "'").replaceAll('&amp;', '&');

/** A URL of ours: its request, and whether it is signed. */
export function read(url) {
  assert.ok(url.startsWith(base + '/'), url);
  const [payload, signature] = url.slice(base.length + 1).split('.');
  if (signature !== undefined) assert.ok(verify(secret, payload, signature), url);
  return { request: decode(payload), signed: signature !== undefined };
}

/** [url, descriptor] of each candidate of a srcset. */
export const candidates = (srcset) => srcset.split(', ').map((one) => one.split(' '));
