package upload

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// DefaultMaxBytes of one upload: the largest original that is rendered.
const DefaultMaxBytes = 40 << 20

const defaultExpires = 15 * time.Minute

// Signer signs uploads into one bucket. It may be used by several goroutines.
type Signer struct {
	Client *s3.PresignClient
	Bucket string
	// Owner is put into the keys, behind [Prefix]: whose upload it is, such as
	// "users/42". A backend sets it, on a copy for each request; never take it
	// from a client. Up to 128 letters, digits, "-", "_" and "." of ASCII, in
	// segments; empty is none. Keys of another owner are then refused.
	Owner string
	// MaxBytes of one upload; 0 is DefaultMaxBytes.
	MaxBytes int64
	// Expires is how long a signed request may be begun; 0 is 15 minutes.
	Expires time.Duration
	// Accelerate sends uploads by S3 transfer acceleration, which the bucket has to
	// have enabled.
	Accelerate bool
}

func (s Signer) maxBytes() int64 {
	if s.MaxBytes == 0 {
		return DefaultMaxBytes
	}
	return s.MaxBytes
}

func (s Signer) expires() time.Duration {
	if s.Expires == 0 {
		return defaultExpires
	}
	return s.Expires
}

// until is when a request that is signed now stops working: S3 counts from the
// whole second that it is signed in.
func until(expires time.Duration) time.Time {
	return time.Now().UTC().Truncate(time.Second).Add(expires)
}

// presign are the options of all uploads.
func (s Signer) presign(o *s3.PresignOptions) {
	s3.WithPresignExpires(s.expires())(o)
	s3.WithPresignClientFromClientOptions(s.uploadOptions)(o)
}

func (s Signer) uploadOptions(o *s3.Options) {
	o.UseAccelerate = s.Accelerate
	// Else the checksum of a body is signed that only the browser has.
	o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
}

// signed is a request that S3 takes as it is.
type signed struct {
	method, url string
	headers     map[string]string // those that a browser has to set
}

// sign signs an operation on a key that the SDK does not presign itself.
func (s Signer) sign(ctx context.Context, key, method string, query url.Values, headers map[string]string) (signed, error) {
	request, err := s.Client.PresignPutObject(ctx, &s3.PutObjectInput{Bucket: &s.Bucket, Key: &key}, s.presign,
		func(o *s3.PresignOptions) { o.Presigner = rewriter{o.Presigner, method, query, headers} })
	if err != nil {
		return signed{}, fmt.Errorf("upload: signing: %w", err)
	}
	return asSigned(request), nil
}

func asSigned(r *v4.PresignedHTTPRequest) signed {
	headers := make(map[string]string, len(r.SignedHeader))
	for name := range r.SignedHeader {
		// Signed too, but a browser sets them by itself and lets nobody else.
		if name != "Host" && name != "Content-Length" {
			headers[name] = r.SignedHeader.Get(name)
		}
	}
	return signed{r.Method, r.URL, headers}
}

// rewriter makes another operation on the same key out of a PutObject, before
// it is signed.
type rewriter struct {
	s3.HTTPPresignerV4
	method  string
	query   url.Values
	headers map[string]string
}

func (w rewriter) PresignHTTP(ctx context.Context, credentials aws.Credentials, r *http.Request, payloadHash, service, region string,
	at time.Time, options ...func(*v4.SignerOptions)) (string, http.Header, error) {
	r.Method = w.method
	query := maps.Clone(w.query)
	query.Set("X-Amz-Expires", r.URL.Query().Get("X-Amz-Expires"))
	r.URL.RawQuery = query.Encode()
	r.Header = http.Header{}
	for name, value := range w.headers {
		r.Header.Set(name, value)
	}
	// As headers, where S3 documents them, not in the query.
	return w.HTTPPresignerV4.PresignHTTP(ctx, credentials, r, payloadHash, service, region, at, append(options,
		func(o *v4.SignerOptions) { o.DisableHeaderHoisting = true })...)
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
