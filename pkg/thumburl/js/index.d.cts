import type { Edits } from './edits.cjs';

export type { Edits };

export type OutputFormat = 'auto' | 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'tiff' | 'input';

/** What a request says besides key and edits. */
export interface RequestOptions {
  /** Bucket of the original; the deployment's own where it is not said. */
  bucket?: string;
  /** URL of an original on the web, instead of bucket and key. */
  source?: string;
  /** Named edits of the deployment, instead of edits. */
  preset?: string;
  /** `auto` is the best of AVIF, WebP and JPEG that the viewer takes; the original's own where it is not said. */
  outputFormat?: OutputFormat | '';
  /** How hard the encoder tries, 1 (fast) to 6 (small). */
  effort?: number;
  /** Cache-Control, Content-Disposition, Content-Language and Expires of the answer. */
  headers?: Record<string, string>;
  /** The original's ETag: such a URL is cached for good. */
  version?: string;
  /** UTC seconds after which the URL is refused. A client rounds them up to a day. */
  expires?: number;
}

/** A request in whole. */
export interface ThumbnailRequest extends RequestOptions {
  /** S3 key of the original, in full. */
  key?: string;
  edits?: Edits;
}

export interface ClientOptions {
  /** What stands before a path, such as "https://cdn.example.com"; nothing gives paths. */
  base?: string;
  /** Signs a payload. Never in a browser: see thumbfront/sign. */
  sign?: (payload: string) => string;
  /** Keeps `expires` as it is; otherwise it is rounded up to a whole day, for each new value is a new picture. */
  exactExpires?: boolean;
}

/** The sizes of a srcset: exactly one of the two. */
export interface SrcSetOptions extends RequestOptions {
  /** Pixels, with w descriptors, for use with sizes. */
  widths?: number[];
  /** Pixels per CSS pixel, with x descriptors, such as [1, 2]. */
  densities?: number[];
}

export interface ImgOptions extends SrcSetOptions {
  /** The attribute sizes. Without widths and densities it means widths from half to twice the width; without sizes it is 1x and 2x. */
  sizes?: string;
}

/** Attributes of an <img>. */
export interface Img {
  src: string;
  srcset: string;
  sizes?: string;
  /** CSS pixels: what keeps the page from moving. */
  width?: number;
  height?: number;
}

/** Writes URLs of thumbnails. What it throws is a {@link ThumbfrontError}. */
export declare class Client {
  constructor(options?: ClientOptions);
  /** The URL of one thumbnail. */
  url(key: string | undefined, edits?: Edits, request?: RequestOptions): string;
  /** The URL of a preset: all that a deployment of ACCESS=presets serves without a signature. */
  preset(name: string, key: string): string;
  /**
   * A srcset: the resize in several sizes of one shape, none larger than the original. Widths need the
   * width of the resize, densities its width or height.
   */
  srcSet(key: string | undefined, edits: Edits, options: SrcSetOptions): string;
  /**
   * src, srcset, sizes, width and height of an <img>. Where twice the size is beyond 4096 pixels a side or
   * 16 megapixels, widths or densities have to be said.
   */
  img(key: string | undefined, edits: Edits, options?: ImgOptions): Img;
}

/**
 * Widths from min to max, 1 to 4096 and whole, each so near to the next one that no picture is scaled by
 * more than the tolerance, 0.01 to 1; 0.08 where it is not said.
 */
export declare function targetWidths(min: number, max: number, tolerance?: number): number[];

/**
 * The payload of a request. In a browser the names of fields, edits, formats and fits, the size of a resize
 * and the length are judged; null, false, "" and 0 of a field count as not said where that is the default. The
 * rest is written as it is given, and has to be in the canonical spelling. thumbfront/sign judges all.
 */
export declare function encode(request: ThumbnailRequest): string;

/** The request of a payload, which has to be canonical as far as `encode` knows. */
export declare function decode(payload: string): ThumbnailRequest;

/** What is thrown: an Error of this name, which is no class to import. */
export interface ThumbfrontError extends Error {
  name: 'ThumbfrontError';
  /** InvalidField, UnknownField, InvalidBase64 (in a browser InvalidJSON), InvalidJSON, NotCanonical or RequestTooLong. */
  code: string;
  /** Path of the field, such as "edits.resize.width"; empty for the request as a whole. */
  field: string;
  /** What was given, as JSON, cut. */
  given: string;
  /** What would have been right. */
  allowed: string;
}
