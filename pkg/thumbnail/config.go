package thumbnail

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Config is what the environment of a function says.
type Config struct {
	OriginalsBucket string   // ORIGINALS_BUCKET: the default bucket
	Prefixes        []string // ORIGINALS_PREFIXES: of the default bucket, comma-separated; "uploads/"; * is everything
	AllowedBuckets  []string // ALLOWED_BUCKETS: others that a request may name, comma-separated
	SourcePrefixes  []string // SOURCE_PREFIXES: of URLs below which originals on the web are served, comma-separated; none
	// SourceNetworks that are not public and may be read from all the same
	// (SOURCE_NETWORKS: CIDR blocks, comma-separated); none.
	SourceNetworks   []netip.Prefix
	ThumbnailsBucket string           // THUMBNAILS_BUCKET
	Access           thumburl.Access  // ACCESS: signed, presets or open; signed
	Presets          thumburl.Presets // PRESETS: JSON by name
	Epoch            int              // EPOCH: the first segment of every path; 1
	// SecretID names the signing secret in Secrets Manager (SECRET_ID). Only an
	// open deployment can do without.
	SecretID      string
	SecretRefresh time.Duration // SECRET_REFRESH: how old a secret may get before it is read again; 5m
	// SigningSecrets are the secrets themselves, where there is no Secrets Manager
	// (SIGNING_SECRET and, while it is being rotated, SIGNING_SECRET_PREVIOUS).
	SigningSecrets StaticSecrets
	// AllowDevelopmentSecret lets a local stack sign with the published secret
	// (ALLOW_DEVELOPMENT_SECRET).
	AllowDevelopmentSecret bool
	// Languages are tried in this order (LANGUAGES, comma-separated); native.
	Languages     []string
	ForeignTTL    time.Duration  // FOREIGN_TTL: how long the CDN may keep answers to requests of other languages; 1h
	FaceDetection bool           // FACE_DETECTION: SmartCrop asks Amazon Rekognition; false
	RenderTimeout time.Duration  // RENDER_TIMEOUT: for fetch and render together; 20s
	Profile       render.Profile // PROFILE: default or fast
	Space         thumburl.Space // SPACE: what a reduction averages, linear or gamma; linear
	MemoryMB      int            // AWS_LAMBDA_FUNCTION_MEMORY_SIZE; 1792
}

// memoryShare of the function's memory may be taken by one render.
const memoryShare = 0.6

// Limits are the renderer's for this configuration.
func (c Config) Limits() render.Limits {
	limits := render.DefaultLimits()
	limits.MemoryBytes = int(float64(c.MemoryMB<<20) * memoryShare)
	return limits
}

// Renderer is the one for this configuration. The systems whose requests are read draw
// SVG; so does this one then.
func (c Config) Renderer() render.Renderer {
	isOther := func(name string) bool { return name != language.Native }
	return render.Renderer{Limits: c.Limits(), Profile: c.Profile, Space: c.Space, SVG: slices.ContainsFunc(c.Languages, isOther)}
}

// Policy is who may ask, but for the secrets.
func (c Config) Policy() thumburl.Policy {
	return thumburl.Policy{Access: c.Access, Presets: c.Presets, DefaultBucket: c.OriginalsBucket,
		Buckets: c.AllowedBuckets, Prefixes: c.Prefixes, Sources: c.SourcePrefixes}
}

