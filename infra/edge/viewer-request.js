// Runs on every request of a viewer, before CloudFront looks in its cache:
// refuses what is not a request of ours and rewrites the path to the one that
// is both the cache key and the S3 key:
//   /<payload>[.<signature>]  ->  /<epoch>/<payload>[.<signature>][/<variant>]
//   a path of another language -> /<epoch>/<path>/~<query>[/<variant>]
// Written for CloudFront Functions 2.0, whose language is smaller than node's.

// The next line is replaced when the stack is synthesized.
const settings = {"access":"signed","epoch":0,"languages":["native"],"autoPresets":[],"formats":[]};

const MAX_PAYLOAD = 987; // base64url of 740 bytes: S3 keys end at 1024
const SIGNATURE = 22; // base64url of 16 bytes
const MAX_PATH = 8192; // of another language
const METHODS = 'GET, HEAD, OPTIONS';
// The parameters that a language reads.
const SIH = ['signature', 'expires', 'format', 'fit', 'width', 'height', 'rotate', 'flip', 'flop', 'grayscale', 'greyscale'];
const QUERIES = { sih: SIH, thumbor: SIH, thumbnail: ['url', 'size'] };

const others = settings.languages.filter(function (name) { return name !== 'native'; });
const hasNative = others.length < settings.languages.length;

function handler(event) {
  const request = event.request;
  if (request.method === 'OPTIONS') {
    return preflight();
  }
  const query = others.length > 0 ? fold(request.querystring) : '';
  if (query === null) {
    return refuse(400, 'InvalidQuery', 'The query is not percent-encoded UTF-8.');
  }
  const refusal = hasNative ? native(request, query) : undefined;
  if (refusal === null) {
    request.querystring = {}; // S3 would take response-content-type from it
    return request;
  }
  if (others.length === 0 || (refusal && refusal.final)) {
    return refuse(refusal.status, refusal.code, refusal.message);
  }
  return foreign(request, query);
}

// Rewrites a request of the native language and gives null, or why it is none;
// final where no other language is to be tried.
function native(request, query) {
  const path = request.uri.slice(1)
    .replace(/%3D/gi, '=')
    .replace(/%2B/gi, '+')
    .replace(/\+/g, '-');
  const parts = /^([A-Za-z0-9_-]+)=*(?:\.([A-Za-z0-9_-]*)=*)?$/.exec(path);
  if (!parts) {
    return no(404, 'NotFound', 'The path is not /<payload> or /<payload>.<signature>, both base64url.');
  }
  const payload = parts[1];
  const signature = parts[2];

  if (payload.length > MAX_PAYLOAD) {
    return no(414, 'RequestTooLong', 'The payload has ' + payload.length +
      ' characters; at most ' + MAX_PAYLOAD + ' are allowed.');
  }
  if (signature === undefined) {
    if (settings.access === 'signed') {
      return no(403, 'SignatureRequired', 'The path has no signature; /<payload>.<signature> is required.');
    }
  } else if (signature.length !== SIGNATURE) {
    return no(403, 'InvalidSignature', 'The signature has ' + signature.length +
      ' characters; it must have ' + SIGNATURE + '.');
  }

  // Encoding again what was decoded tells whether it was strict, and whether
  // the text is UTF-8.
  const bytes = Buffer.from(payload, 'base64url');
  if (bytes.toString('base64url') !== payload) {
    return no(400, 'InvalidBase64', 'The payload is not base64url of a JSON object.');
  }
  const text = bytes.toString('utf8');
  if (Buffer.from(text, 'utf8').toString('base64url') !== payload) {
    return no(400, 'InvalidJSON', 'The payload is not UTF-8; it must be a JSON object.');
  }
  let picture;
  try {
    picture = JSON.parse(text);
  } catch (e) {
    return no(400, 'InvalidJSON', 'The payload is not JSON; it must be a JSON object.');
  }
  if (typeof picture !== 'object' || picture === null || Array.isArray(picture)) {
    return no(400, 'InvalidJSON', 'The payload is JSON of another type; it must be an object.');
  }
  if (signature === undefined && isShared(picture, query)) {
    return {};
  }

  if (picture.expires !== undefined && picture.expires !== 0) { // 0 is never
    if (!Number.isInteger(picture.expires)) {
      return no(400, 'InvalidField', 'expires is not a whole number; it must be one of UTC seconds.', true);
    }
    const now = Math.floor(Date.now() / 1000);
    if (picture.expires <= now) {
      return no(403, 'Expired', 'expires is ' + picture.expires + '; it is ' + now + ' now.', true);
    }
  }

  let uri = '/' + settings.epoch + '/' + payload;
  if (signature !== undefined) {
    uri += '.' + signature;
  }
  if (isAuto(picture)) {
    uri += '/' + (best(request.headers.accept, ['avif', 'webp']) || 'jpeg');
  }
  request.uri = uri;
  return null;
}

function no(status, code, message, final) {
  return { status: status, code: code, message: message, final: final };
}

// Whether an unsigned payload may be one of the Serverless Image Handler as
// well: the function decides then.
function isShared(picture, query) {
  return others.indexOf('sih') >= 0 && picture.preset === undefined && picture.version === undefined &&
    picture.outputFormat !== 'auto' && (query !== '' || settings.formats.length > 0 || settings.languages[0] !== 'native');
}

// What another language makes of a path is for the function to say. The mark /~
// keeps it apart from every path that something is stored under.
function foreign(request, query) {
  const uri = request.uri;
  if (uri.length > MAX_PATH) {
    return refuse(414, 'RequestTooLong', 'The path has ' + uri.length + ' characters; at most ' + MAX_PATH + ' are allowed.');
  }
  if (uri === '/' || /\/(~|%7e)[^/]*$/i.test(uri)) {
    return refuse(404, 'NotFound', 'The path is empty, or its last segment begins with ~.');
  }
  const format = best(request.headers.accept, settings.formats);
  request.uri = '/' + settings.epoch + uri + '/~' + Buffer.from(query, 'utf8').toString('base64url') + (format ? '/' + format : '');
  request.querystring = {};
  return request;
}

// The parameters that the languages read, sorted, each encoded once; null where
// one does not decode.
function fold(query) {
  const pairs = [];
  try {
    Object.keys(query).sort().forEach(function (name) {
      if (others.some(function (language) { return QUERIES[language] && QUERIES[language].indexOf(name) >= 0; })) {
        pairs.push(name + '=' + encodeURIComponent(decodeURIComponent(query[name].value.replace(/\+/g, ' '))));
      }
    });
  } catch (e) {
    return null;
  }
  return pairs.join('&');
}

function isAuto(picture) {
  if (picture.outputFormat !== undefined) {
    return picture.outputFormat === 'auto';
  }
  return settings.autoPresets.indexOf(picture.preset) >= 0;
}

// The first of these formats that Accept names with q > 0. Wildcards say nothing
// of AVIF or WebP: old browsers send them too.
function best(accept, formats) {
  const named = {};
  const headers = accept ? accept.multiValue || [accept] : [];
  headers.forEach(function (header) {
    header.value.toLowerCase().replace(/[ \t]/g, '').split(',').forEach(function (range) {
      const params = range.split(';');
      let q = true;
      params.slice(1).forEach(function (param) {
        if (/^q(=|$)/.test(param)) {
          q = /^q=(1(\.0{0,3})?|0\.[0-9]{0,2}[1-9][0-9]{0,2})$/.test(param); // what is no number is 0
        }
      });
      named[params[0]] = q;
    });
  });
  return formats.filter(function (format) { return named['image/' + format] === true; })[0];
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
