package render

import (
	"cmp"
	"errors"

	"github.com/h2non/bimg"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Default qualities, those of sharp until a calibration of our own replaces them.
const (
	defaultJPEG = 80
	defaultWebP = 80
	defaultAVIF = 50
)

// pass is what one pass of bimg does, in this order: rotate, mirror left to
// right, mirror top to bottom, take the colour out.
type pass struct {
	degrees          int
	flop, flip, grey bool
}

// add takes an edit in; it reports false where bimg's order would come out
// differently: what is there has to be done first.
func (p *pass) add(e thumburl.Edit) bool {
	switch e := e.(type) {
	case thumburl.Rotate:
		if p.flop || p.flip {
			return false
		}
		p.degrees = (p.degrees + int(e)) % 360
	case thumburl.Flop: // mirrorings commute with each other
		p.flop = !p.flop
	case thumburl.Flip:
		p.flip = !p.flip
	case thumburl.Grayscale: // and colour with everything here
		p.grey = true
	}
	return true
}

// size of a picture after the pass.
func (p pass) size(width, height int) (int, int) {
	if p.degrees%180 != 0 {
		return height, width
	}
	return width, height
}

// options for bimg. Its Flip mirrors left to right, its Flop top to bottom.
func (p pass) options() bimg.Options {
	o := bimg.Options{NoAutoRotate: true, StripMetadata: true, Rotate: bimg.Angle(p.degrees), Flip: p.flop, Flop: p.flip,
		Interpretation: bimg.InterpretationSRGB}
	if p.grey {
		o.Interpretation = bimg.InterpretationBW
	}
	return o
}

// flush does the pending pass and goes on with native pixels.
func (t *task) flush() error {
	if t.pending == (pass{}) {
		return nil
	}
	options := t.pending.options()
	options.Type = bimg.TIFF
	t.pending = pass{}
	tiff, err := t.pixels.tiff()
	if err != nil {
		return failure(CodeFailed, err, "the picture could not be turned")
	}
	turned, err := process(tiff, options)
	if err != nil {
		return failure(CodeFailed, err, "the picture could not be turned")
	}
	defer pin(turned)()
	reopened, err := open(turned, KindTIFF, 1)
	if err != nil {
		return failure(CodeFailed, err, "the picture could not be turned")
	}
	t.pixels.close()
	t.pixels = *reopened
	if err := errors.Join(t.pixels.srgb(), t.pixels.materialise()); err != nil {
		return failure(CodeFailed, err, "the picture could not be turned")
	}
	return nil
}

// process hands a TIFF to bimg, which keeps no reference of its own while
// libvips reads the bytes.
func process(tiff []byte, options bimg.Options) ([]byte, error) {
	defer pin(tiff)()
	return bimg.NewImage(tiff).Process(options)
}

// encode writes the picture in the format of the job.
func (t *task) encode() ([]byte, thumburl.Format, error) {
	tiff, err := t.pixels.tiff()
	if err != nil {
		return nil, 0, err
	}
	format := t.format()
	body, err := t.encodeAs(tiff, format)
	if err != nil || t.job.Format != thumburl.Auto || format != thumburl.AVIF {
		return body, format, err
	}
	// AVIF was allowed, not asked for, and does not always pay.
	webp, err := t.encodeAs(tiff, thumburl.WebP)
	if err == nil && len(webp) < len(body) {
		return webp, thumburl.WebP, nil
	}
	return body, format, err
}

func (t *task) encodeAs(tiff []byte, format thumburl.Format) ([]byte, error) {
	body, err := process(tiff, t.options(format))
	if format == thumburl.WebP {
		body = stripWebP(body)
	}
	return body, err
}

// format that serves the picture best within what the job says.
func (t *task) format() thumburl.Format {
	alpha := t.pixels.hasAlpha()
	withAlpha := func(f thumburl.Format) thumburl.Format {
		if f == thumburl.JPEG && alpha {
			return thumburl.PNG
		}
		return f
	}
	switch t.job.Format {
	case thumburl.Auto:
		return withAlpha(t.job.Best)
	case thumburl.Source:
		switch t.header.Kind {
		case KindPNG:
			return thumburl.PNG
		case KindWebP:
			return thumburl.WebP
		case KindAVIF:
			return thumburl.AVIF
		}
		return withAlpha(thumburl.JPEG)
	}
	return t.job.Format
}

// options of the last pass: what is pending, and the encoder's.
func (t *task) options(format thumburl.Format) bimg.Options {
	o := t.pending.options()
	if t.pixels.isGrey() {
		o.Interpretation = bimg.InterpretationBW
	}
	effort := cmp.Or(t.job.Effort, 4)
	quality := t.quality(format)
	switch format {
	case thumburl.JPEG:
		o.Type, o.Quality = bimg.JPEG, cmp.Or(quality, defaultJPEG)
		if t.pixels.hasAlpha() {
			o.Background = t.flattenOn()
		}
	case thumburl.PNG:
		// 6 is zlib's own default and the usual price.
		o.Type, o.Quality, o.Palette, o.Compression = bimg.PNG, cmp.Or(quality, 100), quality != 0, effort+2
	case thumburl.WebP:
		o.Type, o.Quality = bimg.WEBP, cmp.Or(quality, defaultWebP)
	case thumburl.AVIF:
		o.Type, o.Quality, o.Speed = bimg.AVIF, cmp.Or(quality, defaultAVIF), 9-effort
	}
	return o
}

// quality that the edits ask for in a format; 0 is the default.
func (t *task) quality(format thumburl.Format) int {
	for _, e := range t.job.Edits {
		var of thumburl.Format
		var quality int
		switch e := e.(type) {
		case thumburl.JPEGOptions:
			of, quality = thumburl.JPEG, e.Quality
		case thumburl.PNGOptions:
			of, quality = thumburl.PNG, e.Quality
		case thumburl.WebPOptions:
			of, quality = thumburl.WebP, e.Quality
		case thumburl.AVIFOptions:
			of, quality = thumburl.AVIF, e.Quality
		default:
			continue
		}
		if of == format {
			return quality
		}
	}
	return 0
}

// flattenOn is what shows through where a format has no alpha: the background of
// the resize, on white where it is not opaque itself, else white.
func (t *task) flattenOn() bimg.Color {
	for _, e := range t.job.Edits {
		if r, ok := e.(thumburl.Resize); ok && r.Background != "" {
			red, green, blue, alpha := r.Background.RGBA()
			if r.Fit == thumburl.Contain && alpha < 255 {
				break // the margins have it already, and what is under them is white
			}
			onWhite := func(c uint8) uint8 { return uint8(255 - (255-int(c))*int(alpha)/255) }
			return bimg.Color{R: onWhite(red), G: onWhite(green), B: onWhite(blue)} // black is bimg's "none", and libvips' default
		}
	}
	return bimg.Color{R: 255, G: 255, B: 255}
}
