package stack_test

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/pkg/upload"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// photo is a JPEG of the given size.
func photo(t *testing.T, width, height int) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetNRGBA(x, y, color.NRGBA{uint8(x * 255 / width), uint8(y * 255 / height), uint8((x*7 ^ y*5) & 63), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 92}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sizeOf(t *testing.T, body []byte) string {
	t.Helper()
	h, err := render.Renderer{}.ReadHeader(body)
	if err != nil {
		t.Fatalf("%d bytes: %v", len(body), err)
	}
	return fmt.Sprintf("%s %dx%d", h.Kind, h.Width, h.Height)
}

const (
	browser    = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
	oldBrowser = "image/webp,*/*"
)

// TestJourney is a picture's life: uploaded straight to S3 by a presigned
// request, shown, cached, stored, expired, shown again, deleted.
func TestJourney(t *testing.T) {
	l := start(t, stack.Options{})

	body := photo(t, 1200, 900)
	asked, err := json.Marshal(map[string]any{"name": "My photo.JPG", "size": len(body), "type": "image/jpeg"})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(l.URL+"/uploads", "application/json", bytes.NewReader(asked))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var presigned upload.Request
	if err := json.NewDecoder(answer.Body).Decode(&presigned); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%d %v", answer.StatusCode, err)
	}
	if !strings.HasPrefix(presigned.Key, "uploads/") {
		t.Fatalf("key %q", presigned.Key)
	}
	put, err := http.NewRequestWithContext(t.Context(), presigned.Method, presigned.URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range presigned.Headers {
		put.Header.Set(name, value)
	}
	uploaded, err := http.DefaultClient.Do(put)
	if err != nil || uploaded.StatusCode != http.StatusOK {
		t.Fatalf("%v %v", uploaded, err)
	}
	_ = uploaded.Body.Close()

	card, err := thumburl.Client{}.Preset("card", presigned.Key)
	if err != nil {
		t.Fatal(err)
	}
	for accept, want := range map[string]string{
		browser: "avif 288x264", oldBrowser: "webp 288x264", "": "jpeg 288x264", "image/avif;q=0, image/webp": "webp 288x264"} {
		first := l.get(card, "Accept", accept)
		if got := sizeOf(t, first.body); first.StatusCode != http.StatusOK || got != want {
			t.Errorf("Accept %q: %d %s, want %s", accept, first.StatusCode, got, want)
		}
	}
	if n := l.log.reaches("Renders", 3); n != 3 {
		t.Errorf("%d renders of 3 variants", n)
	}

	hit := l.get(card, "Accept", browser)
	if hit.Header.Get("X-Cache") != "Hit from cloudfront" || hit.Header.Get("Age") == "" {
		t.Errorf("the second request: %v", hit.Header)
	}
	sum := md5.Sum(hit.body)
	for name, want := range map[string]string{
		"Etag": `"` + hex.EncodeToString(sum[:]) + `"`, "Content-Type": "image/avif", "X-Content-Type-Options": "nosniff",
		"Cache-Control": "public, max-age=86400, s-maxage=31536000", "Content-Security-Policy": "default-src 'none'; sandbox",
	} {
		if got := hit.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if again := l.get(card, "Accept", browser, "If-None-Match", hit.Header.Get("Etag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("a condition that holds: %d", again.StatusCode)
	}
	if part := l.get(card, "Accept", browser, "Range", "bytes=0-9"); part.StatusCode != http.StatusPartialContent || !bytes.Equal(part.body, hit.body[:10]) {
		t.Errorf("a range: %d, %d bytes", part.StatusCode, len(part.body))
	}
	if head := l.do(http.MethodHead, card, "Accept", browser); head.StatusCode != http.StatusOK || len(head.body) != 0 {
		t.Errorf("HEAD: %d, %d bytes", head.StatusCode, len(head.body))
	}
	if options := l.do(http.MethodOptions, card); options.StatusCode != http.StatusNoContent {
		t.Errorf("OPTIONS: %d", options.StatusCode)
	}

	l.Edge.Clear()
	fromS3 := l.get(card, "Accept", browser)
	if fromS3.trip() != "S3" || !bytes.Equal(fromS3.body, hit.body) || fromS3.Header.Get("Etag") != hit.Header.Get("Etag") ||
		fromS3.Header.Get("Cache-Control") != hit.Header.Get("Cache-Control") || fromS3.Header.Get("Content-Type") != "image/avif" {
		t.Errorf("after the edge forgot: %s %v", fromS3.trip(), fromS3.Header)
	}
	if n := l.log.reaches("Renders", 3); n != 3 {
		t.Errorf("%d renders: S3 should have answered", n)
	}

	l.Edge.Clear()
	l.deleteThumbnails()
	if again := l.get(card, "Accept", browser); again.trip() != "rendered" || l.log.reaches("Renders", 4) != 4 {
		t.Errorf("after the stored one was deleted: %s, %d renders", again.trip(), l.log.count("Renders"))
	}

	// The lifecycle rule forgets thumbnails by age, and originals never.
	if n, err := l.S3.Expire(time.Now().AddDate(0, 0, 170)); err != nil || n != 0 {
		t.Errorf("after 170 days %d objects expired, %v", n, err)
	}
	if n, err := l.S3.Expire(time.Now().AddDate(0, 0, 182)); err != nil || n != 1 || len(l.stored()) != 0 {
		t.Errorf("after 182 days %d objects expired, %v, left %v", n, err, l.stored())
	}
	l.Edge.Clear()
	if again := l.get(card, "Accept", browser); again.trip() != "rendered" || again.StatusCode != http.StatusOK {
		t.Errorf("after it expired: %d %s", again.StatusCode, again.trip())
	}
	if l.log.count("StoreFailures") != 0 || l.log.count("ServerErrors") != 0 {
		t.Errorf("%d store failures, %d errors of ours", l.log.count("StoreFailures"), l.log.count("ServerErrors"))
	}
}

func TestSecondStartHasItsPictures(t *testing.T) {
	o := stack.Options{DataDir: t.TempDir()}
	first := start(t, o)
	first.put("uploads/a.jpg", photo(t, 300, 300))
	path := first.signed(thumburl.Request{Key: "uploads/a.jpg", Edits: thumburl.Edits{thumburl.Resize{Width: 20}}})
	rendered := first.get(path)
	first.Close()
	second := start(t, o)
	if again := second.get(path); again.trip() != "S3" || !bytes.Equal(again.body, rendered.body) {
		t.Errorf("after a restart: %d %s", again.StatusCode, again.trip())
	}
	if n := second.log.count("Renders"); n != 0 {
		t.Errorf("%d renders", n)
	}
}

// HEAD renders and stores as GET does: a GET after it is served by S3.
func TestHeadStores(t *testing.T) {
	l := start(t, stack.Options{})
	l.put("uploads/a.jpg", photo(t, 300, 300))
	path := l.signed(thumburl.Request{Key: "uploads/a.jpg", Edits: thumburl.Edits{thumburl.Resize{Width: 20}}})
	if head := l.do(http.MethodHead, path); head.StatusCode != http.StatusOK || len(head.body) != 0 {
		t.Fatalf("HEAD: %d, %d bytes", head.StatusCode, len(head.body))
	}
	if get := l.get(path); get.trip() != "S3" || sizeOf(t, get.body) != "jpeg 20x20" {
		t.Errorf("GET: %s %s", get.trip(), sizeOf(t, get.body))
	}
}

func TestManyViewersOneRender(t *testing.T) {
	l := start(t, stack.Options{})
	l.put("uploads/a.jpg", photo(t, 2000, 1500))
	path := l.signed(thumburl.Request{Key: "uploads/a.jpg", Edits: thumburl.Edits{thumburl.Resize{Width: 288, Height: 264}}})
	answers := make([]response, 30)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = l.get(path) })
	}
	wg.Wait()
	for _, a := range answers {
		if a.StatusCode != http.StatusOK || !bytes.Equal(a.body, answers[0].body) {
			t.Errorf("%d, %d bytes", a.StatusCode, len(a.body))
		}
	}
	if n := l.log.reaches("Renders", 1); n != 1 {
		t.Errorf("%d renders", n)
	}
}

