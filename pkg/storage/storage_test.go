package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// client talks to a handler that stands in for S3; the journey through a whole
// S3 is tested in scripts/local.
func client(t *testing.T, handler http.HandlerFunc) *s3.Client {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return s3.New(s3.Options{BaseEndpoint: &server.URL, UsePathStyle: true, Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "a", SecretAccessKey: "b"}, nil
		})})
}

func s3Error(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `<Error><Code>%s</Code><Message>m</Message></Error>`, code)
}

func TestGet(t *testing.T) {
	o := Originals{client(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/bucket/uploads/a b.jpg" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.Header().Set("Etag", `"tag"`)
		fmt.Fprint(w, "12345")
	})}
	got, err := o.Get(t.Context(), "bucket", "uploads/a b.jpg", 5)
	if err != nil || string(got.Body) != "12345" || got.ETag != `"tag"` {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := o.Get(t.Context(), "bucket", "uploads/a b.jpg", 4); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte too many: %v", err)
	}
}

// A body may be longer than its declared length says, or have none.
func TestGetWithoutALength(t *testing.T) {
	o := Originals{client(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		fmt.Fprint(w, strings.Repeat("x", 100))
	})}
	if _, err := o.Get(t.Context(), "b-1", "k", 99); !errors.Is(err, ErrTooLarge) {
		t.Errorf("100 bytes of 99: %v", err)
	}
	if got, err := o.Get(t.Context(), "b-1", "k", 100); err != nil || len(got.Body) != 100 {
		t.Errorf("%d bytes, %v", len(got.Body), err)
	}
}

func TestGetOfABodyThatEndsEarly(t *testing.T) {
	o := Originals{client(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "short")
	})}
	if got, err := o.Get(t.Context(), "b-1", "k", 1000); err == nil {
		t.Errorf("half a body is taken for whole: %q", got.Body)
	}
}

func TestNotFound(t *testing.T) {
	for _, c := range []struct {
		status   int
		code     string
		notFound bool
	}{
		{404, "NoSuchKey", true},
		{403, "AccessDenied", true}, // a missing key, to those who may not list
		{400, "KeyTooLongError", true},
		{400, "InvalidRequest", false},
		{503, "SlowDown", false},
		{500, "InternalError", false},
	} {
		o := Originals{client(t, func(w http.ResponseWriter, r *http.Request) { s3Error(w, c.status, c.code) })}
		if _, err := o.Get(t.Context(), "b-1", "k", 9); err == nil || errors.Is(err, ErrNotFound) != c.notFound {
			t.Errorf("get, %d %s: %v", c.status, c.code, err)
		}
	}
	o := Originals{client(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNotFound) })}
	if _, err := o.Head(t.Context(), "b-1", "k"); !errors.Is(err, ErrNotFound) {
		t.Errorf("head: %v", err)
	}
}

func TestPut(t *testing.T) {
	var got *http.Request
	var body []byte
	thumbnails := Thumbnails{Bucket: "thumbs", Client: client(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	})}
	err := thumbnails.Put(t.Context(), "1/abc/webp", Thumbnail{Body: []byte("picture"), ContentType: "image/webp", Headers: http.Header{
		"Cache-Control": {"public"}, "Content-Disposition": {"inline"}, "Content-Language": {"de"}, "Expires": {"Wed, 21 Oct 2026 07:28:00 GMT"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got.Method != http.MethodPut || got.URL.Path != "/thumbs/1/abc/webp" || !strings.Contains(string(body), "picture") {
		t.Errorf("%s %s %q", got.Method, got.URL.Path, body)
	}
	for name, want := range map[string]string{"Content-Type": "image/webp", "Cache-Control": "public", "Content-Disposition": "inline",
		"Content-Language": "de", "Expires": "Wed, 21 Oct 2026 07:28:00 GMT"} {
		if v := got.Header.Get(name); v != want {
			t.Errorf("%s is %q", name, v)
		}
	}
}

// What is missing when it is written or deleted is never the original.
func TestPutAndDeleteFail(t *testing.T) {
	thumbnails := Thumbnails{Bucket: "thumbs", Client: client(t, func(w http.ResponseWriter, r *http.Request) { s3Error(w, 403, "AccessDenied") })}
	if err := thumbnails.Put(t.Context(), "k", Thumbnail{}); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("put: %v", err)
	}
	if err := thumbnails.Delete(t.Context(), "k"); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("delete: %v", err)
	}
}

// What a thumbnail was stored with comes back with it, whatever the keys of its
// overlays are written in.
func TestThumbnailComesBackAsItWasStored(t *testing.T) {
	var stored http.Header
	var body []byte
	thumbnails := Thumbnails{Bucket: "thumbnails", Client: client(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			stored = r.Header.Clone()
			body, _ = io.ReadAll(r.Body)
			return
		}
		if stored == nil {
			s3Error(w, http.StatusForbidden, "AccessDenied")
			return
		}
		for _, name := range []string{"Content-Type", "Cache-Control", "Content-Language", "X-Amz-Meta-Overlays"} {
			w.Header().Set(name, stored.Get(name))
		}
		_, _ = w.Write(body)
	})}
	if _, err := thumbnails.Get(t.Context(), "1/abc", AtMost(100)); !errors.Is(err, ErrNotFound) {
		t.Errorf("before it is stored: %v", err)
	}
	want := Thumbnail{Body: []byte("bytes"), ContentType: "image/png", Headers: http.Header{"Cache-Control": {"max-age=5"}, "Content-Language": {"de"}},
		Overlays: []string{"logos/grün 🖼.png", "ours/uploads/a,b.png"}}
	if err := thumbnails.Put(t.Context(), "1/abc", want); err != nil {
		t.Fatal(err)
	}
	got, err := thumbnails.Get(t.Context(), "1/abc", AtMost(100))
	if err != nil || string(got.Body) != "bytes" || got.ContentType != "image/png" || got.Headers.Get("Cache-Control") != "max-age=5" || got.Headers.Get("Content-Language") != "de" ||
		strings.Join(got.Overlays, "|") != strings.Join(want.Overlays, "|") {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := thumbnails.Get(t.Context(), "1/abc", AtMost(4)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte too many: %v", err)
	}
	stored.Set("X-Amz-Meta-Overlays", "!")
	if _, err := thumbnails.Get(t.Context(), "1/abc", AtMost(100)); err == nil {
		t.Error("overlays that cannot be read are none")
	}
}

