package stack_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// One picture is rendered and stored once, whatever language asked for it, and it is
// the same for all of them.
func TestOnePictureOfSeveralLanguages(t *testing.T) {
	l := start(t, stack.Options{Access: thumburl.Open, Languages: []string{"sih", "native", "thumbor"}})
	l.put("uploads/photo.jpg", photo(t, 400, 300))
	base64Of := func(json string) string { return "/" + base64.StdEncoding.EncodeToString([]byte(json)) }
	first := l.get(base64Of(`{"key":"uploads/photo.jpg","edits":{"resize":{"width":100,"height":60}}}`))
	if first.StatusCode != http.StatusOK || first.trip() != "rendered" {
		t.Fatalf("%d %s, %s", first.StatusCode, first.body, first.trip())
	}
	stored := l.stored()
	if len(stored) != 1 {
		t.Fatalf("stored %q, want one thumbnail", stored)
	}
	for name, path := range map[string]string{
		"other JSON":    base64Of(`{ "edits": {"resize": {"height": "60", "width": 100}, "unknown": 1}, "bucket": "` + stack.OriginalsBucket + `", "key": "uploads/photo.jpg" }`),
		"a query":       base64Of(`{"key":"uploads/photo.jpg"}`) + "?width=100&height=60",
		"thumbor":       "/100x60/uploads/photo.jpg",
		"native, by S3": "/" + strings.SplitN(stored[0], "/", 2)[1] + "." + thumburl.Sign([]byte(thumburl.DevelopmentSecret), strings.SplitN(stored[0], "/", 2)[1]),
	} {
		answer := l.get(path)
		if answer.StatusCode != http.StatusOK || string(answer.body) != string(first.body) {
			t.Errorf("%s: %d, %d bytes, want the %d of the first", name, answer.StatusCode, len(answer.body), len(first.body))
		}
		if name == "native, by S3" {
			continue // which is signed, and so another path
		}
		if cache := answer.Header.Get("Cache-Control"); !strings.Contains(cache, "s-maxage=3600") {
			t.Errorf("%s: Cache-Control %q", name, cache)
		}
	}
	if renders := l.log.reaches("Renders", 2); renders != 2 { // the native one is signed
		t.Errorf("%d renders, want one of foreign requests and one of the signed path", renders)
	}
	if again := l.get("/100x60/uploads/photo.jpg"); again.trip() != "edge" {
		t.Errorf("a second request came from %s, want the edge", again.trip())
	}
}
