package edge

import (
	"encoding/base64"
	"strings"

	"github.com/dop251/goja"
)

// bufferFrom is Buffer.from(string, encoding) of CloudFront's runtime 2.0, for
// the encodings utf8 and base64url; what it returns has length and toString.
// Anything else throws, rather than differ from CloudFront in silence.
func bufferFrom(rt *goja.Runtime) func(goja.FunctionCall) goja.Value {
	encoding := func(v goja.Value) string {
		if goja.IsUndefined(v) {
			return "utf8"
		}
		if s := v.String(); s == "utf8" || s == "base64url" {
			return s
		}
		panic(rt.NewTypeError("Unknown encoding: %s", v))
	}
	return func(call goja.FunctionCall) goja.Value {
		s, ok := call.Argument(0).Export().(string)
		if !ok {
			panic(rt.NewTypeError("Buffer.from takes a string here"))
		}
		data := []byte(s)
		if encoding(call.Argument(1)) == "base64url" {
			data = decodeLeniently(s)
		}
		return rt.ToValue(map[string]any{
			"length": len(data),
			"toString": func(call goja.FunctionCall) goja.Value {
				if encoding(call.Argument(0)) == "base64url" {
					return rt.ToValue(base64.RawURLEncoding.EncodeToString(data))
				}
				// The conversion puts U+FFFD for what is not UTF-8.
				return rt.ToValue(string([]rune(string(data))))
			},
		})
	}
}

// decodeLeniently decodes base64 of either alphabet as Buffer does: it skips
// what does not belong there and drops what makes no whole byte.
func decodeLeniently(s string) []byte {
	s, _, _ = strings.Cut(s, "=")
	s = strings.Map(func(c rune) rune {
		switch {
		case c == '+':
			return '-'
		case c == '/':
			return '_'
		case c == '-' || c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z':
			return c
		}
		return -1
	}, s)
	if len(s)%4 == 1 {
		s = s[:len(s)-1]
	}
	data, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		panic(err) // every character is of the alphabet and the length fits
	}
	return data
}
