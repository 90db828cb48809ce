package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

// web reads from a server on this host, below the prefix /photos/.
func web(t *testing.T, handler http.HandlerFunc) (w *Web, base string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	w, err := NewWeb([]string{server.URL + "/photos/"}, loopback)
	if err != nil {
		t.Fatal(err)
	}
	return w, server.URL
}

var loopback = prefixes("127.0.0.0/8", "::1/128")

func TestNetworksThatAreNeverOpened(t *testing.T) {
	for network, ok := range map[string]bool{"10.0.0.0/8": true, "127.0.0.0/8": true, "::1/128": true, "fd12::/16": true, "192.168.1.7/32": true,
		"0.0.0.0/0": false, "169.254.169.254/32": false, "169.0.0.0/8": false, "::/0": false, "fe80::/64": false, "fc00::/7": false, "100.64.0.0/10": false} {
		_, err := NewWeb([]string{"https://img.example.com/"}, prefixes(network))
		if (err == nil) != ok {
			t.Errorf("%s: %v", network, err)
		}
	}
}

func TestIsPublic(t *testing.T) {
	for address, want := range map[string]bool{
		"1.1.1.1": true, "93.184.216.34": true, "2606:4700:4700::1111": true, "2a00:1450:4001::1": true,
		"64:ff9b::101:101": true, "::ffff:1.1.1.1": true,
		"127.0.0.1": false, "127.255.255.254": false, "0.0.0.0": false, "0.1.2.3": false,
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false,
		"169.254.169.254": false, "169.254.170.2": false, "100.64.0.1": false, "100.100.100.200": false, "168.63.129.16": false, "192.0.0.192": false,
		"224.0.0.1": false, "239.1.2.3": false, "240.0.0.1": false, "255.255.255.255": false,
		"192.0.2.1": false, "198.51.100.1": false, "203.0.113.1": false, "198.18.0.1": false, "192.88.99.1": false,
		"::": false, "::1": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false, "fc00::1": false, "fd00:ec2::254": false,
		"ff02::1": false, "100::1": false, "2001:db8::1": false, "3fff::1": false,
		"::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::ffff:10.0.0.1": false, // IPv4-mapped
		"::127.0.0.1": false, "::10.0.0.1": false, // IPv4-compatible
		"::ffff:0:127.0.0.1":   false,                                                     // IPv4-translated
		"64:ff9b::7f00:1":      false,                                                     // NAT64 of 127.0.0.1
		"64:ff9b::a9fe:a9fe":   false,                                                     // NAT64 of 169.254.169.254
		"64:ff9b:1::a00:1":     false,                                                     // local NAT64
		"2002:7f00:1::":        false,                                                     // 6to4 of 127.0.0.1
		"2002:a9fe:a9fe::1":    false,                                                     // 6to4 of 169.254.169.254
		"2001:0:4136:e378::1":  false,                                                     // Teredo
		"2a00::5efe:127.0.0.1": false, "2a00::200:5efe:10.0.0.1": false, "5f00::1": false, // ISATAP
	} {
		if got := isPublic(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: public is %v", address, got)
		}
	}
}

func TestWebGet(t *testing.T) {
	w, base := web(t, func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.RequestURI() != "/photos/a%20b.jpg?v=1" || r.Method != http.MethodGet {
			t.Errorf("asked for %s %s", r.Method, r.URL.RequestURI())
		}
		for _, name := range []string{"Cookie", "Authorization", "Referer", "Accept-Encoding"} {
			if v := r.Header.Get(name); v != "" {
				t.Errorf("%s: %s was sent", name, v)
			}
		}
		rw.Header().Set("ETag", `W/"tag"`)
		fmt.Fprint(rw, "12345")
	})
	source := base + "/photos/a%20b.jpg?v=1"
	got, err := w.Get(t.Context(), source, 5)
	if err != nil || string(got.Body) != "12345" || got.ETag != `W/"tag"` {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := w.Get(t.Context(), source, 4); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte too many: %v", err)
	}
}

func TestWebGetWithoutALength(t *testing.T) {
	w, base := web(t, func(rw http.ResponseWriter, _ *http.Request) {
		rw.(http.Flusher).Flush()
		_, _ = io.WriteString(rw, strings.Repeat("x", 100))
	})
	if _, err := w.Get(t.Context(), base+"/photos/a", 99); !errors.Is(err, ErrTooLarge) {
		t.Errorf("100 bytes of 99: %v", err)
	}
	if got, err := w.Get(t.Context(), base+"/photos/a", 100); err != nil || len(got.Body) != 100 {
		t.Errorf("%d bytes, %v", len(got.Body), err)
	}
}