// More viewers than this machine has places for are served one after another.
func TestBurstOfDifferentThumbnails(t *testing.T) {
	l := start(t, stack.Options{Concurrency: 3})
	l.put("uploads/a.jpg", photo(t, 300, 200))
	statuses := make([]int, 40)
	var wg sync.WaitGroup
	for i := range statuses {
		wg.Go(func() {
			statuses[i] = l.get(l.signed(thumburl.Request{Key: "uploads/a.jpg", Edits: thumburl.Edits{thumburl.Resize{Width: 10 + i}}})).StatusCode
		})
	}
	wg.Wait()
	for _, status := range statuses {
		if status != http.StatusOK {
			t.Fatalf("%v", statuses)
		}
	}
}

func TestRotationNeedsNoDeploy(t *testing.T) {
	l := start(t, stack.Options{Secret: "first-secret-0123456789", Environment: map[string]string{"SECRET_REFRESH": "1ns"}})
	l.put("uploads/a.jpg", photo(t, 30, 30))
	n := 0
	status := func(secret string) int {
		n++ // another picture each time: none may come from a cache
		path, err := thumburl.Client{Secret: []byte(secret)}.URL(thumburl.Request{Key: "uploads/a.jpg", Edits: thumburl.Edits{thumburl.Resize{Width: n}}})
		if err != nil {
			t.Fatal(err)
		}
		return l.get(path).StatusCode
	}
	if status("first-secret-0123456789") != 200 || status("second-secret-0123456789") != 403 {
		t.Error("before the rotation")
	}
	l.Secrets.Put(stack.SecretID, "second-secret-0123456789")
	if status("first-secret-0123456789") != 200 || status("second-secret-0123456789") != 200 {
		t.Error("after one rotation both secrets sign")
	}
	l.Secrets.Put(stack.SecretID, "third-secret-0123456789")
	if status("first-secret-0123456789") != 403 || status("second-secret-0123456789") != 200 || status("third-secret-0123456789") != 200 {
		t.Error("after two rotations the first secret signs nothing")
	}
}

