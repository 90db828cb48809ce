package sih

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// denied are the headers that a request may not set, after the list of version 7;
// Content-Disposition and Content-Language pass, as in version 6. Those that are
// about the connection are none of a request's either.
var denied = regexp.MustCompile(`(?i)^(authorization|connection|server|transfer-encoding|referrer-policy|permissions-.*|www-authenticate|proxy-authenticate|x-api-key` +
	`|x-frame-.*|x-content-.*|x-xss-.*|strict-transport-.*|x-amz-.*|x-amzn-.*|access-control-.*|cross-origin-.*|content-.*` +
	`|keep-alive|te|trailer|upgrade|proxy-.*|date|age|via|etag|x-cache|x-edge-.*)$`)

var passed = []string{"Content-Disposition", "Content-Language"}

// steering are the headers by which a browser, a cache or a proxy does more than show this
// one picture: only a request that is signed may set them. The names are those of the
// registry of HTTP field names and of the documentation of browsers, nginx, Apache,
// LiteSpeed and CDNs.
var steering = regexp.MustCompile(`(?i)^(` + strings.Join([]string{
	// where a browser goes, and what it keeps of a site
	`location|link|refresh|set-.*|clear-site-data|alt-.*|public-key-.*|expect-.*|service-worker-.*|origin-.*|activate-storage-access|p3p`,
	// whom it tells
	`report-.*|reporting-.*|nel|accept-.*|critical-ch|attribution-.*|observe-.*|ad-auction-.*|sourcemap|x-sourcemap`,
	// what pages may do and read
	`timing-.*|feature-policy|document-.*|require-.*|integrity-.*|sec-.*|supports-.*|speculation-.*|x-permitted-.*|x-download-.*|x-dns-.*|x-ua-.*|x-webkit-.*|x-robots-tag`,
	// what a cache keeps, and for whom
	`(.*-)?vary|no-vary-search|.*variant.*|pragma|.*cache-tag.*|cache-.*|cdn-.*|.*-cdn-.*|surrogate-.*|edge-.*|xkey|x-ttl|x-varnish.*|x-litespeed-.*|use-as-dictionary|available-dictionary`,
	// which file a proxy sends instead
	`x-accel-.*|x-sendfile.*|x-lighttpd-.*|x-reproxy-.*|x-rewrite-.*|x-original-.*|x-esi.*|status`,
	// who somebody is
	`authentication-.*|.*-authenticate|signature.*|forwarded|x-forwarded-.*`,
}, "|") + `)$`)

// storable are the headers that S3 keeps with an object.
var storable = []string{"Cache-Control", "Expires", "Content-Disposition", "Content-Language"}

var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$") // RFC 9110, section 5.6.2

// responseHeaders puts the headers that a request asks for into the reading.
func (d *Dialect) responseHeaders(r *language.Reading, value any) error {
	if !isTruthy(value) {
		return nil
	}
	headers, ok := value.(*Object)
	if !ok {
		return BadRequest(CodeCannotDecode, "headers: got %s, want an object of names and values", show(value))
	}
	r.Response = http.Header{}
	for _, given := range headers.Names() {
		name := http.CanonicalHeaderKey(given)
		v, _ := headers.Get(given)
		s, ok := text(v)
		if !headerName.MatchString(given) || !ok || strings.ContainsFunc(s, func(c rune) bool { return c < ' ' && c != '\t' || c > '~' }) {
			return BadRequest(CodeCannotDecode, "headers: got %s for %s, want printable ASCII", show(v), show(given))
		}
		if denied.MatchString(given) && !slices.Contains(passed, name) {
			continue
		}
		isStorable := slices.Contains(storable, name)
		if !r.Signed && !isStorable && steering.MatchString(given) {
			continue
		}
		r.Response.Set(name, s)
		if !isStorable {
			r.Unstorable = true
			continue
		}
		stored := map[string]string{name: s}
		if (thumburl.Request{Key: "-", Headers: stored}).Validate() != nil {
			r.Unstorable = true // such as an Expires that is no date
			continue
		}
		if r.Request.Headers == nil {
			r.Request.Headers = map[string]string{}
		}
		r.Request.Headers[name] = s
	}
	return nil
}

// defaultCacheControl is the original's, where the object says nothing.
const defaultCacheControl = "max-age=31536000,public"

// Headers implements [language.Language]. As in the original, what S3 says of the
// object counts, what the request says wins over it, and expires over both.
func (d *Dialect) Headers(r language.Reading, o language.Original) http.Header {
	h := http.Header{}
	h.Set("Cache-Control", orDefault(o.CacheControl))
	for name, values := range r.Response {
		h[name] = values
	}
	if !r.Expires.IsZero() {
		h.Set("Cache-Control", fmt.Sprintf("max-age=%d,public", max(0, int(r.Expires.Sub(r.At).Seconds()))))
	}
	if o.Expires != "" {
		h.Set("Expires", o.Expires)
	}
	if !o.LastModified.IsZero() {
		h.Set("Last-Modified", o.LastModified.UTC().Format(http.TimeFormat))
	}
	for name, values := range d.corsHeaders() {
		h[name] = values
	}
	return h
}

func orDefault(cacheControl string) string {
	if cacheControl == "" {
		return defaultCacheControl
	}
	return cacheControl
}

func (d *Dialect) corsHeaders() http.Header {
	h := http.Header{"Access-Control-Allow-Methods": {"GET"}, "Access-Control-Allow-Headers": {"Content-Type, Authorization"}}
	if d.Config.CORSCredentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	if d.Config.CORSOrigin != "" {
		h.Set("Access-Control-Allow-Origin", d.Config.CORSOrigin)
	}
	return h
}

// Fallback implements [language.Language].
func (d *Dialect) Fallback() (bucket, key string, headers func(language.Original) http.Header) {
	return d.Config.FallbackBucket, d.Config.FallbackKey, func(o language.Original) http.Header {
		return d.Headers(language.Reading{}, language.Original{CacheControl: o.CacheControl, LastModified: o.LastModified})
	}
}

// expiryFormat is "YYYYMMDDTHHmmssZ".
const expiryFormat = "20060102T150405Z"

// expires reads the query's expires; the zero time is none.
func expires(asked language.Asked) (time.Time, error) {
	given, ok := asked.Query["expires"]
	if !ok {
		return time.Time{}, nil
	}
	at, err := time.Parse(expiryFormat, given)
	if err != nil || at.Format(expiryFormat) != given {
		return time.Time{}, BadRequest(codeExpiryFormat, "expires is %s, want a real date such as 19700102T120304Z", show(given))
	}
	if at.Before(asked.Now) {
		return time.Time{}, BadRequest(codeExpired, "the request has expired at %s", at.Format(time.RFC3339))
	}
	return at, nil
}
