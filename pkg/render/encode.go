package render

import (
	"cmp"
	"errors"

	"github.com/h2non/bimg"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Default qualities, at which three of four photos reach a SSIMULACRA2 of 72 as a card: make
// calibrate says 70.8, 75.4 and 51.2. WebP stays below, where a card of a detailed photo
// already scores that: it would have to be a tenth larger.
const (
	defaultJPEG      = 71 // by jpegli
	defaultTurboJPEG = 80 // by libjpeg-turbo
	defaultWebP      = 72
	defaultAVIF      = 51
)

// pass is what one pass of bimg does, in this order: rotate, mirror left to
// right, mirror top to bottom.
type pass struct {
	degrees    int
	flop, flip bool
}

// add takes an edit in; it reports false where bimg's order would come out
// differently: what is there has to be done first.
func (p *pass) add(e thumburl.Edit) bool {
	switch e := e.(type) {
	case thumburl.Rotate:
		if p.flop || p.flip {
			return false
		}
		p.degrees = (p.degrees + int(e.Angle)) % 360
	case thumburl.Flop: // mirrorings commute with each other
		p.flop = !p.flop
	case thumburl.Flip:
		p.flip = !p.flip
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
	return bimg.Options{NoAutoRotate: true, StripMetadata: true, Rotate: bimg.Angle(p.degrees), Flip: p.flop, Flop: p.flip,
		Interpretation: bimg.InterpretationSRGB}
}

// flush does the pending pass and goes on with native pixels.
func (t *task) flush() error {
	if t.pending == (pass{}) {
		return nil
	}
	options := t.pending.options()
	options.Type = bimg.TIFF
	if t.pixels.isGrey() {
		options.Interpretation = bimg.InterpretationBW
	}
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
	if err := t.pixels.materialise(); err != nil {
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
	format := t.format()
	if t.job.Format == thumburl.Auto { // two encoders may need what is pending
		if err := t.flush(); err != nil {
			return nil, format, err
		}
	}
	body, err := t.encodeToScore(format)
	if err != nil || t.job.Format != thumburl.Auto || format != thumburl.AVIF {
		return body, format, err
	}
	// AVIF was allowed, not asked for, and does not always pay.
	webp, err := t.encodeToScore(thumburl.WebP)
	if err == nil && len(webp) < len(body) {
		return webp, thumburl.WebP, nil
	}
	return body, format, err
}

// encodeAs writes the picture, with the orientation where it is given on.
func (t *task) encodeAs(format thumburl.Format) ([]byte, error) {
	body, err := t.write(format)
	if err == nil && format == thumburl.AVIF {
		err = opensAsAVIF(body)
	}
	return withOrientation(body, format, t.orientation), err
}

// opensAsAVIF looks whether there is a picture: libheif writes a file without one, and no
// error, when its encoder got no thread or no memory.
func opensAsAVIF(body []byte) error {
	defer pin(body)()
	opened, err := open(body, KindAVIF, 1)
	if err == nil {
		opened.close()
	}
	return err
}

// write leaves to bimg what it encodes well: PNG and AVIF. It knows neither WebP's
// effort nor its subsampling, and no animation; and a JPEG by way of its TIFF costs a
// card half as much again.
func (t *task) write(format thumburl.Format) ([]byte, error) {
	switch {
	case format == thumburl.WebP:
		return t.writeWebP()
	case format == thumburl.GIF:
		return t.writeGIF()
	case format == thumburl.TIFF:
		return t.writeTIFF()
	case format == thumburl.PNG && t.needsOwnPNG():
		return t.writePNG()
	case format == thumburl.AVIF && t.needsOwnAVIF():
		return t.writeAVIF()
	case format == thumburl.JPEG:
		if err := errors.Join(t.flush(), t.flatten()); err != nil {
			return nil, err
		}
		o := t.jpeg()
		careful := t.profile == DefaultProfile
		return t.pixels.jpeg(t.byJPEGli(), jpegOptions{quality: cmp.Or(o.Quality, t.defaultJPEG()), progressive: careful && !o.Baseline,
			subsampled: o.ChromaSubsampling != thumburl.FullChroma, optimized: careful})
	}
	tiff, err := t.pixels.tiff()
	if err != nil {
		return nil, err
	}
	return process(tiff, t.options(format))
}

func (t *task) byJPEGli() bool { return t.profile == DefaultProfile && HasJPEGli() }

func (t *task) defaultJPEG() int {
	if t.byJPEGli() {
		return defaultJPEG
	}
	return defaultTurboJPEG
}

// flatten lays what is transparent on the background, for a format without alpha.
func (t *task) flatten() error {
	if !t.pixels.hasAlpha() {
		return nil
	}
	if err := errors.Join(t.pixels.flatten(t.flattenOn()), t.materialise()); err != nil {
		return failure(CodeFailed, err, "the picture could not be laid on a background")
	}
	return nil
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
		switch format := t.inputFormat(); format {
		case thumburl.PNG, thumburl.WebP, thumburl.AVIF:
			return format
		}
		return withAlpha(thumburl.JPEG)
	case thumburl.Input:
		return t.inputFormat()
	}
	return t.job.Format
}

// inputFormat is the original's own, or JPEG where that is not written.
func (t *task) inputFormat() thumburl.Format {
	switch t.header.Kind {
	case KindPNG:
		return thumburl.PNG
	case KindWebP:
		return thumburl.WebP
	case KindAVIF:
		return thumburl.AVIF
	case KindGIF:
		return thumburl.GIF
	case KindTIFF:
		return thumburl.TIFF
	}
	return thumburl.JPEG
}

// options of bimg's last pass: what is pending, and the encoder's.
func (t *task) options(format thumburl.Format) bimg.Options {
	o := t.pending.options()
	if t.pixels.isGrey() {
		o.Interpretation = bimg.InterpretationBW
	}
	effort := t.effort(format)
	switch format {
	case thumburl.PNG:
		quality := t.png().Quality
		o.Type, o.Quality, o.Palette, o.Compression = bimg.PNG, cmp.Or(quality, 100), quality != 0, t.compression()
		o.Interlace = t.png().Progressive
	case thumburl.AVIF:
		o.Type, o.Quality, o.Speed = bimg.AVIF, cmp.Or(t.avif().Quality, defaultAVIF), 9-effort
		o.Lossless = t.avif().Lossless
	}
	return o
}

// effort is 1 to 6. WebP gains 7 % of its bytes from 4 to 6, for 20 ms; AVIF 4 % from
// 1 to 4, for 250 ms, and nothing beyond; PNG's 6 is zlib's own default, effort 4.
func (t *task) effort(format thumburl.Format) int {
	byDefault := 4
	switch {
	case t.profile == FastProfile && format == thumburl.AVIF:
		byDefault = 1
	case t.profile == DefaultProfile && format == thumburl.WebP && t.header.Frames == 1:
		byDefault = 6
	}
	return cmp.Or(t.job.Effort, byDefault)
}

// The options that the edits have for a format.
func (t *task) jpeg() thumburl.JPEGOptions { return optionsIn[thumburl.JPEGOptions](t.job.Edits) }
func (t *task) png() thumburl.PNGOptions   { return optionsIn[thumburl.PNGOptions](t.job.Edits) }
func (t *task) webp() thumburl.WebPOptions { return optionsIn[thumburl.WebPOptions](t.job.Edits) }
func (t *task) avif() thumburl.AVIFOptions { return optionsIn[thumburl.AVIFOptions](t.job.Edits) }

func optionsIn[T thumburl.Edit](edits thumburl.Edits) (options T) {
	for _, e := range edits {
		if o, ok := e.(T); ok {
			return o
		}
	}
	return options
}

// flattenOn is what shows through where a format has no alpha: the background of
// the resize, on white where it is not opaque itself, else white.
func (t *task) flattenOn() [3]uint8 {
	for _, e := range t.job.Edits {
		if r, ok := e.(thumburl.Resize); ok && r.Background != "" {
			red, green, blue, alpha := r.Background.RGBA()
			if r.Fit == thumburl.Contain && alpha < 255 {
				break // the margins have it already, and what is under them is white
			}
			onWhite := func(c uint8) uint8 { return uint8(255 - (255-int(c))*int(alpha)/255) }
			return [3]uint8{onWhite(red), onWhite(green), onWhite(blue)}
		}
	}
	return [3]uint8{255, 255, 255}
}
