package page

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/pkg/upload"
)

const secret = "a secret of tests"

// object is one of a fake bucket's.
type object struct {
	Key          string
	LastModified time.Time
	ETag         string
	Size         int64
}

// bucket is an S3 that lists, in pages of a thousand as S3 does.
type bucket []object

func (b bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/originals/entities/uploads/known.jpg.json" {
		_, _ = io.WriteString(w, `{"key":"uploads/known.jpg","width":500,"height":333,"color":"#102030","thumbhash":"AAAA","capturedAt":"2024-05-10T09:30:15","sequencer":"1"}`)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/originals/entities/") {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `<Error><Code>NoSuchKey</Code></Error>`)
		return
	}
	if r.URL.Path != "/originals" || r.FormValue("list-type") != "2" {
		http.Error(w, "not a listing of the bucket: "+r.URL.String(), http.StatusNotImplemented)
		return
	}
	result := struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		IsTruncated           bool
		NextContinuationToken string
		Contents              []object
	}{}
	for _, o := range b {
		if !strings.HasPrefix(o.Key, r.FormValue("prefix")) || o.Key <= r.FormValue("continuation-token") {
			continue
		}
		if len(result.Contents) == 1000 {
			result.IsTruncated, result.NextContinuationToken = true, result.Contents[999].Key
			break
		}
		result.Contents = append(result.Contents, o)
	}
	_ = xml.NewEncoder(w).Encode(result)
}

// serve gives a page before a bucket.
func serve(t *testing.T, b http.Handler) http.Handler {
	t.Helper()
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	client := s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, UsePathStyle: true, RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIATEST", SecretAccessKey: "secret"}, nil
		}),
	})
	return New(Options{
		Objects: client, Bucket: "originals", Log: slog.New(slog.DiscardHandler),
		Uploads: upload.Signer{Client: s3.NewPresignClient(client), Bucket: "originals"},
		URLs:    thumburl.Client{Secret: []byte(secret)},
	})
}

func get(t *testing.T, h http.Handler, target string, status int) *http.Response {
	t.Helper()
	return do(t, h, httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil), status)
}

func do(t *testing.T, h http.Handler, r *http.Request, status int) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != status {
		t.Fatalf("%s %s: %d %s, want %d", r.Method, r.URL, w.Code, w.Body, status)
	}
	if w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s %s: no nosniff", r.Method, r.URL)
	}
	return w.Result()
}

func decode[T any](t *testing.T, resp *http.Response) T {
	t.Helper()
	var v T
	if got := resp.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("the type is %q", got)
	}
	if err := json.NewDecoder(resp.Body).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

type mistake struct {
	Status        int
	Code, Message string
}

