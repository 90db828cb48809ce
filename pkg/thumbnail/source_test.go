package thumbnail

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/language/imgproxy"
	"github.com/thumbfront/thumbfront/pkg/language/thumbnailurl"
	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// fakeWeb is a server of one picture.
type fakeWeb struct {
	original storage.Original
	err      error
	gets     int
}

func (f *fakeWeb) Get(context.Context, string, int) (storage.Original, error) {
	f.gets++
	return f.original, f.err
}

func (f *fakeWeb) Head(context.Context, string) (storage.Original, error) {
	o := f.original
	o.Body = nil
	return o, f.err
}

var (
	_ Web = (*fakeWeb)(nil)
	_ Web = (*storage.Web)(nil)
)

const source = "https://img.example.com/a.png"

// webHarness serves originals below https://img.example.com/ in three languages.
func webHarness(t *testing.T) (*harness, *fakeWeb) {
	h := newHarness(t)
	web := &fakeWeb{original: storage.Original{Body: picture(t), ETag: `W/"1"`}}
	h.Web, h.ForeignTTL = web, time.Hour
	h.Policy.Sources = []string{"https://img.example.com/"}
	c, err := imgproxy.ConfigFromEnv(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	h.Languages = []language.Language{nil, imgproxy.New(c, nil), thumbnailurl.New(h.Policy.Sources)}
	return h, web
}

func nativePath(t *testing.T, r thumburl.Request) string {
	t.Helper()
	payload, err := thumburl.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	return "/7/" + payload
}

func TestNativeSource(t *testing.T) {
	h, web := webHarness(t)
	edits := thumburl.Edits{thumburl.Resize{Width: 8}}
	w := h.get(nativePath(t, thumburl.Request{Source: source, Edits: edits}))
	if w.Code != http.StatusOK || len(h.thumbnails.objects) != 0 || w.Header().Get("Cache-Control") != "public, max-age=3600" {
		t.Errorf("without a version: %d %v, stored %d", w.Code, w.Header(), len(h.thumbnails.objects))
	}
	versioned := nativePath(t, thumburl.Request{Source: source, Edits: edits, Version: "1"})
	w = h.get(versioned)
	if _, ok := h.thumbnails.objects[versioned[1:]]; w.Code != http.StatusOK || !ok || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("with a version: %d %v, stored %v", w.Code, w.Header(), ok)
	}
	if w := h.get(nativePath(t, thumburl.Request{Source: "https://evil.example.com/a.png", Edits: edits})); w.Code != http.StatusForbidden || web.gets != 2 {
		t.Errorf("another host: %d, %d fetches", w.Code, web.gets)
	}
	h.Web = nil
	if w := h.get(nativePath(t, thumburl.Request{Source: source, Edits: edits})); w.Code != http.StatusForbidden {
		t.Errorf("without a web: %d", w.Code)
	}
}

// A foreign request's thumbnail lies under the native request of the version that the
// server of the original names now, and nowhere else.
func TestForeignSourceIsStoredByItsVersion(t *testing.T) {
	h, web := webHarness(t)
	const path = "/7/unsafe/rs:fill:8:6/plain/" + source + "/~"
	first := h.get(path)
	stored := nativePath(t, thumburl.Request{Source: source, Version: "1", Edits: thumburl.Edits{thumburl.Resize{Width: 8, Height: 6, NoUpscale: true}}})
	if _, ok := h.thumbnails.objects[stored[1:]]; first.Code != http.StatusOK || !ok || len(h.thumbnails.objects) != 1 {
		t.Fatalf("%d %s, stored %v", first.Code, first.Body, h.thumbnails.objects)
	}
	if got := first.Header().Get("Cache-Control"); got != "max-age=31536000, public, s-maxage=3600" {
		t.Errorf("Cache-Control: %s", got)
	}
	if got := first.Header().Get("Content-Disposition"); got != "inline; filename=a.png" {
		t.Errorf("Content-Disposition: %s", got)
	}
	if again := h.get(path); again.Code != http.StatusOK || again.Body.String() != first.Body.String() || web.gets != 1 {
		t.Errorf("again: %d, fetched %d times", again.Code, web.gets)
	}
	web.original.ETag = `"2"`
	if changed := h.get(path); changed.Code != http.StatusOK || web.gets != 2 || len(h.thumbnails.objects) != 2 {
		t.Errorf("changed: %d, fetched %d times, stored %d", changed.Code, web.gets, len(h.thumbnails.objects))
	}
	web.original.ETag = ""
	if unknown := h.get(path); unknown.Code != http.StatusOK || web.gets != 3 || len(h.thumbnails.objects) != 2 {
		t.Errorf("of no version: %d, fetched %d times, stored %d", unknown.Code, web.gets, len(h.thumbnails.objects))
	}
	web.err = storage.ErrNotFound
	if gone := h.get(path); gone.Code != http.StatusNotFound {
		t.Errorf("gone: %d", gone.Code)
	}
}

