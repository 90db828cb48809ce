package imgproxy

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Config is what the settings say of the language. The variables are imgproxy's own:
// https://docs.imgproxy.net/configuration/options
type Config struct {
	DefaultBucket string // the deployment's own, which a request does not name
	Keys          []Key  // IMGPROXY_KEY, IMGPROXY_SALT: hex, several separated by commas; none checks nothing
	// SecretID names a secret "<key>:<salt>", both hex, in Secrets Manager
	// (IMGPROXY_SECRET_ID), in the place of Keys.
	SecretID          string
	SignatureSize     int      // IMGPROXY_SIGNATURE_SIZE: bytes, 1 to 32; 32
	TrustedSignatures []string // IMGPROXY_TRUSTED_SIGNATURES: taken as they are
	// Presets by name (IMGPROXY_PRESETS: "name=option:argument/option", separated by
	// IMGPROXY_PRESETS_SEPARATOR, a comma). That called default applies to every URL.
	Presets              map[string][]Option
	OnlyPresets          bool     // IMGPROXY_ONLY_PRESETS: URLs name presets and nothing else
	AllowedOptions       []string // IMGPROXY_ALLOWED_PROCESSING_OPTIONS: outside presets, by the names in URLs; none is all
	AllowSecurityOptions bool     // IMGPROXY_ALLOW_SECURITY_OPTIONS: limits may be lowered by URLs
	Separator            string   // IMGPROXY_ARGUMENTS_SEPARATOR: ":"
	BaseURL              string   // IMGPROXY_BASE_URL: put before a source that does not begin with it
	Base64WithFilename   bool     // IMGPROXY_BASE64_URL_INCLUDES_FILENAME
	PathPrefix           string   // IMGPROXY_PATH_PREFIX: cut off every path
	AutoRotate           bool     // IMGPROXY_AUTO_ROTATE: true
	StripMetadata        bool     // IMGPROXY_STRIP_METADATA: true
	KeepCopyright        bool     // IMGPROXY_KEEP_COPYRIGHT: true
	StripColorProfile    bool     // IMGPROXY_STRIP_COLOR_PROFILE: true
	Quality              int      // IMGPROXY_QUALITY: 1 to 100; 0 is each format's default here
	FormatQuality        map[thumburl.Format]int
	SkipProcessing       []Format      // IMGPROXY_SKIP_PROCESSING_FORMATS
	ReturnAttachment     bool          // IMGPROXY_RETURN_ATTACHMENT
	TTL                  time.Duration // IMGPROXY_TTL: seconds of Cache-Control; a year
	AllowOrigin          string        // IMGPROXY_ALLOW_ORIGIN: of Access-Control-Allow-Origin; empty is none
	MaxSrcPixels         int           // IMGPROXY_MAX_SRC_RESOLUTION: megapixels; 0 is the deployment's
	MaxFrames            int           // IMGPROXY_MAX_ANIMATION_FRAMES: 1 shows animations by their first frame; any other number keeps them
	MaxResultSide        int           // IMGPROXY_MAX_RESULT_DIMENSION: pixels; 0 is the deployment's
	Watermark            Origin        // IMGPROXY_WATERMARK_URL: s3://bucket/key
	WatermarkOpacity     float64       // IMGPROXY_WATERMARK_OPACITY: 1
}

// ConfigFromEnv reads the settings. The error names every variable that is wrong.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	e := environment{getenv: getenv}
	c := Config{
		SecretID:             e.text("SECRET_ID", ""),
		SignatureSize:        e.whole("SIGNATURE_SIZE", MaxSignatureSize, 1, MaxSignatureSize),
		TrustedSignatures:    e.list("TRUSTED_SIGNATURES"),
		OnlyPresets:          e.bool("ONLY_PRESETS", false),
		AllowedOptions:       e.list("ALLOWED_PROCESSING_OPTIONS"),
		AllowSecurityOptions: e.bool("ALLOW_SECURITY_OPTIONS", false),
		Separator:            e.text("ARGUMENTS_SEPARATOR", ":"),
		BaseURL:              e.text("BASE_URL", ""),
		Base64WithFilename:   e.bool("BASE64_URL_INCLUDES_FILENAME", false),
		PathPrefix:           strings.TrimRight(e.text("PATH_PREFIX", ""), "/"),
		AutoRotate:           e.bool("AUTO_ROTATE", true),
		StripMetadata:        e.bool("STRIP_METADATA", true),
		KeepCopyright:        e.bool("KEEP_COPYRIGHT", true),
		StripColorProfile:    e.bool("STRIP_COLOR_PROFILE", true),
		Quality:              e.whole("QUALITY", 0, 0, 100),
		ReturnAttachment:     e.bool("RETURN_ATTACHMENT", false),
		TTL:                  time.Duration(e.whole("TTL", 365*24*60*60, 0, math.MaxInt32)) * time.Second,
		AllowOrigin:          e.text("ALLOW_ORIGIN", ""),
		MaxSrcPixels:         e.megapixels("MAX_SRC_RESOLUTION"),
		MaxFrames:            e.whole("MAX_ANIMATION_FRAMES", 0, 0, math.MaxInt32),
		MaxResultSide:        e.whole("MAX_RESULT_DIMENSION", 0, 0, math.MaxInt32),
		WatermarkOpacity:     e.share("WATERMARK_OPACITY", 1),
	}
	var err error
	if c.Keys, err = ParseKeys(e.text("KEY", ""), e.text("SALT", "")); err != nil {
		e.errs = append(e.errs, fmt.Errorf("IMGPROXY_KEY, IMGPROXY_SALT: %w", err))
	}
	if strings.Contains(c.Separator, "/") {
		e.wrong("ARGUMENTS_SEPARATOR", "a text without a slash")
	}
	if c.PathPrefix != "" && c.PathPrefix[0] != '/' {
		e.wrong("PATH_PREFIX", "a path that begins with a slash")
	}
	c.readFormats(&e)
	if watermark := e.text("WATERMARK_URL", ""); watermark != "" {
		if c.Watermark, err = parseOrigin(watermark); err != nil || c.Watermark.Source != "" {
			e.wrong("WATERMARK_URL", "s3://<bucket>/<key>")
		}
	}
	e.add(c.readPresets(e.text("PRESETS", ""), e.text("PRESETS_SEPARATOR", ",")))
	for _, name := range c.AllowedOptions {
		if _, ok := names[name]; !ok {
			e.wrong("ALLOWED_PROCESSING_OPTIONS", "names of options; "+quote(name)+" is none")
		}
	}
	return c, errors.Join(e.errs...)
}