func wantMistake(t *testing.T, resp *http.Response, code, message string) {
	t.Helper()
	got := decode[mistake](t, resp)
	if got.Status != resp.StatusCode || got.Code != code || !strings.Contains(got.Message, message) {
		t.Errorf("got %+v, want %s: %s", got, code, message)
	}
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func keys(l listing) []string {
	var all []string
	for _, p := range l.Pictures {
		all = append(all, p.Key)
	}
	return all
}

func TestPicturesNewestFirst(t *testing.T) {
	h := serve(t, bucket{
		{"entities/a.jpg", noon, `"e"`, 1},
		{"uploads/", noon, `"e"`, 0}, // a folder, as the console makes them
		{"uploads/a/../b.jpg", noon, `"e"`, 1},
		{"uploads/new.jpg", noon.Add(2 * time.Hour), `"e1"`, 3},
		{"uploads/old.jpg", noon, `"e2"`, 1},
		{"uploads/x/middle.heic", noon.Add(time.Hour), `"e3"`, 2},
	})
	got := decode[listing](t, get(t, h, "/app/pictures", http.StatusOK))
	if want := []string{"uploads/new.jpg", "uploads/x/middle.heic", "uploads/old.jpg"}; !slices.Equal(keys(got), want) {
		t.Errorf("got %q, want %q", keys(got), want)
	}
	if p := got.Pictures[1]; p.Name != "middle.heic" || p.Size != 2 || !p.Uploaded.Equal(noon.Add(time.Hour)) {
		t.Errorf("got %+v", p)
	}
}

func TestNoPictures(t *testing.T) {
	body, err := io.ReadAll(get(t, serve(t, bucket{}), "/app/pictures", http.StatusOK).Body)
	if err != nil || strings.TrimSpace(string(body)) != `{"pictures":[]}` {
		t.Errorf("got %s, %v", body, err)
	}
}

func TestPicturesInPages(t *testing.T) {
	var b bucket
	for i := range 1100 {
		b = append(b, object{fmt.Sprintf("uploads/%04d.jpg", i), noon.Add(time.Duration(i) * time.Second), `"e"`, 1})
	}
	h := serve(t, b)
	seen := map[string]bool{}
	requests, after := 0, ""
	for ok := true; ok; ok = after != "" {
		l := decode[listing](t, get(t, h, "/app/pictures?after="+after, http.StatusOK))
		if requests == 0 && (len(l.Pictures) != pageSize || l.Pictures[0].Key != "uploads/1099.jpg") {
			t.Fatalf("the first page is %q", keys(l))
		}
		for _, key := range keys(l) {
			seen[key] = true
		}
		requests, after = requests+1, l.Next
	}
	if len(seen) != 1100 || requests != 19 {
		t.Errorf("%d pictures in %d pages", len(seen), requests)
	}
	wantMistake(t, get(t, h, "/app/pictures?after=uploads/gone.jpg", http.StatusBadRequest), "InvalidField", `after: got "uploads/gone.jpg"`)
}

func TestOnePicture(t *testing.T) {
	h := serve(t, bucket{
		{"entities/a.jpg", noon, `"e"`, 1},
		{"uploads/a.jp", noon, `"e"`, 1},
		{"uploads/a.jpg", noon.Add(time.Second), `"e"`, 1},
	})
	got := decode[listing](t, get(t, h, "/app/pictures?key=uploads%2Fa.jp", http.StatusOK))
	if want := []string{"uploads/a.jp"}; !slices.Equal(keys(got), want) {
		t.Errorf("got %q, want %q", keys(got), want)
	}
	wantMistake(t, get(t, h, "/app/pictures?key=uploads/a", http.StatusNotFound), "OriginalNotFound", `got "uploads/a"`)
	wantMistake(t, get(t, h, "/app/pictures?key=entities/a.jpg", http.StatusNotFound), "OriginalNotFound", "want a key below uploads/")
}

// The landing card comes first and needs no secret; the others are signed, and
// each means what the list says of it.
func TestThumbnails(t *testing.T) {
	h := serve(t, bucket{{"uploads/a.jpg", noon, `"0123456789abcdef"`, 1}})
	all := decode[listing](t, get(t, h, "/app/pictures", http.StatusOK)).Pictures[0].Thumbnails
	if len(all) != 9 {
		t.Fatalf("%d thumbnails", len(all))
	}
	card, card2x := all[0], all[1]
	if want := (thumbnail{"card", "Landing card", 288, 264, "auto", card.URL, card.URL + " 1x, " + card2x.URL + " 2x"}); card != want {
		t.Errorf("got %+v, want %+v", card, want)
	}
	if want, _ := (thumburl.Client{}).Preset("card", "uploads/a.jpg"); card.URL != want {
		t.Errorf("the card is %q, want %q", card.URL, want)
	}
	formats := map[string]int{}
	for _, th := range all[1:] {
		path, err := thumburl.ParsePath("/1" + th.URL)
		if err != nil || !thumburl.Verify([][]byte{[]byte(secret)}, path.Payload, path.Signature) {
			t.Errorf("%s: %q is not signed: %v", th.Name, th.URL, err)
			continue
		}
		r, err := thumburl.Parse(path.Payload)
		if err != nil {
			t.Errorf("%s: %v", th.Name, err)
			continue
		}
		resize := r.Edits[0].(thumburl.Resize)
		if r.Key != "uploads/a.jpg" || r.Version != "0123456789abcdef" || resize.Width != th.Width || resize.Height != th.Height ||
			r.OutputFormat.String() != th.Format || th.Label == "" {
			t.Errorf("%+v means %+v", th, r)
		}
		if (th.Height == 0) != (resize.Fit == thumburl.Inside && resize.WithoutEnlargement) {
			t.Errorf("%+v has %+v", th, resize)
		}
		formats[th.Format]++
	}
	if formats["auto"] != 4 || formats["jpeg"] != 1 || formats["webp"] != 1 || formats["avif"] != 1 || formats["png"] != 1 {
		t.Errorf("the formats are %v", formats)
	}
}

func TestListingFails(t *testing.T) {
	h := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<Error><Code>AccessDenied</Code></Error>", http.StatusForbidden)
	}))
	resp := get(t, h, "/app/pictures", http.StatusInternalServerError)
	body, _ := io.ReadAll(resp.Body)
	if strings.Contains(string(body), "AccessDenied") || !strings.Contains(string(body), "InternalError") {
		t.Errorf("got %s", body)
	}
}