// TestRunbookLeakedSecret follows infra/RUNBOOK.md: rotate twice, raise the
// epoch. What the leaked secret signed is refused, and what it had made is out
// of reach.
func TestRunbookLeakedSecret(t *testing.T) {
	o := stack.Options{DataDir: t.TempDir(), Secret: "leaked-secret-0123456789", Environment: map[string]string{"SECRET_REFRESH": "1ns"}}
	before := start(t, o)
	before.put("uploads/a.jpg", photo(t, 30, 30))
	forged := before.signed(thumburl.Request{Key: "uploads/a.jpg"})
	if a := before.get(forged); a.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	before.Secrets.Put(stack.SecretID, "interim-secret-0123456789")
	before.Secrets.Put(stack.SecretID, "current-secret-0123456789")
	if a := before.get(forged); a.StatusCode != http.StatusOK {
		t.Fatalf("rotation alone does not reach what is cached and stored: %d", a.StatusCode)
	}
	before.Close()

	o.Epoch = 2
	after := start(t, o)
	current := thumburl.Client{Secret: []byte("current-secret-0123456789")}
	path, err := current.URL(thumburl.Request{Key: "uploads/a.jpg"})
	if err != nil {
		t.Fatal(err)
	}
	after.Secrets.Put(stack.SecretID, "interim-secret-0123456789")
	if a := after.get(after.signed(thumburl.Request{Key: "uploads/none.jpg"})); a.code() != "OriginalNotFound" {
		t.Errorf("after one rotation the leaked secret is the previous one and still signs: %d %s", a.StatusCode, a.body)
	}
	after.Secrets.Put(stack.SecretID, "current-secret-0123456789")
	if a := after.get(forged); a.StatusCode != http.StatusForbidden || a.code() != "InvalidSignature" {
		t.Errorf("after two, under the next epoch: %d %s", a.StatusCode, a.body)
	}
	if a := after.get(path); a.trip() != "rendered" || a.StatusCode != http.StatusOK {
		t.Errorf("with the current secret: %d %s", a.StatusCode, a.trip())
	}
	if keys := after.stored(); len(keys) != 2 || !strings.HasPrefix(keys[0], "1/") || !strings.HasPrefix(keys[1], "2/") {
		t.Errorf("stored: %v", keys)
	}
}

