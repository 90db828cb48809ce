// Package language turns the requests of other systems into the one
// [thumburl.Request]. Each of them is a small decoder in a package of its own below
// this one; the rest of the system does not know that they exist. A language reads a
// request and dresses the answer; it fetches, renders and stores nothing.
package language

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Native is the name of the system's own language in a list of languages.
const Native = "native"

// ErrNotMine is what [Language.Read] gives for a request that is not one of the
// language: the next one is tried.
var ErrNotMine = errors.New("not a request of this language")

// Language reads the requests of another system. Several goroutines use one.
type Language interface {
	// Name in the list of languages, such as "sih".
	Name() string
	// Read turns what was asked for into a request and checks the language's own
	// signature. The error is ErrNotMine, an [*Error] in the codes of the language,
	// a [*thumburl.Error], or anything else for what is no fault of the client's.
	Read(ctx context.Context, asked Asked) (Reading, error)
	// Headers of a good answer to what was read, in addition to or in the place of
	// those that every answer has. Original is what S3 says of the original. A
	// Cache-Control among them is what the language prescribes; s-maxage is added.
	Headers(reading Reading, original Original) http.Header
	// Explain says an error of fetching, rendering or access in the language's
	// codes, and gives the headers that its error answers have.
	Explain(failure Error) (Error, http.Header)
	// Fallback names a picture that is answered, with the error's status, in the
	// place of an error; an empty key is none. Bucket is empty for the default one.
	// Headers are those of that answer, given what S3 says of the picture.
	Fallback() (bucket, key string, headers func(Original) http.Header)
}

// Asked is a request as the viewer sent it and the edge handed it on.
type Asked struct {
	// Path with its first slash, percent-escapes and all, without what the edge
	// put around it.
	Path string
	// Query holds the parameters that the edge lets through, decoded; of several
	// with one name the last.
	Query map[string]string
	// Variant is the best format that the viewer's Accept header names and the
	// deployment offers unasked (AVIF or WebP); Source is none.
	Variant thumburl.Format
	Now     time.Time
}

// Reading is what a language made of a request.
type Reading struct {
	// Request in canonical terms: what the language does by default is said by
	// explicit edits. An empty Bucket is the default one, and Source an original on
	// the web. OutputFormat is not Auto: the language knows Asked.Variant. Its Expires
	// is empty: see Expires.
	Request thumburl.Request
	// Signed is set where the language's own signature was checked and is right.
	// What is not signed is answered in an open deployment alone.
	Signed bool
	// Expires is when the URL stops working; the zero time is never. The language
	// has refused what has expired.
	Expires time.Time
	// Unstorable keeps the answer out of the store although its request would fit,
	// such as for a response header that S3 does not keep.
	Unstorable bool
	// StoredBytes asks for the original as it is: nothing is to be done to it. An
	// open deployment answers it for a picture; metadata are cut out, except where
	// KeepMetadata is set. Any other renders it.
	StoredBytes  bool
	KeepMetadata bool
	// StoredBytesOf asks for that where the original is of one of these kinds, as its
	// first bytes say, such as "gif".
	StoredBytesOf []string
	// MaxSourcePixels of the original, below the deployment's own limit; 0 is that.
	MaxSourcePixels int
	// Response holds headers that the request itself chose, for Headers.
	Response http.Header
	// At is when the request was read: Asked.Now.
	At time.Time
}

// Original is what S3 says of an original beside its bytes. Empty is unsaid.
type Original struct {
	ContentType  string
	CacheControl string
	Expires      string // as an HTTP date
	LastModified time.Time
}

// Error is an error answer: its status and, in the codes of a language, what
// went wrong. Message may be shown to anybody.
type Error struct {
	Status  int
	Code    string
	Message string
	Cause   error // for the log alone; nil where the request is at fault
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }
func (e *Error) Unwrap() error { return e.Cause }
