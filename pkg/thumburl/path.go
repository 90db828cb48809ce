package thumburl

import (
	"fmt"
	"strconv"
	"strings"
)

// Path is the path of a thumbnail as the edge hands it on, which is its S3 key:
//
//	<epoch>/<payload>[.<signature>][/<variant>]
type Path struct {
	Epoch     int    // from the settings; raising it makes all that is stored unreachable
	Payload   string // base64url
	Signature string // 22 characters, or empty
	Variant   Format // AVIF, WebP or JPEG for a request of OutputFormat Auto, else Source
}

// String is the inverse of [ParsePath]; it begins with no slash.
func (p Path) String() string {
	s := strconv.Itoa(p.Epoch) + "/" + ViewerPath(p.Payload, p.Signature)[1:]
	if p.Variant != Source {
		s += "/" + p.Variant.String()
	}
	return s
}

// ViewerPath is what a viewer asks for: /<payload>[.<signature>].
func ViewerPath(payload, signature string) string {
	if signature == "" {
		return "/" + payload
	}
	return "/" + payload + "." + signature
}

// MaxEpoch is the largest epoch: with it the longest request still fits an S3 key.
const MaxEpoch = 99_999_999

// ParsePath reads a path as the edge hands it on, with or without its first
// slash. Padding and the standard alphabet's "+" are rewritten, as the edge
// does. It looks at the form alone: [Parse] reads the payload, [Policy] judges
// the signature. The error is an [*Error].
func ParsePath(path string) (Path, error) {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	notFound := &Error{Code: CodeNotFound, Given: quote(withoutSignature(path)), Allowed: "/<epoch>/<payload>[.<signature>][/<variant>]"}
	if len(segments) < 2 || len(segments) > 3 {
		return Path{}, notFound
	}
	epoch, err := strconv.Atoi(segments[0])
	if err != nil || epoch < 0 || epoch > MaxEpoch || strconv.Itoa(epoch) != segments[0] {
		return Path{}, notFound
	}
	p := Path{Epoch: epoch}
	if len(segments) == 3 {
		switch segments[2] {
		case "avif":
			p.Variant = AVIF
		case "webp":
			p.Variant = WebP
		case "jpeg":
			p.Variant = JPEG
		default:
			return Path{}, notFound
		}
	}
	payload, signature, signed := strings.Cut(segments[1], ".")
	p.Payload, p.Signature = Normalize(payload), Normalize(signature)
	if p.Payload == "" {
		return Path{}, notFound
	}
	if signed && len(p.Signature) != SignatureLength {
		return Path{}, &Error{Code: CodeInvalidSignature, Given: fmt.Sprintf("%d characters", len(p.Signature)),
			Allowed: fmt.Sprintf("a signature of %d characters behind the dot", SignatureLength)}
	}
	return p, nil
}

// withoutSignature is a path for messages and logs: a signature is as good as a secret,
// whatever else of its path is wrong.
func withoutSignature(path string) string {
	before, _, signed := strings.Cut(path, ".")
	if signed {
		return before + ".…"
	}
	return path
}

// Normalize rewrites what base64 encoders of other kinds print: padding and "+".
func Normalize(s string) string {
	return strings.TrimRight(strings.ReplaceAll(s, "+", "-"), "=")
}
