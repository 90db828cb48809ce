package edge

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// signer signs requests as an origin access control does.
type signer struct {
	service     string // s3 or lambda
	region      string
	credentials aws.Credentials
	payloadHash string
	v4          *v4.Signer
}

// emptySHA256 is the hash of an empty body.
const emptySHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func newSigner(service, region string, credentials aws.Credentials) *signer {
	s := &signer{service: service, region: region, credentials: credentials, payloadHash: emptySHA256}
	if service == "s3" {
		s.payloadHash = "UNSIGNED-PAYLOAD"
	}
	s.v4 = v4.NewSigner(func(o *v4.SignerOptions) {
		// S3 alone signs the path as it stands; the others escape it once more.
		o.DisableURIPathEscaping = service == "s3"
	})
	return s
}

// sign dates the signature by the machine's clock, whatever the edge's says:
// the function's own requests do so too, and S3 refuses those more than 15
// minutes off.
func (s *signer) sign(ctx context.Context, r *http.Request) error {
	r.Header.Set("X-Amz-Content-Sha256", s.payloadHash)
	return s.v4.SignHTTP(ctx, s.credentials, r, s.payloadHash, s.service, s.region, time.Now())
}
