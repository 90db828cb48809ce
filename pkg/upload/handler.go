package upload

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
)

// Handler signs over HTTP, for clients in any language:
//
//	POST /uploads    {"name","size","type","sha256"}  a [Request]: a PUT, or the beginning of an upload in parts
//	                 {"form":true,"name","type"}      a [Form]
//	                 {"key","uploadId","size"}        [Parts], also to resume
//	POST /downloads  {"key","name"}                   a [Download]
//
// An error is {"status","code","message"}.
type Handler struct {
	Signer Signer
	// Trusted says that the callers are backends, not browsers: they may name an
	// "owner" (see [Signer.Owner]) and ask for downloads.
	Trusted bool
	Log     *slog.Logger // nil discards
}

const maxBody = 4 << 10 // bytes of JSON

// The codes that the handler adds to those of the signer.
const (
	codeInvalidJSON      Code = "InvalidJSON"
	codeUnknownField     Code = "UnknownField"
	codeBodyTooLarge     Code = "BodyTooLarge"
	codeNotFound         Code = "NotFound"
	codeMethodNotAllowed Code = "MethodNotAllowed"
	codeInternal         Code = "InternalError"
)

// asked is all that a client may say.
type asked struct {
	File
	Form     bool   `json:"form"`
	Key      string `json:"key"`
	UploadID string `json:"uploadId"`
	Owner    string `json:"owner"`
}

// ServeHTTP implements http.Handler.
func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := h.answer(w, r)
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store") // a signature is for one client
	status := http.StatusOK
	if err != nil {
		f := explain(err)
		status, body = f.Status, f
		if f.Status == http.StatusMethodNotAllowed {
			header.Set("Allow", http.MethodPost)
		}
		if f.Status >= http.StatusInternalServerError && h.Log != nil {
			h.Log.Error("signing an upload", "error", err.Error())
		}
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // fails only where the client has gone
}

func (h Handler) answer(w http.ResponseWriter, r *http.Request) (any, error) {
	downloads := h.Trusted && r.URL.Path == "/downloads"
	if r.URL.Path != "/uploads" && !downloads {
		return nil, &Error{Code: codeNotFound, Field: "path", Given: quote(r.URL.Path), Allowed: h.paths()}
	}
	if r.Method != http.MethodPost {
		return nil, &Error{Code: codeMethodNotAllowed, Field: "method", Given: quote(r.Method), Allowed: http.MethodPost}
	}
	a, err := h.read(w, r)
	if err != nil {
		return nil, err
	}
	signer := h.Signer
	if a.Owner != "" {
		signer.Owner = a.Owner
	}
	switch {
	case downloads:
		return signer.Download(r.Context(), a.Key, a.Name)
	case a.Form:
		return signer.Form(r.Context(), a.File)
	case a.UploadID != "" || a.Key != "":
		return signer.Parts(r.Context(), Begun{Key: a.Key, UploadID: a.UploadID, Size: a.Size})
	}
	return signer.Sign(r.Context(), a.File)
}

func (h Handler) paths() string {
	if h.Trusted {
		return "/uploads or /downloads"
	}
	return "/uploads"
}

const exampleJSON = `JSON such as {"name":"photo.jpg","size":12345,"type":"image/jpeg"}`

func (h Handler) read(w http.ResponseWriter, r *http.Request) (asked, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return asked{}, &Error{Code: codeBodyTooLarge, Field: "body", Given: "a longer one", Allowed: fmt.Sprintf("at most %d bytes of JSON", maxBody)}
	}
	invalid := &Error{Code: codeInvalidJSON, Field: "body", Given: "what does not parse", Allowed: exampleJSON}
	if err != nil {
		return asked{}, invalid
	}
	var a asked
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&a); err != nil {
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return asked{}, &Error{Code: codeUnknownField, Field: "body", Given: "the field " + quote(strings.Trim(name, `"`)),
				Allowed: h.fields()}
		}
		return asked{}, invalid
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return asked{}, invalid
	}
	if a.Owner != "" && !h.Trusted {
		return asked{}, &Error{Code: codeUnknownField, Field: "body", Given: `the field "owner"`, Allowed: h.fields()}
	}
	return a, nil
}

func (h Handler) fields() string {
	fields := "name, size, type, sha256; form, name, type; or key, uploadId, size"
	if h.Trusted {
		fields += "; and owner"
	}
	return fields
}

// failure is an error as a client sees it.
type failure struct {
	Status  int    `json:"status"`
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

// explain is the one place where an error becomes an answer.
func explain(err error) failure {
	var mistake *Error
	if !errors.As(err, &mistake) {
		return failure{http.StatusInternalServerError, codeInternal, "something went wrong here; the request may be right"}
	}
	status := http.StatusBadRequest
	switch mistake.Code {
	case CodeUploadTooLarge, codeBodyTooLarge:
		status = http.StatusRequestEntityTooLarge
	case codeNotFound:
		status = http.StatusNotFound
	case codeMethodNotAllowed:
		status = http.StatusMethodNotAllowed
	}
	return failure{status, mistake.Code, mistake.Error()}
}
