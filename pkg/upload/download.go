package upload

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Download is a URL that gives an original as it was uploaded.
type Download struct {
	URL     string    `json:"url"`
	Expires time.Time `json:"expires"` // when S3 stops answering it
}

// Download signs the download of an original, which a browser saves under the
// given name; empty is the last segment of the key. What is wrong is an [*Error].
func (s Signer) Download(ctx context.Context, key, name string) (Download, error) {
	if err := s.validateBelow(key); err != nil {
		return Download{}, err
	}
	if name == "" {
		name = path.Base(key)
	}
	if err := validateName(name); err != nil {
		return Download{}, err
	}
	disposition := contentDisposition(name)
	expires := until(s.expires())
	request, err := s.Client.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: &s.Bucket, Key: &key, ResponseContentDisposition: &disposition},
		s3.WithPresignExpires(s.expires()))
	if err != nil {
		return Download{}, fmt.Errorf("upload: signing: %w", err)
	}
	return Download{URL: request.URL, Expires: expires}, nil
}

// contentDisposition names a file twice, as RFC 6266 (appendix D) advises: in
// ASCII for who reads nothing else, and in UTF-8.
func contentDisposition(name string) string {
	plain := strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || c == '"' || c == '\\' || c == '/' {
			return '_'
		}
		return c
	}, name)
	// PathEscape leaves some characters that RFC 8187 (section 3.2.1) does not.
	encoded := strings.NewReplacer(":", "%3A", "@", "%40", "=", "%3D").Replace(url.PathEscape(name))
	return `attachment; filename="` + plain + `"; filename*=UTF-8''` + encoded
}
