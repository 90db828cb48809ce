package s3

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestSignatureInHeaders(t *testing.T) {
	f := start(t, Options{})
	f.put(t, "a.jpg", "picture")

	resp, body := send(t, http.MethodGet, f.url+"/"+testBucket+"/a.jpg", nil, nil)
	wantRefused(t, resp, body, http.StatusForbidden, "AccessDenied")

	_, err := f.as(Principal{AccessKeyID: owner.AccessKeyID, SecretAccessKey: "wrong"}).GetObject(t.Context(), getInput("a.jpg"))
	wantError(t, err, http.StatusForbidden, "SignatureDoesNotMatch")

	_, err = f.as(Principal{AccessKeyID: "NOBODY", SecretAccessKey: "x"}).GetObject(t.Context(), getInput("a.jpg"))
	wantError(t, err, http.StatusForbidden, "InvalidAccessKeyId")

	late := f.as(owner, func(o *s3sdk.Options) {
		s := f.signer()
		s.now = func() time.Time { return f.clock.Now().Add(-16 * time.Minute) }
		o.HTTPSignerV4 = s
	})
	_, err = late.GetObject(t.Context(), getInput("a.jpg"))
	wantError(t, err, http.StatusForbidden, "RequestTimeTooSkewed")
}

// An SDK that signs by the real time works with a server whose clock a test has moved: it learns the
// server's time from the refusal.
func TestSDKFollowsTheClock(t *testing.T) {
	f := start(t, Options{})
	c := f.as(owner, func(o *s3sdk.Options) { o.HTTPSignerV4, o.RetryMaxAttempts = f.signer().Signer, 2 })
	_, err := c.PutObject(t.Context(), &s3sdk.PutObjectInput{Bucket: aws.String(testBucket), Key: aws.String("a"), Body: strings.NewReader("picture")})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.get(t, "a"); got != "picture" {
		t.Errorf("a is %q", got)
	}
}

func TestSignedBodyHashIsBinding(t *testing.T) {
	f := start(t, Options{})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, f.url+"/"+testBucket+"/a.jpg", strings.NewReader("evil"))
	if err != nil {
		t.Fatal(err)
	}
	const hashOfGood = "770e607624d689265ca6c44884d0807d9b054d23c473c106c72be9de08b7376c"
	r.Header.Set("X-Amz-Content-Sha256", hashOfGood)
	creds := aws.Credentials{AccessKeyID: owner.AccessKeyID, SecretAccessKey: owner.SecretAccessKey}
	if err := f.signer().SignHTTP(t.Context(), creds, r, hashOfGood, "s3", "us-east-1", time.Time{}); err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	wantRefused(t, resp, readAll(t, resp.Body), http.StatusBadRequest, "XAmzContentSHA256Mismatch")
	_, err = f.as(owner).GetObject(t.Context(), getInput("a.jpg"))
	wantError(t, err, http.StatusNotFound, "NoSuchKey")
}

func TestPresignedGet(t *testing.T) {
	f := start(t, Options{})
	f.put(t, "a.jpg", "picture")
	input := getInput("a.jpg")
	input.ResponseContentDisposition = aws.String(`attachment; filename="b.jpg"`)
	signed, err := f.presigner(reader).PresignGetObject(t.Context(), input, s3sdk.WithPresignExpires(10*time.Minute))
	if err != nil {
		t.Fatal(err)
	}

	resp, body := send(t, http.MethodGet, signed.URL, nil, nil)
	if resp.StatusCode != http.StatusOK || body != "picture" {
		t.Errorf("%d %q", resp.StatusCode, body)
	}
	if got := resp.Header.Get("Content-Disposition"); got != *input.ResponseContentDisposition {
		t.Errorf("Content-Disposition %q", got)
	}

	for name, url := range map[string]string{
		"override changed": strings.Replace(signed.URL, "b.jpg", "c.jpg", 1),
		"override added":   signed.URL + "&response-content-type=text/html",
		"other key":        strings.Replace(signed.URL, "/a.jpg?", "/b.jpg?", 1),
	} {
		t.Run(name, func(t *testing.T) {
			resp, body := send(t, http.MethodGet, url, nil, nil)
			wantRefused(t, resp, body, http.StatusForbidden, "SignatureDoesNotMatch")
		})
	}
	resp, body = send(t, http.MethodGet, f.url+"/"+testBucket+"/a.jpg?response-content-type=text/html", nil, nil)
	wantRefused(t, resp, body, http.StatusForbidden, "AccessDenied")

	f.clock.advance(10*time.Minute + time.Second)
	resp, body = send(t, http.MethodGet, signed.URL, nil, nil)
	wantRefused(t, resp, body, http.StatusForbidden, "AccessDenied")
	if !strings.Contains(body, "expired") {
		t.Errorf("the answer does not say that the URL is expired: %s", body)
	}
}