func (c *Config) readFormats(e *environment) {
	var o Options
	for _, pair := range e.list("FORMAT_QUALITY") {
		name, quality, _ := strings.Cut(pair, "=")
		a := arguments{option: "FORMAT_QUALITY", all: []string{strings.TrimSpace(name), strings.TrimSpace(quality)}}
		var format Format
		var q int
		a.format(0, &format)
		a.required(1)
		a.whole(1, 1, 100, &q)
		if a.err != nil {
			e.wrong("FORMAT_QUALITY", "pairs such as webp=75,avif=60")
			break
		}
		o.setFormatQuality(format, q)
	}
	c.FormatQuality = o.FormatQuality
	for _, name := range e.list("SKIP_PROCESSING_FORMATS") {
		a := arguments{option: "SKIP_PROCESSING_FORMATS", all: []string{name}}
		var format Format
		a.format(0, &format)
		if a.err != nil {
			e.wrong("SKIP_PROCESSING_FORMATS", "formats, such as gif,svg")
			break
		}
		c.SkipProcessing = append(c.SkipProcessing, format)
	}
}

// readPresets reads presets and tries each of them.
func (c *Config) readPresets(text, separator string) error {
	c.Presets = map[string][]Option{}
	var errs []error
	for preset := range strings.SplitSeq(text, separator) {
		preset = strings.TrimSpace(preset)
		if preset == "" || preset[0] == '#' {
			continue
		}
		name, value, _ := strings.Cut(preset, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		options, rest := syntax{separator: c.Separator}.options(strings.Split(value, "/"))
		if name == "" || value == "" || len(rest) > 0 {
			errs = append(errs, fmt.Errorf("IMGPROXY_PRESETS: got %q, want <name>=<option>%s<argument>/<option>…", preset, c.Separator))
			continue
		}
		c.Presets[name] = options
	}
	for name := range c.Presets {
		r := reader{config: c}
		if err := r.preset([]string{name}, nil); err != nil {
			errs = append(errs, fmt.Errorf("IMGPROXY_PRESETS: %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// environment reads variables and collects what is wrong with them.
type environment struct {
	getenv func(string) string
	errs   []error
}

func (e *environment) add(err error) {
	if err != nil {
		e.errs = append(e.errs, err)
	}
}

func (e *environment) wrong(name, allowed string) {
	e.errs = append(e.errs, fmt.Errorf("IMGPROXY_%s is %q, want %s", name, e.getenv("IMGPROXY_"+name), allowed))
}

func (e *environment) text(name, otherwise string) string {
	if v := e.getenv("IMGPROXY_" + name); v != "" {
		return v
	}
	return otherwise
}

func (e *environment) list(name string) (items []string) {
	for item := range strings.SplitSeq(e.text(name, ""), ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func (e *environment) whole(name string, otherwise, least, most int) int {
	n, err := strconv.Atoi(e.text(name, strconv.Itoa(otherwise)))
	if err != nil || n < least || n > most {
		e.wrong(name, fmt.Sprintf("a whole number from %d to %d", least, most))
	}
	return n
}

func (e *environment) bool(name string, otherwise bool) bool {
	b, err := strconv.ParseBool(e.text(name, strconv.FormatBool(otherwise)))
	if err != nil {
		e.wrong(name, "true or false")
	}
	return b
}

func (e *environment) share(name string, otherwise float64) float64 {
	f, err := strconv.ParseFloat(e.text(name, strconv.FormatFloat(otherwise, 'g', -1, 64)), 64)
	if err != nil || !(f >= 0 && f <= 1) {
		e.wrong(name, "a number from 0 to 1")
	}
	return f
}

func (e *environment) megapixels(name string) int {
	f, err := strconv.ParseFloat(e.text(name, "0"), 64)
	if err != nil || !(f >= 0 && f <= 1e6) {
		e.wrong(name, "megapixels, such as 50")
	}
	return int(f * 1e6)
}
