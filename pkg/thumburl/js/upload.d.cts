/** How far an upload is. */
export interface Progress {
  /** Bytes that are on their way or have arrived; less than before where some had to be sent again. */
  sent: number;
  /** Bytes of the file. */
  total: number;
}

export interface UploadOptions {
  /** Where the backend signs uploads (`POST`, JSON); `/uploads` by default. */
  endpoint?: string | URL;
  /**
   * Asks the backend instead of a `fetch` of `endpoint`: gets what is to be sent as JSON and gives the
   * JSON that came back. Throw an {@link UploadError} for an answer that is not to be tried again.
   */
  sign?: (body: object, signal?: AbortSignal) => Promise<object>;
  /** Is told of each step. */
  onProgress?: (progress: Progress) => void;
  /** Calls the upload off: the promise fails with the signal's reason, and S3 forgets what it has. */
  signal?: AbortSignal;
  /** Parts of a large file that are sent at the same time; 3 by default. */
  parallel?: number;
  /** Failures in a row, without a byte of progress, after which it gives up; 8 by default. */
  retries?: number;
  /**
   * Remembers large uploads that were begun, so that the same file goes on after a reload of the page;
   * `localStorage` by default, `null` to remember nothing.
   */
  storage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null;
}

/** Why an upload failed. */
export class UploadError extends Error {
  /** The code of the backend (`UploadTooLarge`, `UnsupportedType`, …), of S3, or `Network`. */
  code: string;
  /** HTTP status; 0 where there was no answer. */
  status: number;
  constructor(message: string, code: string, status: number, options?: ErrorOptions);
}

/**
 * Sends a file straight to S3 with what the backend signs: by one request, or above 16 MB in parts. It
 * tries again with growing pauses, and goes on where it was: after a connection that was cut, and with a
 * large file also after a reload of the page.
 *
 * @returns the key of the original
 * @throws UploadError, or the reason of the signal
 */
export function upload(file: File, options?: UploadOptions): Promise<{ key: string }>;
