import type { ComponentPropsWithoutRef, ReactElement, Ref } from 'react';
import type { Client, Edits, RequestOptions } from './index.cjs';
import type { Entity } from './placeholder.cjs';

export interface ThumbnailProps extends Omit<ComponentPropsWithoutRef<'img'>, 'src' | 'srcSet' | 'alt' | 'width' | 'height'> {
  /** Writes the URLs; on a server that of thumbfront/sign. */
  client: Client;
  /** S3 key of the original. */
  original: string;
  /** "card", "card 1x, card2x 2x", or with `sizes` "small 640w, large 1200w": presets instead of edits. */
  preset?: string;
  edits?: Edits;
  /** CSS pixels. */
  width?: number;
  height?: number;
  fit?: 'cover' | 'contain' | 'fill' | 'inside' | 'outside' | 'auto';
  widths?: number[];
  densities?: number[];
  /** Other fields of the request; the format is auto. */
  request?: RequestOptions;
  /** What is known of the original: its version, and the placeholder, which goes when the picture is there. */
  entity?: Entity;
  /** Of the <img>; from React 19 on. */
  ref?: Ref<HTMLImageElement>;
  /** What is seen; empty for a picture that says nothing. */
  alt: string;
}

/** An <img> of a thumbnail, lazy unless `loading` says otherwise. */
export declare function Thumbnail(props: ThumbnailProps): ReactElement;
