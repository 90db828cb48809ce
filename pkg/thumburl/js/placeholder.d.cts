/** What is known of an original: `entities/<key>.json`. */
export interface Entity {
  etag?: string;
  width?: number;
  height?: number;
  alpha?: boolean;
  /** The dominant colour, #rrggbb. */
  color?: string;
  /** base64. */
  thumbhash?: string;
}

/** A CSS background that looks like the picture; undefined where nothing is known of it. */
export declare function background(entity?: Pick<Entity, 'color' | 'thumbhash'>): string | undefined;

/** The data URL of a picture of at most 16 pixels a side, about 1 KB; undefined without a ThumbHash. */
export declare function dataURL(entity?: Pick<Entity, 'thumbhash'>): string | undefined;

/** The pixels of a ThumbHash; `most` is the longer side, 32 where it is not said. */
export declare function thumbHashPixels(base64: string, most?: number): { width: number; height: number; rgba: Uint8ClampedArray };
