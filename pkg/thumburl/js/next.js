// Made from src by `make js`.
// src/error.js
var fail = (field, value, allowed, code = "InvalidField") => {
  const given = `${typeof value == "number" ? value : JSON.stringify(value)}`.slice(0, 64);
  throw Object.assign(Error((field && field + ": ") + `got ${given}, want ${allowed}`), { name: "ThumbfrontError", code, field, given, allowed });
};

// src/next.js
function createLoader(client, { presets, ratio, edits, ...request } = {}) {
  if (client.sign) fail("client", "one with a secret", "a client without a secret, such as new Client({ base }): loaders run in browsers");
  if (presets) {
    const widths = Object.keys(presets).map(Number).sort((a, b) => a - b);
    if (!widths.length) fail("presets", presets, 'names by width, such as {640:"small",1200:"large"}');
    return ({ src, width }) => client.preset(presets[widths.find((one) => one >= width) ?? widths.at(-1)], src);
  }
  return ({ src, width }) => {
    const resize = { ...edits?.resize, width, withoutEnlargement: true };
    if (ratio) resize.height = Math.round(width / ratio);
    return client.url(src, { ...edits, resize }, { outputFormat: "auto", ...request });
  };
}
export {
  createLoader
};
