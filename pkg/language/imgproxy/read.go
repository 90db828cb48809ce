package imgproxy

import (
	"math"
	"slices"
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
