package imgproxy

import (
	"slices"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// defaults of a URL without options.
func (c *Config) defaults() Options {
	return Options{ZoomWidth: 1, ZoomHeight: 1, Dpr: 1, Gravity: Gravity{Type: Center},
		Extend: Extension{Gravity: Gravity{Type: Center}}, ExtendAspectRatio: Extension{Gravity: Gravity{Type: Center}},
		Watermark: Watermark{Position: Gravity{Type: Center}}, AutoRotate: c.AutoRotate, StripMetadata: c.StripMetadata,
		KeepCopyright: c.KeepCopyright, StripColorProfile: c.StripColorProfile, ReturnAttachment: c.ReturnAttachment,
		SkipProcessing: c.SkipProcessing, MaxSrcPixels: c.MaxSrcPixels, MaxResultSide: c.MaxResultSide, MaxFrames: c.MaxFrames}
}

// Resolve gives what a URL's options come to: the defaults, the preset called default,
// then the options in their order, and last the extension. The error is a
// [*language.Error].
func (c *Config) Resolve(u URL, now time.Time) (Options, error) {
	r := &reader{config: c, now: now, o: c.defaults()}
	if _, ok := c.Presets[defaultPreset]; ok {
		if err := r.preset([]string{defaultPreset}, nil); err != nil {
			return Options{}, err
		}
	}
	for _, option := range u.Options {
		if !c.OnlyPresets && len(c.AllowedOptions) > 0 && !slices.Contains(c.AllowedOptions, option.Name) {
			return Options{}, notFound(CodeForbiddenOption, "the option %s is not allowed in a URL by the settings", quote(option.Name))
		}
		if err := r.read(option); err != nil {
			return Options{}, err
		}
	}
	if u.Extension != "" && !r.o.Raw {
		if err := r.read(Option{Name: "format", Args: []string{u.Extension}}); err != nil {
			return Options{}, err
		}
	}
	return r.o, nil
}

const defaultPreset = "default"

// quality of a format; 0 is its default here.
func (c *Config) quality(o Options, format thumburl.Format) int {
	for _, q := range []int{o.Quality, o.FormatQuality[format], c.FormatQuality[format], c.Quality} {
		if q != 0 {
			return q
		}
	}
	return 0
}
