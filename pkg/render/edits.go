package render

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// settings is what edits say of a job as a whole, and what they find on the way.
type settings struct {
	ctx         context.Context
	still       bool // shows the first frame
	moves       bool // is one of several frames
	keepsAlpha  bool // also where it is opaque
	orientation int  // EXIF, given on; 0 is none
	brightenBy  float64
	work        time.Duration
	found       *found // of all frames
}

// found is what the first frame finds for all of them.
type found struct {
	seconds  seconds
	areas    map[int]image.Rectangle // that an edit keeps, by its place
	overlays map[overlayKey]*pixels
}

func (f *found) close() {
	for _, overlay := range f.overlays {
		overlay.close()
	}
}

// prepare takes a job in: what says something of the job as a whole out of the edits,
// and the options of formats, which have no place, behind those that have one.
func (t *task) prepare(ctx context.Context, job Job) {
	t.job = job
	// Where the original's format is kept, so is its alpha, opaque or not.
	t.settings = settings{keepsAlpha: job.Format == thumburl.Input, ctx: ctx, found: &found{areas: map[int]image.Rectangle{}, overlays: map[overlayKey]*pixels{}}}
	var steps, options thumburl.Edits
	gamma := false
	for _, e := range t.unturned(job.Edits) {
		switch e := e.(type) {
		case thumburl.AsStored:
			t.keepsAlpha = true // as sharp does
			if t.header.Orientation > 1 {
				t.orientation, t.header.Orientation = t.header.Orientation, 1
			}
		case thumburl.Still:
			t.still = true
		case thumburl.PipelineColourspace:
			t.linear = t.linear || e.Space == thumburl.ScRGB
			if isGrey(e.Space) {
				steps = append(steps, thumburl.Grayscale{})
			}
		case thumburl.ToColourspace:
			if isGrey(e.Space) {
				steps = append(steps, thumburl.Grayscale{})
			}
		case thumburl.EnsureAlpha:
			t.keepsAlpha = true
			steps = append(steps, e)
		case thumburl.GammaCorrection:
			gamma = true
			steps = append(steps, e)
		default:
			if isOption(e) {
				options = append(options, e)
			} else {
				steps = append(steps, e)
			}
		}
	}
	if len(steps) > 0 && t.header.Kind == KindJPEG && !gamma {
		if r, ok := steps[0].(thumburl.Resize); ok && r.DecoderRounding {
			width, height := t.header.upright()
			steps[0] = decoderRounded(width, height, r)
		}
	}
	t.job.Edits = append(steps, options...)
}

// isOption tells what encode reads.
func isOption(e thumburl.Edit) bool {
	switch e.(type) {
	case thumburl.JPEGOptions, thumburl.PNGOptions, thumburl.WebPOptions, thumburl.AVIFOptions, thumburl.GIFOptions,
		thumburl.TIFFOptions, thumburl.MaxBytes, thumburl.AutoQuality:
		return true
	}
	return false
}

func isGrey(space thumburl.Colourspace) bool { return space == thumburl.BW || space == thumburl.Grey16 }

// apply does one edit on the picture as it is; i is its place.
func (t *task) apply(i int, e thumburl.Edit) error {
	switch e := e.(type) {
	case thumburl.Flip, thumburl.Flop:
		return t.postpone(e)
	case thumburl.Rotate:
		if e.IsRight() {
			return t.postpone(e)
		}
	}
	if isOption(e) {
		return nil // read by encode
	}
	if err := t.flush(); err != nil {
		return err
	}
	// Once more: the plan may not have known the size.
	width, height := t.pixels.width(), t.pixels.height()
	if _, _, _, err := t.limits.step(e, width, height); err != nil {
		return err
	}
	t.work += workOf(e, width, height)
	if err := checkWork(t.work); err != nil {
		return err
	}
	if r, ok := e.(thumburl.Resize); ok {
		return t.resize(r)
	}
	err := t.change(i, e)
	if err == nil {
		err = t.materialise()
	}
	var typed *Error
	if err != nil && !errors.As(err, &typed) {
		return failure(CodeFailed, err, "the picture could not be rendered")
	}
	return err
}

// postpone leaves an edit to the pass that is pending.
func (t *task) postpone(e thumburl.Edit) error {
	if t.pending.add(e) {
		return nil
	}
	if err := t.flush(); err != nil {
		return err
	}
	t.pending.add(e)
	return nil
}

func (t *task) materialise() error {
	t.pixels.watch(t.stop)
	return t.pixels.materialise()
}

// The sigmas of an edit that is just "true", in pixels.
const (
	mildBlur    = 0.8 // spreads as far as a 3x3 box
	mildSharpen = 0.5
)