func TestWebGetOfABodyThatEndsEarly(t *testing.T) {
	w, base := web(t, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Length", "100")
		fmt.Fprint(rw, "short")
	})
	if got, err := w.Get(t.Context(), base+"/photos/a", 1000); !errors.Is(err, ErrUnavailable) {
		t.Errorf("half a body: %q, %v", got.Body, err)
	}
}

func TestWebVersion(t *testing.T) {
	heads := 0
	w, base := web(t, func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/photos/etag":
			rw.Header().Set("ETag", `"1"`)
			rw.Header().Set("Last-Modified", "Wed, 21 Oct 2026 07:28:00 GMT")
		case "/photos/modified":
			rw.Header().Set("Last-Modified", "Wed, 21 Oct 2026 07:28:00 GMT")
		case "/photos/get-only":
			if r.Method == http.MethodHead {
				heads++
				rw.WriteHeader(http.StatusMethodNotAllowed)
				return
			}
			rw.Header().Set("ETag", `"2"`)
		case "/photos/gone":
			rw.WriteHeader(http.StatusGone)
		}
	})
	for path, want := range map[string]string{"etag": `"1"`, "modified": "Wed, 21 Oct 2026 07:28:00 GMT", "neither": "", "get-only": `"2"`} {
		if got, err := w.Head(t.Context(), base+"/photos/"+path); err != nil || got.ETag != want {
			t.Errorf("%s: %q, %v", path, got.ETag, err)
		}
	}
	if heads != 1 {
		t.Errorf("%d HEADs of a server that has none", heads)
	}
	if _, err := w.Head(t.Context(), base+"/photos/gone"); !errors.Is(err, ErrNotFound) {
		t.Errorf("gone: %v", err)
	}
}

func TestWebStatus(t *testing.T) {
	var status int
	var header, value string
	w, base := web(t, func(rw http.ResponseWriter, _ *http.Request) {
		if header != "" {
			rw.Header().Set(header, value)
		}
		rw.WriteHeader(status)
	})
	for _, c := range []struct {
		status        int
		header, value string
		want          error
	}{
		{404, "", "", ErrNotFound}, {410, "", "", ErrNotFound}, {401, "", "", ErrNotFound}, {403, "", "", ErrNotFound},
		{500, "", "", ErrUnavailable}, {503, "", "", ErrUnavailable}, {429, "", "", ErrUnavailable}, {304, "", "", ErrUnavailable},
		{405, "", "", ErrUnavailable}, {204, "", "", ErrUnavailable}, {206, "", "", ErrUnavailable},
		{200, "Content-Encoding", "gzip", ErrUnavailable}, {200, "Content-Type", "image/", ErrContentType}, {200, "Content-Type", "image/png; x", ErrContentType},
		{200, "Content-Encoding", "identity", nil}, {200, "Content-Type", "image/jpeg; charset=binary", nil},
	} {
		status, header, value = c.status, c.header, c.value
		if _, err := w.Get(t.Context(), base+"/photos/a", 9); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%d %s %s: %v, want %v", c.status, c.header, c.value, err, c.want)
		}
	}
}

func TestWebRedirects(t *testing.T) {
	reached := 0
	w, base := web(t, func(rw http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			rw.Header().Set("Location", to)
			rw.WriteHeader(http.StatusFound)
			return
		}
		if v := r.Header.Get("Referer"); v != "" {
			t.Errorf("Referer: %s was sent", v)
		}
		reached++
		fmt.Fprint(rw, "here")
	})
	start := func(to string) string { return base + "/photos/a?to=" + to }
	if got, err := w.Get(t.Context(), start("/photos/b"), 9); err != nil || string(got.Body) != "here" {
		t.Errorf("a redirect within the prefix: %q, %v", got.Body, err)
	}
	reached = 0
	port := base[strings.LastIndex(base, ":"):]
	for _, to := range []string{
		"/private/b", "/photos/../private/b", "/photos/%252e%252e/b%5Cc", "http://localhost" + port + "/photos/b", "http://[::1]" + port + "/photos/b",
		"http://user:pass@127.0.0.1" + port + "/photos/b", "file:///etc/passwd", "http://169.254.169.254/latest/meta-data",
	} {
		if _, err := w.Get(t.Context(), start(to), 9); !errors.Is(err, ErrNotAllowed) {
			t.Errorf("a redirect to %s: %v", to, err)
		}
	}
	if _, err := w.Get(t.Context(), start("%3Fto=%253Fto=%25253Fto=%2525253Fto=x"), 9); err == nil {
		t.Error("a long chain of redirects is followed")
	}
	if reached != 0 {
		t.Errorf("%d answers were fetched from where a redirect must not lead", reached)
	}
}