// ConfigFromEnv reads the configuration. The error names every variable that is
// wrong, not just the first.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	var errs []error
	env := func(name, otherwise string) string {
		if v := getenv(name); v != "" {
			return v
		}
		return otherwise
	}
	wrong := func(name, allowed string) {
		errs = append(errs, fmt.Errorf("%s is %q, want %s", name, getenv(name), allowed))
	}
	number := func(name string, otherwise, least, most int) int {
		n, err := strconv.Atoi(env(name, strconv.Itoa(otherwise)))
		if err != nil || n < least || n > most {
			wrong(name, fmt.Sprintf("a whole number from %d to %d", least, most))
		}
		return n
	}
	duration := func(name string, otherwise, most time.Duration) time.Duration {
		d, err := time.ParseDuration(env(name, otherwise.String()))
		if err != nil || d <= 0 || d > most {
			wrong(name, fmt.Sprintf("a duration such as %s, at most %s", otherwise, most))
		}
		return d
	}
	c := Config{
		OriginalsBucket:  env("ORIGINALS_BUCKET", ""),
		Prefixes:         prefixes(env("ORIGINALS_PREFIXES", "uploads/")),
		AllowedBuckets:   list(env("ALLOWED_BUCKETS", "")),
		SourcePrefixes:   list(env("SOURCE_PREFIXES", "")),
		ThumbnailsBucket: env("THUMBNAILS_BUCKET", ""),
		Epoch:            number("EPOCH", 1, 0, thumburl.MaxEpoch),
		SecretID:         env("SECRET_ID", ""),
		SecretRefresh:    duration("SECRET_REFRESH", 5*time.Minute, 24*time.Hour),
		Languages:        list(env("LANGUAGES", language.Native)),
		ForeignTTL:       duration("FOREIGN_TTL", time.Hour, 365*24*time.Hour),
		RenderTimeout:    duration("RENDER_TIMEOUT", 20*time.Second, 15*time.Minute),
		MemoryMB:         number("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 1792, 128, 10240),
	}
	for _, required := range []string{"ORIGINALS_BUCKET", "THUMBNAILS_BUCKET"} {
		if getenv(required) == "" {
			wrong(required, "the name of a bucket")
		}
	}
	var err error
	if c.Access, err = thumburl.ParseAccess(env("ACCESS", "")); err != nil {
		errs = append(errs, fmt.Errorf("ACCESS: %w", err))
	}
	if c.Presets, err = thumburl.ParsePresets([]byte(env("PRESETS", ""))); err != nil {
		errs = append(errs, fmt.Errorf("PRESETS: %w", err))
	}
	if c.Profile, err = render.ParseProfile(env("PROFILE", "")); err != nil {
		wrong("PROFILE", "default or fast")
	}
	if c.Space, err = thumburl.ParseSpace(env("SPACE", "linear")); err != nil {
		wrong("SPACE", "linear or gamma")
	}
	for _, prefix := range c.SourcePrefixes {
		if _, err := thumburl.CanonicalSource(prefix); err != nil {
			errs = append(errs, fmt.Errorf("SOURCE_PREFIXES: %w", err))
		}
	}
	for _, text := range list(env("SOURCE_NETWORKS", "")) {
		network, err := netip.ParsePrefix(text)
		if err == nil {
			err = storage.CheckNetwork(network)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("SOURCE_NETWORKS: got %q, want CIDR blocks such as 10.1.0.0/16: %w", text, err))
		}
		c.SourceNetworks = append(c.SourceNetworks, network)
	}
	if c.AllowDevelopmentSecret, err = strconv.ParseBool(env("ALLOW_DEVELOPMENT_SECRET", "false")); err != nil {
		wrong("ALLOW_DEVELOPMENT_SECRET", "true or false")
	}
	if c.SigningSecrets, err = newStaticSecrets(c.AllowDevelopmentSecret, getenv("SIGNING_SECRET"), getenv("SIGNING_SECRET_PREVIOUS")); err != nil {
		errs = append(errs, fmt.Errorf("SIGNING_SECRET, SIGNING_SECRET_PREVIOUS: %w", err))
	}
	switch {
	case c.SecretID == "" && len(c.SigningSecrets) == 0 && c.Access != thumburl.Open:
		wrong("SECRET_ID", "the name or ARN of the signing secret, or SIGNING_SECRET; only ACCESS=open does without")
	case c.SecretID != "" && len(c.SigningSecrets) > 0:
		wrong("SECRET_ID", "nothing beside SIGNING_SECRET")
	}
	if c.FaceDetection, err = strconv.ParseBool(env("FACE_DETECTION", "false")); err != nil {
		wrong("FACE_DETECTION", "true or false")
	}
	if err := language.ValidateList(c.Languages); err != nil {
		errs = append(errs, fmt.Errorf("LANGUAGES: %w", err))
	}
	return c, errors.Join(errs...)
}

// prefixes are a list, of which * alone is everything.
func prefixes(s string) []string {
	if s = strings.TrimSpace(s); s == "*" {
		return nil
	}
	return list(s)
}

func list(s string) []string {
	var items []string
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
