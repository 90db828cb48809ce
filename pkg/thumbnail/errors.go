package thumbnail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// failure is an error as a client sees it. What it must not see stays in cause.
type failure struct {
	status        int
	code, message string
	cause         error
}

// The codes that this package adds to those of thumburl and render.
const (
	codeMethodNotAllowed = "MethodNotAllowed"
	codeOriginalNotFound = "OriginalNotFound"
	codeOriginalChanged  = "OriginalChanged"
	codeInternal         = "InternalError"
	codeUnavailable      = "OriginalUnavailable"
	codeContentType      = "SourceContentType"
)

// methodError is a request by a method that pictures are not asked for with.
type methodError struct{ method string }

func (e *methodError) Error() string {
	return fmt.Sprintf("got method %q, want GET or HEAD", e.method)
}

// explain is the one place where an error becomes an answer.
func explain(err error) failure {
	var request *thumburl.Error
	var rendering *render.Error
	var method *methodError
	var foreign *language.Error
	switch {
	case errors.As(err, &foreign):
		return failure{foreign.Status, foreign.Code, foreign.Message, foreign.Cause}
	case errors.As(err, &method):
		return failure{http.StatusMethodNotAllowed, codeMethodNotAllowed, method.Error(), nil}
	case errors.As(err, &request):
		return failure{requestStatus(request.Code), string(request.Code), request.Error(), err}
	case errors.As(err, &rendering) && rendering.Code == render.CodeSecondUnread:
		return failure{secondStatus(rendering.Cause), string(rendering.Code), rendering.Message, err}
	case errors.As(err, &rendering):
		return failure{renderStatus(rendering.Code), string(rendering.Code), rendering.Message, err}
	case errors.Is(err, storage.ErrNotFound):
		return failure{http.StatusNotFound, codeOriginalNotFound, "there is no original under this key", err}
	case errors.Is(err, storage.ErrTooLarge):
		return failure{http.StatusRequestEntityTooLarge, string(render.CodeSourceTooLarge), "the original has more bytes than allowed", err}
	case errors.Is(err, storage.ErrNotAllowed):
		return failure{http.StatusForbidden, string(thumburl.CodeSourceNotAllowed), "the source's URL, or one that it leads to, is outside the prefixes of the settings or not of a public address", err}
	case errors.Is(err, storage.ErrContentType):
		return failure{http.StatusUnsupportedMediaType, codeContentType, "the Content-Type of the source is no media type", err}
	case errors.Is(err, storage.ErrUnavailable):
		return failure{http.StatusBadGateway, codeUnavailable, "the source's server can't be reached, or answers with an error", err}
	case errors.Is(err, context.DeadlineExceeded):
		return failure{http.StatusServiceUnavailable, string(render.CodeDeadline), "the thumbnail took longer than allowed", err}
	}
	return failure{http.StatusInternalServerError, codeInternal, "something went wrong here; the request may be right", err}
}

// secondStatus is that of a second picture that could not be fetched.
func secondStatus(cause error) int {
	switch {
	case errors.Is(cause, storage.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(cause, storage.ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(cause, context.DeadlineExceeded):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func requestStatus(code thumburl.Code) int {
	switch code {
	case thumburl.CodeNotFound:
		return http.StatusNotFound
	case thumburl.CodeRequestTooLong:
		return http.StatusRequestURITooLong
	case thumburl.CodeSignatureRequired, thumburl.CodeInvalidSignature, thumburl.CodeExpired,
		thumburl.CodeFieldNotAllowed, thumburl.CodeBucketNotAllowed, thumburl.CodeKeyNotAllowed, thumburl.CodeSourceNotAllowed:
		return http.StatusForbidden
	}
	return http.StatusBadRequest
}

func renderStatus(code render.Code) int {
	switch code {
	case render.CodeSourceTooLarge:
		return http.StatusRequestEntityTooLarge
	case render.CodeSourceUnsupported:
		return http.StatusUnsupportedMediaType
	case render.CodeSourceEmpty, render.CodeSourceTruncated, render.CodeSourceCorrupt:
		return http.StatusUnprocessableEntity
	case render.CodeOutputTooLarge, render.CodeCropOutside, render.CodeWindowTooLarge, render.CodeEditTooCostly,
		render.CodeChannelMissing, render.CodeFaceNotFound, render.CodeSecondTooLarge:
		return http.StatusBadRequest
	case render.CodeDeadline:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// errorTTL is how long a client's mistake is cached.
const errorTTL = 10 * time.Second

// write sends the answer. No error is stored; one of ours is not cached either,
// a client's for as long as keeps a flood of it away from the function.
func (f failure) write(w http.ResponseWriter, withBody bool) {
	body, err := json.Marshal(struct {
		Status  int    `json:"status"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}{f.status, f.code, f.message})
	if err != nil { // an int and two strings
		panic(err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "max-age="+strconv.Itoa(int(errorTTL.Seconds())))
	if f.status >= 500 {
		h.Set("Cache-Control", "no-store")
	}
	if f.status == http.StatusMethodNotAllowed {
		h.Set("Allow", "GET, HEAD")
	}
	w.WriteHeader(f.status)
	if withBody {
		_, _ = w.Write(body) // a client that has gone needs no answer
	}
}
