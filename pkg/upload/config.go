package upload

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Config is what the environment of the function says.
type Config struct {
	// Signer lacks its Client: ORIGINALS_BUCKET; UPLOAD_MAX_BYTES, 40 MB;
	// UPLOAD_EXPIRES, 15m; UPLOAD_ACCELERATION, false.
	Signer Signer
}

// maxExpires is S3's own.
const maxExpires = 7 * 24 * time.Hour

// ConfigFromEnv reads the configuration. The error names every variable that is
// wrong, not just the first.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	var errs []error
	wrong := func(name, allowed string) {
		errs = append(errs, fmt.Errorf("%s is %q, want %s", name, getenv(name), allowed))
	}
	env := func(name, otherwise string) string {
		if v := getenv(name); v != "" {
			return v
		}
		return otherwise
	}
	s := Signer{Bucket: getenv("ORIGINALS_BUCKET")}
	if s.Bucket == "" {
		wrong("ORIGINALS_BUCKET", "the name of a bucket")
	}
	var err error
	if s.MaxBytes, err = strconv.ParseInt(env("UPLOAD_MAX_BYTES", decimal(DefaultMaxBytes)), 10, 64); err != nil || s.MaxBytes < 1 || s.MaxBytes > DefaultMaxBytes {
		wrong("UPLOAD_MAX_BYTES", fmt.Sprintf("a whole number from 1 to %d, the largest that is rendered", DefaultMaxBytes))
	}
	if s.Expires, err = time.ParseDuration(env("UPLOAD_EXPIRES", defaultExpires.String())); err != nil || s.Expires < time.Second || s.Expires > maxExpires {
		wrong("UPLOAD_EXPIRES", fmt.Sprintf("a duration such as %s, from 1s to %s", defaultExpires, maxExpires))
	}
	if s.Accelerate, err = strconv.ParseBool(env("UPLOAD_ACCELERATION", "false")); err != nil {
		wrong("UPLOAD_ACCELERATION", "true or false")
	}
	return Config{s}, errors.Join(errs...)
}
