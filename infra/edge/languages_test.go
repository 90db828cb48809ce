package edge_test

import (
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/infra/edge"
)

// What another language reads goes on under a mark that keeps it apart from every
// path that is stored; its query is in the path, sorted and encoded once.
func TestViewerRequestOfOtherLanguages(t *testing.T) {
	const sig = "AbCdEfGhIjKlMnOpQrStU-"
	sihFirst := []string{"sih", "thumbor"}
	nativeFirst := []string{"native", "sih", "imgproxy", "thumbnail", "thumbor"}
	plain := "/" + b64(`{"key":"uploads/a.jpg"}`)
	preset := "/" + b64(`{"key":"uploads/a.jpg","preset":"hero"}`)
	mark := func(path, query string) string { return "/7" + path + "/~" + b64(query) }
	webp := []string{"webp"}
	tests := []struct {
		name      string
		languages []string
		access    string // default open
		formats   []string
		path      string
		query     string
		accept    string
		uri       string
		status    int
		code      string
	}{
		{name: "no query", languages: sihFirst, path: plain, uri: mark(plain, "")},
		{name: "padding stays as it was sent", languages: sihFirst, path: plain + "==", uri: mark(plain+"==", "")},
		{name: "escapes stay", languages: sihFirst, path: "/fit-in/60x60/a%20(1).png", uri: mark("/fit-in/60x60/a%20(1).png", "")},
		{name: "a slash in base64", languages: sihFirst, path: plain + "/a+=", uri: mark(plain+"/a+=", "")},
		{name: "sorted query", languages: sihFirst, path: "/a.jpg", query: "width=4&signature=ab&height=5", uri: mark("/a.jpg", "height=5&signature=ab&width=4")},
		{name: "the last of two", languages: sihFirst, path: "/a.jpg", query: "width=4&width=5", uri: mark("/a.jpg", "width=5")},
		{name: "other parameters are dropped", languages: sihFirst, path: "/a.jpg", query: "utm=1&response-content-type=text/html&width=4", uri: mark("/a.jpg", "width=4")},
		{name: "encoded once", languages: sihFirst, path: "/a.jpg", query: "format=a+b%2526%26", uri: mark("/a.jpg", "format=a%20b%2526%26")},
		{name: "query that does not decode", languages: sihFirst, path: "/a.jpg", query: "width=%ff", status: 400, code: "InvalidQuery"},
		{name: "query of no language here", languages: []string{"imgproxy"}, path: "/a.jpg", query: "width=4", uri: mark("/a.jpg", "")},
		{name: "the custom server's query", languages: nativeFirst, path: "/thumbnail", query: "url=https://a/b?c&size=10", uri: mark("/thumbnail", "size=10&url=https%3A%2F%2Fa%2Fb%3Fc")},

		{name: "a format that is offered", languages: sihFirst, formats: webp, path: plain, accept: "image/avif,image/webp", uri: mark(plain, "") + "/webp"},
		{name: "the best that is offered", languages: sihFirst, formats: []string{"avif", "webp"}, path: plain, accept: "image/webp,image/avif", uri: mark(plain, "") + "/avif"},
		{name: "none that is taken", languages: sihFirst, formats: webp, path: plain, accept: "image/*", uri: mark(plain, "")},

		{name: "root", languages: sihFirst, path: "/", status: 404, code: "NotFound"},
		{name: "own mark", languages: sihFirst, path: "/a.jpg/~AAAA", status: 404, code: "NotFound"},
		{name: "own mark, escaped", languages: sihFirst, path: "/a.jpg/%7EAAAA", status: 404, code: "NotFound"},
		{name: "own variant is part of the path", languages: sihFirst, path: "/a.jpg/~AAAA/webp", uri: mark("/a.jpg/~AAAA/webp", "")},
		{name: "own epoch is part of the path", languages: sihFirst, path: "/7" + plain, uri: mark("/7"+plain, "")},
		{name: "8 KB", languages: sihFirst, path: "/" + strings.Repeat("A", 8191), uri: mark("/"+strings.Repeat("A", 8191), "")},
		{name: "more than 8 KB", languages: sihFirst, path: "/" + strings.Repeat("A", 8192), status: 414, code: "RequestTooLong"},
		{name: "more than 8 KB, native first", languages: nativeFirst, path: "/" + strings.Repeat("A", 8192), status: 414, code: "RequestTooLong"},

		{name: "signed native", languages: []string{"sih", "native"}, path: plain + "." + sig, query: "width=4", uri: "/7" + plain + "." + sig},
		{name: "a preset is native", languages: []string{"sih", "native"}, access: "presets", path: preset, uri: "/7" + preset + "/jpeg"},
		{name: "both languages, native first", languages: nativeFirst, path: plain, uri: "/7" + plain},
		{name: "both languages, sih first", languages: []string{"sih", "native"}, path: plain, uri: mark(plain, "")},
		{name: "both languages, a query", languages: nativeFirst, path: plain, query: "width=3", uri: mark(plain, "width=3")},
		{name: "both languages, a format to offer", languages: nativeFirst, formats: webp, path: plain, accept: "image/webp", uri: mark(plain, "") + "/webp"},
		{name: "unsigned in a signed deployment", languages: nativeFirst, access: "signed", path: plain, query: "signature=ab", uri: mark(plain, "signature=ab")},
		{name: "expired native", languages: nativeFirst, path: "/" + b64(`{"expires":1,"key":"a","preset":"hero"}`), status: 403, code: "Expired"},
		{name: "thumbor beside native", languages: nativeFirst, path: "/200x200/photo.jpg", uri: mark("/200x200/photo.jpg", "")},
		{name: "a key that looks like base64", languages: nativeFirst, path: "/someNonBase64EncodedContentHere", uri: mark("/someNonBase64EncodedContentHere", "")},
		{name: "a name with a dot", languages: nativeFirst, path: "/photo.jpg", uri: mark("/photo.jpg", "")},
	}
	var calls []call
	for _, tt := range tests {
		access := tt.access
		if access == "" {
			access = "open"
		}
		source, err := edge.Source(edge.Settings{Access: access, Epoch: 7, Languages: tt.languages, AutoPresets: []string{"hero"}, Formats: tt.formats})
		if err != nil {
			t.Fatal(err)
		}
		query := map[string]any{}
		for _, pair := range strings.Split(tt.query, "&") {
			if name, v, ok := strings.Cut(pair, "="); ok {
				query[name] = value{Value: v}
			}
		}
		headers := map[string]any{}
		if tt.accept != "" {
			headers["accept"] = value{Value: tt.accept}
		}
		calls = append(calls, call{source, map[string]any{"request": map[string]any{"method": "GET", "uri": tt.path, "headers": headers, "querystring": query}}})
	}
	for engine, run := range engines {
		t.Run(engine, func(t *testing.T) {
			results := run(t, calls)
			for i, tt := range tests {
				r := results[i]
				if tt.status != 0 {
					if r.StatusCode != tt.status || r.code() != tt.code {
						t.Errorf("%s: got %.200q, %d %s, want %d %s", tt.name, r.URI, r.StatusCode, r.Body.Data, tt.status, tt.code)
					}
					continue
				}
				if r.URI != tt.uri || r.StatusCode != 0 || len(r.Querystring) != 0 {
					t.Errorf("%s: got %.200q, query %v, status %d %s, want %.200q", tt.name, r.URI, r.Querystring, r.StatusCode, r.Body.Data, tt.uri)
				}
			}
		})
	}
}
