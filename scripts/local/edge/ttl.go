package edge

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// defaultErrorTTL is how long an error is kept where no CustomErrorResponse
// says otherwise (documented).
const defaultErrorTTL = 10 * time.Second

// errorsAlwaysCached are kept whatever their headers say, errorsCachedOnRequest
// only with a max-age or s-maxage; all other errors are never kept (documented).
var (
	errorsAlwaysCached    = map[int]bool{404: true, 414: true, 500: true, 501: true, 502: true, 503: true, 504: true}
	errorsCachedOnRequest = map[int]bool{400: true, 403: true, 405: true, 412: true, 415: true}
)

// lifetime is what an answer's own headers say of how long it lives.
type lifetime struct {
	age       time.Duration // of s-maxage, else max-age, else Expires
	known     bool          // one of the three is there
	fromAge   bool          // it was s-maxage or max-age
	forbidden bool          // no-store, no-cache or private
}

// readLifetime reads Cache-Control and Expires. A value that is no number
// counts as expired.
func readLifetime(h http.Header, now time.Time) lifetime {
	var l lifetime
	shared := false
	for part := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(part, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "no-store", "no-cache", "private":
			l.forbidden = true
		case "s-maxage":
			l.age, l.known, l.fromAge, shared = seconds(value), true, true, true
		case "max-age":
			if !shared {
				l.age, l.known, l.fromAge = seconds(value), true, true
			}
		}
	}
	if expires := h.Get("Expires"); expires != "" && !l.known {
		l.known = true
		if t, err := http.ParseTime(expires); err == nil {
			l.age = max(0, t.Sub(now))
		}
	}
	return l
}

// longestAge keeps sums of times and ages far from overflow.
const longestAge = 100 * 365 * 24 * time.Hour

func seconds(s string) time.Duration {
	// A wrong value is read as 0, one out of range as the largest.
	n, _ := strconv.ParseUint(strings.Trim(strings.TrimSpace(s), `"`), 10, 32)
	return min(time.Duration(n)*time.Second, longestAge)
}

// ttl says how long an answer stays fresh here; 0 is not at all.
func (b *behavior) ttl(status int, h http.Header, now time.Time) time.Duration {
	l := readLifetime(h, now)
	if status >= 400 {
		return b.errorTTL(status, l)
	}
	switch {
	case status == http.StatusPartialContent || status == http.StatusNotModified:
		return 0 // neither was asked for
	case l.forbidden:
		return b.minTTL
	case l.known:
		return min(max(l.age, b.minTTL), b.maxTTL)
	case status >= 300:
		return 0 // a redirect is kept only with a header that says so (documented)
	}
	return min(max(b.defaultTTL, b.minTTL), b.maxTTL)
}

// errorTTL is the greater of the header's and the configured time (documented).
func (b *behavior) errorTTL(status int, l lifetime) time.Duration {
	if b.maxTTL == 0 {
		return 0 // caching is off, for errors too (documented)
	}
	switch {
	case errorsAlwaysCached[status]:
	case errorsCachedOnRequest[status] && l.fromAge && !l.forbidden:
	default:
		return 0
	}
	floor, ok := b.errorTTLs[status]
	if !ok {
		floor = defaultErrorTTL
	}
	if l.forbidden {
		return floor
	}
	return max(l.age, floor)
}
