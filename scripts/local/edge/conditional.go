package edge

import (
	"net/http"
	"strings"
	"time"
)

// notModified reports whether the viewer already has the object with these
// headers (RFC 9110, section 13.2.2: If-None-Match goes before
// If-Modified-Since).
func notModified(request, object http.Header) bool {
	if tags := request.Values("If-None-Match"); len(tags) > 0 {
		return matchesETag(strings.Join(tags, ","), object.Get("Etag"))
	}
	since, ok := httpTime(request, "If-Modified-Since")
	if !ok {
		return false
	}
	modified, ok := httpTime(object, "Last-Modified")
	return ok && !modified.After(since)
}

// matchesETag compares weakly, as If-None-Match does.
func matchesETag(list, etag string) bool {
	if etag == "" {
		return false
	}
	for tag := range strings.SplitSeq(list, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

func httpTime(h http.Header, name string) (time.Time, bool) {
	t, err := http.ParseTime(h.Get(name))
	return t, err == nil
}

// validators are the headers that ask an origin whether the object is still
// what it has.
func validators(object http.Header) http.Header {
	h := http.Header{}
	if etag := object.Get("Etag"); etag != "" {
		h.Set("If-None-Match", etag)
	}
	if modified := object.Get("Last-Modified"); modified != "" {
		h.Set("If-Modified-Since", modified)
	}
	return h
}
