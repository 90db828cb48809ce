package stack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/thumbfront/thumbfront/pkg/ingest"
	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/pkg/upload"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// clock is the machine's, put forward.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// startWhole is a stack with all its functions.
func startWhole(t *testing.T, o stack.Options) *local {
	t.Helper()
	ingestOnce.Do(func() {
		for name, path := range map[string]*string{"ingest": &ingestBootstrap, "upload": &uploadBootstrap} {
			if *path, ingestErr = stack.BuildFunction(context.Background(), name, functionsDir+"/"+name); ingestErr != nil {
				return
			}
		}
	})
	if ingestErr != nil {
		t.Fatal(ingestErr)
	}
	o.Ingest, o.Upload = ingestBootstrap, uploadBootstrap
	return start(t, o)
}

var (
	ingestOnce                       sync.Once
	ingestBootstrap, uploadBootstrap string
	ingestErr                        error
)

// eventually waits for what an event leads to.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 s: %s", what)
		}
		time.Sleep(20 * time.Millisecond) // S3 tells nobody but the queue
	}
}

func (l *local) entity(key string) (e ingest.Entity, ok bool) {
	l.t.Helper()
	out, err := l.Objects.GetObject(l.t.Context(), &s3.GetObjectInput{Bucket: aws.String(stack.OriginalsBucket), Key: aws.String(storage.EntityKey(key))})
	var missing *types.NoSuchKey
	if errors.As(err, &missing) {
		return e, false
	}
	if err != nil {
		l.t.Fatal(err)
	}
	defer out.Body.Close()
	if err := json.NewDecoder(out.Body).Decode(&e); err != nil {
		l.t.Fatal(err)
	}
	return e, true
}

func (l *local) idle() {
	l.t.Helper()
	eventually(l.t, "the queue of events is empty", func() bool {
		return len(l.Queues.Messages(l.IngestQueueARN)) == 0
	})
}

func (l *local) card(key string) string {
	l.t.Helper()
	path, err := thumburl.Client{}.Preset("card", key)
	if err != nil {
		l.t.Fatal(err)
	}
	return path
}