func TestFunctionRefusesToStartWithTheDevelopmentSecret(t *testing.T) {
	log := &logLines{}
	s, err := stack.Start(t.Context(), stack.Options{DataDir: t.TempDir(), Bootstrap: bootstrap, Template: golden, FunctionLog: log,
		Environment: map[string]string{"ALLOW_DEVELOPMENT_SECRET": "false"}})
	if err == nil {
		s.Close()
		t.Fatal("it started")
	}
	// The last line: a function that is built with the system's libvips says so first.
	if n := len(log.lines); n == 0 || !strings.Contains(fmt.Sprint(log.lines[n-1]["error"]), "development secret") {
		t.Errorf("the log says %v %v", log.lines, log.other)
	}
}

func TestAccessModes(t *testing.T) {
	unsigned := func(r thumburl.Request) string {
		path, err := thumburl.Client{}.URL(r)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	preset := unsigned(thumburl.Request{Key: "uploads/a.jpg", Preset: "card"})
	edits := unsigned(thumburl.Request{Key: "uploads/a.jpg", Edits: thumburl.Edits{thumburl.Resize{Width: 9}}})
	for _, c := range []struct {
		access               thumburl.Access
		preset, edits        int
		presetCode, editCode string
	}{
		{thumburl.Signed, 403, 403, "SignatureRequired", "SignatureRequired"},
		{thumburl.PresetsOrSigned, 200, 403, "", "FieldNotAllowed"},
		{thumburl.Open, 200, 200, "", ""},
	} {
		l := start(t, stack.Options{Access: c.access})
		l.put("uploads/a.jpg", photo(t, 400, 300))
		if a := l.get(preset); a.StatusCode != c.preset || a.code() != c.presetCode {
			t.Errorf("%s: a preset is answered %d %s", c.access, a.StatusCode, a.code())
		}
		if a := l.get(edits); a.StatusCode != c.edits || a.code() != c.editCode {
			t.Errorf("%s: edits are answered %d %s", c.access, a.StatusCode, a.code())
		}
		if a := l.get(l.signed(thumburl.Request{Key: "uploads/a.jpg", Edits: thumburl.Edits{thumburl.Resize{Width: 8}}})); a.StatusCode != 200 {
			t.Errorf("%s: a signed request is answered %d %s", c.access, a.StatusCode, a.body)
		}
		l.Close()
	}
}

func TestExpires(t *testing.T) {
	l := start(t, stack.Options{})
	l.put("uploads/a.jpg", photo(t, 30, 30))
	client := l.URLs
	client.ExactExpires = true
	url := func(at time.Time) string {
		path, err := client.URL(thumburl.Request{Key: "uploads/a.jpg", Expires: at.Unix()})
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	if a := l.get(url(time.Now().Add(-time.Second))); a.StatusCode != http.StatusForbidden || a.code() != "Expired" {
		t.Errorf("an expired URL: %d %s", a.StatusCode, a.body)
	}
	live := l.get(url(time.Now().Add(100 * time.Second)))
	var age, shared int
	if _, err := fmt.Sscanf(live.Header.Get("Cache-Control"), "public, max-age=%d, s-maxage=%d", &age, &shared); err != nil || age > 100 || shared > 100 || age < 60 {
		t.Errorf("%d %q: want what is left of 100 s", live.StatusCode, live.Header.Get("Cache-Control"))
	}
}

func TestVersionIsCachedForGood(t *testing.T) {
	l := start(t, stack.Options{})
	l.put("uploads/a.jpg", photo(t, 30, 30))
	a := l.get(l.signed(thumburl.Request{Key: "uploads/a.jpg", Version: `"abc"`,
		Headers: map[string]string{"Content-Disposition": `attachment; filename="a.jpg"`}}))
	if a.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || a.Header.Get("Content-Disposition") != `attachment; filename="a.jpg"` {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	l.Edge.Clear()
	if b := l.get("/" + strings.TrimPrefix(a.Request.URL.Opaque, "//"+a.Request.URL.Host+"/")); b.trip() != "S3" || b.Header.Get("Content-Disposition") == "" {
		t.Errorf("from S3: %s %v", b.trip(), b.Header)
	}
}

// TestBadInput sends what an attacker would. Nothing of it may be stored, and
// the function must stay what it was.
func TestBadInput(t *testing.T) {
	l := start(t, stack.Options{})
	good := photo(t, 200, 200)
	l.put("uploads/good.jpg", good)
	l.put("uploads/cut.jpg", good[:len(good)/2])
	l.put("uploads/text.jpg", []byte("this is not a picture"))
	l.put("uploads/empty.jpg", nil)
	l.put("uploads/bomb.png", pngHeader(65535, 65535))
	l.put("uploads/frames.gif", manyFrames(10_000))
	l.put("quarantine/good.jpg", good)
	if _, err := l.Objects.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(stack.OriginalsBucket),
		Key: aws.String("uploads/large.jpg"), Body: bytes.NewReader(make([]byte, 41<<20))}); err != nil {
		t.Fatal(err)
	}

	raw := func(json string) string { // signed, whatever it says
		payload := encode(json)
		return thumburl.ViewerPath(payload, thumburl.Sign(l.URLs.Secret, payload))
	}
	resize := thumburl.Edits{thumburl.Resize{Width: 20, Height: 20}}
	of := func(key string) string { return l.signed(thumburl.Request{Key: key, Edits: resize}) }
	valid := of("uploads/good.jpg")
	payload, signature, _ := strings.Cut(valid[1:], ".")
	for _, c := range []struct {
		name, path string
		status     int
		code       string
	}{
		{"garbage", "/wp-admin/setup", 404, "NotFound"},
		{"a file name", "/favicon.ico", 403, "InvalidSignature"},
		{"percent signs", "/%2e%2e%2fetc%2fpasswd", 404, "NotFound"},
		{"dot segments", "/../" + payload, 404, "NotFound"},
		{"not base64", "/a." + signature, 400, "InvalidBase64"},
		{"truncated base64", "/" + payload[:len(payload)-3] + "." + signature, 400, ""},
		{"not JSON", raw("hello"), 400, "InvalidJSON"},
		{"JSON of the wrong type", raw(`[1,2]`), 400, "InvalidJSON"},
		{"a field of the wrong type", raw(`{"key":7}`), 400, "InvalidField"},
		{"an unknown field", raw(`{"key":"uploads/good.jpg","shell":"rm"}`), 400, "UnknownField"},
		{"NaN", raw(`{"key":"uploads/good.jpg","edits":{"resize":{"width":NaN}}}`), 400, "InvalidJSON"},
		{"a negative size", raw(`{"key":"uploads/good.jpg","edits":{"resize":{"width":-1}}}`), 400, "InvalidField"},
		{"a size too large", raw(`{"key":"uploads/good.jpg","edits":{"resize":{"width":5000}}}`), 400, "InvalidField"},
		{"not canonical", raw(`{"edits":{"resize":{"width":5}},"key":"uploads/good.jpg"}`), 400, "NotCanonical"},
		{"duplicate names", raw(`{"key":"uploads/good.jpg","key":"uploads/text.jpg"}`), 400, "InvalidField"},
		{"1 MB of JSON", raw(`{"key":"` + strings.Repeat("k", 1<<20) + `"}`), 414, "RequestTooLong"},
		{"just too long", raw(`{"key":"` + strings.Repeat("k", 731) + `"}`), 414, "RequestTooLong"},
		{"no signature", "/" + payload, 403, "FieldNotAllowed"},
		{"a wrong signature", "/" + payload + "." + strings.Repeat("A", 22), 403, "InvalidSignature"},
		{"a short signature", "/" + payload + "." + signature[1:], 403, "InvalidSignature"},
		{"an empty signature", "/" + payload + ".", 403, "InvalidSignature"},
		{"another's signature", "/" + encode(`{"key":"uploads/text.jpg"}`) + "." + signature, 403, "InvalidSignature"},
		{"a viewer's own variant", valid + "/avif", 404, "NotFound"},
		{"a viewer's own query", valid + "/~eA", 404, "NotFound"},
		{"a viewer's own epoch", "/1" + valid, 404, "NotFound"},
		{"another bucket", raw(`{"bucket":"other-bucket","key":"uploads/good.jpg"}`), 403, "BucketNotAllowed"},
		{"the bucket of the thumbnails", raw(`{"bucket":"thumbfront-thumbnails","key":"uploads/good.jpg"}`), 403, "BucketNotAllowed"},
		{"the default bucket named", raw(`{"bucket":"thumbfront-originals","key":"uploads/good.jpg"}`), 400, "NotCanonical"},
		{"outside uploads/", of("quarantine/good.jpg"), 403, "KeyNotAllowed"},
		{"dot segments in a key", raw(`{"key":"uploads/../quarantine/good.jpg"}`), 400, "InvalidField"},
		{"NUL in a key", raw(`{"key":"uploads/good.jpg\u0000.png"}`), 400, "InvalidField"},
		{"an unknown preset", "/" + encode(`{"key":"uploads/good.jpg","preset":"poster"}`), 400, "UnknownPreset"},
		{"a preset and more", "/" + encode(`{"key":"uploads/good.jpg","preset":"card","outputFormat":"png"}`), 403, "FieldNotAllowed"},
		{"a missing original", of("uploads/nothing.jpg"), 404, "OriginalNotFound"},
		{"a text", of("uploads/text.jpg"), 415, "SourceUnsupported"},
		{"an empty file", of("uploads/empty.jpg"), 422, "SourceEmpty"},
		{"a file that is cut off", of("uploads/cut.jpg"), 422, "SourceTruncated"},
		{"a declared 65535x65535", of("uploads/bomb.png"), 413, "SourceTooLarge"},
		{"10,000 frames", of("uploads/frames.gif"), 413, "SourceTooLarge"},
		{"41 MB", of("uploads/large.jpg"), 413, "SourceTooLarge"},
		{"a crop outside", raw(`{"key":"uploads/good.jpg","edits":{"crop":{"height":10,"left":199,"width":10}}}`), 400, "CropOutside"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &local{Stack: l.Stack, t: t, log: l.log}
			a := l.get(c.path)
			if a.StatusCode != c.status || c.code != "" && a.code() != c.code {
				t.Fatalf("%d %.300s, want %d %s", a.StatusCode, a.body, c.status, c.code)
			}
			var e struct {
				Status        int
				Code, Message string
			}
			if err := json.Unmarshal(a.body, &e); err != nil || e.Status != c.status || e.Message == "" || len(e.Message) > 1500 {
				t.Errorf("the body is %.300s", a.body)
			}
			if a.Header.Get("Content-Type") != "application/json" || a.Header.Get("Cache-Control") != "max-age=10" || a.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("headers %v", a.Header)
			}
		})
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, "PATCH"} {
		if a := l.do(method, valid); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", method, a.StatusCode)
		}
	}
	if keys := l.stored(); len(keys) != 0 {
		t.Errorf("stored: %v", keys)
	}
	if l.log.count("ServerErrors") != 0 || len(l.log.other) != 0 {
		t.Errorf("%d errors of ours, output %v", l.log.count("ServerErrors"), l.log.other)
	}
	if a := l.get(valid); a.StatusCode != http.StatusOK {
		t.Errorf("afterwards a good request is answered %d %s", a.StatusCode, a.body)
	}
	// What the edge lets through in the path must not split the cache.
	if a := l.get("/" + url.PathEscape(payload+"=") + "." + signature + "?response-content-type=text/html"); a.trip() != "edge" || a.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("padding and a query: %d %s %v", a.StatusCode, a.trip(), a.Header)
	}
}

// The log tells of requests and of no secret, nor of a signature.
func TestLogHoldsNoSecret(t *testing.T) {
	l := start(t, stack.Options{})
	l.put("uploads/a.jpg", photo(t, 30, 30))
	path := l.signed(thumburl.Request{Key: "uploads/a.jpg"})
	l.get(path)
	_, signature, _ := strings.Cut(path, ".")
	l.log.reaches("Renders", 1)
	text, err := json.Marshal(l.log.lines)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte("uploads/a.jpg")) || bytes.Contains(text, []byte(signature)) || bytes.Contains(text, []byte(thumburl.DevelopmentSecret)) {
		t.Errorf("the log: %s", text)
	}
}
