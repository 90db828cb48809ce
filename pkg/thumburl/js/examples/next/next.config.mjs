import { fileURLToPath } from 'node:url';

export default {
  images: { loader: 'custom', loaderFile: './loader.js' },
  turbopack: { root: fileURLToPath(new URL('../..', import.meta.url)) }, // where its packages are
};