// TestArrivalOverwriteAndDeletion is a picture's life as ingest sees it.
func TestArrivalOverwriteAndDeletion(t *testing.T) {
	c := &clock{}
	l := startWhole(t, stack.Options{Clock: c.now})
	const key = "uploads/a b+ü.jpg"
	l.put(key, photo(t, 1200, 900))
	eventually(t, "three presets are stored", func() bool { return len(l.stored()) == 3 })
	l.idle()
	e, ok := l.entity(key)
	if !ok || e.Width != 1200 || e.Height != 900 || e.Format != "jpeg" || e.Color == "" || e.ThumbHash == "" || e.Sequencer == "" {
		t.Fatalf("the entity is %+v", e)
	}
	for accept, want := range map[string]string{browser: "avif 288x264", oldBrowser: "webp 288x264", "": "jpeg 288x264"} {
		first := l.get(l.card(key), "Accept", accept)
		if first.trip() != "S3" || sizeOf(t, first.body) != want {
			t.Errorf("the first viewer with Accept %q: %d %s, %s", accept, first.StatusCode, first.trip(), sizeOf(t, first.body))
		}
	}

	// Another picture under the same key: nobody sees the old one any more.
	other := l.signed(thumburl.Request{Key: key, Edits: thumburl.Edits{thumburl.Resize{Width: 40}}})
	before := l.get(other)
	l.put("uploads/a b+ü.jpg.jpg", photo(t, 100, 100)) // whose paths begin alike
	eventually(t, "the neighbour's presets are stored", func() bool { return len(l.stored()) == 7 })
	c.advance(2 * time.Second)
	l.put(key, photo(t, 300, 900))
	eventually(t, "the entity is the new picture's", func() bool { e, _ := l.entity(key); return e.Height == 900 && e.Width == 300 })
	l.idle()
	after := l.get(other)
	if after.trip() != "rendered" || bytes.Equal(after.body, before.body) || sizeOf(t, after.body) != "jpeg 40x120" {
		t.Errorf("overwritten: %d %s, %s", after.StatusCode, after.trip(), sizeOf(t, after.body))
	}
	if a := l.get(l.card(key), "Accept", oldBrowser); a.trip() != "S3" {
		t.Errorf("its preset comes from %s", a.trip())
	}

	// The second purge of it comes when no render of the old one can be under way.
	const late = 58*time.Second + time.Millisecond
	purges := l.queue("DelayedPurges")
	eventually(t, "a purge is put off", func() bool { return len(l.Queues.Messages(purges)) == 1 })
	c.advance(late - 5*time.Second)
	l.Queues.Wake()
	if a := l.get(other); a.trip() != "edge" {
		t.Errorf("before it: %s", a.trip())
	}
	c.advance(5 * time.Second)
	l.Queues.Wake()
	eventually(t, "it is done", func() bool { return len(l.Queues.Messages(purges)) == 0 })
	if a := l.get(other); a.trip() != "rendered" {
		t.Errorf("after it: %s", a.trip())
	}
	if a := l.get(l.card(key), "Accept", oldBrowser); a.trip() != "S3" {
		t.Errorf("its preset comes from %s after the second purge", a.trip())
	}

	// Deleted: gone from S3 and from the edge, and a render that was under way
	// leaves nothing.
	if _, err := l.Objects.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(stack.OriginalsBucket), Key: aws.String(key)}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the entity is gone", func() bool { _, ok := l.entity(key); return !ok })
	l.idle()
	for _, path := range []string{other, l.card(key)} {
		if a := l.get(path, "Accept", browser); a.StatusCode != http.StatusNotFound || a.code() != "OriginalNotFound" {
			t.Errorf("deleted: %d %s", a.StatusCode, a.trip())
		}
	}
	if n := len(l.stored()); n != 3 {
		t.Errorf("%d thumbnails are left, want the neighbour's 3: %v", n, l.stored())
	}
	straggler := "1" + other
	if _, err := l.Objects.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(stack.ThumbnailsBucket), Key: aws.String(straggler), Body: bytes.NewReader(before.body), ContentType: aws.String("image/jpeg")}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a purge is put off again", func() bool { return len(l.Queues.Messages(purges)) == 1 })
	c.advance(15 * time.Second) // the 404 in the edge's cache is over
	if a := l.get(other); a.StatusCode != http.StatusOK {
		t.Errorf("the straggler is not seen: %d", a.StatusCode)
	}
	c.advance(late)
	l.Queues.Wake()
	eventually(t, "the straggler is gone", func() bool { return len(l.stored()) == 3 })
	eventually(t, "the second purge is over", func() bool { return len(l.Queues.Messages(purges)) == 0 })
	if a := l.get(other); a.StatusCode != http.StatusNotFound {
		t.Errorf("after the second purge: %d %s", a.StatusCode, a.trip())
	}
	if dead := l.Queues.Messages(l.queue("IngestDeadLetters")); len(dead) > 0 {
		t.Errorf("dead letters: %+v", dead)
	}
}

// A logo that was deleted stayed in the pictures that it was laid on, in S3 and at the
// edge.
func TestDeletedOverlayIsSeenNowhere(t *testing.T) {
	l := startWhole(t, stack.Options{})
	l.put("uploads/beach.jpg", photo(t, 300, 200))
	l.put("uploads/logo.jpg", photo(t, 30, 20))
	eventually(t, "the presets of both are stored", func() bool { return len(l.stored()) == 6 })
	l.idle()
	path := l.signed(thumburl.Request{Key: "uploads/beach.jpg", Edits: thumburl.Edits{
		thumburl.Resize{Width: 100}, thumburl.Watermark{Original: thumburl.Original{Key: "uploads/logo.jpg"}}}})
	if a := l.get(path); a.trip() != "rendered" || sizeOf(t, a.body) != "jpeg 100x67" {
		t.Fatalf("%d %s %s", a.StatusCode, a.trip(), a.body)
	}
	if a := l.get(path); a.trip() != "edge" {
		t.Errorf("again: %d from %s", a.StatusCode, a.trip())
	}
	if _, err := l.Objects.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(stack.OriginalsBucket), Key: aws.String("uploads/logo.jpg")}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the logo's entity is gone", func() bool { _, ok := l.entity("uploads/logo.jpg"); return !ok })
	l.idle()
	if a := l.get(path); a.StatusCode != http.StatusNotFound {
		t.Errorf("without the logo: %d from %s", a.StatusCode, a.trip())
	}
	if a := l.get(l.card("uploads/beach.jpg")); a.trip() != "S3" {
		t.Errorf("the beach alone: %d from %s", a.StatusCode, a.trip())
	}
}

