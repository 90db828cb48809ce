package thumbnail

import (
	"context"
	"encoding/base64"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// order is a request that was understood and may be served.
type order struct {
	request thumburl.Request // its bucket and its preset are resolved
	variant thumburl.Format  // of OutputFormat Auto
	stored  string           // S3 key of its thumbnail; empty: it is not to be stored
	foreign *foreign         // nil: it was asked for by its canonical path
}

// foreign is what another language made of a request.
type foreign struct {
	language language.Language // nil: the native one, by a path that is not the canonical one
	reading  language.Reading
}

// foreignError is an error that is answered in the codes of a language.
type foreignError struct {
	language language.Language
	err      error
}

func (e *foreignError) Error() string { return e.err.Error() }
func (e *foreignError) Unwrap() error { return e.err }

func (f *foreign) failed(err error) error {
	if f.language == nil {
		return err
	}
	return &foreignError{f.language, err}
}

// handedOn is a path as the edge hands it on:
//
//	<epoch>/<payload>[.<signature>][/<variant>]
//	<epoch>/<path of another language>/~<query>[/<variant>]
type handedOn struct {
	path  string // in whole
	asked language.Asked
	epoch int
	// marked is set where the edge marked the path as one that no thumbnail is
	// stored under.
	marked bool
}

// maxForeignPath is the edge's limit for the paths of other languages.
const maxForeignPath = 8192

// measured stands for a path that nobody could read: where in it a signature is, which
// must not be told, is not known either.
func measured(path string) string { return "a path of " + strconv.Itoa(len(path)) + " characters" }

func parseHandedOn(path string, now time.Time) (handedOn, error) {
	notFound := &thumburl.Error{Code: thumburl.CodeNotFound, Given: measured(path), Allowed: "/<epoch>/<path>"}
	first, rest, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	epoch, err := strconv.Atoi(first)
	if !ok || err != nil || rest == "" {
		return handedOn{}, notFound
	}
	h := handedOn{path: path, epoch: epoch, asked: language.Asked{Now: now}}
	segments := strings.Split(rest, "/")
	last := len(segments) - 1
	if variant, err := thumburl.ParseFormat(segments[last]); last > 0 && err == nil && (variant == thumburl.AVIF || variant == thumburl.WebP || variant == thumburl.JPEG) {
		h.asked.Variant = variant
		last--
	}
	if query, ok := strings.CutPrefix(segments[last], "~"); ok && last > 0 {
		h.marked = true
		if h.asked.Query, ok = unfold(query); !ok {
			return handedOn{}, notFound
		}
		last--
	} else if h.asked.Variant == thumburl.JPEG {
		h.asked.Variant = thumburl.Source // the native language's least: nothing that is offered unasked
	}
	h.asked.Path = "/" + strings.Join(segments[:last+1], "/")
	if len(h.asked.Path) > maxForeignPath {
		return handedOn{}, &thumburl.Error{Code: thumburl.CodeRequestTooLong, Given: strconv.Itoa(len(h.asked.Path)) + " characters",
			Allowed: "at most " + strconv.Itoa(maxForeignPath)}
	}
	return h, nil
}

// unfold reads the parameters that the edge folded into a path.
func unfold(segment string) (map[string]string, bool) {
	text, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		return nil, false
	}
	query := map[string]string{}
	for pair := range strings.SplitSeq(string(text), "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		if query[name], err = url.PathUnescape(value); err != nil {
			return nil, false
		}
	}
	return query, true
}

// read finds the language of a path and what it asks for, authorised.
func (h *Handler) read(ctx context.Context, path string, entry *entry) (order, error) {
	languages := h.Languages
	if len(languages) == 0 {
		languages = []language.Language{nil}
	}
	handed, err := parseHandedOn(path, entry.started)
	if err != nil {
		return order{}, err
	}
	if handed.epoch != h.Epoch {
		return order{}, &thumburl.Error{Code: thumburl.CodeNotFound, Given: "epoch " + strconv.Itoa(handed.epoch), Allowed: "the current epoch"}
	}
	var first error
	for _, l := range languages {
		var o order
		if l == nil {
			o, err = h.readNative(ctx, handed, entry)
			var wrong *thumburl.Error
			// What is signed in the native way is of no other language.
			if isSigned(handed.asked.Path) || !errors.As(err, &wrong) {
				return o, err
			}
		} else {
			o, err = h.readForeign(ctx, l, handed, entry)
			if !errors.Is(err, language.ErrNotMine) {
				return o, err
			}
		}
		if first == nil || errors.Is(first, language.ErrNotMine) {
			first = err
		}
	}
	if errors.Is(first, language.ErrNotMine) {
		first = &thumburl.Error{Code: thumburl.CodeNotFound, Given: measured(path), Allowed: "a request of a language of the settings"}
	}
	return order{}, first
}

