package upload

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// PartBytes of all parts but the last one; S3 wants at least 5 MB.
const PartBytes = 8 << 20

// Multipart signs the beginning of an upload in parts, whatever the size. S3
// answers with an UploadId, with which [Signer.Parts] signs the rest, and again
// whenever a client resumes. What is wrong with the file is an [*Error].
func (s Signer) Multipart(ctx context.Context, f File) (Request, error) {
	if f.SHA256 != "" {
		return Request{}, &Error{Code: CodeInvalidField, Field: "sha256", Given: quote(f.SHA256),
			Allowed: fmt.Sprintf("none for a file of more than %d bytes: it is sent in parts, of which S3 knows no SHA-256 in whole", int64(MultipartAbove))}
	}
	key, k, err := s.accept(f)
	if err != nil {
		return Request{}, err
	}
	expires := until(s.expires())
	r, err := s.sign(ctx, key, "POST", url.Values{"uploads": {""}}, map[string]string{"Content-Type": k.contentType})
	if err != nil {
		return Request{}, err
	}
	return Request{Key: key, Method: r.method, URL: r.url, Headers: r.headers, Expires: expires, PartBytes: PartBytes}, nil
}

// Begun is an upload in parts that S3 has begun.
type Begun struct {
	Key      string `json:"key"`      // of [Signer.Multipart]
	UploadID string `json:"uploadId"` // of S3's answer
	Size     int64  `json:"size"`     // bytes of the whole file
}

// Parts are the requests that bring an upload to its end, or call it off.
type Parts struct {
	Key      string `json:"key"`
	UploadID string `json:"uploadId"`
	Parts    []Part `json:"parts"`
	// List tells which parts S3 has already.
	List Step `json:"list"`
	// Complete is sent with the XML list of all parts and their ETags. It is
	// refused where the parts are not as large as the file, and where there is an
	// object of that key.
	Complete Step `json:"complete"`
	// Abort calls the upload off, and S3 forgets its parts.
	Abort   Step      `json:"abort"`
	Expires time.Time `json:"expires"`
}

// Part is the request that sends one part: exactly Size bytes from Offset on.
type Part struct {
	Number int   `json:"number"` // from 1
	Offset int64 `json:"offset"` // bytes
	Size   int64 `json:"size"`   // bytes
	Step
}

// Step is a signed request.
type Step struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

// Parts signs the rest of an upload that was begun. A key is bound to its
// UploadId by S3: whoever names another one has nothing of it. What is wrong is
// an [*Error].
func (s Signer) Parts(ctx context.Context, b Begun) (Parts, error) {
	if err := validateSize(b.Size, s.maxBytes()); err != nil {
		return Parts{}, err
	}
	if err := s.validateOwnKey(b.Key); err != nil {
		return Parts{}, err
	}
	if !isUploadID(b.UploadID) {
		return Parts{}, &Error{Code: CodeInvalidField, Field: "uploadId", Given: quote(b.UploadID), Allowed: "the UploadId that S3 has answered with"}
	}
	p := Parts{Key: b.Key, UploadID: b.UploadID, Expires: until(s.expires())}
	for offset := int64(0); offset < b.Size; offset += PartBytes {
		part := Part{Number: len(p.Parts) + 1, Offset: offset, Size: min(PartBytes, b.Size-offset)}
		request, err := s.Client.PresignUploadPart(ctx, &s3.UploadPartInput{Bucket: &s.Bucket, Key: &b.Key, UploadId: &b.UploadID,
			PartNumber: aws.Int32(int32(part.Number)), ContentLength: &part.Size}, s.presign)
		if err != nil {
			return Parts{}, fmt.Errorf("upload: signing: %w", err)
		}
		part.Step = asStep(asSigned(request))
		p.Parts = append(p.Parts, part)
	}
	byID := url.Values{"uploadId": {b.UploadID}}
	for _, step := range []struct {
		to      *Step
		method  string
		headers map[string]string
	}{
		{&p.List, "GET", nil},
		{&p.Complete, "POST", map[string]string{"If-None-Match": "*", "X-Amz-Mp-Object-Size": decimal(b.Size)}},
		{&p.Abort, "DELETE", nil},
	} {
		r, err := s.sign(ctx, b.Key, step.method, byID, step.headers)
		if err != nil {
			return Parts{}, err
		}
		*step.to = asStep(r)
	}
	return p, nil
}

func asStep(s signed) Step { return Step{Method: s.method, URL: s.url, Headers: s.headers} }

// maxUploadID is generous: S3 documents no length.
const maxUploadID = 1024

func isUploadID(id string) bool {
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return id != "" && len(id) <= maxUploadID
}