// queue is the ARN of the queue whose logical id begins so.
func (l *local) queue(prefix string) string {
	l.t.Helper()
	var template struct {
		Resources map[string]struct{ Type string }
	}
	if err := json.Unmarshal(golden, &template); err != nil {
		l.t.Fatal(err)
	}
	for id, r := range template.Resources {
		if r.Type == "AWS::SQS::Queue" && strings.HasPrefix(id, prefix) {
			return "arn:aws:sqs:us-east-1:000000000000:" + id
		}
	}
	l.t.Fatalf("no queue %s", prefix)
	return ""
}

func TestWhatIsNoPictureIsQuarantined(t *testing.T) {
	l := startWhole(t, stack.Options{})
	const key = "uploads/fake.jpg"
	l.put(key, []byte("<html>no picture"))
	quarantined := aws.String(storage.QuarantinePrefix + key)
	eventually(t, "it is in quarantine", func() bool {
		_, err := l.Objects.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(stack.OriginalsBucket), Key: quarantined})
		return err == nil
	})
	l.idle()
	tags, err := l.Objects.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{Bucket: aws.String(stack.OriginalsBucket), Key: quarantined})
	if err != nil || len(tags.TagSet) != 1 || *tags.TagSet[0].Key != "reason" || *tags.TagSet[0].Value != "SourceUnsupported" {
		t.Errorf("its tags are %+v, %v", tags, err)
	}
	if a := l.get(l.card(key)); a.StatusCode != http.StatusNotFound {
		t.Errorf("under its own key: %d", a.StatusCode)
	}
	if a := l.get(l.signed(thumburl.Request{Key: *quarantined})); a.StatusCode != http.StatusForbidden || a.code() != "KeyNotAllowed" {
		t.Errorf("in quarantine: %d %s", a.StatusCode, a.code())
	}
	if _, ok := l.entity(key); ok {
		t.Error("it has an entity")
	}
}

// In a deployment of signed URLs what is warmed is what signed URLs ask for.
func TestSignedPresetsAreWarmed(t *testing.T) {
	l := startWhole(t, stack.Options{Access: thumburl.Signed})
	l.put("uploads/a.jpg", photo(t, 300, 300))
	eventually(t, "three presets are stored", func() bool { return len(l.stored()) == 3 })
	path, err := l.URLs.Preset("card", "uploads/a.jpg")
	if err != nil {
		t.Fatal(err)
	}
	if a := l.get(path, "Accept", browser); a.trip() != "S3" || a.StatusCode != http.StatusOK {
		t.Errorf("%d from %s", a.StatusCode, a.trip())
	}
}

// signedCall calls the upload function's URL as a backend with credentials does.
func (l *local) signedCall(path string, body any, sign bool) (int, []byte) {
	l.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		l.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, l.UploadURL+path, bytes.NewReader(text))
	if err != nil {
		l.t.Fatal(err)
	}
	if sign {
		request.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
		if err := v4.NewSigner().SignHTTP(l.t.Context(), stack.Admin, request, "UNSIGNED-PAYLOAD", "lambda", stack.Region, time.Now()); err != nil {
			l.t.Fatal(err)
		}
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		l.t.Fatal(err)
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return answer.StatusCode, got
}

// send sends what was signed, and gives status, body and headers.
func send(t *testing.T, method, url string, headers map[string]string, body []byte) (int, string, http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(got), answer.Header
}