// change does an edit that bimg does not. The error is an [*Error], or what libvips
// says.
func (t *task) change(i int, e thumburl.Edit) error {
	p := &t.pixels
	switch e := e.(type) {
	// What is shown.
	case thumburl.Crop:
		return p.extract(e.Left, e.Top, e.Width, e.Height)
	case thumburl.Extract:
		return p.extract(e.Left, e.Top, e.Width, e.Height)
	case thumburl.CropTo:
		return t.cropTo(e)
	case thumburl.SmartCrop:
		return t.smartCrop(i, e)
	case thumburl.RoundCrop:
		return t.roundCrop(e)
	case thumburl.Extend:
		return t.extend(e)
	case thumburl.Canvas:
		return t.canvas(e)
	case thumburl.Trim:
		return t.trim(i, e)
	case thumburl.Rotate:
		return t.warp(turnBy(e.Angle), e.Background)
	case thumburl.Affine:
		return t.warp(mapOf(e), e.Background)
	// Colours.
	case thumburl.Grayscale:
		return p.grey()
	case thumburl.Tint:
		return p.tint(e.Color)
	case thumburl.Negate:
		return p.negate(!e.KeepAlpha)
	case thumburl.Normalise:
		return p.normalise(e.Lower.Or(1), e.Upper.Or(99))
	case thumburl.GammaCorrection:
		return t.darken(i, e)
	case thumburl.Modulate:
		return p.modulate(e)
	case thumburl.LinearTransform:
		return t.linearTransform(e)
	case thumburl.Recomb:
		return t.recomb(e)
	case thumburl.Threshold:
		return p.threshold(cmp.Or(e.Level, 128), e.PerChannel)
	// Detail.
	case thumburl.Blur:
		return p.blur(cmp.Or(e.Sigma, mildBlur))
	case thumburl.Sharpen:
		e.Sigma = cmp.Or(e.Sigma, mildSharpen)
		return p.sharpen(e)
	case thumburl.Median:
		return p.median(medianSize(e), t.stop)
	case thumburl.CLAHE:
		return p.clahe(e)
	case thumburl.Convolve:
		return p.convolve(e, e.Scale.Or(math.Max(1, sum(e.Kernel))))
	case thumburl.Pixelate:
		return p.pixelate(e.Size)
	// Channels.
	case thumburl.Flatten:
		return t.layOn(e)
	case thumburl.Unflatten:
		return errors.Join(p.toRGB(), p.unflatten())
	case thumburl.RemoveAlpha:
		return p.removeAlpha()
	case thumburl.EnsureAlpha:
		return errors.Join(p.toRGB(), p.ensureAlpha(e.Alpha.Or(1)))
	case thumburl.ExtractChannel:
		return t.extractChannel(e)
	case thumburl.Bandbool:
		return p.bandbool(e.Operator)
	// Second pictures.
	case thumburl.OverlayWith:
		return t.overlayWith(e)
	case thumburl.Watermark:
		return t.watermark(e)
	case thumburl.Boolean:
		return t.boolean(e)
	}
	return failure(CodeFailed, fmt.Errorf("no renderer for %T", e), "the picture could not be rendered")
}

func sum(list []float64) (total float64) {
	for _, v := range list {
		total += v
	}
	return total
}

// --- what is shown ---------------------------------------------------------------

func (t *task) cropTo(e thumburl.CropTo) error {
	wholeW, wholeH := t.pixels.width(), t.pixels.height()
	width, height := side(e.Width, wholeW), side(e.Height, wholeH)
	if looks(e.Position) {
		return t.pixels.smartCrop(width, height, e.Position)
	}
	left, top := anchor{position: e.Position, focus: e.Focus, x: e.OffsetX, y: e.OffsetY, cut: true}.offset(wholeW, wholeH, width, height)
	return t.pixels.extract(left, top, width, height)
}

func (t *task) roundCrop(e thumburl.RoundCrop) error {
	shape := ellipseOf(e, t.pixels.width(), t.pixels.height())
	shown := shape.bounds(t.pixels.width(), t.pixels.height())
	if err := t.keep(shown); err != nil {
		return err
	}
	return t.pixels.ellipse(shape.x-float64(shown.Min.X), shape.y-float64(shown.Min.Y), shape.rx, shape.ry)
}

// keep cuts to a part of the picture.
func (t *task) keep(part image.Rectangle) error {
	return t.pixels.extract(part.Min.X, part.Min.Y, part.Dx(), part.Dy())
}

func (t *task) extend(e thumburl.Extend) error {
	width, height := t.pixels.width()+e.Left+e.Right, t.pixels.height()+e.Top+e.Bottom
	if e.With != thumburl.ExtendBackground {
		return t.pixels.extend(e.Left, e.Top, width, height, e.With)
	}
	return t.pixels.embed(e.Left, e.Top, width, height, rgbaOf(cmp.Or(e.Background, "#000000")))
}

func rgbaOf(c thumburl.Color) [4]float64 {
	r, g, b, a := c.RGBA()
	return [4]float64{float64(r), float64(g), float64(b), float64(a)}
}

