// Made from src by `make js`.
// src/sign.js
import { createHmac, timingSafeEqual } from "node:crypto";

// src/error.js
var fail = (field, value, allowed, code = "InvalidField") => {
  const given = `${typeof value == "number" ? value : JSON.stringify(value)}`.slice(0, 64);
  throw Object.assign(Error((field && field + ": ") + `got ${given}, want ${allowed}`), { name: "ThumbfrontError", code, field, given, allowed });
};

// src/json.js
var text = (field, value, allowed = 'a text, such as "uploads/photo.jpg"', pattern = /[^]/) => {
  if (typeof value != "string" || /[\0-\x1f\x7f\ud800-\udfff]/u.test(value) || !pattern.test(value)) fail(field, value, allowed);
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (c) => "\\u" + c.charCodeAt().toString(16));
};
var number = (field, value, min, max, whole) => {
  if (typeof value != "number" || !(value >= min && value <= max) || whole && value % 1) {
    fail(field, value, `a ${whole ? "whole " : ""}number from ${min} to ${max}, such as ${Math.min(max, Math.max(min, 288))}`);
  }
  return "" + value;
};
var name = (field, value, names) => {
  if (!names.includes(value)) fail(field, value, "one of " + names);
  return `"${value}"`;
};

// src/client.js
var targetWidths = (min, max, tolerance = 0.08) => {
  number("widths", max, 1, 4096, 1);
  number("widths", min, 1, max, 1);
  number("tolerance", tolerance, 0.01, 1);
  const widths = [];
  for (let width = min; width < max; width *= 1 + tolerance * 2) widths.push(Math.round(width));
  return [.../* @__PURE__ */ new Set([...widths, max])];
};
var day = 86400;
var clientOf = (encode2) => class Client {
  constructor({ base = "", sign: sign2, exactExpires } = {}) {
    Object.assign(this, { base: base.replace(/\/+$/, ""), sign: sign2, exactExpires });
  }
  url(key2, edits2, { version, expires, ...request2 } = {}) {
    const payload = encode2({
      ...request2,
      key: key2,
      edits: edits2,
      version: version?.replace?.(/^"+|"+$/g, "") ?? version,
      expires: expires > 0 && !this.exactExpires ? Math.ceil(expires / day) * day : expires
    });
    return this.base + "/" + payload + (this.sign ? "." + this.sign(payload) : "");
  }
  preset(preset, key2) {
    return this.url(key2, void 0, { preset: preset || text("preset", preset) });
  }
  srcSet(key2, edits2, { widths, densities, ...request2 } = {}) {
    const { width, height } = edits2?.resize || {};
    const wide = widths?.length;
    if (!wide == !densities?.length) fail("srcset", { widths, densities }, "widths or densities, such as [1,2]");
    if (wide || !height) number("edits.resize.width", width, 1, 4096, 1);
    return (wide ? widths : densities).map((one) => {
      number("srcset", one, wide ? 1 : 0, 4096, wide);
      const scale = (side) => side && Math.round(side * (wide ? one / width : one));
      const resize2 = { ...edits2.resize, width: scale(width), height: scale(height), withoutEnlargement: true };
      return this.url(key2, { ...edits2, resize: resize2 }, request2) + ` ${one}` + (wide ? "w" : "x");
    }).join(", ");
  }
  img(key2, edits2, { sizes, widths, densities, ...request2 } = {}) {
    const { width, height } = edits2?.resize || {};
    if (!widths?.length && !densities?.length) {
      if (sizes && width) widths = targetWidths(Math.ceil(width / 2), Math.min(width * 2, 4096), 0.2);
      else densities = [1, 2];
    }
    const srcset = this.srcSet(key2, edits2, { widths, densities, ...request2 });
    return { src: this.srcSet(key2, edits2, { densities: [1], ...request2 }).slice(0, -3), srcset, sizes, width, height };
  }
};

