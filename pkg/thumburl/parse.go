package thumburl

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Parse reads a payload as [Encode] writes it. A payload that means a request
// but is not its canonical form is refused with CodeNotCanonical and carries
// the canonical one. The error is an [*Error].
func Parse(payload string) (Request, error) {
	data, err := Decode(payload)
	if err != nil {
		return Request{}, err
	}
	r, err := ParseJSON(data)
	if err != nil {
		return Request{}, err
	}
	canonical, err := Encode(r)
	if err != nil {
		return Request{}, err
	}
	if canonical != payload {
		return Request{}, notCanonical(canonical)
	}
	return r, nil
}

func notCanonical(canonical string) *Error {
	return &Error{Code: CodeNotCanonical, Allowed: "the canonical payload is " + canonical, Canonical: canonical}
}

// maxPayload is the length of the base64url form of MaxRequestBytes.
const maxPayload = (MaxRequestBytes*4 + 2) / 3

// strict refuses non-zero bits behind the last byte: they would be a second
// spelling of the same payload.
var strict = base64.RawURLEncoding.Strict()

// Decode gives the JSON inside a payload without reading it further.
func Decode(payload string) ([]byte, error) {
	if len(payload) > maxPayload {
		return nil, tooLong(base64.RawURLEncoding.DecodedLen(len(payload)))
	}
	data, err := strict.DecodeString(payload)
	// The decoder skips line ends.
	if err != nil || strings.ContainsAny(payload, "\r\n") {
		return nil, &Error{Code: CodeInvalidBase64, Given: quote(payload),
			Allowed: "base64url (A-Z a-z 0-9 - _) without padding of a JSON request"}
	}
	return data, nil
}

// ParseJSON reads a request from JSON in any form: fields in any order, blanks,
// defaults written out. The result is not validated beyond what its types say;
// [Encode] and [Request.Validate] do that. Names that the language does not
// have, duplicate names and lone surrogates are errors.
func ParseJSON(data []byte) (Request, error) {
	var r Request
	if !utf8.Valid(data) {
		return r, &Error{Code: CodeInvalidJSON, Allowed: "a JSON object in UTF-8"}
	}
	var toFormat Format
	err := eachMember("", data, func(name string, value json.RawMessage) (err error) {
		switch name {
		case "bucket":
			r.Bucket, err = parseString(name, value)
		case "key":
			r.Key, err = parseString(name, value)
		case "source":
			r.Source, err = parseString(name, value)
		case "preset":
			r.Preset, err = parseString(name, value)
		case "edits":
			r.Edits, toFormat, err = parseEdits(value)
		case "outputFormat":
			r.OutputFormat, err = parseNamed(name, value, ParseFormat)
		case "effort":
			r.Effort, err = parseInt(name, value, effortAllowed)
		case "headers":
			r.Headers, err = parseHeaders(value)
		case "version":
			r.Version, err = parseString(name, value)
		case "expires":
			var seconds int
			seconds, err = parseInt(name, value, expiresAllowed)
			r.Expires = int64(seconds)
		default:
			return unknownField(name, "bucket, key, source, preset, edits, outputFormat, effort, headers, version, expires")
		}
		return err
	})
	if toFormat != Source {
		if r.OutputFormat != Source && r.OutputFormat != toFormat && err == nil {
			err = invalidField("edits.toFormat", quote(toFormat.String()), `the same format as outputFormat, or only one of them, such as {"outputFormat":"webp"}`)
		}
		r.OutputFormat = toFormat
	}
	if err != nil {
		return Request{}, err
	}
	return r, nil
}

func parseHeaders(data json.RawMessage) (headers map[string]string, err error) {
	err = eachMember("headers", data, func(name string, value json.RawMessage) error {
		s, err := parseString("headers."+name, value)
		if err != nil {
			return err
		}
		if headers == nil {
			headers = map[string]string{}
		}
		headers[name] = s
		return nil
	})
	return headers, err
}

