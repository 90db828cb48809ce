'use client';

import { createElement, useEffect, useImperativeHandle, useRef, useState } from 'react';

/** An <img> over a placeholder, which goes when the picture is there. */
export function HeldImage({ held, style, onLoad, ref, ...img }) {
  const element = useRef(null);
  const [shown, setShown] = useState();
  useImperativeHandle(ref, () => element.current, []);
  // A page from a server may have loaded its pictures before React listens.
  useEffect(() => {
    if (element.current.complete && element.current.naturalWidth > 0) setShown(img.src);
  }, []);
  return createElement('img', {
    onLoad: (event) => {
      setShown(img.src);
      onLoad?.(event);
    },
    style: shown === img.src ? style : { background: held, ...style },
    ref: element,
    ...img,
  });
}
