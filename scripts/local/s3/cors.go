package s3

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A CORSRule says which pages may use a bucket, named as in CloudFormation. Origins and headers may hold
// one * each; header names are compared without regard to case.
type CORSRule struct {
	AllowedHeaders []string
	AllowedMethods []string
	AllowedOrigins []string
	ExposedHeaders []string
	// ID is only a name.
	ID string `json:"Id"`
	// MaxAge is how many seconds a browser may remember a preflight; 0 leaves it to the browser.
	MaxAge int
}

func (r CORSRule) validate() error {
	var errs []error
	if len(r.AllowedMethods) == 0 || len(r.AllowedOrigins) == 0 {
		errs = append(errs, errors.New("AllowedMethods and AllowedOrigins must not be empty"))
	}
	for _, m := range r.AllowedMethods {
		if !slices.Contains([]string{"GET", "PUT", "HEAD", "POST", "DELETE"}, m) {
			errs = append(errs, fmt.Errorf("method %q is not one of GET, PUT, HEAD, POST, DELETE", m))
		}
	}
	for _, pattern := range slices.Concat(r.AllowedOrigins, r.AllowedHeaders) {
		if strings.Count(pattern, "*") > 1 {
			errs = append(errs, fmt.Errorf("%q has more than one *", pattern))
		}
	}
	return errors.Join(errs...)
}

// allows says whether the rule allows a request of a page; headers are those that a preflight asks for.
func (r CORSRule) allows(origin, method string, headers []string) bool {
	if !slices.Contains(r.AllowedMethods, method) || !matchesAny(r.AllowedOrigins, origin) {
		return false
	}
	for _, h := range headers {
		if !slices.ContainsFunc(r.AllowedHeaders, func(p string) bool { return matches(strings.ToLower(p), h) }) {
			return false
		}
	}
	return true
}

func matchesAny(patterns []string, s string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, s) })
}

// matches compares s with a pattern, in which one * stands for any text.
func matches(pattern, s string) bool {
	before, after, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == s
	}
	return len(s) >= len(before)+len(after) && strings.HasPrefix(s, before) && strings.HasSuffix(s, after)
}

// header returns what S3 tells a browser under this rule; headers are those that a preflight asked for.
func (r CORSRule) header(origin string, headers []string) http.Header {
	h := make(http.Header)
	h.Set("Access-Control-Allow-Methods", strings.Join(r.AllowedMethods, ", "))
	if slices.Contains(r.AllowedOrigins, "*") {
		h.Set("Access-Control-Allow-Origin", "*")
	} else {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	if len(headers) > 0 {
		h.Set("Access-Control-Allow-Headers", strings.Join(headers, ", "))
	}
	if len(r.ExposedHeaders) > 0 {
		h.Set("Access-Control-Expose-Headers", strings.Join(r.ExposedHeaders, ", "))
	}
	if r.MaxAge > 0 {
		h.Set("Access-Control-Max-Age", strconv.Itoa(r.MaxAge))
	}
	h.Set("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method")
	return h
}

// corsHeader returns the CORS headers of the answer to a request, which are none unless a rule of the
// bucket allows the page. A preflight brings its own.
func (s *Server) corsHeader(bucket string, r *http.Request) http.Header {
	origin := r.Header.Get("Origin")
	if origin == "" || r.Method == http.MethodOptions {
		return nil
	}
	for _, rule := range s.buckets[bucket].CORS {
		if rule.allows(origin, r.Method, nil) {
			return rule.header(origin, nil)
		}
	}
	return nil
}

// preflight answers what a browser asks, unsigned, before a page's request.
func (s *Server) preflight(a *answer, r *http.Request, bucket string) {
	origin, method := r.Header.Get("Origin"), r.Header.Get("Access-Control-Request-Method")
	if origin == "" || method == "" {
		a.refuse(r, refusal{http.StatusBadRequest, "BadRequest", "Insufficient information. Origin and Access-Control-Request-Method request headers needed."})
		return
	}
	headers := requestedHeaders(r)
	for _, rule := range s.buckets[bucket].CORS {
		if rule.allows(origin, method, headers) {
			a.cors = rule.header(origin, headers)
			return
		}
	}
	a.refuse(r, refusal{http.StatusForbidden, "AccessForbidden", "CORSResponse: This CORS request is not allowed."})
}

// requestedHeaders returns the lower-case names of the headers that a preflight asks for.
func requestedHeaders(r *http.Request) []string {
	var names []string
	for name := range strings.SplitSeq(r.Header.Get("Access-Control-Request-Headers"), ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
			names = append(names, name)
		}
	}
	return names
}
