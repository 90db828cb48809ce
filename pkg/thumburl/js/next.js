// Made from src by `make js`.
// src/error.js
var fail = (field, value, allowed, code = "InvalidField") => {
  const given = `${typeof value == "number" ? value : JSON.stringify(value)}`.slice(0, 64);
  throw Object.assign(Error((field && field + ": ") + `got ${given}, want ${allowed}`), { name: "ThumbfrontError", code, field, given, allowed });
};

// src/presets.js
var isPresetName = (name) => /^[a-z][a-z\d-]{0,31}$/.test(name);

// src/next.js
function createLoader(client, { presets, ratio, edits, ...request } = {}) {
  if (client.sign) fail("client", "one with a secret", "a client without a secret, such as new Client({ base }): loaders run in browsers");
  return presets ? byPreset(client, presets) : byWidth(client, ratio, edits, request);
}
function byPreset(client, presets) {
  const widths = Object.keys(presets).map(Number).sort((a, b) => a - b);
  if (!widths.length || !widths.every((one) => Number.isInteger(one) && one > 0 && isPresetName(presets[one]))) {
    fail("presets", presets, 'names by width in pixels, such as {640:"small",1200:"large"}');
  }
  return ({ src, width }) => client.preset(presets[widths.find((one) => one >= width) ?? widths.at(-1)], src);
}
function byWidth(client, ratio, edits, request) {
  if (ratio !== void 0 && !(ratio > 0 && ratio < Infinity)) fail("ratio", ratio, "width over height, such as 1.5");
  return ({ src, width }) => {
    const resize = { ...edits?.resize, width, withoutEnlargement: true };
    if (ratio) resize.height = Math.max(1, Math.round(width / ratio));
    return client.url(src, { ...edits, resize }, { outputFormat: "auto", ...request });
  };
}
export {
  createLoader
};
