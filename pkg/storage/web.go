package storage

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// The errors of originals on the web, besides ErrNotFound and ErrTooLarge.
var (
	// ErrNotAllowed is a URL outside the allowed prefixes, one that leads to an address
	// that is not public, or a redirect to such a URL.
	ErrNotAllowed = errors.New("source is not allowed")
	// ErrUnavailable is a server that can't be reached, answers with an error of its own,
	// or breaks off.
	ErrUnavailable = errors.New("source is unavailable")
	// ErrContentType is an answer whose Content-Type is no media type.
	ErrContentType = errors.New("content type of the source can't be read")
)

// The limits of a fetch, besides the context's and the size that the caller allows.
const (
	maxRedirects      = 3
	maxWebHeaderBytes = 64 << 10
	dialTimeout       = 5 * time.Second
	handshakeTimeout  = 5 * time.Second
	headerTimeout     = 10 * time.Second
	idleTimeout       = 30 * time.Second
	maxIdlePerHost    = 4
	webUserAgent      = "thumbfront"
	acceptedOnTheWeb  = "image/*,*/*;q=0.5"
)

// Web reads originals from http and https URLs below allowed prefixes. It sends no
// cookie, no credential and no Referer, and connects to public addresses alone: each
// address is judged when it is dialled, so a name can't answer one thing when it is
// checked and another when it is used. The zero value allows nothing.
type Web struct {
	prefixes []*url.URL
	client   *http.Client
}

// NewWeb makes a reader of URLs below these prefixes, each of scheme, host and the
// beginning of a path, such as "https://img.example.com/photos/". Addresses in these
// networks are dialled besides public ones, such as that of a server in the same private
// network; nil is none. A network that holds a link-local address, or a cloud's metadata
// service, is an error. The error names all that is wrong.
func NewWeb(prefixes []string, networks []netip.Prefix) (*Web, error) {
	var errs []error
	for _, network := range networks {
		if err := CheckNetwork(network); err != nil {
			errs = append(errs, err)
		}
	}
	w, err := newWeb(prefixes, func(a netip.Addr) bool { return isPublic(a) || isWithin(networks, a) })
	return w, errors.Join(append(errs, err)...)
}

func newWeb(prefixes []string, allowed func(netip.Addr) bool) (*Web, error) {
	w := &Web{}
	var errs []error
	for _, prefix := range prefixes {
		canonical, err := thumburl.CanonicalSource(prefix)
		if err != nil {
			errs = append(errs, fmt.Errorf("source prefix %q: %w", prefix, err))
			continue
		}
		u, err := url.Parse(canonical)
		if err != nil || u.RawQuery != "" {
			errs = append(errs, fmt.Errorf("source prefix %q: want a prefix without a query", prefix))
			continue
		}
		w.prefixes = append(w.prefixes, u)
	}
	dialer := &net.Dialer{Timeout: dialTimeout, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !allowed(at.Addr()) {
			return fmt.Errorf("%w: %s is no public address", ErrNotAllowed, address)
		}
		return nil
	}}
	w.client = &http.Client{
		Transport: &http.Transport{
			// No proxy: it would dial in our place, unchecked.
			Proxy: nil, DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: handshakeTimeout, ResponseHeaderTimeout: headerTimeout,
			IdleConnTimeout: idleTimeout, MaxIdleConnsPerHost: maxIdlePerHost,
			MaxResponseHeaderBytes: maxWebHeaderBytes,
			DisableCompression:     true, // a few bytes could unpack to any number
		},
		CheckRedirect: w.checkRedirect,
	}
	return w, errors.Join(errs...)
}

func (w *Web) checkRedirect(next *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("%w: more than %d redirects", ErrUnavailable, maxRedirects)
	}
	next.Header.Del("Referer")
	return w.check(next.URL)
}