// A caller who has no room for a body does not get it read; one of a length that nobody
// says finds no room.
func TestRoomIsAskedForBeforeTheBodyIsRead(t *testing.T) {
	full := errors.New("full")
	thumbnails := Thumbnails{Bucket: "thumbnails", Client: client(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "streamed") {
			w.(http.Flusher).Flush()
		} else {
			w.Header().Set("Content-Length", "5")
		}
		w.Header().Set("Etag", `"tag"`)
		_, _ = io.WriteString(w, "bytes")
	})}
	var asked []int64
	room := func(err error) func(int64) error {
		return func(bytes int64) error { asked = append(asked, bytes); return err }
	}
	if got, err := thumbnails.Get(t.Context(), "k", room(nil)); err != nil || string(got.Body) != "bytes" || got.ETag != `"tag"` {
		t.Errorf("with room: %+v, %v", got, err)
	}
	if got, err := thumbnails.Get(t.Context(), "k", room(full)); !errors.Is(err, full) || got.Body != nil {
		t.Errorf("without: %+v, %v", got, err)
	}
	if _, err := thumbnails.Get(t.Context(), "streamed", room(nil)); err == nil {
		t.Error("a length that is not said is taken for one")
	}
	if fmt.Sprint(asked) != "[5 5]" {
		t.Errorf("room is asked for %v", asked)
	}
}

func TestWhatAnOriginalWasUploadedWith(t *testing.T) {
	o := Originals{client(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("Cache-Control", "max-age=5")
		w.Header().Set("Expires", "Tue, 24 Dec 2019 13:46:28 GMT")
		w.Header().Set("Last-Modified", "Sat, 19 Dec 2009 16:30:47 GMT")
		w.Header().Set("Etag", `"tag"`)
		if r.Method == http.MethodGet {
			fmt.Fprint(w, "12345")
		}
	})}
	got, err := o.Get(t.Context(), "b-1", "k", 5)
	if err != nil {
		t.Fatal(err)
	}
	head, err := o.Head(t.Context(), "b-1", "k")
	if err != nil {
		t.Fatal(err)
	}
	got.Body = nil
	if fmt.Sprint(got) != fmt.Sprint(head) {
		t.Errorf("GET says %+v, HEAD %+v", got, head)
	}
	if head.ContentType != "image/png" || head.CacheControl != "max-age=5" || head.Expires != "Tue, 24 Dec 2019 13:46:28 GMT" || head.LastModified.Year() != 2009 || head.ETag != `"tag"` {
		t.Errorf("%+v", head)
	}
}

// The marks of an overlay lead to what it was used for, and are no thumbnails.
func TestMarksOfOverlays(t *testing.T) {
	objects := map[string]string{}
	var order []string
	thumbnails := Thumbnails{Bucket: "thumbs", Client: client(t, func(w http.ResponseWriter, r *http.Request) {
		key := strings.TrimPrefix(r.URL.Path, "/thumbs/")
		switch {
		case r.Method == http.MethodPut:
			body, _ := io.ReadAll(r.Body)
			objects[key] = string(body)
			order = append(order, key)
		case r.URL.Query().Get("delimiter") != "":
			fmt.Fprint(w, `<ListBucketResult><CommonPrefixes><Prefix>1/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>overlays/</Prefix></CommonPrefixes></ListBucketResult>`)
		case r.URL.Query().Get("list-type") != "":
			fmt.Fprint(w, `<ListBucketResult>`)
			for key := range objects {
				if strings.HasPrefix(key, r.URL.Query().Get("prefix")) {
					fmt.Fprintf(w, `<Contents><Key>%s</Key><LastModified>2026-01-01T12:00:00Z</LastModified></Contents>`, key)
				}
			}
			fmt.Fprint(w, `</ListBucketResult>`)
		default:
			fmt.Fprint(w, "1/abc.def")
		}
	})}
	err := thumbnails.Put(t.Context(), "1/abc.def", Thumbnail{Body: []byte("picture"), ContentType: "image/webp", Overlays: []string{"ours/uploads/logo.png", "ours/b"}})
	if err != nil || len(order) != 3 || order[2] != "1/abc.def" {
		t.Fatalf("%v; written in the order %q", err, order)
	}
	made, err := thumbnails.MadeOf(t.Context(), "ours/uploads/logo.png")
	if err != nil || len(made) != 1 || made[0].Key != "1/abc.def" || made[0].Written.Hour() != 12 {
		t.Errorf("%+v, %v", made, err)
	}
	if made, err := thumbnails.MadeOf(t.Context(), "ours/uploads/logo.pn"); err != nil || len(made) != 0 {
		t.Errorf("another one: %+v, %v", made, err)
	}
	if epochs, err := thumbnails.Epochs(t.Context()); err != nil || len(epochs) != 1 || epochs[0] != "1" {
		t.Errorf("epochs are %q, %v", epochs, err)
	}
}
