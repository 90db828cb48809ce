package s3

import (
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// sendParts begins an upload and sends its parts.
func (f *fixture) sendParts(t *testing.T, key string, bodies ...string) *s3sdk.CompleteMultipartUploadInput {
	t.Helper()
	c := f.as(owner)
	begun, err := c.CreateMultipartUpload(t.Context(), &s3sdk.CreateMultipartUploadInput{Bucket: aws.String(testBucket), Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	in := &s3sdk.CompleteMultipartUploadInput{Bucket: aws.String(testBucket), Key: &key, UploadId: begun.UploadId, MultipartUpload: &types.CompletedMultipartUpload{}}
	for i, body := range bodies {
		number := aws.Int32(int32(i + 1))
		part, err := c.UploadPart(t.Context(), &s3sdk.UploadPartInput{Bucket: aws.String(testBucket), Key: &key, UploadId: begun.UploadId,
			PartNumber: number, Body: strings.NewReader(body)})
		if err != nil {
			t.Fatal(err)
		}
		in.MultipartUpload.Parts = append(in.MultipartUpload.Parts, types.CompletedPart{PartNumber: number, ETag: part.ETag})
	}
	return in
}

var fiveMB = strings.Repeat("a", minPartBytes)

// As on S3 it is the MD5 of the parts' MD5s, and their number.
func TestETagOfParts(t *testing.T) {
	f := start(t, Options{})
	c := f.as(owner)
	done, err := c.CompleteMultipartUpload(t.Context(), f.sendParts(t, "a", fiveMB, "rest"))
	if err != nil {
		t.Fatal(err)
	}
	first, second := md5.Sum([]byte(fiveMB)), md5.Sum([]byte("rest"))
	whole := md5.Sum(append(first[:], second[:]...))
	want := `"` + hex.EncodeToString(whole[:]) + `-2"`
	head, err := c.HeadObject(t.Context(), headInput("a"))
	if err != nil || aws.ToString(done.ETag) != want || aws.ToString(head.ETag) != want {
		t.Errorf("%s, then %s (%v), want %s", aws.ToString(done.ETag), aws.ToString(head.ETag), err, want)
	}
	listed, err := c.ListObjectsV2(t.Context(), &s3sdk.ListObjectsV2Input{Bucket: aws.String(testBucket)})
	if err != nil || aws.ToString(listed.Contents[0].ETag) != want {
		t.Errorf("listed as %v, %v", listed, err)
	}

	conditional := getInput("a")
	conditional.IfMatch = &want
	if _, err := c.GetObject(t.Context(), conditional); err != nil {
		t.Errorf("If-Match of its own ETag: %v", err)
	}
	conditional.IfMatch = aws.String(strings.Replace(want, "-2", "-3", 1))
	_, err = c.GetObject(t.Context(), conditional)
	wantError(t, err, http.StatusPreconditionFailed, "PreconditionFailed")
	conditional.IfMatch, conditional.IfNoneMatch = nil, &want
	_, err = c.GetObject(t.Context(), conditional)
	wantError(t, err, http.StatusNotModified, "")

	// A copy is one piece.
	if _, err := c.CopyObject(t.Context(), &s3sdk.CopyObjectInput{Bucket: aws.String(testBucket), Key: aws.String("b"),
		CopySource: aws.String(testBucket + "/a"), CopySourceIfMatch: &want}); err != nil {
		t.Fatal(err)
	}
	if head, err = c.HeadObject(t.Context(), headInput("b")); err != nil || aws.ToString(head.ETag) != etagOf(fiveMB+"rest") {
		t.Errorf("the copy has %s, %v", aws.ToString(head.ETag), err)
	}
}

func TestCompletionIsConditional(t *testing.T) {
	f := start(t, Options{})
	f.put(t, "a", "older")
	in := f.sendParts(t, "a", "x")
	in.IfNoneMatch = aws.String("*")
	_, err := f.as(owner).CompleteMultipartUpload(t.Context(), in)
	wantError(t, err, http.StatusPreconditionFailed, "PreconditionFailed")
	if got := f.get(t, "a"); got != "older" {
		t.Errorf("a is now %q", got)
	}
	in = f.sendParts(t, "b", "x")
	in.IfNoneMatch = aws.String("*")
	for range 2 { // a client that did not hear of its success asks again
		if _, err := f.as(owner).CompleteMultipartUpload(t.Context(), in); err != nil {
			t.Error(err)
		}
	}
}

func TestCompletionChecksTheParts(t *testing.T) {
	f := start(t, Options{})
	for name, c := range map[string]struct {
		parts  []string
		change func(*s3sdk.CompleteMultipartUploadInput)
		code   string
	}{
		"another size":  {[]string{"abc"}, func(in *s3sdk.CompleteMultipartUploadInput) { in.MpuObjectSize = aws.Int64(4) }, "InvalidRequest"},
		"a small part":  {[]string{"abc", "def"}, func(*s3sdk.CompleteMultipartUploadInput) {}, "EntityTooSmall"},
		"the wrong way": {[]string{fiveMB, fiveMB}, func(in *s3sdk.CompleteMultipartUploadInput) { p := in.MultipartUpload.Parts; p[0], p[1] = p[1], p[0] }, "InvalidPartOrder"},
		"another ETag": {[]string{"abc"}, func(in *s3sdk.CompleteMultipartUploadInput) {
			in.MultipartUpload.Parts[0].ETag = aws.String(etagOf("abd"))
		}, "InvalidPart"},
		"one not sent":   {[]string{"abc"}, func(in *s3sdk.CompleteMultipartUploadInput) { in.MultipartUpload.Parts[0].PartNumber = aws.Int32(7) }, "InvalidPart"},
		"no parts":       {[]string{"abc"}, func(in *s3sdk.CompleteMultipartUploadInput) { in.MultipartUpload.Parts = nil }, "MalformedXML"},
		"the right size": {[]string{"abc"}, func(in *s3sdk.CompleteMultipartUploadInput) { in.MpuObjectSize = aws.Int64(3) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			in := f.sendParts(t, "a", c.parts...)
			c.change(in)
			_, err := f.as(owner).CompleteMultipartUpload(t.Context(), in)
			if c.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, http.StatusBadRequest, c.code)
		})
	}
}

func TestPartsLeaveNothingBehind(t *testing.T) {
	dir := t.TempDir()
	f := start(t, Options{Dir: dir})
	done, aborted := f.sendParts(t, "a", "x"), f.sendParts(t, "b", "x")
	if _, err := f.as(owner).CompleteMultipartUpload(t.Context(), done); err != nil {
		t.Fatal(err)
	}
	if _, err := f.as(owner).AbortMultipartUpload(t.Context(), &s3sdk.AbortMultipartUploadInput{Bucket: aborted.Bucket, Key: aborted.Key, UploadId: aborted.UploadId}); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir + "/uploads"); err != nil || len(left) != 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}

// A part that a broken connection sends again replaces the first try; a listing tells what is there.
func TestPartIsReplaced(t *testing.T) {
	f := start(t, Options{})
	in := f.sendParts(t, "a", "first try")
	part, err := f.as(owner).UploadPart(t.Context(), &s3sdk.UploadPartInput{Bucket: in.Bucket, Key: in.Key, UploadId: in.UploadId,
		PartNumber: aws.Int32(1), Body: strings.NewReader("second")})
	if err != nil {
		t.Fatal(err)
	}
	list, err := f.as(owner).ListParts(t.Context(), &s3sdk.ListPartsInput{Bucket: in.Bucket, Key: in.Key, UploadId: in.UploadId})
	if err != nil || len(list.Parts) != 1 || aws.ToInt64(list.Parts[0].Size) != 6 || aws.ToString(list.Parts[0].ETag) != aws.ToString(part.ETag) {
		t.Errorf("%+v, %v", list, err)
	}
	in.MultipartUpload.Parts[0].ETag = part.ETag
	if _, err := f.as(owner).CompleteMultipartUpload(t.Context(), in); err != nil || f.get(t, "a") != "second" {
		t.Error(err)
	}
}

func TestMultipart(t *testing.T) {
	f := start(t, Options{})
	c := f.as(owner)
	begin := func(key string) *string {
		out, err := c.CreateMultipartUpload(t.Context(), &s3sdk.CreateMultipartUploadInput{
			Bucket: aws.String(testBucket), Key: aws.String(key), ContentType: aws.String("image/tiff"),
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.UploadId
	}
	upload := func(key string, id *string, number int32, body string) types.CompletedPart {
		out, err := c.UploadPart(t.Context(), &s3sdk.UploadPartInput{
			Bucket: aws.String(testBucket), Key: aws.String(key), UploadId: id, PartNumber: aws.Int32(number), Body: strings.NewReader(body),
		})
		if err != nil {
			t.Fatal(err)
		}
		return types.CompletedPart{ETag: out.ETag, PartNumber: aws.Int32(number)}
	}
	first, second := strings.Repeat("a", 5<<20), "the rest"

	id := begin("whole")
	late := upload("whole", id, 2, second)
	early := upload("whole", id, 1, first)
	done, err := c.CompleteMultipartUpload(t.Context(), &s3sdk.CompleteMultipartUploadInput{
		Bucket: aws.String(testBucket), Key: aws.String("whole"), UploadId: id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{early, late}},
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.GetObject(t.Context(), getInput("whole"))
	if err != nil {
		t.Fatal(err)
	}
	if readAll(t, out.Body) != first+second || aws.ToString(out.ContentType) != "image/tiff" {
		t.Errorf("the parts came together wrongly, type %s", aws.ToString(out.ContentType))
	}
	if aws.ToString(done.ETag) != aws.ToString(out.ETag) {
		t.Errorf("ETag %s when completed, then %s", aws.ToString(done.ETag), aws.ToString(out.ETag))
	}

	id = begin("aborted")
	part := upload("aborted", id, 1, first)
	if _, err := c.AbortMultipartUpload(t.Context(), &s3sdk.AbortMultipartUploadInput{Bucket: aws.String(testBucket), Key: aws.String("aborted"), UploadId: id}); err != nil {
		t.Fatal(err)
	}
	_, err = c.CompleteMultipartUpload(t.Context(), &s3sdk.CompleteMultipartUploadInput{
		Bucket: aws.String(testBucket), Key: aws.String("aborted"), UploadId: id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{part}},
	})
	wantError(t, err, http.StatusNotFound, "NoSuchUpload")
	_, err = c.HeadObject(t.Context(), headInput("aborted"))
	wantError(t, err, http.StatusNotFound, "")
}
