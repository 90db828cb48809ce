package imgproxy

import (
	"strings"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Origin is where an original lies: a key in a bucket, or a URL.
type Origin struct{ Bucket, Key, Source string }

// parseOrigin reads the URL of an original. The error is a [*language.Error].
func parseOrigin(source string) (Origin, error) {
	scheme, rest, ok := strings.Cut(source, "://")
	if !ok {
		return Origin{}, notFound(CodeInvalidSource, "the original's URL is %s, want s3://<bucket>/<key>, http:// or https://", quote(source))
	}
	switch strings.ToLower(scheme) {
	case "s3":
		bucket, key, _ := strings.Cut(rest, "/")
		// The key is taken as it is; behind a question mark imgproxy reads a version.
		if bucket == "" || key == "" || strings.Contains(key, "?") {
			return Origin{}, notFound(CodeInvalidSource, "the original's URL is %s, want s3://<bucket>/<key> without a version", quote(source))
		}
		return Origin{Bucket: bucket, Key: key}, nil
	case "http", "https":
		canonical, err := thumburl.CanonicalSource(source)
		if err != nil {
			return Origin{}, notFound(CodeInvalidSource, "the original's URL: %s", err)
		}
		return Origin{Source: canonical}, nil
	}
	return Origin{}, notFound(CodeInvalidSource, "originals are not read from %s://; s3, http and https are", quote(scheme))
}

// complete puts the base URL before a source that does not begin with it.
func (c *Config) complete(source string) string {
	if strings.HasPrefix(source, c.BaseURL) {
		return source
	}
	return c.BaseURL + source
}
