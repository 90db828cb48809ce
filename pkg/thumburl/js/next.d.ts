import type { Client, Edits, RequestOptions } from './index.js';

export interface LoaderOptions extends RequestOptions {
  /** Width over height of all pictures; without it they keep their shape. */
  ratio?: number;
  edits?: Edits;
}

/**
 * A loader for next/image, whose src is then the key of an original. It runs in browsers, so the client
 * has no secret: the deployment is open, or serves presets, which are then named by width in pixels.
 */
export declare function createLoader(client: Client, options?: LoaderOptions & { presets?: never } | { presets: Record<number, string> }): (from: { src: string; width: number; quality?: number }) => string;