func TestPresignedPutBindsWhatWasSigned(t *testing.T) {
	f := start(t, Options{})
	signed, err := f.presigner(writer).PresignPutObject(t.Context(), &s3sdk.PutObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String("in/a.jpg"),
		ContentLength: aws.Int64(7), ContentType: aws.String("image/jpeg"), IfNoneMatch: aws.String("*"),
	})
	if err != nil {
		t.Fatal(err)
	}
	with := func(name, value string) http.Header {
		h := signed.SignedHeader.Clone()
		h.Set(name, value)
		return h
	}
	without := func(name string) http.Header {
		h := signed.SignedHeader.Clone()
		h.Del(name)
		return h
	}
	for _, c := range []struct {
		name   string
		header http.Header
		body   string
		code   string
	}{
		{"longer", signed.SignedHeader, "picture!", "SignatureDoesNotMatch"},
		{"shorter", signed.SignedHeader, "pictur", "SignatureDoesNotMatch"},
		{"other type", with("Content-Type", "text/html"), "picture", "SignatureDoesNotMatch"},
		{"no type", without("Content-Type"), "picture", "AccessDenied"},
		{"no condition", without("If-None-Match"), "picture", "AccessDenied"},
		{"unsigned copy source", with("X-Amz-Copy-Source", testBucket+"/x"), "picture", "AccessDenied"},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, body := send(t, http.MethodPut, signed.URL, c.header, []byte(c.body))
			wantRefused(t, resp, body, http.StatusForbidden, c.code)
			_, err := f.as(owner).GetObject(t.Context(), getInput("in/a.jpg"))
			wantError(t, err, http.StatusNotFound, "NoSuchKey")
		})
	}

	resp, body := send(t, http.MethodPut, signed.URL, signed.SignedHeader, []byte("picture"))
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	out, err := f.as(owner).GetObject(t.Context(), getInput("in/a.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, out.Body); got != "picture" || aws.ToString(out.ContentType) != "image/jpeg" {
		t.Errorf("%q of type %s", got, aws.ToString(out.ContentType))
	}

	resp, body = send(t, http.MethodPut, signed.URL, signed.SignedHeader, []byte("another"))
	wantRefused(t, resp, body, http.StatusPreconditionFailed, "PreconditionFailed")
	if got := f.get(t, "in/a.jpg"); got != "picture" {
		t.Errorf("overwritten with %q", got)
	}
}

func TestPresignedPutBindsTheHash(t *testing.T) {
	f := start(t, Options{})
	sum := sha256.Sum256([]byte("picture"))
	signed, err := f.presigner(writer).PresignPutObject(t.Context(), &s3sdk.PutObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String("in/a.jpg"), ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(sum[:])),
	})
	if err != nil {
		t.Fatal(err)
	}
	resp, body := send(t, http.MethodPut, signed.URL, signed.SignedHeader, []byte("erutcip"))
	wantRefused(t, resp, body, http.StatusBadRequest, "BadDigest")
	if resp, body = send(t, http.MethodPut, signed.URL, signed.SignedHeader, []byte("picture")); resp.StatusCode != http.StatusOK {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	if got := f.get(t, "in/a.jpg"); got != "picture" {
		t.Errorf("in/a.jpg is %q", got)
	}
}

