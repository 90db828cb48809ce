// Made from src by `make js`.
"use client";

// src/react-image.js
import { createElement, useEffect, useImperativeHandle, useRef, useState } from "react";
function HeldImage({ held, style, onLoad, ref, ...img }) {
  const element = useRef(null);
  const [shown, setShown] = useState();
  useImperativeHandle(ref, () => element.current, []);
  useEffect(() => {
    if (element.current.complete && element.current.naturalWidth > 0) setShown(img.src);
  }, []);
  return createElement("img", {
    onLoad: (event) => {
      setShown(img.src);
      onLoad?.(event);
    },
    style: shown === img.src ? style : { background: held, ...style },
    ref: element,
    ...img
  });
}
export {
  HeldImage
};