func TestErrorsOfTheWeb(t *testing.T) {
	h, web := webHarness(t)
	for _, c := range []struct {
		err                  error
		status               int
		code, ofTheOwnServer string
	}{
		{storage.ErrNotFound, 404, "OriginalNotFound", thumbnailurl.CodeUnreadable},
		{storage.ErrNotAllowed, 403, "SourceNotAllowed", thumbnailurl.CodeInvalidURL},
		{storage.ErrUnavailable, 502, "OriginalUnavailable", thumbnailurl.CodeUnreadable},
		{storage.ErrContentType, 415, "SourceContentType", thumbnailurl.CodeNoContentType},
		{storage.ErrTooLarge, 413, "SourceTooLarge", thumbnailurl.CodeUnreadable},
		{context.DeadlineExceeded, 503, "Deadline", "Deadline"},
	} {
		web.err = errors.Join(c.err, errors.New("of the web"))
		if w := h.get(nativePath(t, thumburl.Request{Source: source})); w.Code != c.status || codeOf(t, w) != c.code {
			t.Errorf("%v: %d %s", c.err, w.Code, w.Body)
		}
		if w := h.get("/7/thumbnail" + fold("url="+source)); w.Code != c.status || codeOf(t, w) != c.ofTheOwnServer {
			t.Errorf("%v: %d %s", c.err, w.Code, w.Body)
		}
	}
	web.err = nil
	web.original.Body = []byte("<html>no picture</html>")
	if w := h.get("/7/thumbnail" + fold("url="+source)); w.Code != http.StatusUnsupportedMediaType || codeOf(t, w) != thumbnailurl.CodeUndecodable {
		t.Errorf("no picture: %d %s", w.Code, w.Body)
	}
	if w := h.get("/7/thumbnail" + fold("url=https://evil.example.com/a.png")); w.Code != http.StatusForbidden || codeOf(t, w) != thumbnailurl.CodeInvalidURL {
		t.Errorf("another host: %d %s", w.Code, w.Body)
	}
	if w := h.get("/7/unsafe/foo:1/plain/" + source + "/~"); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "foo") {
		t.Errorf("unknown option: %d %s", w.Code, w.Body)
	}
}

// skip_processing answers originals of a kind as they are, and renders others.
func TestBytesOfAKind(t *testing.T) {
	h, web := webHarness(t)
	if w := h.get("/7/unsafe/rs:fill:8:6/skp:png/plain/" + source + "/~"); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/png" || len(h.thumbnails.objects) != 0 || w.Body.Len() != len(web.original.Body) {
		t.Errorf("%d %v, %d bytes of %d", w.Code, w.Header(), w.Body.Len(), len(web.original.Body))
	}
	if w := h.get("/7/unsafe/rs:fill:8:6/skp:gif/plain/" + source + "/~"); w.Code != http.StatusOK || len(h.thumbnails.objects) != 1 {
		t.Errorf("another kind: %d, stored %d", w.Code, len(h.thumbnails.objects))
	}
	if w := h.get("/7/unsafe/raw:1/plain/" + source + "/~"); w.Code != http.StatusOK || w.Body.Len() != len(web.original.Body) {
		t.Errorf("raw: %d, %d bytes", w.Code, w.Body.Len())
	}
}

// What is not signed is for an open deployment alone.
func TestForeignSourceUnsigned(t *testing.T) {
	h, web := webHarness(t)
	h.Policy.Access = thumburl.Signed
	for _, path := range []string{"/7/unsafe/w:8/plain/" + source + "/~", "/7/thumbnail" + fold("url="+source)} {
		if w := h.get(path); w.Code != http.StatusForbidden || web.gets != 0 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
