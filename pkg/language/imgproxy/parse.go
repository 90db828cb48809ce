package imgproxy

import (
	"encoding/base64"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// reader reads the options of one URL.
type reader struct {
	config *Config
	now    time.Time
	o      Options
}

// read applies one option. presets are those that it stands in, outermost first.
func (r *reader) read(option Option, presets ...string) error {
	name, ok := names[option.Name]
	if !ok {
		if slices.Contains(proOptions, option.Name) {
			return notFound(CodeUnknownOption, "unknown option %s: it is one of imgproxy Pro", quote(option.Name))
		}
		return notFound(CodeUnknownOption, "unknown option %s", quote(option.Name))
	}
	if name == "preset" {
		return r.preset(option.Args, presets)
	}
	a := arguments{option: name, all: option.Args}
	readers[name](r, &a)
	return a.err
}

// names of options, with their short forms.
var names = map[string]string{}

func init() {
	for name, short := range map[string]string{
		"resize": "rs", "size": "s", "resizing_type": "rt", "width": "w", "height": "h", "min-width": "mw", "min-height": "mh",
		"zoom": "z", "dpr": "", "enlarge": "el", "extend": "ex", "extend_aspect_ratio": "extend_ar exar", "gravity": "g",
		"crop": "c", "trim": "t", "padding": "pd", "auto_rotate": "ar", "rotate": "rot", "flip": "fl", "background": "bg",
		"blur": "bl", "sharpen": "sh", "pixelate": "pix", "watermark": "wm", "strip_metadata": "sm", "keep_copyright": "kcr",
		"strip_color_profile": "scp", "enforce_thumbnail": "eth", "quality": "q", "format_quality": "fq", "max_bytes": "mb",
		"format": "f ext", "skip_processing": "skp", "raw": "", "cachebuster": "cb", "expires": "exp", "filename": "fn",
		"return_attachment": "att", "preset": "pr", "max_src_resolution": "msr", "max_src_file_size": "msfs",
		"max_animation_frames": "maf", "max_animation_frame_resolution": "mafr", "max_result_dimension": "mrd",
	} {
		names[name] = name
		for _, s := range strings.Fields(short) {
			names[s] = name
		}
	}
}

// proOptions of imgproxy Pro, so that an error can say what they are.
var proOptions = strings.Fields(`resizing_algorithm ra objects_position obj_pos op crop_aspect_ratio crop_ar car
	background_alpha bga adjust a brightness br contrast co saturation sa monochrome mc duotone dt unsharp_masking ush
	blur_detections bd draw_detections dd crop_objects colorize col gradient gr watermark_url wmu watermark_text wmt
	watermark_size wms watermark_rotate wm_rot wmr watermark_shadow wmsh style st dpi color_profile cp icc autoquality aq
	jpeg_options jpgo png_options pngo webp_options webpo avif_options avifo page pg pages pgs disable_animation da
	video_thumbnail_second vts video_thumbnail_keyframes vtk video_thumbnail_tile vtt video_thumbnail_animation vta
	fallback_image_url fiu hashsum hs`)

// readers of all options but preset. A reader of an argument that is empty leaves what
// was said before, where imgproxy does.
var readers = map[string]func(*reader, *arguments){
	"resize": func(r *reader, a *arguments) {
		a.most(8)
		a.resizingType(0, &r.o.ResizingType)
		a.size(1, &r.o)
	},
	"size": func(r *reader, a *arguments) {
		a.most(7)
		a.size(0, &r.o)
	},
	"resizing_type": func(r *reader, a *arguments) {
		a.most(1)
		a.required(0)
		a.resizingType(0, &r.o.ResizingType)
	},
	"width":      func(r *reader, a *arguments) { a.one().whole(0, 0, maxNumber, &r.o.Width) },
	"height":     func(r *reader, a *arguments) { a.one().whole(0, 0, maxNumber, &r.o.Height) },
	"min-width":  func(r *reader, a *arguments) { a.one().whole(0, 0, maxNumber, &r.o.MinWidth) },
	"min-height": func(r *reader, a *arguments) { a.one().whole(0, 0, maxNumber, &r.o.MinHeight) },
	"zoom": func(r *reader, a *arguments) {
		a.most(2)
		a.required(0)
		a.positive(0, &r.o.ZoomWidth)
		r.o.ZoomHeight = r.o.ZoomWidth
		if len(a.all) > 1 {
			a.required(1)
			a.positive(1, &r.o.ZoomHeight)
		}
	},
	"dpr":     func(r *reader, a *arguments) { a.one().positive(0, &r.o.Dpr) },
	"enlarge": func(r *reader, a *arguments) { a.one().bool(0, &r.o.Enlarge) },
	"extend": func(r *reader, a *arguments) {
		a.most(4)
		a.extension(0, &r.o.Extend)
	},
	"extend_aspect_ratio": func(r *reader, a *arguments) {
		a.most(4)
		a.extension(0, &r.o.ExtendAspectRatio)
	},
	"gravity": func(r *reader, a *arguments) { a.gravity(0, &r.o.Gravity, cropGravities) },
	"crop": func(r *reader, a *arguments) {
		a.most(5)
		a.required(0)
		a.float(0, 0, math.MaxInt32, &r.o.Crop.Width)
		if len(a.all) > 1 {
			a.required(1)
			a.float(1, 0, math.MaxInt32, &r.o.Crop.Height)
		}
		if len(a.all) > 2 {
			a.gravity(2, &r.o.Crop.Gravity, cropGravities)
		}
	},
	"trim": func(r *reader, a *arguments) {
		a.most(4)
		t := &r.o.Trim
		t.Enabled = a.said(0)
		a.float(0, 0, math.MaxInt32, &t.Threshold)
		t.Color = ""
		a.color(1, &t.Color)
		a.bool(2, &t.EqualHor)
		a.bool(3, &t.EqualVer)
	},
	"padding": func(r *reader, a *arguments) {
		a.most(4)
		p := &r.o.Padding
		a.whole(0, 0, maxNumber, &p.Top)
		p.Right, p.Bottom = p.Top, p.Top
		a.whole(1, 0, maxNumber, &p.Right)
		a.whole(2, 0, maxNumber, &p.Bottom)
		p.Left = p.Right
		a.whole(3, 0, maxNumber, &p.Left)
	},
	"auto_rotate": func(r *reader, a *arguments) { a.one().bool(0, &r.o.AutoRotate) },
	"rotate": func(r *reader, a *arguments) {
		a.one().whole(0, math.MinInt32, math.MaxInt32, &r.o.Rotate)
		if r.o.Rotate%90 != 0 {
			a.fail(0, "a multiple of 90")
		}
	},
	"flip": func(r *reader, a *arguments) {
		a.most(2)
		a.bool(0, &r.o.FlipHorizontal)
		a.bool(1, &r.o.FlipVertical)
	},
	"background": func(r *reader, a *arguments) {
		switch len(a.all) {
		case 1:
			r.o.Background = ""
			a.color(0, &r.o.Background)
		case 3:
			a.channels(&r.o.Background)
		default:
			a.failAll("a hex-coded colour, three numbers from 0 to 255, or nothing")
		}
	},
	"blur":     func(r *reader, a *arguments) { a.one().positive(0, &r.o.Blur) },
	"sharpen":  func(r *reader, a *arguments) { a.one().positive(0, &r.o.Sharpen) },
	"pixelate": func(r *reader, a *arguments) { a.one().whole(0, 0, maxNumber, &r.o.Pixelate) },
	"watermark": func(r *reader, a *arguments) {
		a.most(7)
		a.required(0)
		w := &r.o.Watermark
		a.float(0, 0, 1, &w.Opacity)
		a.gravityType(1, &w.Position.Type, watermarkGravities)
		a.float(2, -math.MaxInt32, math.MaxInt32, &w.Position.X)
		a.float(3, -math.MaxInt32, math.MaxInt32, &w.Position.Y)
		a.float(4, 0, math.MaxInt32, &w.Scale)
	},
	"strip_metadata":      func(r *reader, a *arguments) { a.one().bool(0, &r.o.StripMetadata) },
	"keep_copyright":      func(r *reader, a *arguments) { a.one().bool(0, &r.o.KeepCopyright) },
	"strip_color_profile": func(r *reader, a *arguments) { a.one().bool(0, &r.o.StripColorProfile) },
	"enforce_thumbnail":   func(r *reader, a *arguments) { a.one().bool(0, &r.o.EnforceThumbnail) },
	"quality":             func(r *reader, a *arguments) { a.one().whole(0, 0, 100, &r.o.Quality) },
	"format_quality": func(r *reader, a *arguments) {
		if len(a.all)%2 != 0 {
			a.failAll("pairs of a format and a quality, such as webp:75:avif:60")
			return
		}
		for i := 0; i < len(a.all) && a.err == nil; i += 2 {
			format, quality := Format(""), 0
			a.format(i, &format)
			a.required(i + 1)
			a.whole(i+1, 0, 100, &quality)
			r.o.setFormatQuality(format, quality)
		}
	},
	"max_bytes": func(r *reader, a *arguments) { a.one().whole(0, 0, maxNumber, &r.o.MaxBytes) },
	"format": func(r *reader, a *arguments) {
		var format Format
		a.one().writable(0, &format)
		r.o.Format = formats[format]
	},
	"skip_processing": func(r *reader, a *arguments) {
		for i := range a.all {
			var format Format
			a.required(i)
			a.format(i, &format)
			if !slices.Contains(r.o.SkipProcessing, format) {
				r.o.SkipProcessing = append(slices.Clip(r.o.SkipProcessing), format)
			}
		}
	},
	"raw": func(r *reader, a *arguments) { a.one().bool(0, &r.o.Raw) },
	"cachebuster": func(r *reader, a *arguments) {
		a.most(1)
		r.o.CacheBuster = a.all[0]
	},
	"expires": func(r *reader, a *arguments) {
		var seconds int
		a.one().whole(0, math.MinInt64, math.MaxInt64, &seconds)
		if a.err != nil {
			return
		}
		r.o.Expires = time.Time{}
		if seconds > 0 {
			r.o.Expires = time.Unix(int64(seconds), 0)
			if !r.now.Before(r.o.Expires) {
				a.err = notFound(CodeExpired, "expires: the URL was valid until %s", r.o.Expires.UTC().Format(time.RFC3339))
			}
		}
	},
	"filename": func(r *reader, a *arguments) {
		a.most(2)
		encoded := false
		a.bool(1, &encoded)
		a.filename(0, encoded, &r.o.Filename)
	},
	"return_attachment": func(r *reader, a *arguments) { a.one().bool(0, &r.o.ReturnAttachment) },
	"max_src_resolution": func(r *reader, a *arguments) {
		a.security(r.config).megapixels(0, &r.o.MaxSrcPixels)
	},
	"max_src_file_size": func(r *reader, a *arguments) {
		a.security(r.config).whole(0, 0, math.MaxInt64, &r.o.MaxSrcBytes)
	},
	"max_animation_frames": func(r *reader, a *arguments) {
		a.security(r.config).whole(0, 1, maxNumber, &r.o.MaxFrames)
	},
	"max_animation_frame_resolution": func(r *reader, a *arguments) {
		a.security(r.config).megapixels(0, &r.o.MaxFramePixels)
	},
	"max_result_dimension": func(r *reader, a *arguments) {
		a.security(r.config).whole(0, 0, maxNumber, &r.o.MaxResultSide)
	},
}

// maxNumber is more than any size that is answered; what is above it is no size.
const maxNumber = math.MaxInt32

// preset applies presets by name. One within itself is passed over, as in imgproxy.
func (r *reader) preset(names, within []string) error {
	for _, name := range names {
		options, ok := r.config.Presets[name]
		if !ok {
			return notFound(CodeUnknownPreset, "unknown preset %s", quote(name))
		}
		if slices.Contains(within, name) {
			continue
		}
		for _, o := range options {
			if err := r.read(o, append(slices.Clip(within), name)...); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *Options) setFormatQuality(format Format, quality int) {
	own := formats[format]
	if own == thumburl.Source {
		return // of a format that is not written here
	}
	qualities := map[thumburl.Format]int{own: quality}
	for f, q := range o.FormatQuality {
		if f != own {
			qualities[f] = q
		}
	}
	o.FormatQuality = qualities
}

// arguments of one option, with the first mistake that was found in them.
type arguments struct {
	option string
	all    []string
	err    error
}

func (a *arguments) said(i int) bool { return i < len(a.all) && a.all[i] != "" }

func (a *arguments) fail(i int, allowed string) {
	if a.err == nil {
		given := ""
		if i < len(a.all) {
			given = a.all[i]
		}
		a.err = invalidArgument(a.option, given, allowed)
	}
}

func (a *arguments) failAll(allowed string) {
	if a.err == nil {
		a.err = invalidArgument(a.option, strings.Join(a.all, ":"), allowed)
	}
}

func (a *arguments) most(n int) {
	if len(a.all) > n && a.err == nil {
		a.err = tooManyArguments(a.option, a.all, n)
	}
}

func (a *arguments) required(i int) {
	if !a.said(i) {
		a.fail(i, "a value")
	}
}

// one is an option of exactly one argument, which is not empty.
func (a *arguments) one() *arguments {
	a.most(1)
	a.required(0)
	return a
}

// security is one that changes a limit.
func (a *arguments) security(c *Config) *arguments {
	if !c.AllowSecurityOptions {
		a.err = forbidden(CodeSecurityForbidden, a.option+" changes a limit, which the settings do not allow in a URL")
	}
	return a.one()
}

func (a *arguments) whole(i, least, most int, to *int) {
	if !a.said(i) || a.err != nil {
		return
	}
	n, err := strconv.Atoi(a.all[i])
	if err != nil || n < least || n > most {
		allowed := "a whole number from " + strconv.Itoa(least)
		switch {
		case least == math.MinInt32 || least == math.MinInt64:
			allowed = "a whole number"
		case most < maxNumber:
			allowed += " to " + strconv.Itoa(most)
		}
		a.fail(i, allowed)
		return
	}
	*to = n
}

func (a *arguments) float(i int, least, most float64, to *float64) {
	if !a.said(i) || a.err != nil {
		return
	}
	f, err := strconv.ParseFloat(a.all[i], 64)
	if err != nil || !(f >= least && f <= most) { // NaN is neither
		allowed := "a number"
		if least == 0 {
			allowed += " from 0"
		}
		if most < math.MaxInt32 {
			allowed += " to " + strconv.FormatFloat(most, 'g', -1, 64)
		}
		a.fail(i, allowed)
		return
	}
	*to = f
}

func (a *arguments) positive(i int, to *float64) {
	if !a.said(i) || a.err != nil {
		return
	}
	f, err := strconv.ParseFloat(a.all[i], 64)
	if err != nil || !(f > 0 && f <= math.MaxInt32) {
		a.fail(i, "a number above 0")
		return
	}
	*to = f
}

// megapixels are given in millions and kept in pixels.
func (a *arguments) megapixels(i int, to *int) {
	var millions float64
	a.float(i, 0, math.MaxInt32, &millions)
	*to = int(millions * 1_000_000)
}

// bool takes what is no truth value for false, as imgproxy does.
func (a *arguments) bool(i int, to *bool) {
	if a.said(i) && a.err == nil {
		*to, _ = strconv.ParseBool(a.all[i])
	}
}

func (a *arguments) resizingType(i int, to *ResizingType) {
	if !a.said(i) || a.err != nil {
		return
	}
	t, ok := resizingTypes[a.all[i]]
	if !ok {
		a.fail(i, "fit, fill, fill-down, force or auto")
		return
	}
	*to = t
}

// size reads width, height, enlarge and extend from argument i on.
func (a *arguments) size(i int, o *Options) {
	a.whole(i, 0, maxNumber, &o.Width)
	a.whole(i+1, 0, maxNumber, &o.Height)
	a.bool(i+2, &o.Enlarge)
	if a.said(i + 3) {
		a.extension(i+3, &o.Extend)
	}
}

func (a *arguments) extension(i int, to *Extension) {
	a.required(i)
	a.bool(i, &to.Enabled)
	if len(a.all) > i+1 {
		a.gravity(i+1, &to.Gravity, extendGravities)
	}
}

// The gravities that options take, in the order of the documentation.
var (
	placeGravities     = []string{"ce", "no", "so", "ea", "we", "noea", "nowe", "soea", "sowe"}
	cropGravities      = slices.Concat(placeGravities, []string{"sm", "fp"})
	extendGravities    = slices.Concat(placeGravities, []string{"fp"})
	watermarkGravities = slices.Concat(placeGravities, []string{"re"})
)

func (a *arguments) gravityType(i int, to *GravityType, allowed []string) {
	if !a.said(i) || a.err != nil {
		return
	}
	if !slices.Contains(allowed, a.all[i]) {
		a.fail(i, "one of "+strings.Join(allowed, ", "))
		return
	}
	*to = gravityTypes[a.all[i]]
}

// gravity reads all arguments from i on.
func (a *arguments) gravity(i int, to *Gravity, allowed []string) {
	a.required(i)
	a.gravityType(i, &to.Type, allowed)
	if a.err != nil {
		return
	}
	offsets := a.all[i+1:]
	switch to.Type {
	case Smart:
		if len(offsets) > 0 {
			a.failAll("sm alone")
		}
		to.X, to.Y = 0, 0
		return
	case FocusPoint:
		if len(offsets) != 2 {
			a.failAll("fp:<x>:<y>, each from 0 to 1")
			return
		}
	}
	if len(offsets) > 2 {
		a.failAll("a gravity and at most two offsets")
		return
	}
	least, most := -float64(math.MaxInt32), float64(math.MaxInt32)
	if to.Type == FocusPoint {
		least, most = 0, 1
	}
	for n, at := range []*float64{&to.X, &to.Y} {
		if n < len(offsets) {
			a.required(i + 1 + n)
			a.float(i+1+n, least, most, at)
		}
	}
}

// color reads rgb or rrggbb in hex.
func (a *arguments) color(i int, to *thumburl.Color) {
	if !a.said(i) || a.err != nil {
		return
	}
	s := strings.ToLower(a.all[i])
	if len(s) == 3 {
		s = string([]byte{s[0], s[0], s[1], s[1], s[2], s[2]})
	}
	if len(s) != 6 || strings.Trim(s, "0123456789abcdef") != "" {
		a.fail(i, "a hex-coded colour such as ffffff")
		return
	}
	*to = thumburl.Color("#" + s)
}

func (a *arguments) channels(to *thumburl.Color) {
	const digits = "0123456789abcdef"
	color := "#"
	for i := range 3 {
		var c int
		a.required(i)
		a.whole(i, 0, 255, &c)
		color += string(digits[c>>4]) + string(digits[c&15])
	}
	*to = thumburl.Color(color)
}

func (a *arguments) format(i int, to *Format) {
	if a.err != nil {
		return
	}
	f := Format(a.all[i])
	if _, ok := formats[f]; !ok {
		a.fail(i, "a format: jpg, png, webp, avif, gif or tiff")
		return
	}
	if f == "jpeg" {
		f = "jpg"
	}
	*to = f
}

// writable is a format that is written here.
func (a *arguments) writable(i int, to *Format) {
	a.format(i, to)
	if a.err == nil && formats[*to] == thumburl.Source {
		a.fail(i, "a format that is written here: jpg, png, webp, avif, gif or tiff")
	}
}

// filename is escaped as all of a path, or base64.
func (a *arguments) filename(i int, encoded bool, to *string) {
	if a.err != nil {
		return
	}
	name, err := url.PathUnescape(a.all[i])
	if encoded {
		var decoded []byte
		decoded, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(a.all[i], "="))
		name = string(decoded)
	}
	if err != nil {
		a.fail(i, "a name, percent-encoded or base64url with :1 behind it")
		return
	}
	*to = name
}