// src/base64url.js
var toBase64url = (text2) => btoa(unescape(encodeURIComponent(text2))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
var fromBase64url = (payload) => decodeURIComponent(escape(atob(payload.replace(/-/g, "+").replace(/_/g, "/"))));

// src/checks.js
var maxPixels = 16e6;
function resize(field, { width = 0, height = 0, ratio, minWidth, minHeight, fit, position, focus, withoutEnlargement, noUpscale, withoutReduction, keepSide }) {
  const box = width || height;
  if (!box && !ratio && !minWidth && !minHeight) fail(field, {}, 'width, height or both, such as {"height":264,"width":288}, or a ratio');
  if (box && ratio) fail(field + ".ratio", ratio, 'either a ratio or a size, such as {"width":288}');
  if (width * height > maxPixels) fail(field, `${width}x${height}`, `at most ${maxPixels} pixels, such as 4000x4000`);
  if (withoutEnlargement && (noUpscale || withoutReduction)) fail(field + ".withoutEnlargement", true, "withoutEnlargement, or noUpscale and withoutReduction");
  if (focus && position) fail(field + ".focus", focus, "a focus or a position");
  if (keepSide && (fit !== "fill" || width && height)) fail(field + ".keepSide", true, 'it with "fit":"fill" and one side');
}
var oneSide = (field, { width, height }) => width || height || fail(field, {}, 'width, height or both, such as {"width":288}');
var checks = {
  resize,
  cropTo(field, edit) {
    oneSide(field, edit);
    if (edit.focus && edit.position) fail(field + ".focus", edit.focus, "a focus or a position");
  },
  canvas(field, edit) {
    oneSide(field, edit);
    if (edit.ratio && !(edit.width && edit.height)) fail(field + ".ratio", true, "both width and height, such as 4 and 3");
  },
  affine(field, { matrix: matrix2 }) {
    if (!matrix2) fail(field + ".matrix", matrix2, "[a,b,c,d], such as [1,0,0,1]");
    const [a, b, c, d] = matrix2;
    if (Math.abs(a * d - b * c) < 1e-6) fail(field + ".matrix", matrix2, "one that can be inverted, such as [1,0,0,1]");
  },
  rotate(field, edit) {
    if (edit.background && edit.angle % 90 === 0) fail(field + ".background", edit.background, "an angle that is no multiple of 90, such as 45");
  },
  normalise(field, { lower = 1, upper = 99 }) {
    if (lower >= upper) fail(field + ".lower", lower, `a number below upper, such as ${upper - 1}`);
  },
  linear(field, { a, b }) {
    if (a?.length > 1 && b?.length > 1 && a.length !== b.length) fail(field, { a, b }, "a and b of one length, or a single number");
  },
  sharpen(field, edit) {
    if (typeof edit === "object" && !edit.sigma) fail(field + ".sigma", void 0, "a sigma, such as 1, beside the others");
  },
  overlayWith(field, { left, top, position }) {
    if ((left !== void 0 || top !== void 0) && position) fail(field + ".position", position, "a position, or left and top");
  },
  convolve(field, { width, height, kernel }) {
    if (kernel?.length !== width * height) fail(field + ".kernel", kernel, `${width * height} numbers`);
  }
};

// src/table.js
var table = `affine{&,background#000000,idx~-4096|4096|0,idy~-4096|4096|0,interpolator=bilinear|nearest|bicubic|lbb|nohalo|vsqbs,matrix[-100|100|4|4,odx~-4096|4096|0,ody~-4096|4096|0
animated-
autoOrient-
autoquality'30|90
avif{,chromaSubsampling=4:2:0|4:4:4,effort*0|9,lossless+,quality*1|100
bandbool:and|or|eor
blur{!sigma,sigma~.3|1000
boolean{&,bucket&,key$,operator=and|or|eor
canvas{&,background#,height*1|4096,offsetX%-4096|4096|0,offsetY%-4096|4096|0,position=centre|top|right top|right|right bottom|bottom|left bottom|left|left top,ratio+,width*1|4096
clahe{&,height'1|1024,maxSlope*0|100|3,width'1|1024
convolve{&,height'1|31,kernel[-1000000|1000000|1|961,offset~-255|255|0,scale~1e-6|1000000,width'1|31
crop{&,height'1|100000000,left*0|100000000|0,top*0|100000000|0,width'1|100000000
cropTo{&,focus@,height%1|100000000,offsetX%-100000000|100000000|0,offsetY%-100000000|100000000|0,position=centre|top|right top|right|right bottom|bottom|left bottom|left|left top|entropy|attention,width%1|100000000
ensureAlpha{!alpha,alpha~0|1|1
extend{,background#000000,bottom*0|4096|0,extendWith=background|copy|repeat|mirror,left*0|4096|0,right*0|4096|0,top*0|4096|0
extract{&,height'1|100000000,left*0|100000000|0,top*0|100000000|0,width'1|100000000
extractChannel:red|green|blue|alpha
flatten{!,background#000000
flip+
flop+
gamma{!gamma,gamma~1|3|2.2,gammaOut~1|3
gif{,colours*2|256|256,delay)0|65535|1|300,dither~0|1|1,effort*1|10,loop*0|65535
grayscale+
jpeg{,chromaSubsampling=4:2:0|4:4:4,progressive-,quality*1|100
linear{,a(-1000|1000|2|4,b(-100000|100000|2|4
maxBytes'1|100000000
median{!size,size*1|51|3
modulate{,brightness~0|100|1,hue*0|359|0,lightness~-100|100|0,saturation~0|100|1
negate{!,alpha-
normalise{!,lower*0|99|1,upper*1|100|99
overlayWith{&,alpha*0|100|0,blend=over|clear|source|in|out|atop|dest|dest-over|dest-in|dest-out|dest-atop|xor|add|saturate|multiply|screen|overlay|darken|lighten|colour-dodge|colour-burn|hard-light|soft-light|difference|exclusion,bucket&,hRatio*1|100,key$,left%-4096|4096,position=centre|top|right top|right|right bottom|bottom|left bottom|left|left top,tile+,top%-4096|4096,wRatio*1|100
pipelineColourspace=srgb|b-w|scrgb|rgb16|grey16|cmyk|lab|lch|hsv
pixelate'2|4096
png{,colours*2|256|256,compressionLevel*0|9,dither~0|1|1,palette+,progressive+,quality*1|100
recomb]-1000|1000
removeAlpha+
resize{&,background#,decoderRounding+,fit=cover|contain|fill|inside|outside|auto,focus@,height*1|4096,keepSide+,kernel=lanczos3|lanczos2|mitchell|cubic|nearest|linear,minHeight*1|4096,minWidth*1|4096,noUpscale+,offsetX%-4096|4096|0,offsetY%-4096|4096|0,position=centre|top|right top|right|right bottom|bottom|left bottom|left|left top|entropy|attention,ratio~.0001|100,space=|linear|gamma,width*1|4096,withoutEnlargement+,withoutReduction+
rotate{&angle,angle<,background#000000
roundCrop{!,left~0|4096,rx~.5|4096,ry~.5|4096,top~0|4096
sharpen{!sigma,m1~0|1000|1,m2~0|1000|2,sigma~.01|10,x1~0|1000|2,y2~0|1000|10,y3~0|1000|20
smartCrop{!,faceIndex*0|99|0,padding*0|4096|0
threshold{!threshold,grayscale-,threshold*1|255|128
tiff{,compression=deflate|none|lzw|packbits|jpeg,quality*1|100|80
tint#-
toColourspace=srgb|b-w|scrgb|rgb16|grey16|cmyk|lab|lch|hsv
trim{!,background#,equalHorizontal+,equalVertical+,lineArt+,margin*0|4096|0,threshold~0|255|10
turnFrames-
unflatten+
watermark{&,bucket&,key$,offsetX%-4096|4096|0,offsetY%-4096|4096|0,opacity~0|1|1,position=centre|top|right top|right|right bottom|bottom|left bottom|left|left top,replicate+,scale~.001|1
webp{,alphaQuality*0|100|100,delay)0|65535|1|300,effort*0|6,loop*0|65535,lossless+,nearLossless+,quality*1|100,smartSubsample-`;

// src/full.js
var isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
function number2(field, value, [min, max, otherwise], whole) {
  if (Object.is(value, -0) || value && Math.abs(value) < 1e-6) fail(field, Object.is(value, -0) ? "-0" : value, `a number from ${min} to ${max}, such as ${max}`);
  const written = number(field, value, +min, +max, whole);
  return written === otherwise ? "" : written;
}
function name2(field, value, names) {
  if (value === "") return "";
  const written = name(field, value, names);
  return value === names[0] ? "" : written;
}
function list(field, values, [min, max, least, most], whole) {
  if (!Array.isArray(values) || values.length < least || values.length > most) {
    fail(field, values, `a list of ${least} to ${most} numbers from ${min} to ${max}, such as [${Array(+least).fill(max)}]`);
  }
  return `[${values.map((one) => number2(field, one, [min, max], whole))}]`;
}
var scalarOrList = (field, value, bounds, whole) => {
  const all = Array.isArray(value) ? value : [value];
  return all.length === 1 ? number2(field, all[0], bounds.slice(0, 2), whole) : list(field, all, bounds, whole);
};
var gravities = {
  center: "centre",
  north: "top",
  northeast: "right top",
  east: "right",
  southeast: "right bottom",
  south: "bottom",
  southwest: "left bottom",
  west: "left",
  northwest: "left top"
};
function oneOf(field, value, names) {
  if (typeof value === "string" && names[0] === "centre" && Object.hasOwn(gravities, value)) value = gravities[value];
  if (typeof value === "string" && names[0] === "over") value = value.replace("color-", "colour-");
  return name2(field, value, names);
}
function color(field, value, [otherwise]) {
  const opaque = otherwise === "-";
  if (value === "" && !opaque) return "";
  const canonical = `${value}`.toLowerCase().replace(/^(#.{6})ff$/, "$1");
  if (typeof value !== "string" || !(opaque ? /^#[\da-f]{6}$/ : /^#[\da-f]{6}([\da-f]{2})?$/).test(canonical)) {
    fail(field, value, opaque ? '"#rrggbb", such as "#ffffff"' : '"#rrggbb" or "#rrggbbaa", such as "#ffffff"');
  }
  return canonical === "#" + otherwise ? "" : `"${canonical}"`;
}
function length(field, value, [min, max, otherwise]) {
  const [, percent] = /^\s*(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?)\s*%$/i.exec(value) || [];
  if (percent === void 0) return number2(field, value, [min, max, otherwise], true);
  if (otherwise === "0" && Object.is(+percent, 0)) return "";
  return `"${number2(field, +percent, [min < 0 ? -100 : 0.01, 100])}%"`;
}
function matrix(field, rows, [min, max]) {
  const side = rows?.length;
  if (!Array.isArray(rows) || side < 3 || side > 4) fail(field, rows, "3 lists of 3 numbers, or 4 lists of 4");
  return `[${rows.map((row) => list(field, row, [min, max, side, side]))}]`;
}
function angle(field, value) {
  if (value === void 0) fail(field, value, "degrees, such as 90");
  number2(field, value, [-1e6, 1e6]);
  return number2(field, (value % 360 + 360) % 360 === 0 ? 0 : value % 360 + (value < 0 ? 360 : 0), [0, 359.999999, "0"]);
}
function flag(field, value) {
  if (typeof value !== "boolean") fail(field, value, "true or false");
  return value;
}
function key(field, value) {
  const written = text(field, value, `the original's S3 key in full, such as "uploads/photo.jpg"`, /^(?!([^]*\/)?\.\.?(\/|$))[^]/);
  if (new TextEncoder().encode(value).length > 1024) fail(field, value, "at most 1024 bytes of UTF-8");
  return written;
}
var bucket = (field, value) => value === "" ? "" : text(field, value, '3 to 63 characters of a-z, 0-9, dot and hyphen, such as "photos"', /^(?![.-])(?!.*\.\.)[a-z\d.-]{3,63}$/);
var kinds = {
  "+": () => (field, value) => flag(field, value) ? "true" : "",
  "-": () => (field, value) => flag(field, value) ? "" : "false",
  "*": (bounds) => (field, value) => number2(field, value, bounds, true),
  "~": (bounds) => (field, value) => number2(field, value, bounds),
  "'": (bounds) => needed((field, value) => number2(field, value, bounds, true)),
  "[": (bounds) => (field, value) => list(field, value, bounds),
  "(": (bounds) => (field, value) => scalarOrList(field, value, bounds),
  ")": (bounds) => (field, value) => Array.isArray(value) && !value.length ? "" : scalarOrList(field, value, bounds, true),
  "]": (bounds) => (field, value) => matrix(field, value, bounds),
  "=": (names) => (field, value) => oneOf(field, value, names),
  ":": (names) => (field, value) => name2(field, value, names) || `"${names[0]}"`,
  "#": (args) => (field, value) => color(field, value, args),
  "%": (bounds) => (field, value) => length(field, value, bounds),
  "@": () => (field, value) => list(field, value, [0, 1, 2, 2]),
  "<": () => needed(angle),
  "$": () => needed(key.bind()),
  "&": () => bucket
};
var needed = (write) => Object.assign(write, { needed: true });
function writerOf(part) {
  const [, one, sign2, args] = /^(\w+)(.)(.*)$/.exec(part);
  return [one, kinds[sign2](args.split("|"))];
}
function members(field, value, writers) {
  const path = field && field + ".";
  if (!isObject(value)) fail(field, value, 'an object, such as {"width":288}');
  for (const one of Object.keys(value)) {
    if (value[one] !== void 0 && !writers.has(one)) fail(path + one, value[one], "one of " + [...writers.keys()].join(", "), "UnknownField");
  }
  const written = /* @__PURE__ */ new Map();
  for (const [one, write] of writers) {
    const text2 = value[one] === void 0 && !write.needed ? "" : write(path + one, value[one]);
    if (text2) written.set(one, text2);
  }
  return written;
}
var join = (written) => `{${[...written].map(([one, text2]) => `"${one}":${text2}`)}}`;
function objectWriter(flags, writers) {
  const bare = flags[0] === "!";
  const short = flags.replace(/\W/, "");
  return (field, value) => {
    if (bare && typeof value === "boolean") return value ? "true" : "";
    let written;
    if (short && !isObject(value)) {
      const text2 = writers.get(short)(field, value);
      written = new Map(text2 ? [[short, text2]] : []);
    } else {
      written = members(field, value, writers);
    }
    if (short === "angle" && !written.has(short)) return "";
    if (written.size === 1 && written.has(short)) return written.get(short);
    return written.size || flags[0] === "&" ? join(written) : bare ? "true" : "";
  };
}
var edits = new Map(table.split("\n").map((line) => {
  const [head, ...fields] = line.split(",");
  const [one, flags] = head.split("{");
  return flags === void 0 ? writerOf(head) : [one, objectWriter(flags, new Map(fields.map(writerOf)))];
}));
var formats = ["", "auto", "jpeg", "png", "webp", "avif", "gif", "tiff", "input"];
var withFormat = new Map([...edits, ["toFormat", (field, format) => (name2(field, format, formats), "")]]);
function writeEdits(field, value) {
  if (!isObject(value)) fail(field, value, 'an object, such as {"resize":{"width":288}}');
  const said = Object.keys(value).filter((one) => value[one] !== void 0);
  const written = /* @__PURE__ */ new Map();
  for (const one of said) {
    if (!withFormat.has(one)) fail(`edits.${one}`, value[one], "one of " + [...withFormat.keys()].join(", "), "UnknownField");
    const text2 = withFormat.get(one)(`edits.${one}`, value[one]);
    if (!text2) continue;
    if (one === "autoOrient" && written.size) fail("edits.autoOrient", value[one], "it as the first of the edits");
    checks[one]?.(`edits.${one}`, JSON.parse(text2));
    written.set(one, text2);
  }
  if (written.size > 32) fail(field, written.size, "at most 32 edits");
  return written.size ? join(written) : "";
}
var header = (field, value) => {
  const text2 = text(field, value, '1 to 256 printable ASCII characters, such as "no-cache"', /^[ -~]{1,256}$/);
  if (field.endsWith(".Expires") && new Date(value).toUTCString() !== value) fail(field, value, 'a date such as "Wed, 21 Oct 2026 07:28:00 GMT"');
  return text2;
};
var headers = new Map(["Cache-Control", "Content-Disposition", "Content-Language", "Expires"].map((one) => [one, header]));
function isCanonicalURL(text2) {
  try {
    return /^https?:\/\/[a-z\d._:[\]-]+\/[!-~]*$/.test(text2) && !/[#\\@]/.test(text2) && new URL(text2).href === text2;
  } catch {
    return false;
  }
}
var request = new Map(Object.entries({
  bucket,
  key: (field, value) => value === "" ? "" : key(field, value),
  source: (field, value) => value === "" ? "" : text(field, value, 'a URL in full, such as "https://img.example.com/photo.jpg"') && (isCanonicalURL(value) ? JSON.stringify(value) : fail(field, value, `the original's URL in full, such as "https://img.example.com/photo.jpg"`)),
  preset: (field, value) => value === "" ? "" : text(field, value, '1 to 32 characters of a-z, 0-9 and hyphen, such as "card"', /^[a-z][a-z\d-]{0,31}$/),
  edits: writeEdits,
  outputFormat: (field, value) => name2(field, value, formats),
  effort: (field, value) => number2(field, value, [0, 6, "0"], true),
  headers: (field, value) => {
    const other = isObject(value) && Object.keys(value).find((one) => !headers.has(one));
    if (other) fail(field, other, "one of " + [...headers.keys()].join(", "));
    const written = members(field, value, headers);
    return written.size ? join(written) : "";
  },
  version: (field, value) => value === "" ? "" : text(field, value, "at most 128 printable ASCII characters, such as the original's ETag", /^[ -~]{1,128}$/),
  expires: (field, value) => number2(field, value, [0, 253402300799, "0"], true)
}));
function encode(r) {
  if (!isObject(r)) fail("", r, 'an object, such as {"key":"uploads/photo.jpg"}', "InvalidJSON");
  const toFormat = isObject(r.edits) ? r.edits.toFormat : void 0;
  const written = members("", toFormat ? { ...r, outputFormat: r.outputFormat || toFormat } : r, request);
  if (toFormat && r.outputFormat && r.outputFormat !== toFormat) fail("edits.toFormat", toFormat, "the same format as outputFormat, or only one of them");
  if (!written.has("source") && !written.has("key")) fail("key", r.key, `the original's S3 key in full, such as "uploads/photo.jpg"`);
  if (written.has("source") && (written.has("key") || written.has("bucket"))) fail("source", r.source, "source alone, or key and perhaps bucket");
  if (written.has("preset") && written.has("edits")) fail("edits", r.edits, "a preset or edits, not both");
  const payload = toBase64url(join(written));
  if (payload.length > 987) fail("", r, "at most 740 bytes of JSON", "RequestTooLong");
  return payload;
}
function decode(payload) {
  if (payload?.length > 987) fail("", payload, "at most 740 bytes of JSON", "RequestTooLong");
  if (typeof payload !== "string" || !/^[\w-]*$/.test(payload) || payload.length % 4 === 1) fail("", payload, "base64url without padding", "InvalidBase64");
  let r;
  try {
    r = JSON.parse(fromBase64url(payload));
  } catch {
    fail("", payload, "base64url of a JSON object in UTF-8", "InvalidJSON");
  }
  const canonical = encode(r);
  if (canonical !== payload) fail("", payload, canonical, "NotCanonical");
  return r;
}

// src/sign.js
function sign(secret, payload) {
  decode(payload);
  return hmac(secret, payload);
}
var hmac = (secret, payload) => createHmac("sha256", secret).update(payload).digest().subarray(0, 16).toString("base64url");
function verify(secrets, payload, signature) {
  const given = Buffer.from(`${signature}`);
  let right = false;
  for (const secret of [].concat(secrets)) {
    const expected = Buffer.from(hmac(secret, payload));
    right = given.length === expected.length && timingSafeEqual(given, expected) || right;
  }
  return right;
}
var Client = class extends (/* @__PURE__ */ clientOf(encode)) {
  constructor({ secret, ...options } = {}) {
    if (!secret || secret.length < 16) fail("secret", null, "the signing secret of the deployment, of at least 16 bytes");
    super({ ...options, sign: (payload) => hmac(secret, payload) });
  }
};
export {
  Client,
  decode,
  encode,
  sign,
  targetWidths,
  verify
};
