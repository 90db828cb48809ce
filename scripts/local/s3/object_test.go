package s3

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func etagOf(body string) string {
	sum := md5.Sum([]byte(body))
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func TestPutGetHeadDelete(t *testing.T) {
	f := start(t, Options{})
	c := f.as(owner)
	expires := f.clock.Now().Add(time.Hour)
	put, err := c.PutObject(t.Context(), &s3sdk.PutObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String("a.webp"), Body: strings.NewReader("picture"),
		CacheControl: aws.String("max-age=60"), ContentType: aws.String("image/webp"), ContentLanguage: aws.String("en"),
		ContentDisposition: aws.String("inline"), Expires: aws.Time(expires), Metadata: map[string]string{"source": "uploads/a.heic"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if aws.ToString(put.ETag) != etagOf("picture") {
		t.Errorf("PUT: ETag %s", *put.ETag)
	}

	get, err := c.GetObject(t.Context(), getInput("a.webp"))
	if err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, get.Body); got != "picture" {
		t.Errorf("body %q", got)
	}
	head, err := c.HeadObject(t.Context(), headInput("a.webp"))
	if err != nil {
		t.Fatal(err)
	}
	describe := func(length *int64, modified *time.Time, etag, expires *string, meta map[string]string, rest ...*string) string {
		s := fmt.Sprintln(aws.ToInt64(length), aws.ToTime(modified), aws.ToString(etag), aws.ToString(expires), meta)
		for _, r := range rest {
			s += fmt.Sprintln(aws.ToString(r))
		}
		return s
	}
	want := describe(aws.Int64(7), aws.Time(f.clock.Now()), aws.String(etagOf("picture")), aws.String(expires.Format(http.TimeFormat)),
		map[string]string{"source": "uploads/a.heic"}, aws.String("max-age=60"), aws.String("image/webp"), aws.String("en"), aws.String("inline"))
	if got := describe(get.ContentLength, get.LastModified, get.ETag, get.ExpiresString, get.Metadata,
		get.CacheControl, get.ContentType, get.ContentLanguage, get.ContentDisposition); got != want {
		t.Errorf("GET says\n%swant\n%s", got, want)
	}
	if got := describe(head.ContentLength, head.LastModified, head.ETag, head.ExpiresString, head.Metadata,
		head.CacheControl, head.ContentType, head.ContentLanguage, head.ContentDisposition); got != want {
		t.Errorf("HEAD says\n%swant\n%s", got, want)
	}

	for range 2 { // the second finds nothing, which is no error
		if _, err := c.DeleteObject(t.Context(), &s3sdk.DeleteObjectInput{Bucket: aws.String(testBucket), Key: aws.String("a.webp")}); err != nil {
			t.Error(err)
		}
	}
	_, err = c.GetObject(t.Context(), getInput("a.webp"))
	wantError(t, err, http.StatusNotFound, "NoSuchKey")
}

func TestContentTypeByDefault(t *testing.T) {
	f := start(t, Options{})
	url := presignedPut(t, f, "page")
	if resp, body := send(t, http.MethodPut, url, nil, []byte("<html>")); resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	out, err := f.as(owner).GetObject(t.Context(), getInput("page"))
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(out.ContentType); got != "binary/octet-stream" {
		t.Errorf("type %q", got)
	}
}

func presignedPut(t *testing.T, f *fixture, key string) string {
	t.Helper()
	signed, err := f.presigner(owner).PresignPutObject(t.Context(), &s3sdk.PutObjectInput{Bucket: aws.String(testBucket), Key: aws.String(key)})
	if err != nil {
		t.Fatal(err)
	}
	return signed.URL
}

func TestConditionsOnGet(t *testing.T) {
	f := start(t, Options{})
	f.put(t, "a", "body")
	for _, c := range []struct {
		name, match, noneMatch string
		status                 int
	}{
		{"If-Match, equal", etagOf("body"), "", http.StatusOK},
		{"If-Match, other", etagOf("x"), "", http.StatusPreconditionFailed},
		{"If-None-Match, equal", "", etagOf("body"), http.StatusNotModified},
		{"If-None-Match, other", "", etagOf("x"), http.StatusOK},
	} {
		t.Run(c.name, func(t *testing.T) {
			input := getInput("a")
			if c.match != "" {
				input.IfMatch = &c.match
			}
			if c.noneMatch != "" {
				input.IfNoneMatch = &c.noneMatch
			}
			out, err := f.as(owner).GetObject(t.Context(), input)
			if c.status != http.StatusOK {
				wantError(t, err, c.status, "")
			} else if err != nil {
				t.Error(err)
			} else if got := readAll(t, out.Body); got != "body" {
				t.Errorf("body %q", got)
			}
		})
	}
}

func TestRange(t *testing.T) {
	f := start(t, Options{})
	f.put(t, "a", "0123456789")
	for _, c := range []struct{ asked, body, contentRange string }{
		{"bytes=0-3", "0123", "bytes 0-3/10"},
		{"bytes=4-", "456789", "bytes 4-9/10"},
		{"bytes=8-99", "89", "bytes 8-9/10"},
		{"bytes=-3", "789", "bytes 7-9/10"},
		{"bytes=-99", "0123456789", "bytes 0-9/10"},
	} {
		input := getInput("a")
		input.Range = aws.String(c.asked)
		out, err := f.as(owner).GetObject(t.Context(), input)
		if err != nil {
			t.Errorf("%s: %v", c.asked, err)
			continue
		}
		if got := readAll(t, out.Body); got != c.body || aws.ToString(out.ContentRange) != c.contentRange {
			t.Errorf("%s: %q, %s", c.asked, got, aws.ToString(out.ContentRange))
		}
	}
	for _, asked := range []string{"bytes=10-", "bytes=-0"} {
		input := getInput("a")
		input.Range = aws.String(asked)
		_, err := f.as(owner).GetObject(t.Context(), input)
		wantError(t, err, http.StatusRequestedRangeNotSatisfiable, "InvalidRange")
	}
}

func TestIfNoneMatchOnPut(t *testing.T) {
	f := start(t, Options{})
	put := func(body string) error {
		_, err := f.as(owner).PutObject(t.Context(), &s3sdk.PutObjectInput{
			Bucket: aws.String(testBucket), Key: aws.String("a"), Body: strings.NewReader(body), IfNoneMatch: aws.String("*"),
		})
		return err
	}
	if err := put("first"); err != nil {
		t.Fatal(err)
	}
	wantError(t, put("second"), http.StatusPreconditionFailed, "PreconditionFailed")
	if got := f.get(t, "a"); got != "first" {
		t.Errorf("overwritten with %q", got)
	}
}

// The condition also holds against an object that appears while the body is on its way.
func TestIfNoneMatchAgainstConcurrentPut(t *testing.T) {
	f := start(t, Options{})
	signed, err := f.presigner(owner).PresignPutObject(t.Context(), &s3sdk.PutObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String("a"), IfNoneMatch: aws.String("*"),
	})
	if err != nil {
		t.Fatal(err)
	}
	w := dial(t, signed.URL, "If-None-Match: *\r\nExpect: 100-continue\r\nContent-Length: 4\r\n")
	if resp := w.answer(t); resp.StatusCode != http.StatusContinue { // the server has looked for the object
		t.Fatalf("status %d", resp.StatusCode)
	}
	f.put(t, "a", "first")
	w.send(t, "late")
	if resp := w.answer(t); resp.StatusCode != http.StatusPreconditionFailed {
		t.Errorf("status %d", resp.StatusCode)
	}
	if got := f.get(t, "a"); got != "first" {
		t.Errorf("overwritten with %q", got)
	}
}

// wire is a PUT whose bytes a test sends one by one.
type wire struct {
	conn *net.TCPConn
	in   *bufio.Reader
}

// dial begins a PUT to a presigned URL.
func dial(t *testing.T, signed, headers string) *wire {
	t.Helper()
	u, err := url.Parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	w := &wire{conn.(*net.TCPConn), bufio.NewReader(conn)}
	w.send(t, fmt.Sprintf("PUT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", u.RequestURI(), u.Host, headers))
	return w
}

func (w *wire) send(t *testing.T, s string) {
	t.Helper()
	if _, err := io.WriteString(w.conn, s); err != nil {
		t.Fatal(err)
	}
}

func (w *wire) answer(t *testing.T) *http.Response {
	t.Helper()
	resp, err := http.ReadResponse(w.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func TestCopy(t *testing.T) {
	f := start(t, Options{})
	c := f.as(owner)
	_, err := c.PutObject(t.Context(), &s3sdk.PutObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String("from/ä +.jpg"), Body: strings.NewReader("picture"),
		ContentType: aws.String("image/jpeg"), Metadata: map[string]string{"a": "1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	written := f.clock.Now()
	f.clock.advance(time.Hour)

	source := testBucket + "/" + url.PathEscape("from/ä +.jpg")
	source = strings.ReplaceAll(source, "+", "%2B")
	out, err := c.CopyObject(t.Context(), &s3sdk.CopyObjectInput{Bucket: aws.String(testBucket), Key: aws.String("to"), CopySource: aws.String(source)})
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(out.CopyObjectResult.ETag); got != etagOf("picture") {
		t.Errorf("ETag of the copy %s", got)
	}
	head, err := c.HeadObject(t.Context(), headInput("to"))
	if err != nil {
		t.Fatal(err)
	}
	if f.get(t, "to") != "picture" || aws.ToString(head.ContentType) != "image/jpeg" || head.Metadata["a"] != "1" || !head.LastModified.Equal(f.clock.Now()) {
		t.Errorf("copy: %+v", head)
	}

	// A copy over itself, with new metadata, is young again.
	_, err = c.CopyObject(t.Context(), &s3sdk.CopyObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String("from/ä +.jpg"), CopySource: aws.String(source),
		MetadataDirective: types.MetadataDirectiveReplace, Metadata: map[string]string{"b": "2"}, ContentType: aws.String("image/png"),
	})
	if err != nil {
		t.Fatal(err)
	}
	head, err = c.HeadObject(t.Context(), headInput("from/ä +.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	if !head.LastModified.After(written) || head.Metadata["b"] != "2" || head.Metadata["a"] != "" || aws.ToString(head.ContentType) != "image/png" {
		t.Errorf("copy over itself: %+v", head)
	}
	if got := f.get(t, "from/ä +.jpg"); got != "picture" {
		t.Errorf("body %q", got)
	}
}

// nastyKeys are legal keys that would be trouble as file names or in URLs.
var nastyKeys = []string{
	"a/../b", "../../etc/passwd", "./a", "a/./b", "a//b", "/leading", "trailing/", "..", "a",
	strings.Repeat("k", 1024),
	strings.Repeat("s", 300) + "/" + strings.Repeat("t", 300),
	"ünïcödé/日本語/😀.jpg",
	"b b+c%2F&d=e;f?g#h\\i\"j'k<l>|*:~",
}

func TestNastyKeys(t *testing.T) {
	f := start(t, Options{})
	for _, key := range nastyKeys {
		f.put(t, key, "body of "+key)
	}
	for _, key := range nastyKeys {
		if got := f.get(t, key); got != "body of "+key {
			t.Errorf("%.50q holds %.50q", key, got)
		}
	}
	if got := len(listAll(t, f, &s3sdk.ListObjectsV2Input{})); got != len(nastyKeys) {
		t.Errorf("%d keys in the list, want %d", got, len(nastyKeys))
	}
}

func TestIllegalKeys(t *testing.T) {
	f := start(t, Options{})
	for key, code := range map[string]string{
		strings.Repeat("k", 1025): "KeyTooLongError",
		"a\x00b":                  "InvalidURI",
	} {
		_, err := f.as(owner).PutObject(t.Context(), &s3sdk.PutObjectInput{Bucket: aws.String(testBucket), Key: aws.String(key), Body: strings.NewReader("x")})
		wantError(t, err, http.StatusBadRequest, code)
		_, err = f.as(owner).GetObject(t.Context(), getInput(key))
		wantError(t, err, http.StatusBadRequest, code)
	}
}

func TestChunkedBodyWithTrailer(t *testing.T) {
	f := start(t, Options{})
	secure := httptest.NewTLSServer(f.Server) // over plain HTTP the SDK does not send trailers
	defer secure.Close()
	body := strings.Repeat("0123456789abcdef", 20_000)
	c := f.as(owner, func(o *s3sdk.Options) {
		o.BaseEndpoint = aws.String(secure.URL)
		o.HTTPClient = secure.Client()
	})
	_, err := c.PutObject(t.Context(), &s3sdk.PutObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String("a"), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
		Body: io.MultiReader(strings.NewReader(body)), ContentLength: aws.Int64(int64(len(body))),
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := f.as(owner).GetObject(t.Context(), getInput("a"))
	if err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, out.Body); got != body || aws.ToString(out.ETag) != etagOf(body) || aws.ToString(out.ContentEncoding) != "" {
		t.Errorf("%d bytes, ETag %s, encoding %q", len(got), aws.ToString(out.ETag), aws.ToString(out.ContentEncoding))
	}
}

// putChunked sends a body in aws-chunked framing, of which length bytes are said to be the object's.
func putChunked(t *testing.T, f *fixture, key, payload string, length int, framed string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, f.url+"/"+testBucket+"/"+key, strings.NewReader(framed))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Content-Sha256", payload)
	r.Header.Set("X-Amz-Decoded-Content-Length", strconv.Itoa(length))
	creds := aws.Credentials{AccessKeyID: owner.AccessKeyID, SecretAccessKey: owner.SecretAccessKey}
	if err := f.signer().SignHTTP(t.Context(), creds, r, payload, "s3", "us-east-1", time.Time{}); err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return resp, readAll(t, resp.Body)
}

// The framing in which each chunk is signed, with and without a trailer, as older SDKs send it.
func TestChunkedBodyWithSignedChunks(t *testing.T) {
	f := start(t, Options{})
	const signed = ";chunk-signature=0000\r\n"
	for payload, end := range map[string]string{
		"STREAMING-AWS4-HMAC-SHA256-PAYLOAD":         "\r\n",
		"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": "x-amz-checksum-crc32:AAAAAA==\r\n\r\n",
	} {
		body := "4" + signed + "pict\r\n3" + signed + "ure\r\n0" + signed + end
		if resp, answer := putChunked(t, f, payload, payload, 7, body); resp.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", resp.StatusCode, answer)
		}
		if got := f.get(t, payload); got != "picture" {
			t.Errorf("%s: stored %q", payload, got)
		}
	}
}

func TestChunkedBodyThatIsTooShort(t *testing.T) {
	f := start(t, Options{})
	resp, body := putChunked(t, f, "a", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", 8, "7\r\npicture\r\n0\r\n\r\n")
	wantRefused(t, resp, body, http.StatusBadRequest, "IncompleteBody")
	_, err := f.as(owner).HeadObject(t.Context(), headInput("a"))
	wantError(t, err, http.StatusNotFound, "")
}

func TestWrongChecksumIsRefused(t *testing.T) {
	f := start(t, Options{})
	_, err := f.as(owner).PutObject(t.Context(), &s3sdk.PutObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String("a"), Body: strings.NewReader("picture"), ChecksumCRC32: aws.String("AAAAAA=="),
	})
	wantError(t, err, http.StatusBadRequest, "BadDigest")
	_, err = f.as(owner).HeadObject(t.Context(), headInput("a"))
	wantError(t, err, http.StatusNotFound, "")
}

// Readers see one of the bodies whole, with its own ETag and length, while writers replace and delete it.
func TestConcurrentOverwritesNeverMix(t *testing.T) {
	f := start(t, Options{})
	const writers, readers, rounds = 4, 4, 20
	body := func(i int) []byte { return bytes.Repeat([]byte{byte('a' + i)}, 100_000+10_000*i) }
	put := func(i int) error {
		_, err := f.as(owner).PutObject(t.Context(), &s3sdk.PutObjectInput{
			Bucket: aws.String(testBucket), Key: aws.String("a"), Body: bytes.NewReader(body(i)),
		})
		return err
	}
	if err := put(0); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for range rounds {
				if err := put(i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range readers {
		wg.Go(func() {
			for range rounds {
				out, err := f.as(owner).GetObject(t.Context(), getInput("a"))
				if err != nil {
					t.Error(err)
					return
				}
				got, err := io.ReadAll(out.Body)
				if err != nil || len(got) == 0 {
					t.Errorf("%d bytes, %v", len(got), err)
					return
				}
				if !bytes.Equal(got, body(int(got[0]-'a'))) || aws.ToString(out.ETag) != etagOf(string(got)) {
					t.Errorf("%d bytes that begin with %c, ETag %s", len(got), got[0], aws.ToString(out.ETag))
				}
			}
		})
	}
	wg.Wait()
	if got := bodies(t, f); len(got) != 1 {
		t.Errorf("%d bodies are left on disk", len(got))
	}
}

// bodies returns the names of the files that hold bodies.
func bodies(t *testing.T, f *fixture) []string {
	t.Helper()
	entries, err := os.ReadDir(f.store.bodyPath(testBucket, ""))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestBuckets(t *testing.T) {
	f := start(t, Options{})
	c := f.as(owner)
	if _, err := c.CreateBucket(t.Context(), &s3sdk.CreateBucketInput{Bucket: aws.String("second")}); err != nil {
		t.Fatal(err)
	}
	f.put(t, "a", "x")
	out, err := c.ListBuckets(t.Context(), &s3sdk.ListBucketsInput{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, b := range out.Buckets {
		names = append(names, *b.Name)
		if !b.CreationDate.Equal(f.clock.Now()) {
			t.Errorf("%s was made at %v", *b.Name, b.CreationDate)
		}
	}
	if got := strings.Join(names, " "); got != "pictures second" {
		t.Errorf("buckets: %s", got)
	}
	_, err = c.DeleteBucket(t.Context(), &s3sdk.DeleteBucketInput{Bucket: aws.String(testBucket)})
	wantError(t, err, http.StatusConflict, "BucketNotEmpty")
	if _, err = c.DeleteBucket(t.Context(), &s3sdk.DeleteBucketInput{Bucket: aws.String("second")}); err != nil {
		t.Fatal(err)
	}
	_, err = c.HeadBucket(t.Context(), &s3sdk.HeadBucketInput{Bucket: aws.String("second")})
	wantError(t, err, http.StatusNotFound, "")
}

func TestMultiDelete(t *testing.T) {
	f := start(t, Options{})
	for _, key := range []string{"a", "a/../b", "c"} {
		f.put(t, key, key)
	}
	out, err := f.as(owner).DeleteObjects(t.Context(), &s3sdk.DeleteObjectsInput{
		Bucket: aws.String(testBucket),
		Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: aws.String("a")}, {Key: aws.String("a/../b")}, {Key: aws.String("never was")}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Deleted) != 3 || len(out.Errors) != 0 {
		t.Errorf("deleted %d, errors %+v", len(out.Deleted), out.Errors)
	}
	if got := strings.Join(listAll(t, f, &s3sdk.ListObjectsV2Input{}), " "); got != "c" {
		t.Errorf("left: %s", got)
	}
}
