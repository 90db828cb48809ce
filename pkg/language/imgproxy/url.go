package imgproxy

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// URL is a request by its parts, before any option is understood.
type URL struct {
	Signature string // whatever stands in its place, such as "unsafe"
	Options   []Option
	// Source is the URL of the original, decoded, such as "s3://bucket/photo.jpg".
	Source    string
	Extension string // format of the answer, without its dot or @; empty is unsaid
}

// Option is a name and its arguments, not understood yet.
type Option struct {
	Name string
	Args []string
}

// plain marks a source that is not base64.
const plain = "plain"

// oneSlash is what [mergedSlashes] would make two of.
var oneSlash = regexp.MustCompile(`^:/([^/]|$)`)

// escapeSource escapes what would end a source, or what no path holds as it is.
func escapeSource(source string) string {
	var b strings.Builder
	for i := range len(source) {
		if c := source[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`%?#@"<>\^{|}`+"`", c) >= 0 || oneSlash.MatchString(source[i:]) {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// mergedSlashes is "https:/host", which some proxies make of "https://host".
var mergedSlashes = regexp.MustCompile(`^(.*?/plain/[a-z0-9]+):/([^/])`)

// split cuts a path into the signature and what it signs. The second is given as
// imgproxy signs it: with two slashes behind a source's scheme, where a proxy merged
// them.
func split(path string) (signature, signed string, ok bool) {
	signature, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if signature == "" || rest == "" {
		return "", "", false
	}
	return signature, mergedSlashes.ReplaceAllString("/"+rest, "$1://$2"), true
}

// syntax is what the settings say of how URLs are written.
type syntax struct {
	separator    string // of arguments
	withFilename bool   // a base64 source is followed by a file name, which says nothing
	onlyPresets  bool   // the options are names of presets alone
}

// parse reads a path. The error is a [*language.Error].
func (s syntax) parse(path string) (URL, error) {
	signature, signed, ok := split(path)
	if !ok {
		return URL{}, invalidURL("the path is not /<signature>/<options>/plain/<source>")
	}
	u := URL{Signature: signature}
	segments := strings.Split(signed[1:], "/")
	if s.onlyPresets {
		u.Options = []Option{{Name: "preset", Args: strings.Split(segments[0], s.separator)}}
		segments = segments[1:]
	} else {
		if _, basic := resizingTypes[segments[0]]; basic {
			return URL{}, invalidURL("/<resizing type>/<width>/<height>/… is the basic format of imgproxy 2, which later ones do not read either")
		}
		u.Options, segments = s.options(segments)
	}
	var err error
	u.Source, u.Extension, err = s.source(segments)
	return u, err
}

// options takes options from the front, up to the first segment that is none.
func (s syntax) options(segments []string) (options []Option, rest []string) {
	for i, segment := range segments {
		args := strings.Split(segment, s.separator)
		if len(args) == 1 {
			return options, segments[i:]
		}
		options = append(options, Option{Name: args[0], Args: args[1:]})
	}
	return options, nil
}

func (s syntax) source(segments []string) (source, extension string, err error) {
	if len(segments) == 0 {
		return "", "", invalidURL("the URL of the original is missing")
	}
	if segments[0] == plain && len(segments) > 1 {
		encoded := strings.Join(segments[1:], "/")
		if encoded, extension, err = cutExtension(encoded, "@"); err != nil {
			return "", "", err
		}
		source, err := url.PathUnescape(encoded)
		if err != nil {
			return "", "", invalidURL("the URL of the original, %s, is not percent-encoded: a %% in it is %%25", quote(encoded))
		}
		return source, extension, nil
	}
	if segments[0] == "enc" {
		return "", "", invalidURL("encrypted URLs of originals are a feature of imgproxy Pro")
	}
	if s.withFilename && len(segments) > 1 {
		segments = segments[:len(segments)-1]
	}
	encoded := strings.Join(segments, "")
	if encoded, extension, err = cutExtension(encoded, "."); err != nil {
		return "", "", err
	}
	decoded, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(encoded, "="))
	if err != nil || len(decoded) == 0 {
		return "", "", invalidURL("the URL of the original, %s, is neither plain/<URL> nor base64url", quote(encoded))
	}
	return string(decoded), extension, nil
}

// cutExtension cuts off the format of the answer.
func cutExtension(encoded, mark string) (rest, extension string, err error) {
	rest, extension, _ = strings.Cut(encoded, mark)
	if rest == "" {
		return "", "", invalidURL("the URL of the original is empty")
	}
	if strings.Contains(extension, mark) {
		return "", "", invalidURL("several formats are said: %s; a %s in the URL of the original is %s", quote(encoded), mark, escapeSource(mark))
	}
	if strings.Trim(extension, letters+"0123456789") != "" {
		return "", "", invalidURL("the format %s is not one of letters and digits", quote(extension))
	}
	return rest, extension, nil
}
