package upload

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// File is what a client says of the file that it wants to upload.
type File struct {
	Name string `json:"name"`
	Size int64  `json:"size"` // bytes
	// Type is the content type; empty where the browser does not know it, and
	// then the extension of Name tells.
	Type string `json:"type"`
	// SHA256 of the content in base64, where it is known: S3 then refuses
	// anything else. Of a file that is sent in parts S3 knows none.
	SHA256 string `json:"sha256,omitempty"`
}

// Request is what the client has to send. S3 takes it once, with exactly the
// size and the type that were signed.
type Request struct {
	Key    string `json:"key"`
	Method string `json:"method"`
	URL    string `json:"url"`
	// Headers to set. Host and Content-Length are signed too, but a browser
	// sets them by itself and lets nobody else.
	Headers map[string]string `json:"headers"`
	// Expires is when S3 stops taking it.
	Expires time.Time `json:"expires"`
	// PartBytes is set where the request only begins an upload in parts: see
	// [Signer.Multipart].
	PartBytes int64 `json:"partBytes,omitempty"`
}

// MultipartAbove so many bytes a file is sent in parts: what was sent of it
// survives a connection that breaks.
const MultipartAbove = 16 << 20

// Sign signs the upload of a file: by one PUT, or in parts if it has more than
// MultipartAbove bytes. What is wrong with the file is an [*Error].
func (s Signer) Sign(ctx context.Context, f File) (Request, error) {
	if f.Size > MultipartAbove {
		return s.Multipart(ctx, f)
	}
	return s.Put(ctx, f)
}

// Put signs the upload of a file under a new key below [Prefix]. What is wrong
// with the file is an [*Error].
func (s Signer) Put(ctx context.Context, f File) (Request, error) {
	key, k, err := s.accept(f)
	if err != nil {
		return Request{}, err
	}
	input := &s3.PutObjectInput{
		Bucket:        &s.Bucket,
		Key:           &key,
		ContentLength: &f.Size,
		ContentType:   &k.contentType,
		IfNoneMatch:   aws.String("*"), // an upload never replaces another
	}
	if f.SHA256 != "" {
		input.ChecksumSHA256 = &f.SHA256
	}
	expires := until(s.expires())
	request, err := s.Client.PresignPutObject(ctx, input, s.presign)
	if err != nil {
		return Request{}, fmt.Errorf("upload: signing: %w", err)
	}
	r := asSigned(request)
	return Request{Key: key, Method: r.method, URL: r.url, Headers: r.headers, Expires: expires}, nil
}

// accept judges a file and gives its key.
func (s Signer) accept(f File) (key string, k kind, err error) {
	if err := validateName(f.Name); err != nil {
		return "", kind{}, err
	}
	if k, err = kindOf(f); err != nil {
		return "", kind{}, err
	}
	if err := validateSize(f.Size, s.maxBytes()); err != nil {
		return "", kind{}, err
	}
	if err := validateSHA256(f.SHA256); err != nil {
		return "", kind{}, err
	}
	key, err = s.newKey(f.Name, k.extensions[0])
	return key, k, err
}

func validateSize(size, maxBytes int64) error {
	e := &Error{Code: CodeInvalidField, Field: "size", Given: decimal(size) + " bytes", Allowed: fmt.Sprintf("1 to %d bytes", maxBytes)}
	switch {
	case size > maxBytes:
		e.Code = CodeUploadTooLarge
		return e
	case size < 1:
		return e
	}
	return nil
}

func validateSHA256(sum string) error {
	if decoded, err := base64.StdEncoding.DecodeString(sum); sum != "" && (err != nil || len(decoded) != sha256.Size || len(sum) != base64.StdEncoding.EncodedLen(sha256.Size)) {
		return &Error{Code: CodeInvalidField, Field: "sha256", Given: quote(sum), Allowed: "the 32 bytes of a SHA-256 in base64"}
	}
	return nil
}
