package thumbnail

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// fakeLanguage reads every path that begins with /f.
type fakeLanguage struct {
	reading  language.Reading
	err      error
	headers  http.Header
	fallback string
}

func (fakeLanguage) Name() string { return "fake" }
func (l fakeLanguage) Read(_ context.Context, asked language.Asked) (language.Reading, error) {
	if !strings.HasPrefix(asked.Path, "/f") {
		return language.Reading{}, language.ErrNotMine
	}
	return l.reading, l.err
}
func (l fakeLanguage) Headers(language.Reading, language.Original) http.Header { return l.headers }
func (fakeLanguage) Explain(e language.Error) (language.Error, http.Header) {
	e.Code = "fake " + e.Code
	return e, http.Header{"X-Fake": {"error"}}
}
func (l fakeLanguage) Fallback() (string, string, func(language.Original) http.Header) {
	return "", l.fallback, func(language.Original) http.Header { return http.Header{"Cache-Control": {"max-age=9"}} }
}

var _ language.Language = fakeLanguage{}

var small = thumburl.Request{Key: "uploads/a.png", Edits: thumburl.Edits{thumburl.Resize{Width: 8}}}

func fold(query string) string { return "/~" + base64.RawURLEncoding.EncodeToString([]byte(query)) }

// foreignHarness answers requests of a fake language; renders are counted by fetches.
func foreignHarness(t *testing.T, l fakeLanguage) (*harness, *atomic.Int32) {
	h := newHarness(t)
	h.Languages, h.ForeignTTL = []language.Language{l, nil}, time.Hour
	var fetches atomic.Int32
	get := h.originals.get
	h.originals.get = func(ctx context.Context) (storage.Original, error) {
		fetches.Add(1)
		return get(ctx)
	}
	return h, &fetches
}

func codeOf(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var e struct{ Code string }
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return e.Code
}

// One picture is stored once, whatever language asked.
func TestForeignThumbnailIsStoredUnderItsCanonicalPath(t *testing.T) {
	h, fetches := foreignHarness(t, fakeLanguage{reading: language.Reading{Request: small}, headers: http.Header{"Cache-Control": {"max-age=31536000,public"}}})
	first := h.get("/7/foo" + fold("a=b"))
	if first.Code != http.StatusOK {
		t.Fatalf("%d %s", first.Code, first.Body)
	}
	if _, ok := h.thumbnails.objects[h.path[1:]]; !ok || len(h.thumbnails.objects) != 1 {
		t.Fatalf("stored under %v, want %s alone", h.thumbnails.objects, h.path[1:])
	}
	if got := first.Header().Get("Cache-Control"); got != "max-age=31536000, public, s-maxage=3600" {
		t.Errorf("Cache-Control %q", got)
	}
	second := h.get("/7/foreign/other" + fold(""))
	if second.Code != http.StatusOK || second.Body.String() != first.Body.String() || fetches.Load() != 1 {
		t.Errorf("%d, %d fetches: the stored one was not answered", second.Code, fetches.Load())
	}
	if stored := h.thumbnails.objects[h.path[1:]].Headers.Get("Cache-Control"); strings.Contains(stored, "s-maxage=3600") {
		t.Errorf("stored with the Cache-Control of a foreign path: %q", stored)
	}
	native := h.get(h.path)
	if native.Code != http.StatusOK || native.Body.String() != first.Body.String() {
		t.Errorf("%d: the native request is another picture", native.Code)
	}
}

func TestForeignRequestOfADeletedOriginal(t *testing.T) {
	h, _ := foreignHarness(t, fakeLanguage{reading: language.Reading{Request: small}})
	if w := h.get("/7/foo" + fold("")); w.Code != http.StatusOK {
		t.Fatal(w.Code)
	}
	h.originals.etag = func() (string, error) { return "", storage.ErrNotFound }
	w := h.get("/7/foo" + fold(""))
	if w.Code != http.StatusNotFound || codeOf(t, w) != "fake OriginalNotFound" || w.Header().Get("X-Fake") != "error" || w.Header().Get("Cache-Control") != "max-age=10" {
		t.Errorf("%d %s %v: its thumbnail is still answered", w.Code, w.Body, w.Header())
	}
}

