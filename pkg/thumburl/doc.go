// Package thumburl is the URL contract of thumbfront: what a thumbnail request
// may say, how it is written into a path, signed, read back and authorised.
//
// A request is JSON in one canonical form, base64url without padding:
//
//	viewer:  /<payload>[.<signature>]
//	S3 key:  <epoch>/<payload>[.<signature>][/<variant>]
//
// It names its original by bucket and key, or by source, a URL on the web.
//
// [Encode] and [Parse] are each other's inverse: what Parse accepts is byte for
// byte what Encode prints, so that one picture has one URL, one cache entry and
// one stored object. The package depends on the standard library alone.
package thumburl