// A missing key is 403 for those who may not list: CloudFront fails over on that.
func TestMissingKey(t *testing.T) {
	f := start(t, Options{})
	f.put(t, "there", "x")

	_, err := f.as(owner).GetObject(t.Context(), getInput("missing"))
	wantError(t, err, http.StatusNotFound, "NoSuchKey")
	_, err = f.as(owner).HeadObject(t.Context(), headInput("missing"))
	wantError(t, err, http.StatusNotFound, "")

	if _, err = f.as(reader).GetObject(t.Context(), getInput("there")); err != nil {
		t.Error(err)
	}
	_, err = f.as(reader).GetObject(t.Context(), getInput("missing"))
	wantError(t, err, http.StatusForbidden, "AccessDenied")
	_, err = f.as(reader).HeadObject(t.Context(), headInput("missing"))
	wantError(t, err, http.StatusForbidden, "")

	head, err := f.presigner(reader).PresignHeadObject(t.Context(), headInput("missing"))
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{head.URL, f.url + "/" + testBucket + "/there"} {
		if resp, body := send(t, http.MethodHead, url, nil, nil); resp.StatusCode != http.StatusForbidden || body != "" {
			t.Errorf("HEAD: %d with body %q", resp.StatusCode, body)
		}
	}

	_, err = f.as(owner).GetObject(t.Context(), &s3sdk.GetObjectInput{Bucket: aws.String("nowhere"), Key: aws.String("x")})
	wantError(t, err, http.StatusNotFound, "NoSuchBucket")
}

func TestGrants(t *testing.T) {
	f := start(t, Options{Buckets: []Bucket{{Name: testBucket}, {Name: "other"}}})
	f.put(t, "in/a", "a")
	put := func(p Principal, bucket, key string) error {
		_, err := f.as(p).PutObject(t.Context(), &s3sdk.PutObjectInput{
			Bucket: aws.String(bucket), Key: aws.String(key), Body: strings.NewReader("written"),
		})
		return err
	}
	if err := put(writer, testBucket, "in/b"); err != nil {
		t.Error(err)
	}
	wantError(t, put(writer, testBucket, "out/b"), http.StatusForbidden, "AccessDenied")
	wantError(t, put(writer, "other", "in/b"), http.StatusForbidden, "AccessDenied")
	wantError(t, put(reader, testBucket, "in/a"), http.StatusForbidden, "AccessDenied")

	_, err := f.as(writer).GetObject(t.Context(), getInput("in/a"))
	wantError(t, err, http.StatusForbidden, "AccessDenied")
	_, err = f.as(reader).ListObjectsV2(t.Context(), &s3sdk.ListObjectsV2Input{Bucket: aws.String(testBucket)})
	wantError(t, err, http.StatusForbidden, "AccessDenied")
	_, err = f.as(reader).ListBuckets(t.Context(), &s3sdk.ListBucketsInput{})
	wantError(t, err, http.StatusForbidden, "AccessDenied")
	_, err = f.as(reader).DeleteObject(t.Context(), &s3sdk.DeleteObjectInput{Bucket: aws.String(testBucket), Key: aws.String("in/a")})
	wantError(t, err, http.StatusForbidden, "AccessDenied")
	_, err = f.as(reader).DeleteBucket(t.Context(), &s3sdk.DeleteBucketInput{Bucket: aws.String("other")})
	wantError(t, err, http.StatusForbidden, "AccessDenied")
	_, err = f.as(reader).CreateMultipartUpload(t.Context(), &s3sdk.CreateMultipartUploadInput{Bucket: aws.String(testBucket), Key: aws.String("in/a")})
	wantError(t, err, http.StatusForbidden, "AccessDenied")

	if got := f.get(t, "in/a"); got != "a" {
		t.Errorf("in/a is now %q", got)
	}
}

