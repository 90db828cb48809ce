package stack_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// What a request has besides its path decides of nothing that another one gets: the first
// of them is the attacker's, the second a viewer's.
func TestCacheIsNotPoisoned(t *testing.T) {
	l := start(t, stack.Options{})
	server := l.listen("ACCESS=presets")
	l.put("uploads/a.jpg", photo(t, 200, 150))
	want := l.get(l.signed(thumburl.Request{Key: "uploads/a.jpg", Edits: thumburl.Edits{thumburl.Resize{Width: 40, Height: 30}}})).body
	width := 100
	for _, c := range []struct{ name, method, query, header, value string }{
		{"a range", "GET", "", "Range", "bytes=0-9"},
		{"many ranges", "GET", "", "Range", "bytes=0-1,3-4,6-7"},
		{"a condition", "GET", "", "If-None-Match", "*"},
		{"a condition on the past", "GET", "", "If-Modified-Since", "Wed, 21 Oct 2099 07:28:00 GMT"},
		{"HEAD", "HEAD", "", "Accept", "*/*"},
		{"OPTIONS", "OPTIONS", "", "Access-Control-Request-Method", "GET"},
		{"S3's query", "GET", "?response-content-type=text/html&response-cache-control=no-store&versionId=x&acl", "Accept", "*/*"},
		{"a query of edits", "GET", "?width=5&format=png&signature=x", "Accept", "*/*"},
		{"another host", "GET", "", "X-Forwarded-Host", "evil.example"},
		{"another path", "GET", "", "X-Original-Url", "/etc/passwd"},
		{"another path still", "GET", "", "X-Rewrite-Url", "/etc/passwd"},
		{"another method", "GET", "", "X-Http-Method-Override", "DELETE"},
		{"a credential", "GET", "", "Authorization", "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"},
		{"S3's own header", "GET", "", "X-Amz-Copy-Source", "/thumbfront-originals/uploads/a.jpg"},
		{"an encoding", "GET", "", "Accept-Encoding", "gzip, br"},
		{"a cookie", "GET", "", "Cookie", "a=b"},
		{"an origin", "GET", "", "Origin", "https://evil.example"},
		{"no cache", "GET", "", "Cache-Control", "no-cache, no-store"},
	} {
		for door, at := range map[string]*local{"edge": l, "listen": server.local} {
			width++ // a picture that nobody has asked for
			path := l.signed(thumburl.Request{Key: "uploads/a.jpg", Edits: thumburl.Edits{thumburl.Resize{Width: width}}})
			at.do(c.method, path+c.query, c.header, c.value)
			clean := at.get(path)
			if clean.StatusCode != http.StatusOK || clean.Header.Get("Content-Type") != "image/jpeg" || clean.Header.Get("Content-Range") != "" || clean.Header.Get("Content-Encoding") != "" {
				t.Errorf("%s, after %s: %d %v", door, c.name, clean.StatusCode, clean.Header)
				continue
			}
			l.Edge.Clear()
			if stored := l.get(path); stored.trip() != "S3" || !bytes.Equal(stored.body, clean.body) || !strings.Contains(sizeOf(t, stored.body), "jpeg") {
				t.Errorf("%s, after %s: %s has %d bytes, the viewer got %d", door, c.name, stored.trip(), len(stored.body), len(clean.body))
			}
		}
	}
	if again := l.get(l.signed(thumburl.Request{Key: "uploads/a.jpg", Edits: thumburl.Edits{thumburl.Resize{Width: 40, Height: 30}}})); !bytes.Equal(again.body, want) {
		t.Error("another picture than before")
	}
}

