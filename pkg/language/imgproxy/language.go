package imgproxy

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Secrets are keys that are kept elsewhere: each "<key>:<salt>", both hex.
type Secrets interface {
	// Get gives those that are known: the current one and, while it is being rotated,
	// the previous one.
	Get(ctx context.Context) ([][]byte, error)
	// Reread gives them freshly read, because a signature did not verify.
	Reread(ctx context.Context) ([][]byte, error)
}

// Language reads imgproxy's URLs. It is a [language.Language].
type Language struct {
	config  Config
	secrets Secrets
}

// New makes a language of these settings. secrets hold keys besides those of the
// settings; nil is none.
func New(c Config, secrets Secrets) *Language { return &Language{c, secrets} }

// Name is the name in a list of languages.
func (*Language) Name() string { return "imgproxy" }

// Read implements [language.Language].
func (l *Language) Read(ctx context.Context, asked language.Asked) (language.Reading, error) {
	c := &l.config
	p, ok := strings.CutPrefix(asked.Path, c.PathPrefix)
	signature, signed, isSplit := split(p)
	if !ok || !isSplit || !c.isMine(signed) {
		return language.Reading{}, language.ErrNotMine
	}
	isSigned, err := l.authorize(ctx, signature, signed)
	if err != nil {
		return language.Reading{}, err
	}
	u, err := c.syntax().parse(p)
	if err != nil {
		return language.Reading{}, err
	}
	o, err := c.Resolve(u, asked.Now)
	if err != nil {
		return language.Reading{}, err
	}
	reading, err := c.translate(u, o, asked)
	reading.Signed = isSigned
	return reading, err
}

func (c *Config) syntax() syntax {
	return syntax{separator: c.Separator, withFilename: c.Base64WithFilename, onlyPresets: c.OnlyPresets}
}

// isMine tells a path of imgproxy from those of others, which begin with a signature as
// well: by an option, by /plain/, or by a source in base64.
func (c *Config) isMine(signed string) bool {
	segments := strings.Split(signed[1:], "/")
	if c.OnlyPresets {
		segments = segments[1:]
	} else if name, _, ok := strings.Cut(segments[0], c.Separator); ok {
		return isOptionName(name)
	}
	if len(segments) == 0 {
		return false
	}
	if segments[0] == plain && len(segments) > 1 {
		return true
	}
	source, _, err := c.syntax().source(segments)
	return err == nil && strings.Contains(c.complete(source), "://")
}

