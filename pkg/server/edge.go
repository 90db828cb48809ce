package server

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Edge does what infra/edge/viewer-request.js does at CloudFront's edge, and a test there
// compares the two: it refuses what is no request of the deployment, and rewrites the
// path to the one that is the S3 key, or to one that no thumbnail is stored under.
type Edge struct {
	Access      thumburl.Access
	Epoch       int
	Languages   []string // in the order in which they are tried
	AutoPresets []string // presets whose outputFormat is auto
	// Formats are offered unasked to viewers who take them, the best first.
	Formats []string
	Now     func() time.Time // nil: time.Now
}

// Rewritten is a path as the function takes it.
type Rewritten struct {
	Path string
	// Varies is set where another Accept header could have given another path.
	Varies bool
	// IsStored is set where a thumbnail may lie under the path: it is a native one.
	IsStored bool
}

// Refusal is an error of the edge. Status is 4xx.
type Refusal struct {
	Status        int
	Code, Message string
	final         bool // no other language is to be tried
}

const (
	maxPayload     = (thumburl.MaxRequestBytes*4 + 2) / 3
	maxForeignPath = 8192
)

// sihQuery are the parameters of the Serverless Image Handler.
var sihQuery = []string{"signature", "expires", "format", "fit", "width", "height", "rotate", "flip", "flop", "grayscale", "greyscale"}

// queries are the parameters that a language reads.
var queries = map[string][]string{"sih": sihQuery, "thumbor": sihQuery, "thumbnail": {"url", "size"}}

// Rewrite judges a viewer's path, as it came, its query, and its Accept header.
func (e Edge) Rewrite(path, rawQuery string, accept []string) (Rewritten, *Refusal) {
	hasNative := slices.Contains(e.Languages, language.Native)
	hasOthers := len(e.Languages) > 1 || !hasNative
	query := ""
	if hasOthers {
		var ok bool
		if query, ok = e.fold(rawQuery); !ok {
			return Rewritten{}, &Refusal{Status: http.StatusBadRequest, Code: "InvalidQuery", Message: "The query is not percent-encoded UTF-8."}
		}
	}
	var refusal *Refusal
	if hasNative {
		var native Rewritten
		if native, refusal = e.native(path, query, accept); refusal == nil {
			return native, nil
		}
	}
	if !hasOthers || refusal != nil && refusal.final {
		return Rewritten{}, refusal
	}
	return e.foreign(path, query, accept)
}

// errShared is a payload that the function has to look at: it may be one of the
// Serverless Image Handler as well.
var errShared = &Refusal{}

func (e Edge) native(path, query string, accept []string) (Rewritten, *Refusal) {
	p := strings.TrimPrefix(path, "/")
	for _, escaped := range []string{"%3D", "%3d"} {
		p = strings.ReplaceAll(p, escaped, "=")
	}
	for _, escaped := range []string{"%2B", "%2b", "+"} {
		p = strings.ReplaceAll(p, escaped, "-")
	}
	payload, signature, isSigned := strings.Cut(p, ".")
	payload, signature = strings.TrimRight(payload, "="), strings.TrimRight(signature, "=")
	if payload == "" || strings.Trim(payload, base64Alphabet) != "" || strings.Trim(signature, base64Alphabet) != "" {
		return Rewritten{}, refuse(http.StatusNotFound, "NotFound", "The path is not /<payload> or /<payload>.<signature>, both base64url.")
	}
	if len(payload) > maxPayload {
		return Rewritten{}, refuse(http.StatusRequestURITooLong, "RequestTooLong", "The payload has %d characters; at most %d are allowed.", len(payload), maxPayload)
	}
	if !isSigned && e.Access == thumburl.Signed {
		return Rewritten{}, refuse(http.StatusForbidden, "SignatureRequired", "The path has no signature; /<payload>.<signature> is required.")
	}
	if isSigned && len(signature) != thumburl.SignatureLength {
		return Rewritten{}, refuse(http.StatusForbidden, "InvalidSignature", "The signature has %d characters; it must have %d.", len(signature), thumburl.SignatureLength)
	}
	picture, refusal := parsePicture(payload)
	if refusal != nil {
		return Rewritten{}, refusal
	}
	if !isSigned && e.isShared(picture, query) {
		return Rewritten{}, errShared
	}
	if refusal := e.expired(picture); refusal != nil {
		return Rewritten{}, refusal
	}
	r := Rewritten{Path: "/" + strconv.Itoa(e.Epoch) + thumburl.ViewerPath(payload, signature), IsStored: true}
	if e.isAuto(picture) {
		variant := best(accept, []string{"avif", "webp"})
		if variant == "" {
			variant = "jpeg"
		}
		r.Path, r.Varies = r.Path+"/"+variant, true
	}
	return r, nil
}

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

var strictBase64 = base64.RawURLEncoding.Strict()

