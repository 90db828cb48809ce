package upload

import (
	"strings"
	"testing"
	"time"
)

func TestConfig(t *testing.T) {
	env := map[string]string{"ORIGINALS_BUCKET": "o"}
	get := func(name string) string { return env[name] }
	c, err := ConfigFromEnv(get)
	if err != nil || c.Signer != (Signer{Bucket: "o", MaxBytes: 40 << 20, Expires: 15 * time.Minute}) {
		t.Errorf("%+v, %v", c, err)
	}
	env = map[string]string{"ORIGINALS_BUCKET": "o", "UPLOAD_MAX_BYTES": "1000", "UPLOAD_EXPIRES": "1h", "UPLOAD_ACCELERATION": "true"}
	if c, err = ConfigFromEnv(get); err != nil || c.Signer != (Signer{Bucket: "o", MaxBytes: 1000, Expires: time.Hour, Accelerate: true}) {
		t.Errorf("%+v, %v", c, err)
	}
	env = map[string]string{"UPLOAD_MAX_BYTES": "50000000", "UPLOAD_EXPIRES": "8 days", "UPLOAD_ACCELERATION": "maybe"}
	_, err = ConfigFromEnv(get)
	for _, want := range []string{`ORIGINALS_BUCKET is ""`, `UPLOAD_MAX_BYTES is "50000000"`, `UPLOAD_EXPIRES is "8 days"`, `UPLOAD_ACCELERATION is "maybe"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %s in %v", want, err)
		}
	}
}
