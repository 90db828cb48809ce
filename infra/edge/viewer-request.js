// Runs on every request of a viewer, before CloudFront looks in its cache:
// refuses what is not a request of ours and rewrites the path to the one that
// is both the cache key and the S3 key:
//   /<payload>[.<signature>]  ->  /<epoch>/<payload>[.<signature>][/<variant>]
// Written for CloudFront Functions 2.0, whose language is smaller than node's.

// The next line is replaced when the stack is synthesized.
const settings = {"access":"signed","epoch":0,"languages":["native"],"autoPresets":[]};

const MAX_PAYLOAD = 987; // base64url of 740 bytes: S3 keys end at 1024
const SIGNATURE = 22; // base64url of 16 bytes
const METHODS = 'GET, HEAD, OPTIONS';

function handler(event) {
  const request = event.request;
  if (request.method === 'OPTIONS') {
    return preflight();
  }

  const path = request.uri.slice(1)
    .replace(/%3D/gi, '=')
    .replace(/%2B/gi, '+')
    .replace(/\+/g, '-');
  const parts = /^([A-Za-z0-9_-]+)=*(?:\.([A-Za-z0-9_-]*)=*)?$/.exec(path);
  if (!parts) {
    return refuse(404, 'NotFound', 'The path is not /<payload> or /<payload>.<signature>, both base64url.');
  }
  const payload = parts[1];
  const signature = parts[2];

  if (payload.length > MAX_PAYLOAD) {
    return refuse(414, 'RequestTooLong', 'The payload has ' + payload.length +
      ' characters; at most ' + MAX_PAYLOAD + ' are allowed.');
  }
  if (signature === undefined) {
    if (settings.access === 'signed') {
      return refuse(403, 'SignatureRequired', 'The path has no signature; /<payload>.<signature> is required.');
    }
  } else if (signature.length !== SIGNATURE) {
    return refuse(403, 'InvalidSignature', 'The signature has ' + signature.length +
      ' characters; it must have ' + SIGNATURE + '.');
  }

  // Encoding again what was decoded tells whether it was strict, and whether
  // the text is UTF-8.
  const bytes = Buffer.from(payload, 'base64url');
  if (bytes.toString('base64url') !== payload) {
    return refuse(400, 'InvalidBase64', 'The payload is not base64url of a JSON object.');
  }
  const text = bytes.toString('utf8');
  if (Buffer.from(text, 'utf8').toString('base64url') !== payload) {
    return refuse(400, 'InvalidJSON', 'The payload is not UTF-8; it must be a JSON object.');
  }
  let picture;
  try {
    picture = JSON.parse(text);
  } catch (e) {
    return refuse(400, 'InvalidJSON', 'The payload is not JSON; it must be a JSON object.');
  }
  if (typeof picture !== 'object' || picture === null || Array.isArray(picture)) {
    return refuse(400, 'InvalidJSON', 'The payload is JSON of another type; it must be an object.');
  }

  if (picture.expires !== undefined && picture.expires !== 0) { // 0 is never
    if (!Number.isInteger(picture.expires)) {
      return refuse(400, 'InvalidField', 'expires is not a whole number; it must be one of UTC seconds.');
    }
    const now = Math.floor(Date.now() / 1000);
    if (picture.expires <= now) {
      return refuse(403, 'Expired', 'expires is ' + picture.expires + '; it is ' + now + ' now.');
    }
  }

  let uri = '/' + settings.epoch + '/' + payload;
  if (signature !== undefined) {
    uri += '.' + signature;
  }
  if (isAuto(picture)) {
    uri += '/' + variant(request.headers.accept);
  }
  request.uri = uri;
  request.querystring = {}; // S3 would take response-content-type from it
  return request;
}

function isAuto(picture) {
  if (picture.outputFormat !== undefined) {
    return picture.outputFormat === 'auto';
  }
  return settings.autoPresets.indexOf(picture.preset) >= 0;
}

// The best format that Accept names with q > 0. Wildcards say nothing of AVIF
// or WebP: old browsers send them too.
function variant(accept) {
  const named = {};
  const headers = accept ? accept.multiValue || [accept] : [];
  headers.forEach(function (header) {
    header.value.toLowerCase().split(',').forEach(function (range) {
      const params = range.split(';');
      let q = 1;
      params.slice(1).forEach(function (param) {
        const pair = param.split('=');
        if (pair[0].trim() === 'q') {
          q = Number(pair[1]);
        }
      });
      named[params[0].trim()] = q > 0; // false for what is no number
    });
  });
  if (named['image/avif'] === true) {
    return 'avif';
  }
  return named['image/webp'] === true ? 'webp' : 'jpeg';
}

function preflight() {
  return {
    statusCode: 204,
    statusDescription: 'No Content',
    headers: {
      'allow': { value: METHODS },
      'access-control-allow-origin': { value: '*' },
      'access-control-allow-methods': { value: METHODS },
      'access-control-allow-headers': { value: '*' },
      'access-control-max-age': { value: '86400' }
    }
  };
}

const STATUS = { 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found', 414: 'URI Too Long' };

function refuse(status, code, message) {
  return {
    statusCode: status,
    statusDescription: STATUS[status],
    headers: {
      'content-type': { value: 'application/json' },
      'cache-control': { value: 'max-age=10' },
      'x-content-type-options': { value: 'nosniff' }
    },
    body: { encoding: 'text', data: JSON.stringify({ status: status, code: code, message: message }) }
  };
}