// What a principal may not read it may not copy either, and it does not learn that it is missing.
func TestCopyNeedsReadingOfTheSource(t *testing.T) {
	f := start(t, Options{})
	f.put(t, "secret", "x")
	for _, source := range []string{"secret", "missing"} {
		_, err := f.as(writer).CopyObject(t.Context(), &s3sdk.CopyObjectInput{
			Bucket: aws.String(testBucket), Key: aws.String("in/copy"), CopySource: aws.String(testBucket + "/" + source),
		})
		wantError(t, err, http.StatusForbidden, "AccessDenied")
	}
	_, err := f.as(owner).HeadObject(t.Context(), headInput("in/copy"))
	wantError(t, err, http.StatusNotFound, "")
}

func TestMultiDeleteChecksEachKey(t *testing.T) {
	cleaner := Principal{"CLEANER", "cleaner-secret", []Grant{{Actions: []string{"s3:DeleteObject"}, Bucket: testBucket, Prefix: "in/"}}}
	f := start(t, Options{Principals: []Principal{owner, cleaner}})
	f.put(t, "in/a", "x")
	f.put(t, "out/a", "x")
	out, err := f.as(cleaner).DeleteObjects(t.Context(), &s3sdk.DeleteObjectsInput{
		Bucket: aws.String(testBucket),
		Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: aws.String("in/a")}, {Key: aws.String("out/a")}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Deleted) != 1 || aws.ToString(out.Deleted[0].Key) != "in/a" {
		t.Errorf("deleted %+v", out.Deleted)
	}
	if len(out.Errors) != 1 || aws.ToString(out.Errors[0].Key) != "out/a" || aws.ToString(out.Errors[0].Code) != "AccessDenied" {
		t.Errorf("errors %+v", out.Errors)
	}
	if got := f.get(t, "out/a"); got != "x" {
		t.Errorf("out/a is now %q", got)
	}
}

func TestUnsupportedOperations(t *testing.T) {
	f := start(t, Options{})
	f.put(t, "a", "x")
	_, err := f.as(owner).GetObjectAcl(t.Context(), &s3sdk.GetObjectAclInput{Bucket: aws.String(testBucket), Key: aws.String("a")})
	wantError(t, err, http.StatusNotImplemented, "NotImplemented")
	_, err = f.as(owner).DeleteBucketPolicy(t.Context(), &s3sdk.DeleteBucketPolicyInput{Bucket: aws.String(testBucket)})
	wantError(t, err, http.StatusNotImplemented, "NotImplemented")
	if got := f.get(t, "a"); got != "x" {
		t.Errorf("a is now %q", got)
	}
}

func TestTwoServersDoNotShareKeysOrClocks(t *testing.T) {
	one := start(t, Options{Principals: []Principal{owner}})
	other := owner
	other.SecretAccessKey = "another secret of the same key ID"
	two := start(t, Options{Principals: []Principal{other}})
	two.clock.advance(365 * 24 * time.Hour)

	one.put(t, "a", "one")
	_, err := two.as(other).PutObject(t.Context(), &s3sdk.PutObjectInput{Bucket: aws.String(testBucket), Key: aws.String("a"), Body: strings.NewReader("two")})
	if err != nil {
		t.Fatal(err)
	}
	if got := one.get(t, "a"); got != "one" {
		t.Errorf("read %q", got)
	}
	_, err = one.as(other).GetObject(t.Context(), getInput("a"))
	wantError(t, err, http.StatusForbidden, "SignatureDoesNotMatch")
	_, err = two.as(owner).GetObject(t.Context(), getInput("a"))
	wantError(t, err, http.StatusForbidden, "SignatureDoesNotMatch")
}
