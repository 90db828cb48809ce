package thumbnail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"

	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// A signature is as good as a secret. None is told, to the log or to anybody, by the
// message about a signed path that is wrong elsewhere.
func TestErrorsNameNoSignature(t *testing.T) {
	secret := []byte("a-secret-of-the-test")
	for _, key := range []string{"uploads/a", "uploads/users/42/abcdefgh/photo.jpg"} {
		payload, err := thumburl.Encode(thumburl.Request{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		signature := thumburl.Sign(secret, payload)
		for _, path := range []string{"/%d/%s.%s/webp", "/%d/%s.%s/png", "/%d/%s.%s/", "/%d/%s.%s/webp/webp", "/0%d/%s.%s"} {
			h := newHarness(t)
			h.Policy.Access, h.Policy.Prefixes, h.Secrets = thumburl.Signed, nil, StaticSecrets{secret}
			w := h.get(fmt.Sprintf(path, h.Epoch, payload, signature))
			if w.Code != http.StatusNotFound {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
			if part := signature[:8]; strings.Contains(w.Body.String(), part) || strings.Contains(h.log.String(), part) {
				t.Errorf("%s of %s: answered %s, logged %s", path, key, w.Body, h.log)
			}
		}
	}
}

// One request is one line of the log, whatever it and the servers behind it say: no line
// break, no sequence that steers a terminal, and no field without measure.
func TestLogIsNotForOthersToWrite(t *testing.T) {
	const csi = "\u009b" // what ESC [ is in one character
	for name, h := range map[string]*harness{"key": newHarness(t), "cause": newHarness(t)} {
		key := "uploads/" + csi + "31m\u202egpj.\u2028\u2066x.jpg"
		h.originals.get = func(context.Context) (storage.Original, error) { return storage.Original{}, storage.ErrNotFound }
		if name == "cause" {
			key = "uploads/a.jpg"
			h.originals.get = func(context.Context) (storage.Original, error) {
				return storage.Original{}, errors.New("malformed answer " + strings.Repeat("x\n\x1b[2J"+csi, 40_000))
			}
		}
		payload, err := thumburl.Encode(thumburl.Request{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/7/"+payload, nil))
		line := bytes.TrimSuffix(h.log.Bytes(), []byte("\n"))
		if len(line) > 50<<10 {
			t.Errorf("%s: a line of %d bytes", name, len(line))
		}
		if at := bytes.IndexFunc(line, func(c rune) bool {
			return unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == '\u2028' || c == '\u2029'
		}); at >= 0 {
			t.Errorf("%s: a control character in %q", name, line[max(0, at-20):min(len(line), at+20)])
		}
		h.entry(t) // it is JSON
	}
}