// No spelling of a path but its own leads to a stored thumbnail, to another key, or to a
// second one: what is not refused is rewritten to the one spelling.
func TestPathTricks(t *testing.T) {
	l := start(t, stack.Options{})
	server := l.listen("ACCESS=presets")
	l.put("uploads/a.jpg", photo(t, 200, 150))
	right := l.signed(thumburl.Request{Key: "uploads/a.jpg", Edits: thumburl.Edits{thumburl.Resize{Width: 40}}})
	want := l.get(right)
	if want.StatusCode != http.StatusOK || len(l.stored()) != 1 {
		t.Fatalf("%d, stored %v", want.StatusCode, l.stored())
	}
	payload, signature, _ := strings.Cut(right[1:], ".")
	key := l.stored()[0]
	for _, same := range []string{right, "/" + payload + "=." + signature, "/" + payload + "%3D%3d." + signature + "==", right + "?x=1"} {
		for door, at := range map[string]*local{"edge": l, "listen": server.local} {
			if a := at.get(same); !bytes.Equal(a.body, want.body) || a.trip() == "rendered" {
				t.Errorf("%s, %s: %d, %s", door, same, a.StatusCode, a.trip())
			}
		}
	}
	swapped := []byte(payload)
	for i, b := range swapped {
		if b >= 'a' && b <= 'z' {
			swapped[i] = b - 'a' + 'A'
		}
	}
	for _, trick := range []string{
		"/" + key, "//" + right[1:], "/." + right, "/.." + right, "/x/.." + right, "/%2e%2e" + right, "/%2e" + right, "/%252e%252e" + right, "/..%2f" + right[1:], "/..%5c" + right[1:],
		right + "/", right + "//", right + "/.", right + "/..", right + "%2f", right + "%00", right + "%00.jpg", right + ";x", right + "%3Fx", right + "%23", right + "%20", right + "%0d%0aX:y",
		"/%c0%ae%c0%ae" + right, "/%e0%80%ae" + right, "/%ff" + right[1:], "/%u002e" + right, "/%61" + right[1:], "/" + payload + "%2e" + signature, "/" + payload + "%252e" + signature,
		"/" + payload + "%253D." + signature, "/" + string(swapped) + "." + signature, "/" + payload + "." + strings.ToUpper(signature), "/" + strings.ToUpper(payload) + "." + signature,
		"/overlays/" + payload, "/uploads/a.jpg", "/thumbfront-originals/uploads/a.jpg", "/1/../overlays/x", "/index.html?list-type=2",
	} {
		for door, at := range map[string]*local{"edge": l, "listen": server.local} {
			a := at.get(trick)
			if a.StatusCode < 400 || a.StatusCode > 499 || bytes.Equal(a.body, want.body) {
				t.Errorf("%s, %s: %d %.200q", door, trick, a.StatusCode, a.body)
			}
		}
	}
	if stored := l.stored(); len(stored) != 1 || stored[0] != key {
		t.Errorf("stored: %v", stored)
	}
}

// What nobody signed sets no header that a browser or a proxy in front of the server acts
// upon, by either door.
func TestUnsignedHeadersDoNotSteer(t *testing.T) {
	l := start(t, stack.Options{Access: thumburl.Open, Languages: []string{"sih", "native"}})
	server := l.listen("ACCESS=open", "LANGUAGES=sih,native")
	l.put("uploads/a.jpg", photo(t, 200, 150))
	steering := []string{"Set-Cookie", "Link", "Refresh", "Clear-Site-Data", "Alt-Svc", "Report-To", "Service-Worker-Allowed", "X-Accel-Redirect", "X-Sendfile", "Location"}
	for i, name := range steering {
		path := "/" + base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"key":"uploads/a.jpg","edits":{"resize":{"width":%d}},"headers":{"%s":"evil","X-Custom":"kept"}}`, 20+i, name))
		for door, at := range map[string]*local{"edge": l, "listen": server.local} {
			a := at.get(path)
			if a.StatusCode != http.StatusOK || a.Header.Get(name) != "" || a.Header.Get("X-Custom") != "kept" {
				t.Errorf("%s, %s: %d %v %.200s", door, name, a.StatusCode, a.Header, a.body)
			}
		}
	}
}

// A JPEG of four million segments took minutes before anything could stop it.
func TestBombsOfStructureAreRefused(t *testing.T) {
	l := start(t, stack.Options{})
	whole := photo(t, 200, 150)
	l.put("uploads/bomb.jpg", slices.Concat(whole[:2], bytes.Repeat([]byte("\xff\xe1\x00\x08Exif\x00\x00"), 4_000_000), whole[2:]))
	a := l.get(l.signed(thumburl.Request{Key: "uploads/bomb.jpg", Edits: thumburl.Edits{thumburl.Resize{Width: 40}}}))
	if a.StatusCode != http.StatusRequestEntityTooLarge || !bytes.Contains(a.body, []byte("more than 4000 segments")) {
		t.Errorf("%d %.200s", a.StatusCode, a.body)
	}
}
