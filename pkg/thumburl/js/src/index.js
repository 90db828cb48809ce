import { encode } from './browser.js';
import { clientOf } from './client.js';

export { decode, encode } from './browser.js';
export { targetWidths } from './client.js';
export const Client = /* @__PURE__ */ clientOf(encode);
