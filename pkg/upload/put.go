package upload

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// DefaultMaxBytes of one upload: the largest original that is rendered.
const DefaultMaxBytes = 40 << 20

const defaultExpires = 15 * time.Minute

// Signer signs uploads into one bucket. It may be used by several goroutines.
type Signer struct {
	Client *s3.PresignClient
	Bucket string
	// MaxBytes of one upload; 0 is DefaultMaxBytes.
	MaxBytes int64
	// Expires is how long a signed request may be begun; 0 is 15 minutes.
	Expires time.Duration
}

// File is what a client says of the file that it wants to upload.
type File struct {
	Name string `json:"name"`
	Size int64  `json:"size"` // bytes
	// Type is the content type; empty where the browser does not know it, and
	// then the extension of Name tells.
	Type string `json:"type"`
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
}

// Put signs the upload of a file under a new key below [Prefix]. What is wrong
// with the file is an [*Error].
func (s Signer) Put(ctx context.Context, f File) (Request, error) {
	if err := validateName(f.Name); err != nil {
		return Request{}, err
	}
	k, err := kindOf(f)
	if err != nil {
		return Request{}, err
	}
	maxBytes, expires := s.MaxBytes, s.Expires
	if maxBytes == 0 {
		maxBytes = DefaultMaxBytes
	}
	if expires == 0 {
		expires = defaultExpires
	}
	if err := validateSize(f.Size, maxBytes); err != nil {
		return Request{}, err
	}

	key := newKey(f.Name, k)
	// S3 counts from the whole second that it is signed in.
	until := time.Now().UTC().Truncate(time.Second).Add(expires)
	signed, err := s.Client.PresignPutObject(ctx, &s3.PutObjectInput{
		Bucket:        &s.Bucket,
		Key:           &key,
		ContentLength: &f.Size,
		ContentType:   &k.contentType,
		IfNoneMatch:   aws.String("*"), // an upload never replaces another
	}, s3.WithPresignExpires(expires), withoutChecksum)
	if err != nil {
		return Request{}, fmt.Errorf("upload: signing: %w", err)
	}
	return Request{Key: key, Method: signed.Method, URL: signed.URL, Headers: browserHeaders(signed.SignedHeader), Expires: until}, nil
}

func validateSize(size, maxBytes int64) error {
	e := &Error{Code: CodeInvalidField, Field: "size", Given: strconv.FormatInt(size, 10) + " bytes", Allowed: fmt.Sprintf("1 to %d bytes", maxBytes)}
	switch {
	case size > maxBytes:
		e.Code = CodeUploadTooLarge
		return e
	case size < 1:
		return e
	}
	return nil
}

// withoutChecksum keeps the client from signing the checksum of a body that
// only the browser has.
func withoutChecksum(o *s3.PresignOptions) {
	s3.WithPresignClientFromClientOptions(func(o *s3.Options) {
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	})(o)
}

func browserHeaders(signed http.Header) map[string]string {
	headers := make(map[string]string, len(signed))
	for name := range signed {
		if name != "Host" && name != "Content-Length" {
			headers[name] = signed.Get(name)
		}
	}
	return headers
}
