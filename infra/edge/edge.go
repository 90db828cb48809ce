// Package edge is the CloudFront Function that sees every request of a viewer first,
// its source with the settings of a deployment.
package edge

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

//go:embed viewer-request.js
var viewerRequest string

// MaxSourceBytes is CloudFront's quota for the source of a function.
const MaxSourceBytes = 10 * 1024

// Settings are what the viewer-request function knows of a deployment.
type Settings struct {
	Access      string   `json:"access"`      // signed, presets or open; the zero value is signed
	Epoch       int      `json:"epoch"`       // first segment of every S3 key: 0 to 99999999
	Languages   []string `json:"languages"`   // in the order in which they are tried
	AutoPresets []string `json:"autoPresets"` // presets whose outputFormat is auto
	Formats     []string `json:"formats"`     // offered unasked to requests of other languages, the best first: avif, webp
}

// settingsLine is the line of the source that holds the settings.
var settingsLine = regexp.MustCompile(`(?m)^const settings = (\{.*\});$`)

// Source is the function's source with these settings, without comments and
// indentation: its bytes are counted. The error names every setting that is wrong.
func Source(s Settings) (string, error) {
	return write(spare.ReplaceAllString(viewerRequest, ""), s)
}

// spare is what a line of the source begins with, a comment of its own line, and a
// comment at its end; no string there holds "; // ".
var spare = regexp.MustCompile(`(?m)^\s+|^\s*//.*\n|(?:^|[ ])// .*$`)

// WithSettings changes the settings within a source that [Source] gave, such as
// one that stands in a template.
func WithSettings(source string, change func(*Settings)) (string, error) {
	line := settingsLine.FindStringSubmatch(source)
	if line == nil {
		return "", errNoSettings
	}
	var s Settings
	if err := json.Unmarshal([]byte(line[1]), &s); err != nil {
		return "", fmt.Errorf("viewer-request function: decoding the settings: %w", err)
	}
	change(&s)
	return write(source, s)
}

var errNoSettings = errors.New("viewer-request function: the source has no line for the settings")

// write puts settings in the place of those in a source.
func write(source string, s Settings) (string, error) {
	if s.Access == "" {
		s.Access = string(thumburl.Signed)
	}
	if err := s.validate(); err != nil {
		return "", fmt.Errorf("viewer-request function: %w", err)
	}
	if s.AutoPresets == nil {
		s.AutoPresets = []string{} // a list in JavaScript too
	}
	if s.Formats == nil {
		s.Formats = []string{}
	}
	// Marshal escapes U+2028 and U+2029, so its JSON is JavaScript as well.
	values, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("viewer-request function: encoding the settings: %w", err)
	}
	at := settingsLine.FindStringIndex(source)
	if at == nil {
		return "", errNoSettings
	}
	source = source[:at[0]] + "const settings = " + string(values) + ";" + source[at[1]:]
	if len(source) > MaxSourceBytes {
		return "", fmt.Errorf("viewer-request function: %d bytes with its settings, CloudFront allows %d", len(source), MaxSourceBytes)
	}
	return source, nil
}

func (s Settings) validate() error {
	var errs []error
	if _, err := thumburl.ParseAccess(s.Access); err != nil {
		errs = append(errs, err)
	}
	if s.Epoch < 0 || s.Epoch > thumburl.MaxEpoch {
		errs = append(errs, fmt.Errorf("epoch: got %d, want 0 to %d", s.Epoch, thumburl.MaxEpoch))
	}
	if err := language.ValidateList(s.Languages); err != nil {
		errs = append(errs, err)
	}
	if !slices.Contains([]string{"", "avif", "webp", "avif,webp"}, strings.Join(s.Formats, ",")) {
		errs = append(errs, fmt.Errorf("formats: got %q, want avif, webp, both in this order, or none", s.Formats))
	}
	for i, name := range s.AutoPresets {
		if name == "" || slices.Contains(s.AutoPresets[:i], name) {
			errs = append(errs, fmt.Errorf("autoPresets: got %q, want names, once each", s.AutoPresets))
			break
		}
	}
	return errors.Join(errs...)
}
