package thumburl

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Encode writes a request as a payload: base64url without padding of its
// canonical JSON. The error is an [*Error].
func Encode(r Request) (string, error) {
	if err := r.Validate(); err != nil {
		return "", err
	}
	var buf [MaxRequestBytes]byte
	json := appendRequest(buf[:0], r)
	if len(json) > MaxRequestBytes {
		return "", tooLong(len(json))
	}
	return base64.RawURLEncoding.EncodeToString(json), nil
}

func tooLong(bytes int) *Error {
	return &Error{Code: CodeRequestTooLong, Given: fmt.Sprintf("%d bytes of JSON", bytes),
		Allowed: fmt.Sprintf("at most %d", MaxRequestBytes)}
}

// appendRequest appends the canonical JSON of a valid request. The order of
// the fields is part of the contract: bucket and key, or source, come first, so that
// all thumbnails of one original share a prefix.
func appendRequest(dst []byte, r Request) []byte {
	o := members{dst: dst}
	o.string("bucket", r.Bucket)
	o.string("key", r.Key)
	o.string("source", r.Source)
	o.string("preset", r.Preset)
	if len(r.Edits) > 0 {
		o.name("edits")
		o.dst = r.Edits.appendJSON(o.dst)
	}
	o.string("outputFormat", r.OutputFormat.String())
	o.int("effort", int64(r.Effort))
	if len(r.Headers) > 0 {
		o.name("headers")
		headers := members{dst: o.dst}
		for _, name := range headerNames { // sorted
			headers.string(name, r.Headers[name])
		}
		o.dst = headers.close()
	}
	o.string("version", r.Version)
	o.int("expires", r.Expires)
	return o.close()
}

// members appends the members of a JSON object; zero values are dropped.
type members struct {
	dst  []byte
	open bool
}

func (o *members) name(name string) {
	if o.open {
		o.dst = append(o.dst, ',')
	} else {
		o.dst = append(o.dst, '{')
		o.open = true
	}
	// Names are ours and need no escapes.
	o.dst = append(o.dst, '"')
	o.dst = append(o.dst, name...)
	o.dst = append(o.dst, '"', ':')
}

func (o *members) string(name, value string) {
	if value != "" {
		o.name(name)
		o.dst = appendString(o.dst, value)
	}
}

func (o *members) int(name string, value int64) {
	if value != 0 {
		o.name(name)
		o.dst = strconv.AppendInt(o.dst, value, 10)
	}
}

func (o *members) close() []byte {
	if !o.open {
		o.dst = append(o.dst, '{')
	}
	return append(o.dst, '}')
}

// appendString writes a string as JSON.stringify does, and U+2028 and U+2029
// escaped as well. Control characters never come here: no field admits them.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	plain := true
	for i := range len(s) {
		plain = plain && s[i] != '"' && s[i] != '\\' && s[i] != 0xe2 // with which U+2028 and U+2029 begin
	}
	if plain {
		return append(append(dst, s...), '"')
	}
	for _, c := range s {
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', byte(c))
		case '\u2028':
			dst = append(dst, `\u2028`...)
		case '\u2029':
			dst = append(dst, `\u2029`...)
		default:
			dst = utf8.AppendRune(dst, c)
		}
	}
	return append(dst, '"')
}
