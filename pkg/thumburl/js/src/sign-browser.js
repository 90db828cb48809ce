// What bundlers for browsers find instead of thumbfront/sign: it exports nothing, so that
// what imports from it does not build.
throw new Error('thumbfront/sign is for servers: a secret in a browser is none. Sign on the server, or use presets with thumbfront.');
export {};