// check refuses a URL that lies below no allowed prefix.
func (w *Web) check(u *url.URL) error {
	// What reads differently here and at the server is no prefix's business: credentials,
	// and "..", in all its spellings.
	canonical, err := thumburl.CanonicalSource(u.String())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotAllowed, err)
	}
	if u, err = url.Parse(canonical); err != nil {
		return fmt.Errorf("%w: %w", ErrNotAllowed, err)
	}
	if w == nil || !slices.ContainsFunc(w.prefixes, func(p *url.URL) bool {
		return p.Scheme == u.Scheme && p.Host == u.Host && strings.HasPrefix(u.EscapedPath(), p.EscapedPath())
	}) {
		return fmt.Errorf("%w: it is below none of the allowed prefixes", ErrNotAllowed)
	}
	return nil
}

// Get fetches an original of at most maxBytes; a larger one is ErrTooLarge, and of its
// body no more is read than shows it. Its ETag is the answer's, or else its
// Last-Modified; empty where the server tells neither.
func (w *Web) Get(ctx context.Context, source string, maxBytes int) (Original, error) {
	response, err := w.do(ctx, http.MethodGet, source)
	if err != nil {
		return Original{}, fmt.Errorf("storage: get: %w", err)
	}
	defer response.Body.Close()
	if err := checkMediaType(response.Header.Values("Content-Type")); err != nil {
		return Original{}, fmt.Errorf("storage: get: %w", err)
	}
	body, err := read(response.Body, max(response.ContentLength, 0), maxBytes)
	if err != nil && !errors.Is(err, ErrTooLarge) {
		err = unavailable(ctx, err)
	}
	if err != nil {
		return Original{}, err
	}
	original := describedBy(response.Header)
	original.Body = body
	return original, nil
}

// Head asks for an original as it is now, without its body.
func (w *Web) Head(ctx context.Context, source string) (Original, error) {
	response, err := w.do(ctx, http.MethodHead, source)
	if errors.Is(err, errMethod) {
		// A server of GET alone; its body is left unread.
		response, err = w.do(ctx, http.MethodGet, source)
	}
	if err != nil {
		return Original{}, fmt.Errorf("storage: head: %w", err)
	}
	response.Body.Close()
	return describedBy(response.Header), nil
}

// errMethod is a server that does not know a method.
var errMethod = fmt.Errorf("%w: the method is not known there", ErrUnavailable)

func (w *Web) do(ctx context.Context, method, source string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, source, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotAllowed, err)
	}
	if err := w.check(request.URL); err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", webUserAgent)
	request.Header.Set("Accept", acceptedOnTheWeb)
	response, err := w.client.Do(request)
	if err != nil {
		return nil, unavailable(ctx, err)
	}
	if err := checkStatus(response); err != nil {
		response.Body.Close()
		return nil, err
	}
	return response, nil
}

// unavailable keeps an error that says more than that the server is.
func unavailable(ctx context.Context, err error) error {
	if errors.Is(err, ErrNotAllowed) || errors.Is(err, ErrUnavailable) {
		return err
	}
	if cause := ctx.Err(); cause != nil {
		return errors.Join(cause, err)
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

func checkStatus(r *http.Response) error {
	switch r.StatusCode {
	case http.StatusOK:
		if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
			return fmt.Errorf("%w: it is encoded as %.20q, which was not asked for", ErrUnavailable, encoding)
		}
		return nil
	case http.StatusNotFound, http.StatusGone, http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%w: the server answers %d", ErrNotFound, r.StatusCode)
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return errMethod
	}
	return fmt.Errorf("%w: the server answers %d", ErrUnavailable, r.StatusCode)
}

// checkMediaType accepts a missing Content-Type: what a picture is, its bytes say. One
// that is there and can't be read is a server that does not know what it serves.
func checkMediaType(values []string) error {
	if len(values) == 0 {
		return nil
	}
	if _, _, err := mime.ParseMediaType(values[0]); err != nil {
		return fmt.Errorf("%w: %.40q", ErrContentType, values[0])
	}
	return nil
}

func describedBy(h http.Header) Original {
	o := Original{ETag: h.Get("ETag"), ContentType: h.Get("Content-Type"), CacheControl: h.Get("Cache-Control"), Expires: h.Get("Expires")}
	if o.ETag == "" {
		o.ETag = h.Get("Last-Modified")
	}
	if at, err := http.ParseTime(h.Get("Last-Modified")); err == nil {
		o.LastModified = at
	}
	return o
}