// TestUploadFunction has the function of other languages' backends sign each kind
// of upload, and S3 take it.
func TestUploadFunction(t *testing.T) {
	l := startWhole(t, stack.Options{})
	call := func(path string, body map[string]any, into any) {
		t.Helper()
		status, answer := l.signedCall(path, body, true)
		if status != http.StatusOK {
			t.Fatalf("%v: %d %s", body, status, answer)
		}
		if err := json.Unmarshal(answer, into); err != nil {
			t.Fatal(err)
		}
	}
	if status, answer := l.signedCall("/uploads", map[string]any{"name": "a.jpg", "size": 1}, false); status != http.StatusForbidden {
		t.Errorf("who is nobody: %d %s", status, answer)
	}
	if status, answer := l.signedCall("/uploads", map[string]any{"name": "a.exe", "size": 1}, true); status != http.StatusBadRequest || !strings.Contains(string(answer), "UnsupportedType") {
		t.Errorf("no picture: %d %s", status, answer)
	}

	small := photo(t, 200, 100)
	var put upload.Request
	call("/uploads", map[string]any{"owner": "users/42", "name": "a.jpg", "size": len(small)}, &put)
	if !strings.HasPrefix(put.Key, "uploads/users/42/") {
		t.Errorf("the key is %s", put.Key)
	}
	if status, body, _ := send(t, put.Method, put.URL, put.Headers, append(small, 'x')); status != http.StatusForbidden {
		t.Errorf("one byte more: %d %s", status, body)
	}
	if status, body, _ := send(t, put.Method, put.URL, put.Headers, small); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
	if status, body, _ := send(t, put.Method, put.URL, put.Headers, small); status != http.StatusPreconditionFailed {
		t.Errorf("again: %d %s", status, body)
	}
	eventually(t, "it has an entity", func() bool { _, ok := l.entity(put.Key); return ok })

	var download upload.Download
	call("/downloads", map[string]any{"owner": "users/42", "key": put.Key, "name": "Mein Bild.jpg"}, &download)
	if status, body, header := send(t, "GET", download.URL, nil, nil); status != http.StatusOK || body != string(small) ||
		header.Get("Content-Disposition") != `attachment; filename="Mein Bild.jpg"; filename*=UTF-8''Mein%20Bild.jpg` {
		t.Errorf("%d, %d bytes, %v", status, len(body), header)
	}

	// A plain HTML form.
	var form upload.Form
	call("/uploads", map[string]any{"form": true, "owner": "users/42"}, &form)
	for contentType, want := range map[string]int{"text/html": http.StatusForbidden, "image/*": http.StatusCreated} {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		form.Fields["Content-Type"] = contentType
		for name, value := range form.Fields {
			_ = w.WriteField(name, value)
		}
		part, err := w.CreateFormFile("file", "a.jpg")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(small)
		_ = w.Close()
		status, answer, _ := send(t, form.Method, form.URL, map[string]string{"Content-Type": w.FormDataContentType()}, body.Bytes())
		if status != want || want == http.StatusCreated && !strings.Contains(answer, "<Key>"+form.Key+"</Key>") {
			t.Errorf("a form of %s: %d %s", contentType, status, answer)
		}
	}
	eventually(t, "the form's picture has an entity", func() bool { e, ok := l.entity(form.Key); return ok && e.Format == "jpeg" })

	// In parts: what follows a JPEG's end is no part of the picture.
	large := append(photo(t, 200, 100), make([]byte, 17<<20)...)
	var begun upload.Request
	call("/uploads", map[string]any{"name": "b.jpg", "size": len(large)}, &begun)
	status, body, _ := send(t, begun.Method, begun.URL, begun.Headers, nil)
	_, after, _ := strings.Cut(body, "<UploadId>")
	id, _, found := strings.Cut(after, "</UploadId>")
	if status != http.StatusOK || !found {
		t.Fatalf("%d %s", status, body)
	}
	var parts upload.Parts
	call("/uploads", map[string]any{"key": begun.Key, "uploadId": id, "size": len(large)}, &parts)
	if len(parts.Parts) != 3 {
		t.Fatalf("%d parts", len(parts.Parts))
	}
	list := "<CompleteMultipartUpload>"
	for _, part := range parts.Parts {
		piece := large[part.Offset : part.Offset+part.Size]
		if status, body, _ := send(t, part.Method, part.URL, part.Headers, piece[1:]); status != http.StatusForbidden {
			t.Errorf("a part of another size: %d %s", status, body)
		}
		status, body, header := send(t, part.Method, part.URL, part.Headers, piece)
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		list += fmt.Sprintf("<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", part.Number, header.Get("Etag"))
		if part.Number == 2 {
			short := list + "</CompleteMultipartUpload>"
			if status, body, _ := send(t, parts.Complete.Method, parts.Complete.URL, parts.Complete.Headers, []byte(short)); status != http.StatusBadRequest {
				t.Errorf("a part is missing: %d %s", status, body)
			}
		}
	}
	if status, body, _ := send(t, parts.List.Method, parts.List.URL, parts.List.Headers, nil); status != http.StatusOK || strings.Count(body, "<PartNumber>") != 3 {
		t.Errorf("%d %s", status, body)
	}
	if status, body, _ := send(t, parts.Complete.Method, parts.Complete.URL, parts.Complete.Headers, []byte(list+"</CompleteMultipartUpload>")); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	eventually(t, "the large one has an entity", func() bool { e, ok := l.entity(begun.Key); return ok && e.Bytes == len(large) })
}
