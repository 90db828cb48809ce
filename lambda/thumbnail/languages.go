package main

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/language/imgproxy"
	"github.com/thumbfront/thumbfront/pkg/language/sih"
	"github.com/thumbfront/thumbfront/pkg/language/thumbnailurl"
	"github.com/thumbfront/thumbfront/pkg/language/thumbor"
	"github.com/thumbfront/thumbfront/pkg/thumbnail"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// newLanguages makes the languages of the configuration, in its order; nil stands for
// the native one. The error names every setting of theirs that is wrong.
func newLanguages(cfg thumbnail.Config, getenv func(string) string, aws aws.Config, log *slog.Logger) ([]language.Language, error) {
	var dialect *sih.Dialect
	var errs []error
	if slices.Contains(cfg.Languages, "sih") || slices.Contains(cfg.Languages, "thumbor") {
		var err error
		if dialect, err = newDialect(cfg, getenv, aws, log); err != nil {
			errs = append(errs, err)
		}
	}
	var languages []language.Language
	for _, name := range cfg.Languages {
		switch name {
		case language.Native:
			languages = append(languages, nil)
		case "sih":
			languages = append(languages, sih.Language{Dialect: dialect})
		case "thumbor":
			languages = append(languages, thumbor.Language{Dialect: dialect})
		case "imgproxy":
			l, err := newImgproxy(cfg, getenv, aws, log)
			languages, errs = append(languages, l), append(errs, err)
		case "thumbnail":
			languages = append(languages, thumbnailurl.New(cfg.SourcePrefixes))
			if cfg.Access != thumburl.Open || len(cfg.SourcePrefixes) == 0 {
				errs = append(errs, errors.New("LANGUAGES: thumbnail needs ACCESS=open and SOURCE_PREFIXES: its requests are not signed"))
			}
		default:
			errs = append(errs, fmt.Errorf("LANGUAGES: %q is not part of this build", name))
		}
	}
	return languages, errors.Join(errs...)
}

func newImgproxy(cfg thumbnail.Config, getenv func(string) string, aws aws.Config, log *slog.Logger) (*imgproxy.Language, error) {
	c, err := imgproxy.ConfigFromEnv(getenv)
	errs := []error{err}
	c.DefaultBucket = cfg.OriginalsBucket
	if cfg.Access != thumburl.Open && len(c.Keys) == 0 && c.SecretID == "" {
		errs = append(errs, fmt.Errorf("IMGPROXY_KEY and IMGPROXY_SALT are missing with ACCESS=%s: no request of imgproxy would be answered", cfg.Access))
	}
	if c.Watermark.Key != "" {
		if _, err := cfg.Policy().Locate(thumburl.Request{Bucket: c.Watermark.Bucket, Key: c.Watermark.Key}); err != nil {
			errs = append(errs, fmt.Errorf("IMGPROXY_WATERMARK_URL: %w", err))
		}
	}
	var secrets imgproxy.Secrets
	if c.SecretID != "" {
		secrets = cfg.SecretsManager(secretsmanager.NewFromConfig(aws), c.SecretID, log)
	}
	return imgproxy.New(c, secrets), errors.Join(errs...)
}

func newDialect(cfg thumbnail.Config, getenv func(string) string, aws aws.Config, log *slog.Logger) (*sih.Dialect, error) {
	c, err := sih.ConfigFromEnv(getenv)
	errs := []error{err}
	if cfg.Access != thumburl.Open && !c.EnableSignature {
		errs = append(errs, fmt.Errorf("ENABLE_SIGNATURE is off, want Yes with ACCESS=%s: no request of sih or thumbor would be answered", cfg.Access))
	}
	for _, bucket := range c.SourceBuckets {
		if bucket != cfg.OriginalsBucket && !slices.Contains(cfg.AllowedBuckets, bucket) {
			errs = append(errs, fmt.Errorf("SOURCE_BUCKETS has %q, want ORIGINALS_BUCKET and some of ALLOWED_BUCKETS", bucket))
		}
	}
	if len(c.SourceBuckets) == 0 {
		c.SourceBuckets = append([]string{cfg.OriginalsBucket}, cfg.AllowedBuckets...)
	}
	d := &sih.Dialect{Config: c, DefaultBucket: cfg.OriginalsBucket}
	if c.EnableSignature {
		d.Secrets = cfg.SecretsManager(secretsmanager.NewFromConfig(aws), c.SecretsManager, log)
	}
	return d, errors.Join(errs...)
}