func TestWebRedirectsInCircles(t *testing.T) {
	asked := 0
	w, base := web(t, func(rw http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(rw, r, "/photos/a", http.StatusFound)
	})
	if _, err := w.Get(t.Context(), base+"/photos/a", 9); !errors.Is(err, ErrUnavailable) || asked != 1+maxRedirects {
		t.Errorf("%d requests, %v", asked, err)
	}
}

func allows(w *Web, source string) bool {
	u, err := url.Parse(source)
	return err == nil && w.check(u) == nil
}

func TestWebPrefixes(t *testing.T) {
	w, err := NewWeb([]string{"https://img.example.com/photos/", "http://other.example.com", "https://third.example.com:8443/a"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]bool{
		"https://img.example.com/photos/a.jpg":          true,
		"https://img.example.com:443/photos/a.jpg":      true,
		"https://IMG.example.com/photos/a.jpg":          true,
		"http://other.example.com/a":                    true,
		"http://other.example.com":                      true,
		"https://third.example.com:8443/ab":             true,
		"http://img.example.com/photos/a.jpg":           false,
		"https://img.example.com/photos":                false,
		"https://img.example.com/private/a.jpg":         false,
		"https://img.example.com/photos/../private/a":   false,
		"https://img.example.com/photos/%2e%2e/a":       false,
		"https://img.example.com.evil.test/photos/a":    false,
		"https://img.example.com@evil.test/photos/a":    false,
		"https://evil.test/https://img.example.com/":    false,
		"http://other.example.com.evil.test/a":          false,
		"http://other.example.com:8080/a":               false,
		"https://third.example.com/a":                   false,
		"https://img.example.com/%70hotos/a.jpg":        false,
		"//img.example.com/photos/a.jpg":                false,
		"https://user:pass@img.example.com/photos/a":    false,
		"https://img.example.com/photos/..;/private/a":  false,
		`https://img.example.com/photos/..\private/a`:   false,
		"https://img.example.com/photos/a.jpg\r\nX: y":  false,
		"gopher://img.example.com/photos/":              false,
		"https://img.example.com\\.evil.test/photos/a":  false,
		"https://img.example.com%2f.evil.test/photos/a": false,
	} {
		if got := allows(w, source); got != want {
			t.Errorf("%s: allowed is %v", source, got)
		}
	}
	if allows(&Web{}, "https://img.example.com/") || allows(nil, "https://img.example.com/") {
		t.Error("without prefixes something is allowed")
	}
	_, err = NewWeb([]string{"img.example.com", "ftp://a.example.com/", "https://a.example.com/?x=1", "https://ok.example.com/"}, nil)
	for _, bad := range []string{"img.example.com", "ftp://a.example.com/", "?x=1"} {
		if err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s is not named in %v", bad, err)
		}
	}
}

// A server of this host's is not reached by an allowed name either: what is judged is
// the address that is dialled.
func TestWebDialsPublicAddressesOnly(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("reached") }))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "[64:ff9b::7f00:1]", "169.254.169.254"} {
		base := "http://" + host + ":" + port + "/"
		w, err := NewWeb([]string{base}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Get(t.Context(), base+"a", 9); !errors.Is(err, ErrNotAllowed) {
			t.Errorf("%s: %v", host, err)
		}
		if _, err := w.Head(t.Context(), base+"a"); !errors.Is(err, ErrNotAllowed) {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestWebDeadline(t *testing.T) {
	release := make(chan struct{})
	w, base := web(t, func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/photos/slow-body" {
			rw.Header().Set("Content-Length", "2")
			_, _ = io.WriteString(rw, "x")
			rw.(http.Flusher).Flush()
		}
		<-release
	})
	defer close(release)
	for _, path := range []string{"slow-header", "slow-body"} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if _, err := w.Get(ctx, base+"/photos/"+path, 9); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", path, err)
		}
		cancel()
	}
}

func TestWebUnreachable(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	w, err := NewWeb([]string{server.URL}, loopback)
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	if _, err := w.Get(t.Context(), server.URL+"/a", 9); !errors.Is(err, ErrUnavailable) {
		t.Errorf("%v", err)
	}
}
