package thumburl

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The limits of a request, whatever the mode of access.
const (
	MaxRequestBytes = 740             // of canonical JSON: with all that stands around it an S3 key ends at 1024
	MaxEdits        = 32              // edits of one request
	MaxSide         = 4096            // pixels, width or height of what is answered
	MaxPixels       = 16_000_000      // width x height of what is answered
	maxKeyBytes     = 1024            // S3's own
	maxExpires      = 253_402_300_799 // the last second of year 9999
	maxVersion      = 128             // bytes; an ETag of a multipart upload is at most 38
	maxHeaderValue  = 256             // bytes
)

// Request says which picture is wanted and what is done to it. Its zero values
// are the defaults, and defaults are not written into a URL.
type Request struct {
	// Bucket that holds the original; empty is the deployment's own.
	Bucket string
	// Key of the original in its bucket, in full: nothing is put in front of it.
	Key string
	// Source is the URL of an original on the web, in the place of Bucket and Key, as
	// [CanonicalSource] gives it. A deployment serves those below prefixes of its settings.
	Source string
	// Preset names edits and format from the settings; it excludes Edits.
	Preset string
	// Edits apply in their order.
	Edits Edits
	// OutputFormat of the thumbnail.
	OutputFormat Format
	// Effort of the encoder, 1 (fast) to 6 (small); 0 is the format's own default.
	Effort int
	// Headers of the answer that the request chooses: Cache-Control,
	// Content-Disposition, Content-Language and Expires, no other.
	Headers map[string]string
	// Version of the original, usually its ETag. A request that names one may be
	// cached for good, for another version is another URL.
	Version string
	// Expires is when the URL stops working, in UTC seconds since 1970; 0 is never.
	Expires int64
}

// headerNames a request may set: those that S3 stores with an object.
var headerNames = []string{"Cache-Control", "Content-Disposition", "Content-Language", "Expires"}

const (
	effortAllowed  = "a whole number from 1 to 6, such as 4"
	expiresAllowed = "UTC seconds since 1970, such as 1798761600"
)

// Validate checks every field; the error is an [*Error].
func (r Request) Validate() error {
	if err := r.validateOrigin(); err != nil {
		return err
	}
	if r.Preset != "" {
		if !validPresetName(r.Preset) {
			return invalidField("preset", quote(r.Preset), presetNameAllowed)
		}
		if len(r.Edits) > 0 {
			return invalidField("edits", "edits beside a preset", `a preset or edits, not both, such as {"preset":"card"}`)
		}
	}
	if err := r.Edits.validate(); err != nil {
		return err
	}
	if int(r.OutputFormat) >= len(formatNames) {
		return invalidField("outputFormat", fmt.Sprint(uint8(r.OutputFormat)), oneOf(formatNames))
	}
	if r.Effort < 0 || r.Effort > 6 {
		return invalidField("effort", fmt.Sprint(r.Effort), effortAllowed)
	}
	for name, value := range r.Headers {
		if err := validateHeader(name, value); err != nil {
			return err
		}
	}
	if !printable(r.Version) || len(r.Version) > maxVersion {
		return invalidField("version", quote(r.Version), "at most 128 printable ASCII characters, such as the original's ETag")
	}
	if r.Expires < 0 || r.Expires > maxExpires {
		return invalidField("expires", fmt.Sprint(r.Expires), expiresAllowed)
	}
	return nil
}

// Expired reports whether the request's time has passed.
func (r Request) Expired(now time.Time) bool { return r.Expires != 0 && now.Unix() >= r.Expires }

func validateKey(field, key string) error {
	const allowed = `the original's S3 key in full, such as "uploads/photo.jpg": 1 to 1024 bytes of UTF-8 without control characters and without "." or ".." segments`
	bad := key == "" || len(key) > maxKeyBytes || !utf8.ValidString(key) ||
		strings.ContainsFunc(key, func(c rune) bool { return c < 0x20 || c == 0x7f })
	for segment := range strings.SplitSeq(key, "/") {
		bad = bad || segment == "." || segment == ".."
	}
	if bad {
		return invalidField(field, quote(key), allowed)
	}
	return nil
}

func validateBucket(field, s string) error {
	if s != "" && !validBucket(s) {
		return invalidField(field, quote(s), `3 to 63 characters of a-z, 0-9, dot and hyphen, such as "photos"`)
	}
	return nil
}

// validBucket follows S3's naming rules as far as they keep a name from being
// anything else than a name.
func validBucket(s string) bool {
	if len(s) < 3 || len(s) > 63 || s[0] == '.' || s[0] == '-' || strings.Contains(s, "..") {
		return false
	}
	return !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-'
	})
}

const presetNameAllowed = `1 to 32 characters of a-z, 0-9 and hyphen, beginning with a letter, such as "card"`

func validPresetName(s string) bool {
	if s == "" || len(s) > 32 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	return !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-'
	})
}

// httpDate is the preferred format of RFC 9110, section 5.6.7.
const httpDate = "Mon, 02 Jan 2006 15:04:05 GMT"

func validateHeader(name, value string) error {
	if !slices.Contains(headerNames, name) {
		return invalidField("headers", quote(name), oneOf(headerNames))
	}
	if value == "" || len(value) > maxHeaderValue || !printable(value) {
		return invalidField("headers."+name, quote(value), `1 to 256 printable ASCII characters, such as "no-cache"`)
	}
	if name == "Expires" {
		// S3 stores this one as a time.
		if _, err := time.Parse(httpDate, value); err != nil {
			return invalidField("headers.Expires", quote(value), `a date such as "Wed, 21 Oct 2026 07:28:00 GMT"`)
		}
	}
	return nil
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}