// eachMember calls f for each member of a JSON object in its order.
func eachMember(field string, data []byte, f func(name string, value json.RawMessage) error) error {
	if trimmed := bytes.TrimLeft(data, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' || !json.Valid(data) {
		if field == "" {
			return &Error{Code: CodeInvalidJSON, Given: quote(string(data)), Allowed: `a JSON object such as {"key":"uploads/photo.jpg"}`}
		}
		return invalidField(field, quote(string(data)), `a JSON object, such as {"width":288}`)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if _, err := dec.Token(); err != nil { // the brace
		return fmt.Errorf("thumburl: valid JSON without a first token: %w", err)
	}
	seen := map[string]bool{}
	for dec.More() {
		var rawName json.RawMessage
		before := dec.InputOffset()
		token, err := dec.Token()
		if err != nil {
			return fmt.Errorf("thumburl: valid JSON without a name: %w", err)
		}
		rawName = data[before:dec.InputOffset()]
		name, _ := token.(string)
		if hasLoneSurrogate(rawName) {
			return invalidField(strings.TrimPrefix(field+"."+name, "."), "a lone surrogate", "names in UTF-8")
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return fmt.Errorf("thumburl: valid JSON without a value: %w", err)
		}
		if seen[name] {
			return invalidField(strings.TrimPrefix(field+"."+name, "."), "the name twice", "each name once")
		}
		seen[name] = true
		if err := f(name, value); err != nil {
			return err
		}
	}
	return nil
}

func unknownField(field, allowed string) *Error {
	if len(field) > maxGiven {
		field = quote(field)
	}
	return &Error{Code: CodeUnknownField, Field: field, Given: "a field that does not exist", Allowed: "one of " + allowed}
}

func isString(data json.RawMessage) bool { return len(data) > 0 && data[0] == '"' }

func parseString(field string, data json.RawMessage) (string, error) {
	var s string
	if !isString(data) || json.Unmarshal(data, &s) != nil {
		return "", invalidField(field, quote(string(data)), `a string, such as "uploads/photo.jpg"`)
	}
	if hasLoneSurrogate(data) {
		return "", invalidField(field, "a lone surrogate", "a string in UTF-8")
	}
	return s, nil
}

// hasLoneSurrogate looks for half of a surrogate pair among the escapes of a JSON
// string, which the decoder silently replaces.
func hasLoneSurrogate(raw []byte) bool {
	unit := func(at int) (rune, bool) { // \uXXXX
		if at+6 > len(raw) || raw[at] != '\\' || raw[at+1] != 'u' {
			return 0, false
		}
		n, err := strconv.ParseUint(string(raw[at+2:at+6]), 16, 16)
		return rune(n), err == nil
	}
	for at := 0; at < len(raw); at++ {
		if raw[at] != '\\' {
			continue
		}
		first, ok := unit(at)
		switch {
		case !ok:
			at++ // a short escape, such as two backslashes
		case !utf16.IsSurrogate(first):
			at += 5
		default:
			second, ok := unit(at + 6)
			if !ok || utf16.DecodeRune(first, second) == utf8.RuneError {
				return true
			}
			at += 11
		}
	}
	return false
}

func parseNamed[T any](field string, data json.RawMessage, parse func(string) (T, error)) (T, error) {
	s := string(data) // no name where it is no string: the error lists the names
	if isString(data) {
		var err error
		if s, err = parseString(field, data); err != nil {
			var zero T
			return zero, err
		}
	}
	v, err := parse(s)
	if e, ok := err.(*Error); ok {
		e.Field = field
	}
	return v, err
}

func parseNumber(field string, data json.RawMessage, allowed string) (float64, error) {
	f, err := strconv.ParseFloat(string(data), 64)
	// ParseFloat also reads what JSON does not have, but data is valid JSON.
	if err != nil || f == 0 && math.Signbit(f) {
		return 0, invalidField(field, quote(string(data)), allowed)
	}
	return f, nil
}

func parseInt(field string, data json.RawMessage, allowed string) (int, error) {
	f, err := parseNumber(field, data, allowed)
	if err == nil && (f != math.Trunc(f) || math.Abs(f) > 1<<53) {
		err = invalidField(field, quote(string(data)), allowed)
	}
	return int(f), err
}

func parseBool(field string, data json.RawMessage) (bool, error) {
	switch string(data) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, invalidField(field, quote(string(data)), "true or false")
}
