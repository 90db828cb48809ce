// Package settings reads what a deployment is asked to be from the CDK's
// context: `-c thumbnailDays=90`, or "context" in cdk.json. It knows nothing of
// the CDK itself.
package settings

import (
	"slices"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// GlobalRegion is where CloudFront looks for its certificates, firewalls and
// metrics, wherever the rest of the stack is.
const GlobalRegion = "us-east-1"

// ReadTimeoutSeconds is how long CloudFront waits for the function; a function's
// timeout has to end before.
const ReadTimeoutSeconds = 30

// Architecture of the function's processor, by Lambda's name for it.
type Architecture string

// The architectures that Lambda has.
const (
	ARM64 Architecture = "arm64"
	X8664 Architecture = "x86_64"
)

// Settings are one deployment's, validated. [Table] says what each is called,
// what it is by default and what is allowed.
type Settings struct {
	Name    string
	Account string // empty: the credentials' own
	Region  string
	Dev     bool

	DomainName         string // empty: CloudFront's own
	CertificateARN     string // empty with a DomainName: one is made
	PriceClass         string
	OriginShieldRegion string // empty: no shield
	CORSOrigins        []string
	WAF                bool
	WAFRate            int // requests of one address in 5 minutes
	AccessLogs         bool

	OriginalsBucket    string // empty: one is made
	OriginalsPrefixes  []string
	AllowedBuckets     []string
	UploadOrigins      []string
	UploadAcceleration bool
	EntitiesTable      string // empty: none
	ThumbnailDays      int

	Architecture         Architecture
	MemoryMB             int
	TimeoutSeconds       int
	RenderTimeoutSeconds int
	Profile, Space       string
	ReservedConcurrency  int // 0: none is reserved
	LogRetentionDays     int

	Access      thumburl.Access
	Presets     thumburl.Presets
	PresetsJSON string // what Presets was read from, without blanks
	Languages   []string
	Epoch       int

	ForeignTTLSeconds int
	FaceDetection     bool
	// Variables of the function that are not their defaults: the settings of other
	// languages, by the names that those have there.
	Variables map[string]string

	SourcePrefixes []string          // of URLs below which originals on the web are served
	Imgproxy       map[string]string // imgproxy's own settings, by their names without IMGPROXY_
	ImgproxySecret string            // name or ARN; empty: its URLs are not signed

	AlarmEmail string // empty: alarms are seen in the console alone
	DemoPage   bool
}

// Alarms says whether there are alarms and a dashboard: a development stack
// does without, because they cost money.
func (s Settings) Alarms() bool { return !s.Dev }

// IsForeign says whether requests of other languages are answered.
func (s Settings) IsForeign() bool { return !slices.Equal(s.Languages, []string{language.Native}) }

// Formats are those that requests of other languages are offered unasked, the best
// first.
func (s Settings) Formats() []string {
	var formats []string
	for _, f := range []struct{ variable, format string }{{"AUTO_AVIF", "avif"}, {"AUTO_WEBP", "webp"}} {
		if s.Variables[f.variable] == "Yes" {
			formats = append(formats, f.format)
		}
	}
	return formats
}

// IsImported says whether the originals are in a bucket that was there before.
func (s Settings) IsImported() bool { return s.OriginalsBucket != "" }
