import { Client as Unsigned } from './index.cjs';
import type { ClientOptions } from './index.cjs';

export { decode, encode, targetWidths } from './index.cjs';
export type { Edits, Img, ImgOptions, OutputFormat, RequestOptions, SrcSetOptions, ThumbfrontError, ThumbnailRequest } from './index.cjs';

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