// What was learnt of a picture is there for its placeholder and its layout.
func TestEntity(t *testing.T) {
	h := serve(t, bucket{{"uploads/known.jpg", noon, `"e"`, 1}, {"uploads/new.jpg", noon.Add(time.Second), `"e"`, 1}})
	l := decode[listing](t, get(t, h, "/app/pictures", http.StatusOK))
	if l.Pictures[0].Entity != nil {
		t.Errorf("%+v", l.Pictures[0].Entity)
	}
	known := l.Pictures[1]
	if known.Entity == nil || *known.Entity != (entity{500, 333, "#102030", "AAAA"}) {
		t.Fatalf("%+v", known.Entity)
	}
	for _, th := range known.Thumbnails {
		if th.Name == "wide" && (th.Width != 500 || th.Height != 333) {
			t.Errorf("the uncropped one has %dx%d", th.Width, th.Height)
		}
	}
}

func post(t *testing.T, h http.Handler, body string, status int) *http.Response {
	t.Helper()
	return do(t, h, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/uploads", strings.NewReader(body)), status)
}

func TestSign(t *testing.T) {
	h := serve(t, bucket{})
	resp := post(t, h, `{"name":"beach.heic","size":1000,"type":""}`, http.StatusOK)
	if resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control is %q", resp.Header.Get("Cache-Control"))
	}
	r := decode[upload.Request](t, resp)
	if r.Method != "PUT" || !strings.HasSuffix(r.Key, "/beach.heic") || !strings.Contains(r.URL, r.Key+"?") || r.Headers["Content-Type"] != "image/heic" {
		t.Errorf("got %+v", r)
	}
}

func TestSignRefuses(t *testing.T) {
	h := serve(t, bucket{})
	for _, c := range []struct {
		body          string
		status        int
		code, message string
	}{
		{"", 400, "InvalidJSON", "does not parse"},
		{"[]", 400, "InvalidJSON", "does not parse"},
		{`{"name":"a.jpg","size":"1"}`, 400, "InvalidJSON", "does not parse"},
		{`{"name":"` + strings.Repeat("a", 4<<10) + `"}`, 413, "BodyTooLarge", "at most 4096 bytes"},
		{`{"name":"a.jpg","size":0,"type":"image/jpeg"}`, 400, "InvalidField", "size: got 0 bytes"},
		{`{"name":"a.txt","size":1,"type":"text/plain"}`, 400, "UnsupportedType", `type: got "text/plain"`},
		{`{"name":"a.jpg","size":41943041,"type":"image/jpeg"}`, 413, "UploadTooLarge", "size: got 41943041 bytes"},
	} {
		wantMistake(t, post(t, h, c.body, c.status), c.code, c.message)
	}
}

func TestIndex(t *testing.T) {
	resp := get(t, serve(t, bucket{}), "/", http.StatusOK)
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`accept="image/jpeg,`, ",.heic,.heif,.avif", "up to 40&nbsp;MB"} {
		if !strings.Contains(string(body), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	csp := resp.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(csp, "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self' http://127.0.0.1:") {
		t.Errorf("the policy is %q", csp)
	}
	if strings.Contains(string(body), "style=") || strings.Contains(string(body), "onclick") {
		t.Error("the page has what its own policy forbids")
	}
}

// What the page refers to is there, and nothing of others is.
func TestFiles(t *testing.T) {
	h := serve(t, bucket{})
	for name, contentType := range map[string]string{
		"main.js": "text/javascript", "style.css": "text/css", "icon.svg": "image/svg+xml", "probe.avif": "image/avif", "cards.js": "text/javascript", "cards.css": "text/css", "thumbfront/index.js": "text/javascript", "thumbfront/upload.js": "text/javascript",
	} {
		resp := get(t, h, "/app/"+name, http.StatusOK)
		if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, contentType) {
			t.Errorf("%s has the type %q", name, got)
		}
	}
	for _, path := range []string{"/app/", "/app/none.js", "/app/..", "/app/x/y", "/app/pictures/x", "/app/thumbfront/files.go", "/app/thumbfront/sign.js"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if w.Code != http.StatusNotFound && w.Code != http.StatusTemporaryRedirect {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	entries, err := appFiles.ReadDir("app")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := appFiles.ReadFile("app/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if s := strings.ReplaceAll(string(text), "http://www.w3.org/2000/svg", ""); strings.Contains(s, "://") {
			t.Errorf("%s refers to another place", e.Name())
		}
	}
}
