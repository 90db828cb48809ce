import { Client as Unsigned } from './index.js';
import type { ClientOptions } from './index.js';

export { decode, encode, targetWidths } from './index.js';
export type { Edits, Img, ImgOptions, OutputFormat, RequestOptions, SrcSetOptions, ThumbfrontError, ThumbnailRequest } from './index.js';

/** The client of a server: it signs, and judges all that the deployment would. */
export declare class Client extends Unsigned {
  constructor(options: Omit<ClientOptions, 'sign'> & {
    /** The signing secret of the deployment, at least 16 bytes. */
    secret: string | Uint8Array;
  });
}

/** The signature of a payload, 22 characters. It throws where the deployment would refuse the payload. */
export declare function sign(secret: string | Uint8Array, payload: string): string;

/** Whether a payload was signed by one of the secrets; compared in constant time. */
export declare function verify(secrets: string | Uint8Array | (string | Uint8Array)[], payload: string, signature: string): boolean;
