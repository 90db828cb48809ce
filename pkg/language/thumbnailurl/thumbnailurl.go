// Package thumbnailurl reads the requests of a small thumbnail server that many wrote
// for themselves:
//
//	GET /thumbnail?url=<URL of the original>&size=<width>x<height>
//
// A size of one number is a square; without one it is 100x100. The answer has exactly
// that size, whatever shape the original has; a side of 0 follows from the other. JPEG
// and PNG stay what they are. Nothing is signed, so an open deployment alone serves this
// language, and it serves originals below the prefixes of its settings alone.
package thumbnailurl

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Path of all requests.
const Path = "/thumbnail"

// The codes of the original server. Its statuses were all 400; these are 4xx where the
// client or the original is wrong, 5xx where a server is.
const (
	CodeInvalidURL    = "INVALID_IMAGE_URL"
	CodeInvalidSize   = "INVALID_IMAGE_SIZE"
	CodeUnreadable    = "COULD_NOT_READ_IMAGE_FROM_URL"
	CodeUndecodable   = "COULD_NOT_DECODE_IMAGE"
	CodeNoContentType = "COULD_NOT_READ_CONTENT_TYPE"
	CodeUnencodable   = "COULD_NOT_ENCODE_IMAGE"
	defaultSide       = 100 // pixels
	exampleOfARequest = "/thumbnail?url=https://img.example.com/photo.jpg&size=200x100"
	allowedHeaders    = "Content-Range, Content-Disposition, Content-Type, ETag"
	cacheControl      = "public, max-age=3600"
	sizeAllowed       = "<width>x<height> or one number, such as 200x100, each up to 4096 and 16 megapixels together"
)

// Language is a [language.Language].
type Language struct{ on bool }

// New makes a language that is switched off where no source prefix is allowed: its
// requests are then not its own.
func New(sourcePrefixes []string) *Language { return &Language{on: len(sourcePrefixes) > 0} }

// Name is the name in a list of languages.
func (*Language) Name() string { return "thumbnail" }

// Read implements [language.Language].
func (l *Language) Read(_ context.Context, asked language.Asked) (language.Reading, error) {
	if !l.on || asked.Path != Path {
		return language.Reading{}, language.ErrNotMine
	}
	source, err := thumburl.CanonicalSource(asked.Query["url"])
	if err != nil {
		return language.Reading{}, badRequest(CodeInvalidURL, "url: "+err.Error()+"; an example of a request is "+exampleOfARequest)
	}
	resize, err := parseSize(asked.Query["size"])
	if err != nil {
		return language.Reading{}, err
	}
	return language.Reading{At: asked.Now, Request: thumburl.Request{Source: source, Edits: thumburl.Edits{resize}}}, nil
}

// parseSize reads the size; the picture is stretched to it.
func parseSize(size string) (thumburl.Resize, error) {
	if size == "" {
		return thumburl.Resize{Width: defaultSide, Height: defaultSide, Fit: thumburl.Fill}, nil
	}
	width, height, two := strings.Cut(size, "x")
	if !two {
		height = width
	}
	w, wrongWidth := strconv.ParseUint(width, 10, 16)
	h, wrongHeight := strconv.ParseUint(height, 10, 16)
	resize := thumburl.Resize{Width: int(w), Height: int(h), Fit: thumburl.Fill}
	if w == 0 || h == 0 {
		resize.Fit = thumburl.Cover // one side follows
	}
	probe := thumburl.Request{Key: "-", Edits: thumburl.Edits{resize}}
	if wrongWidth != nil || wrongHeight != nil || probe.Validate() != nil {
		return resize, badRequest(CodeInvalidSize, "size: got "+strconv.QuoteToASCII(cut(size))+", want "+sizeAllowed)
	}
	return resize, nil
}

// cut keeps what a sender controls from flooding answers and logs.
func cut(s string) string { return s[:min(len(s), 48)] }

func badRequest(code, message string) *language.Error {
	return &language.Error{Status: http.StatusBadRequest, Code: code, Message: message}
}

// Headers implements [language.Language].
func (*Language) Headers(language.Reading, language.Original) http.Header {
	return http.Header{
		"Cache-Control":                {cacheControl},
		"Access-Control-Allow-Origin":  {"*"},
		"Access-Control-Allow-Headers": {allowedHeaders},
	}
}

// codes of this language for those of the rest; a status stays as it is.
var codes = map[string]string{
	"SourceNotAllowed":    CodeInvalidURL,
	"InvalidField":        CodeInvalidURL,
	"RequestTooLong":      CodeInvalidURL,
	"OutputTooLarge":      CodeInvalidSize,
	"OriginalNotFound":    CodeUnreadable,
	"OriginalUnavailable": CodeUnreadable,
	"SourceTooLarge":      CodeUnreadable,
	"SourceContentType":   CodeNoContentType,
	"SourceEmpty":         CodeUndecodable,
	"SourceTruncated":     CodeUndecodable,
	"SourceCorrupt":       CodeUndecodable,
	"SourceUnsupported":   CodeUndecodable,
	"RenderFailed":        CodeUnencodable,
}

// Explain implements [language.Language].
func (*Language) Explain(failure language.Error) (language.Error, http.Header) {
	if code, ok := codes[failure.Code]; ok {
		failure.Code = code
	}
	return failure, http.Header{"Access-Control-Allow-Origin": {"*"}, "Access-Control-Allow-Headers": {allowedHeaders}}
}

// Fallback implements [language.Language]: there is none.
func (*Language) Fallback() (bucket, key string, headers func(language.Original) http.Header) {
	return "", "", nil
}

var _ language.Language = (*Language)(nil)
