package edge

import (
	"net/http"
	"strconv"
	"strings"
)

// byteRange is part of a body: data[first:end].
type byteRange struct {
	first, end int
}

// wantsRange reports whether the request asks for a part of the object with
// these headers. Several ranges, a malformed Range and an If-Range that does
// not fit are answered with the whole object (RFC 9110, section 14.2).
func wantsRange(request, object http.Header) bool {
	spec, ok := strings.CutPrefix(request.Get("Range"), "bytes=")
	if !ok || strings.Contains(spec, ",") {
		return false
	}
	first, last, ok := strings.Cut(spec, "-")
	if !ok || !digits(first) || !digits(last) || first+last == "" {
		return false
	}
	if first != "" && last != "" && number(last) < number(first) {
		return false
	}
	condition := request.Get("If-Range")
	switch {
	case condition == "":
		return true
	case strings.HasSuffix(condition, `"`):
		// A strong comparison: a weak tag never fits.
		return condition == object.Get("Etag") && !strings.HasPrefix(condition, "W/")
	}
	since, ok := httpTime(request, "If-Range")
	modified, known := httpTime(object, "Last-Modified")
	return ok && known && modified.Equal(since)
}

// parseRange applies a Range header that wantsRange accepted to a body of the
// given length; false means that it lies outside (416).
func parseRange(header string, length int) (byteRange, bool) {
	first, last, _ := strings.Cut(strings.TrimPrefix(header, "bytes="), "-")
	if first == "" {
		n := min(number(last), length)
		return byteRange{length - n, length}, n > 0
	}
	start := number(first)
	end := length
	if last != "" {
		end = min(number(last), length-1) + 1
	}
	return byteRange{start, end}, start < length
}

func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// number reads digits; a number too large for an int is as large as one can be.
func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