func TestForeignAccess(t *testing.T) {
	secret := []byte("a secret of a deployment")
	for name, tt := range map[string]struct {
		access thumburl.Access
		signed bool
		want   int
	}{
		"open": {thumburl.Open, false, 200}, "signed in its language": {thumburl.Signed, true, 200},
		"unsigned": {thumburl.Signed, false, 403}, "unsigned, presets": {thumburl.PresetsOrSigned, false, 403},
	} {
		h, _ := foreignHarness(t, fakeLanguage{reading: language.Reading{Request: small, Signed: tt.signed}})
		h.Policy.Access, h.Secrets = tt.access, fixedSecrets{secret}
		w := h.get("/7/foo" + fold(""))
		if w.Code != tt.want {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		want := h.path[1:]
		if tt.access != thumburl.Open {
			want += "." + thumburl.Sign(secret, strings.TrimPrefix(want, "7/"))
		}
		if _, ok := h.thumbnails.objects[want]; ok != (tt.want == 200) {
			t.Errorf("%s: stored %v", name, h.thumbnails.objects)
		}
	}
}

type fixedSecrets [][]byte

func (s fixedSecrets) Get(context.Context) ([][]byte, error)    { return s, nil }
func (s fixedSecrets) Reread(context.Context) ([][]byte, error) { return s, nil }

func TestWhatIsNotStored(t *testing.T) {
	long := small
	long.Version = strings.Repeat("v", 128)
	long.Key = "uploads/" + strings.Repeat("k", 700)
	for name, r := range map[string]language.Reading{
		"a header that S3 does not keep": {Request: small, Unstorable: true},
		"a request that is too long":     {Request: long},
		"the bytes as they are":          {Request: thumburl.Request{Key: "uploads/a.png"}, StoredBytes: true},
	} {
		h, _ := foreignHarness(t, fakeLanguage{reading: r})
		if w := h.get("/7/foo" + fold("")); w.Code != http.StatusOK || len(h.thumbnails.objects) != 0 {
			t.Errorf("%s: %d %s, stored %d", name, w.Code, w.Body, len(h.thumbnails.objects))
		}
	}
}

func TestStoredBytesAreForOpenDeployments(t *testing.T) {
	h, _ := foreignHarness(t, fakeLanguage{reading: language.Reading{Request: thumburl.Request{Key: "uploads/a.png"}, StoredBytes: true, Signed: true, KeepMetadata: true}})
	original, err := h.originals.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if w := h.get("/7/foo" + fold("")); w.Body.String() != string(original.Body) || w.Header().Get("Content-Type") != "image/png" {
		t.Errorf("open: %d bytes of %s, want the %d that are stored", w.Body.Len(), w.Header().Get("Content-Type"), len(original.Body))
	}
	h.Policy.Access, h.Secrets = thumburl.Signed, fixedSecrets{[]byte("a secret of a deployment")}
	if w := h.get("/7/foo" + fold("")); w.Code != 200 || len(h.thumbnails.objects) != 1 {
		t.Errorf("signed: %d, stored %d: it was not rendered", w.Code, len(h.thumbnails.objects))
	}
	h.originals.get = func(context.Context) (storage.Original, error) {
		return storage.Original{Body: []byte("no picture")}, nil
	}
	h.Policy.Access = thumburl.Open
	if w := h.get("/7/foo" + fold("")); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("what is no picture: %d", w.Code)
	}
}

func TestForeignPathsOutsideTheAllowedOnes(t *testing.T) {
	for name, r := range map[string]thumburl.Request{
		"prefix": {Key: "private/a.png"}, "bucket": {Bucket: "other", Key: "a.png"},
		"overlay prefix": {Key: "uploads/a.png", Edits: thumburl.Edits{thumburl.OverlayWith{Original: thumburl.Original{Key: "private/b.png"}}}},
		"overlay bucket": {Key: "uploads/a.png", Edits: thumburl.Edits{thumburl.OverlayWith{Original: thumburl.Original{Bucket: "other", Key: "b.png"}}}},
	} {
		h, fetches := foreignHarness(t, fakeLanguage{reading: language.Reading{Request: r}})
		if w := h.get("/7/foo" + fold("")); w.Code != http.StatusForbidden || fetches.Load() != 0 {
			t.Errorf("%s: %d, %d fetches", name, w.Code, fetches.Load())
		}
	}
}

func TestOverlaysAreKeptWithTheThumbnail(t *testing.T) {
	r := thumburl.Request{Key: "uploads/a.png", Edits: thumburl.Edits{thumburl.OverlayWith{Original: thumburl.Original{Key: "uploads/b.png"}}}}
	h, _ := foreignHarness(t, fakeLanguage{reading: language.Reading{Request: r}})
	if w := h.get("/7/foo" + fold("")); w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}
	for _, stored := range h.thumbnails.objects {
		if len(stored.Overlays) != 1 || stored.Overlays[0] != "ours/uploads/b.png" {
			t.Errorf("%q", stored.Overlays)
		}
	}
}