func parsePicture(payload string) (map[string]json.RawMessage, *Refusal) {
	data, err := strictBase64.DecodeString(payload)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "InvalidBase64", "The payload is not base64url of a JSON object.")
	}
	if !utf8.Valid(data) {
		return nil, refuse(http.StatusBadRequest, "InvalidJSON", "The payload is not UTF-8; it must be a JSON object.")
	}
	if !json.Valid(data) {
		return nil, refuse(http.StatusBadRequest, "InvalidJSON", "The payload is not JSON; it must be a JSON object.")
	}
	var picture map[string]json.RawMessage
	if err := json.Unmarshal(data, &picture); err != nil || picture == nil {
		return nil, refuse(http.StatusBadRequest, "InvalidJSON", "The payload is JSON of another type; it must be an object.")
	}
	return picture, nil
}

func refuse(status int, code, format string, args ...any) *Refusal {
	return &Refusal{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// text is a member that is a string.
func text(picture map[string]json.RawMessage, name string) (s string, isThere bool) {
	raw, ok := picture[name]
	_ = json.Unmarshal(raw, &s) // what is no string is none
	return s, ok
}

func (e Edge) isShared(picture map[string]json.RawMessage, query string) bool {
	_, hasPreset := text(picture, "preset")
	_, hasVersion := text(picture, "version")
	format, _ := text(picture, "outputFormat")
	return slices.Contains(e.Languages, "sih") && !hasPreset && !hasVersion && format != "auto" &&
		(query != "" || len(e.Formats) > 0 || e.Languages[0] != language.Native)
}

func (e Edge) expired(picture map[string]json.RawMessage) *Refusal {
	raw, ok := picture["expires"]
	if !ok {
		return nil
	}
	at, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || at != math.Trunc(at) || math.IsInf(at, 0) {
		refusal := refuse(http.StatusBadRequest, "InvalidField", "expires is not a whole number; it must be one of UTC seconds.")
		refusal.final = true
		return refusal
	}
	now := time.Now
	if e.Now != nil {
		now = e.Now
	}
	if seconds := now().Unix(); at != 0 && at <= float64(seconds) {
		refusal := refuse(http.StatusForbidden, "Expired", "expires is %s; it is %d now.", raw, seconds)
		refusal.final = true
		return refusal
	}
	return nil
}

func (e Edge) isAuto(picture map[string]json.RawMessage) bool {
	if format, ok := text(picture, "outputFormat"); ok {
		return format == "auto"
	}
	preset, _ := text(picture, "preset")
	return slices.Contains(e.AutoPresets, preset)
}

// foreign marks a path of another language with /~ and the parameters that are read.
func (e Edge) foreign(path, query string, accept []string) (Rewritten, *Refusal) {
	if len(path) > maxForeignPath {
		return Rewritten{}, refuse(http.StatusRequestURITooLong, "RequestTooLong", "The path has %d characters; at most %d are allowed.", len(path), maxForeignPath)
	}
	last := path[strings.LastIndexByte(path, '/')+1:]
	if path == "/" || strings.HasPrefix(last, "~") || strings.HasPrefix(strings.ToLower(last), "%7e") {
		return Rewritten{}, refuse(http.StatusNotFound, "NotFound", "The path is empty, or its last segment begins with ~.")
	}
	r := Rewritten{Varies: len(e.Formats) > 0,
		Path: "/" + strconv.Itoa(e.Epoch) + path + "/~" + base64.RawURLEncoding.EncodeToString([]byte(query))}
	if format := best(accept, e.Formats); format != "" {
		r.Path += "/" + format
	}
	return r, nil
}

// fold sorts the parameters that the languages read and encodes each once; of several
// with one name the last counts.
func (e Edge) fold(rawQuery string) (string, bool) {
	last := map[string]string{}
	for pair := range strings.SplitSeq(rawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if slices.ContainsFunc(e.Languages, func(l string) bool { return slices.Contains(queries[l], name) }) {
			last[name] = value
		}
	}
	var pairs []string
	for name, value := range last {
		decoded, err := url.QueryUnescape(value)
		if err != nil || !utf8.ValidString(decoded) {
			return "", false
		}
		pairs = append(pairs, name+"="+encodeURIComponent(decoded))
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&"), true
}

// encodeURIComponent escapes as ECMAScript does.
func encodeURIComponent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if strings.IndexByte(base64Alphabet+".!~*'()", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// qvalue is one above 0; what is no number is 0 (RFC 9110, section 12.4.2).
var qvalue = regexp.MustCompile(`^(1(\.0{0,3})?|0\.[0-9]{0,2}[1-9][0-9]{0,2})$`)

var withoutBlanks = strings.NewReplacer(" ", "", "\t", "")

func asciiLower(c rune) rune {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// best is the first of these formats that an Accept header names with q > 0. Wildcards
// say nothing of AVIF or WebP: old browsers send them too.
func best(accept, formats []string) string {
	named := map[string]bool{}
	for _, header := range accept {
		for item := range strings.SplitSeq(strings.Map(asciiLower, withoutBlanks.Replace(header)), ",") {
			params := strings.Split(item, ";")
			q := true
			for _, param := range params[1:] {
				name, value, _ := strings.Cut(param, "=")
				if name == "q" {
					q = qvalue.MatchString(value)
				}
			}
			named[params[0]] = q
		}
	}
	for _, format := range formats {
		if named["image/"+format] {
			return format
		}
	}
	return ""
}