// isOptionName leaves to thumbor its filters:… and its 10x20:30x40, and nothing else: an
// option that nobody knows is an error that says so.
func isOptionName(name string) bool {
	return name != "filters" && name != "" && strings.Trim(name[:1], letters) == "" && strings.Trim(name, letters+"0123456789_-") == ""
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// unsignedMarks stand in the place of a signature where none is meant.
var unsignedMarks = []string{"unsafe", "insecure", "_", "-"}

// authorize reports whether a path is signed. Without keys any text is no signature, and
// what is unsigned is for an open deployment alone to serve.
func (l *Language) authorize(ctx context.Context, signature, signed string) (bool, error) {
	c := &l.config
	switch {
	case len(c.Keys) == 0 && l.secrets == nil:
		return false, nil
	case isTrusted(c.TrustedSignatures, signature), verify(c.Keys, signed, signature, c.SignatureSize):
		return true, nil
	case slices.Contains(unsignedMarks, signature):
		return false, nil
	}
	if l.secrets != nil {
		if ok, err := l.verifySecret(ctx, signature, signed); ok || err != nil {
			return ok, err
		}
	}
	return false, forbidden(CodeInvalidSignature, "the signature was not made with a key of the settings over this very path")
}

// verifySecret tries the keys that are known and, where they did not sign, those freshly
// read: they may have been rotated a moment ago.
func (l *Language) verifySecret(ctx context.Context, signature, signed string) (bool, error) {
	for _, get := range []func(context.Context) ([][]byte, error){l.secrets.Get, l.secrets.Reread} {
		secrets, err := get(ctx)
		if err != nil {
			return false, err
		}
		for _, secret := range secrets {
			key, salt, _ := strings.Cut(string(secret), ":")
			keys, err := ParseKeys(key, salt)
			if err != nil {
				return false, fmt.Errorf("imgproxy: the secret is not <key>:<salt>, both hex-encoded: %w", err)
			}
			if verify(keys, signed, signature, l.config.SignatureSize) {
				return true, nil
			}
		}
	}
	return false, nil
}

func (c *Config) bucket(name string) string {
	if name == c.DefaultBucket {
		return ""
	}
	return name
}

// translate says a URL in canonical terms.
func (c *Config) translate(u URL, o Options, asked language.Asked) (language.Reading, error) {
	origin, err := parseOrigin(c.complete(u.Source))
	if err != nil {
		return language.Reading{}, err
	}
	if o.Format == thumburl.Source && !o.Raw {
		o.Format = asked.Variant
	}
	reading := language.Reading{
		Request: thumburl.Request{Bucket: c.bucket(origin.Bucket), Key: origin.Key, Source: origin.Source, Version: version(o.CacheBuster)},
		Expires: o.Expires, At: asked.Now, MaxSourcePixels: o.MaxSrcPixels,
		Response: http.Header{"Content-Disposition": {disposition(u, o)}},
	}
	if o.Raw {
		reading.StoredBytes, reading.KeepMetadata = true, !o.StripMetadata
		return reading, nil
	}
	for _, format := range o.SkipProcessing {
		if own := formats[format]; o.Format == thumburl.Source || o.Format == own {
			reading.StoredBytesOf = append(reading.StoredBytesOf, kinds[format])
		}
	}
	reading.Request.Edits, reading.Request.OutputFormat, err = c.edits(o)
	return reading, err
}

// kinds of originals by the format's name, as they are told apart by their first bytes.
var kinds = map[Format]string{"jpg": "jpeg", "jpeg": "jpeg", "png": "png", "webp": "webp", "avif": "avif", "gif": "gif", "svg": "svg", "heic": "heic", "tiff": "tiff",
	"jxl": "jxl", "ico": "ico", "bmp": "bmp"}

// maxVersion of a request, in bytes.
const maxVersion = 128

// version keeps what cache busters tell apart from being stored as one.
func version(cacheBuster string) string {
	for i := range len(cacheBuster) {
		if c := cacheBuster[i]; c < ' ' || c > '~' || len(cacheBuster) > maxVersion {
			sum := sha256.Sum256([]byte(cacheBuster))
			return base64.RawURLEncoding.EncodeToString(sum[:])
		}
	}
	return cacheBuster
}

// Headers implements [language.Language].
func (l *Language) Headers(reading language.Reading, _ language.Original) http.Header {
	h := reading.Response.Clone()
	if h == nil {
		h = http.Header{}
	}
	ttl := l.config.TTL
	if !reading.Expires.IsZero() {
		ttl = min(ttl, reading.Expires.Sub(reading.At))
	}
	h.Set("Cache-Control", "max-age="+strconv.Itoa(int(ttl.Seconds()))+", public")
	if l.config.AllowOrigin != "" {
		h.Set("Access-Control-Allow-Origin", l.config.AllowOrigin)
		h.Set("Access-Control-Allow-Methods", "GET, OPTIONS")
	}
	return h
}

// Explain implements [language.Language]: an original that can't be used is 422.
func (l *Language) Explain(failure language.Error) (language.Error, http.Header) {
	if failure.Status == http.StatusUnsupportedMediaType || failure.Status == http.StatusRequestEntityTooLarge {
		failure.Status = http.StatusUnprocessableEntity
	}
	h := http.Header{}
	if l.config.AllowOrigin != "" {
		h.Set("Access-Control-Allow-Origin", l.config.AllowOrigin)
	}
	return failure, h
}

// Fallback implements [language.Language]: a fallback image is a setting that this
// language does not have.
func (*Language) Fallback() (bucket, key string, headers func(language.Original) http.Header) {
	return "", "", nil
}

var _ language.Language = (*Language)(nil)