func TestFallback(t *testing.T) {
	h, _ := foreignHarness(t, fakeLanguage{err: &language.Error{Status: 400, Code: "x"}, fallback: "uploads/fallback.png"})
	w := h.get("/7/foo" + fold(""))
	if w.Code != 400 || w.Header().Get("Content-Type") != "image/png" || w.Header().Get("Cache-Control") != "max-age=9, s-maxage=9" || w.Body.Len() == 0 {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	h, _ = foreignHarness(t, fakeLanguage{err: errors.New("ours"), fallback: "uploads/fallback.png"})
	if w := h.get("/7/foo" + fold("")); w.Code != 500 || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	h.originals.get = func(context.Context) (storage.Original, error) { return storage.Original{}, storage.ErrNotFound }
	if w := h.get("/7/foo" + fold("")); w.Code != 500 || codeOf(t, w) != "fake InternalError" {
		t.Errorf("without the picture: %d %s", w.Code, w.Body)
	}
}

func TestForeignExpiry(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	h, _ := foreignHarness(t, fakeLanguage{reading: language.Reading{Request: small, Expires: at.Add(90 * time.Second)}, headers: http.Header{"Cache-Control": {"max-age=500"}}})
	h.Now = func() time.Time { return at }
	if got := h.get("/7/foo" + fold("")).Header().Get("Cache-Control"); got != "max-age=500, s-maxage=90" {
		t.Errorf("%q: the CDN keeps it longer than it is valid", got)
	}
}

func TestSharedMaxAge(t *testing.T) {
	for given, want := range map[string]string{
		"": "s-maxage=60", "max-age=100,public": "max-age=100, public, s-maxage=60", "max-age=5": "max-age=5, s-maxage=5", "public, s-maxage=9, max-age=100": "public, max-age=100, s-maxage=9",
		"s-maxage=900": "s-maxage=60", "no-store": "no-store", "private, max-age=9": "private, max-age=9", "max-age=x": "max-age=x, s-maxage=60", "max-age=-5": "max-age=-5, s-maxage=0",
	} {
		if got := withSharedMaxAge(given, time.Minute); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}

func TestLanguagesAreTriedInOrder(t *testing.T) {
	other := small
	other.Edits = thumburl.Edits{thumburl.Resize{Width: 4}}
	h, _ := foreignHarness(t, fakeLanguage{reading: language.Reading{Request: other}})
	payload := strings.TrimPrefix(h.path, "/7/")
	h.Languages = []language.Language{nil, fakeLanguage{reading: language.Reading{Request: other}}}
	width := func(path string) int {
		t.Helper()
		w := h.get(path)
		header, err := h.Renderer.ReadHeader(w.Body.Bytes())
		if err != nil {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		return header.Width
	}
	// Marked by the edge, because it might be of either language.
	if got := width("/7/" + payload + fold("")); got != 8 {
		t.Errorf("a native payload, native first: %d wide", got)
	}
	if got := width("/7/fake" + fold("")); got != 4 {
		t.Errorf("a path that is not native: %d wide", got)
	}
	for path, code := range map[string]string{
		"/7/nobody" + fold(""): "InvalidBase64", "/8/foo" + fold(""): "NotFound", "/7/foo/~!": "NotFound", "/x/foo" + fold(""): "NotFound", "/7/": "NotFound",
		"/7/" + payload + "." + strings.Repeat("A", 22): "InvalidSignature", "/7/" + strings.Repeat("f/", 5000) + "x" + fold(""): "RequestTooLong",
	} {
		if w := h.get(path); w.Code < 400 || w.Code > 499 || codeOf(t, w) != code {
			t.Errorf("%.40s: %d %s, want %s", path, w.Code, w.Body, code)
		}
	}
}

func TestHandedOnPaths(t *testing.T) {
	at := time.Unix(1, 0)
	for path, want := range map[string]struct {
		asked  string
		query  string
		format thumburl.Format
		marked bool
	}{
		"/7/a/b" + fold(""):                  {"/a/b", "", thumburl.Source, true},
		"/7/a/b" + fold("width=5") + "/webp": {"/a/b", "5", thumburl.WebP, true},
		"/7/a%20b" + fold("width=a%26b%3D"):  {"/a%20b", "a&b=", thumburl.Source, true},
		"/7/a/~AAAA/webp" + fold(""):         {"/a/~AAAA/webp", "", thumburl.Source, true},
		"/7/payload/avif":                    {"/payload", "", thumburl.AVIF, false},
		"/7/payload/jpeg":                    {"/payload", "", thumburl.Source, false},
		"/7/payload":                         {"/payload", "", thumburl.Source, false},
		"/7/webp" + fold(""):                 {"/webp", "", thumburl.Source, true},
	} {
		got, err := parseHandedOn(path, at)
		if err != nil || got.asked.Path != want.asked || got.asked.Query["width"] != want.query || got.asked.Variant != want.format || got.marked != want.marked || got.epoch != 7 {
			t.Errorf("%s: %+v %v", path, got, err)
		}
	}
}

type fakeDetector struct{ err error }

func (f fakeDetector) DetectFaces(_ context.Context, in *rekognition.DetectFacesInput, _ ...func(*rekognition.Options)) (*rekognition.DetectFacesOutput, error) {
	if f.err != nil {
		return nil, f.err
	}
	return &rekognition.DetectFacesOutput{FaceDetails: []types.FaceDetail{{}, {BoundingBox: &types.BoundingBox{
		Left: aws.Float32(0.5), Top: aws.Float32(0.25), Width: aws.Float32(0.125), Height: aws.Float32(float32(len(in.Image.Bytes)))}}}}, nil
}

func TestFaces(t *testing.T) {
	faces, err := FacesBy(fakeDetector{})(t.Context(), []byte("1"))
	if err != nil || len(faces) != 1 || faces[0] != (render.Face{Left: 0.5, Top: 0.25, Width: 0.125, Height: 1}) {
		t.Errorf("%v %v", faces, err)
	}
	if _, err := FacesBy(fakeDetector{errors.New("denied")})(t.Context(), nil); err == nil {
		t.Error("no error")
	}
}