func (t *task) canvas(e thumburl.Canvas) error {
	pieceW, pieceH := t.pixels.width(), t.pixels.height()
	width, height := canvasOf(e, pieceW, pieceH)
	if width == pieceW && height == pieceH {
		return nil
	}
	left, top := anchor{position: e.Position, x: e.OffsetX, y: e.OffsetY}.offset(width, height, pieceW, pieceH)
	return t.pixels.embed(left, top, width, height, rgbaOf(cmp.Or(e.Background, "#ffffff00")))
}

func (t *task) trim(i int, e thumburl.Trim) error {
	part, ok := t.found.areas[i]
	if !ok {
		var err error
		if part, err = t.pixels.findTrim(e.Background, e.Threshold.Or(10), e.LineArt, t.stop); err != nil {
			return err
		}
		part = trimmed(part, t.pixels.width(), t.pixels.height(), e)
		t.found.areas[i] = part
	}
	return t.keep(part)
}

// trimmed is the part of a picture that an edit keeps, where so much is not border.
func trimmed(part image.Rectangle, width, height int, e thumburl.Trim) image.Rectangle {
	whole := image.Rect(0, 0, width, height)
	if part.Empty() {
		return whole
	}
	part = part.Inset(-e.Margin).Intersect(whole)
	if e.EqualHorizontal {
		cut := min(part.Min.X, width-part.Max.X)
		part.Min.X, part.Max.X = cut, width-cut
	}
	if e.EqualVertical {
		cut := min(part.Min.Y, height-part.Max.Y)
		part.Min.Y, part.Max.Y = cut, height-cut
	}
	return part
}

func (t *task) warp(m affineMap, background thumburl.Color) error {
	return t.pixels.affine(m, m.shown(t.pixels.width(), t.pixels.height()), cmp.Or(background, "#000000"))
}

// --- colours ---------------------------------------------------------------------

// darken raises values to a power, which brighten takes back once all is done. Where
// nothing is left to do, both are one.
func (t *task) darken(i int, e thumburl.GammaCorrection) error {
	gamma := e.Gamma.Or(2.2)
	out := e.Out.Or(gamma)
	rest := t.job.Edits[i+1:]
	for _, next := range rest {
		if workOf(next, 1, 1) > 0 || isAveraging(next) {
			t.brightenBy = 1 / out
			return t.pixels.power(gamma)
		}
	}
	if gamma == out {
		return nil
	}
	return t.pixels.power(gamma / out)
}

// isAveraging tells the edits to which it matters that values were darkened.
func isAveraging(e thumburl.Edit) bool {
	switch e.(type) {
	case thumburl.Flip, thumburl.Flop, thumburl.Crop, thumburl.Extract:
		return false
	}
	return !isOption(e)
}

func (t *task) brighten() error {
	if t.brightenBy == 0 {
		return nil
	}
	if err := t.flush(); err != nil {
		return err
	}
	if err := errors.Join(t.pixels.power(t.brightenBy), t.materialise()); err != nil {
		return failure(CodeFailed, err, "the picture could not be rendered")
	}
	return nil
}

func (t *task) linearTransform(e thumburl.LinearTransform) error {
	n := max(len(e.A), len(e.B), 1)
	if n > 2 && t.pixels.isGrey() {
		if err := t.pixels.toRGB(); err != nil {
			return err
		}
	}
	bands := t.pixels.bands()
	colours := bands
	if t.pixels.hasAlpha() {
		colours--
	}
	if n != 1 && n != bands && n != colours {
		return failure(CodeChannelMissing, nil, "edits.linear has numbers for %d channels, and the picture %d at this step", n, bands)
	}
	return t.pixels.linear(spread(e.A, n, 1), spread(e.B, n, 0))
}

// spread makes n of a list that has n numbers, one, or none.
func spread(list []float64, n int, none float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		switch len(list) {
		case 0:
			out[i] = none
		case 1:
			out[i] = list[0]
		default:
			out[i] = list[i]
		}
	}
	return out
}

func (t *task) recomb(e thumburl.Recomb) error {
	if err := t.pixels.toRGB(); err != nil {
		return err
	}
	sides := int(math.Sqrt(float64(len(e.Matrix))))
	if sides > t.pixels.bands() {
		return failure(CodeChannelMissing, nil, "edits.recomb is a matrix of 4 channels, and the picture has no alpha at this step")
	}
	return t.pixels.recomb(e.Matrix, sides)
}

func (t *task) layOn(e thumburl.Flatten) error {
	if !t.pixels.hasAlpha() {
		return nil
	}
	r, g, b, _ := cmp.Or(e.Background, "#000000").RGBA()
	return t.pixels.flatten([3]uint8{r, g, b})
}

func (t *task) extractChannel(e thumburl.ExtractChannel) error {
	band := int(e.Channel)
	switch {
	case e.Channel == thumburl.AlphaChannel && !t.pixels.hasAlpha():
		return failure(CodeChannelMissing, nil, "edits.extractChannel: the picture has no alpha at this step")
	case e.Channel == thumburl.AlphaChannel:
		band = t.pixels.bands() - 1
	case t.pixels.isGrey():
		band = 0
	}
	return t.pixels.extractChannel(band)
}