// isSigned reports whether a path has the form of a signed native one.
func isSigned(path string) bool {
	_, signature, ok := strings.Cut(path, ".")
	return ok && len(thumburl.Normalize(signature)) == thumburl.SignatureLength && !strings.Contains(path[1:], "/")
}

// readNative reads a native request. By a marked path, of which the edge could not
// tell the language, its thumbnail is found as that of a foreign one.
func (h *Handler) readNative(ctx context.Context, handed handedOn, entry *entry) (order, error) {
	whole := handed.path
	if handed.marked {
		if len(handed.asked.Query) > 0 {
			return order{}, &thumburl.Error{Code: thumburl.CodeNotFound, Given: "a query", Allowed: "a path alone"}
		}
		whole = strconv.Itoa(handed.epoch) + handed.asked.Path
	}
	path, err := thumburl.ParsePath(whole)
	if err != nil {
		return order{}, err
	}
	entry.payload, entry.variant = path.Payload, path.Variant
	parsed, err := thumburl.Parse(path.Payload)
	if err != nil {
		return order{}, err
	}
	request, err := h.authorize(ctx, path, parsed, entry.started)
	if err != nil {
		return order{}, err
	}
	o := order{request: request, variant: path.Variant, stored: path.String()}
	if request.Source != "" && request.Version == "" {
		o.stored = "" // nobody would tell when it changes
	}
	if handed.marked {
		o.foreign = &foreign{reading: language.Reading{At: entry.started}}
	}
	return o, nil
}

// readForeign reads a request of another language. It is served where the language's
// signature is right, or to everybody; its thumbnail lies where the native request
// of the same picture has it.
func (h *Handler) readForeign(ctx context.Context, l language.Language, handed handedOn, entry *entry) (order, error) {
	reading, err := l.Read(ctx, handed.asked)
	if errors.Is(err, language.ErrNotMine) {
		return order{}, err
	}
	entry.language = l.Name()
	f := &foreign{language: l, reading: reading}
	if err != nil {
		return order{}, f.failed(err)
	}
	if !reading.Signed && h.Policy.Access != thumburl.Open {
		return order{}, f.failed(&thumburl.Error{Code: thumburl.CodeSignatureRequired, Allowed: "a request with the signature of its language"})
	}
	request := reading.Request
	if request.Bucket == h.Policy.DefaultBucket {
		request.Bucket = ""
	}
	o := order{foreign: f}
	if o.stored, err = h.canonicalPath(ctx, request, reading); err != nil {
		return order{}, f.failed(err)
	}
	if o.request, err = h.Policy.Locate(request); err != nil {
		return order{}, f.failed(err)
	}
	return o, nil
}

// canonicalPath is where the thumbnail of a foreign request is stored: the path of
// the native request of the same picture. It is empty where there is none.
func (h *Handler) canonicalPath(ctx context.Context, r thumburl.Request, reading language.Reading) (string, error) {
	payload, err := thumburl.Encode(r)
	var wrong *thumburl.Error
	if errors.As(err, &wrong) && wrong.Code == thumburl.CodeRequestTooLong {
		return "", nil // it is answered all the same
	}
	if err != nil || reading.Unstorable {
		return "", err
	}
	path := thumburl.Path{Epoch: h.Epoch, Payload: payload}
	if h.Policy.Access != thumburl.Open {
		if h.Secrets == nil {
			return "", nil
		}
		secrets, err := h.Secrets.Get(ctx)
		if err != nil {
			return "", err
		}
		path.Signature = thumburl.Sign(secrets[0], payload)
	}
	return path.String(), nil
}
