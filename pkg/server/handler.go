package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// Handler is edge, cache lookup and function in one http.Handler.
type Handler struct {
	edge    Edge
	flights *flights
	log     *slog.Logger
	// connections are those of Run.
	connections connections
	// leaving is set when the server is about to stop: load balancers are to look for
	// another one.
	leaving atomic.Bool
}

// HealthPath answers 200 as long as the server takes requests.
const HealthPath = "/healthz"

// NewHandler puts a front before the function's handler, which takes paths as the edge
// hands them on.
func NewHandler(edge Edge, stored Stored, function Function, bounds Bounds, log *slog.Logger) *Handler {
	return &Handler{edge: edge, flights: newFlights(function, stored, bounds, log), log: log, connections: connections{most: int64(bounds.Connections)}}
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == HealthPath {
		h.health(w)
		return
	}
	setPictureHeaders(w.Header())
	if h.connections.areScarce() {
		w.Header().Set("Connection", "close")
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		preflight(w)
		return
	default:
		w.Header().Set("Allow", methods)
		writeError(w, r, http.StatusMethodNotAllowed, "MethodNotAllowed", "got method "+strconv.QuoteToASCII(r.Method)+", want GET, HEAD or OPTIONS")
		return
	}
	rewritten, refusal := h.edge.Rewrite(r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Values("Accept"))
	if refusal != nil {
		writeError(w, r, refusal.Status, refusal.Code, refusal.Message)
		return
	}
	if rewritten.Varies {
		w.Header().Add("Vary", "Accept")
	}
	h.send(w, r, rewritten)
}

func (h *Handler) health(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if h.leaving.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("leaving\n"))
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}

func (h *Handler) send(w http.ResponseWriter, r *http.Request, rewritten Rewritten) {
	a, done, err := h.flights.do(r.Context(), rewritten.Path, rewritten.IsStored)
	defer done()
	switch {
	case errors.Is(err, errBusy):
		w.Header().Set("Retry-After", "1")
		writeError(w, r, http.StatusServiceUnavailable, "Busy", "there is too much to do; try again in a second")
		return
	case errors.Is(err, errAborted):
		w.Header().Set("Retry-After", "1")
		writeError(w, r, http.StatusServiceUnavailable, "OriginalChanged", "the original was deleted or changed meanwhile")
		return
	case r.Context().Err() != nil:
		return // nobody is there any more
	case err != nil:
		h.log.Error("a request could not be handed to the function", "error", err)
		writeError(w, r, http.StatusInternalServerError, "InternalError", "something went wrong here; the request may be right")
		return
	}
	header := w.Header()
	for name, values := range a.header {
		if name == "Vary" {
			values = append(header["Vary"], values...)
		}
		header[name] = values
	}
	if a.status == http.StatusOK {
		serveContent(w, r, a.body)
		return
	}
	w.WriteHeader(a.status)
	if r.Method == http.MethodGet {
		_, _ = w.Write(a.body)
	}
}

// serveContent heeds conditional and range headers, by the ETag that is set.
func serveContent(w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Del("Content-Length")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

const methods = "GET, HEAD, OPTIONS"

// setPictureHeaders are those of the distribution's response headers policy.
func setPictureHeaders(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "Age, ETag, Server-Timing, X-Cache")
}

func preflight(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Allow", methods)
	h.Set("Access-Control-Allow-Methods", methods)
	h.Set("Access-Control-Allow-Headers", "*")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}

// writeError answers as edge and function do.
func writeError(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	body, err := json.Marshal(struct {
		Status  int    `json:"status"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}{status, code, message})
	if err != nil { // an int and two strings
		panic(err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "max-age=10")
	if status >= 500 {
		h.Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}
