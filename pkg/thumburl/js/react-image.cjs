// Made from src by `make js`.
"use client";
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);

// src/react-image.js
var react_image_exports = {};
__export(react_image_exports, {
  HeldImage: () => HeldImage
});
module.exports = __toCommonJS(react_image_exports);
var import_react = require("react");
function HeldImage({ held, style, onLoad, ref, ...img }) {
  const element = (0, import_react.useRef)(null);
  const [shown, setShown] = (0, import_react.useState)();
  (0, import_react.useImperativeHandle)(ref, () => element.current, []);
  (0, import_react.useEffect)(() => {
    if (element.current.complete && element.current.naturalWidth > 0) setShown(img.src);
  }, []);
  return (0, import_react.createElement)("img", {
    onLoad: (event) => {
      setShown(img.src);
      onLoad?.(event);
    },
    style: shown === img.src ? style : { background: held, ...style },
    ref: element,
    ...img
  });
}
