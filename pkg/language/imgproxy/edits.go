package imgproxy

import (
	"cmp"
	"math"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// edits are what options mean, in the order of imgproxy's pipeline. Its size and its
// crop are those of the picture as it is turned in the end, so turning comes first here.
//
// The format is that asked for; where none is, a picture keeps its own, also where
// margins make parts of it transparent.
func (c *Config) edits(o Options) (thumburl.Edits, thumburl.Format, error) {
	o.Dpr *= o.shrinkToLimits()
	t := translation{config: c, o: o}
	for _, step := range []func(*translation) error{
		(*translation).read, (*translation).turn, (*translation).crop, (*translation).scale, (*translation).filter,
		(*translation).extend, (*translation).pad, (*translation).flatten, (*translation).watermark, (*translation).encode,
	} {
		if err := step(&t); err != nil {
			return nil, 0, err
		}
	}
	if t.addsAlpha && o.Format == thumburl.Source {
		return t.edits, thumburl.Input, nil
	}
	return t.edits, o.Format, nil
}

// translation collects edits.
type translation struct {
	config *Config
	o      Options
	edits  thumburl.Edits
	isCut  bool // a CropTo is among the edits
	// addsAlpha is set where an edit adds margins that are transparent.
	addsAlpha bool
}

func (t *translation) add(e thumburl.Edit) { t.edits = append(t.edits, e) }

// shrinkToLimits is the factor by which an answer of the size asked for is made smaller,
// with its paddings and offsets, where it would be above the limits: imgproxy's
// IMGPROXY_MAX_RESULT_DIMENSION, or those of every answer here.
func (o Options) shrinkToLimits() float64 {
	side := thumburl.MaxSide
	if o.MaxResultSide > 0 {
		side = min(side, o.MaxResultSide)
	}
	zoom := max(o.ZoomWidth, o.ZoomHeight)
	width := (float64(o.Width)*zoom + float64(o.Padding.Left+o.Padding.Right)) * o.Dpr
	height := (float64(o.Height)*zoom + float64(o.Padding.Top+o.Padding.Bottom)) * o.Dpr
	factor := 1.0
	if longer := max(width, height); longer > float64(side) {
		factor = float64(side) / longer
	}
	if area := width * height * factor * factor; area > thumburl.MaxPixels {
		// A little less, for sides are rounded.
		factor *= math.Sqrt(thumburl.MaxPixels/area) * 0.999
	}
	return factor
}

func (t *translation) read() error {
	if !t.o.AutoRotate {
		t.add(thumburl.AsStored{})
	}
	if t.o.MaxFrames == 1 {
		t.add(thumburl.Still{})
	}
	return nil
}

func (t *translation) turn() error {
	if trim := t.o.Trim; trim.Enabled {
		t.add(thumburl.Trim{Threshold: thumburl.Some(min(trim.Threshold, 255)), Background: trim.Color,
			EqualHorizontal: trim.EqualHor, EqualVertical: trim.EqualVer})
	}
	if angle := (t.o.Rotate%360 + 360) % 360; angle != 0 {
		t.add(thumburl.Rotate{Angle: float64(angle)})
	}
	if t.o.FlipHorizontal {
		t.add(thumburl.Flop{})
	}
	if t.o.FlipVertical {
		t.add(thumburl.Flip{})
	}
	return nil
}

func (t *translation) crop() error {
	crop := t.o.Crop
	if crop.Width == 0 && crop.Height == 0 {
		return nil
	}
	gravity := crop.Gravity
	if gravity.Type == NoGravity {
		gravity = t.o.Gravity
	}
	e := thumburl.CropTo{Width: cropSide(crop.Width), Height: cropSide(crop.Height)}
	// Before the picture is scaled, so not by dpr.
	e.Position, e.Focus, e.OffsetX, e.OffsetY = gravity.place(1)
	t.addCut(e)
	return nil
}

func (t *translation) addCut(e thumburl.CropTo) {
	t.add(e)
	t.isCut = true
}

// The bounds of lengths in edits.
const (
	maxCut     = 100_000_000 // pixels
	leastShare = 0.01        // percent
)

func cropSide(side float64) thumburl.Length {
	switch {
	case side == 0:
		return thumburl.Length{}
	case side >= 1:
		return thumburl.Pixels(int(min(side, maxCut)))
	}
	return thumburl.Percent(max(percent(side), leastShare))
}

// percent of a share, without the noise of binary fractions.
func percent(share float64) float64 { return math.Round(share*1e6) / 1e4 }

// positions of gravities that are places.
var positions = map[GravityType]thumburl.Position{
	Center: thumburl.Centre, North: thumburl.Top, East: thumburl.Right, South: thumburl.Bottom, West: thumburl.Left,
	NorthWest: thumburl.LeftTop, NorthEast: thumburl.RightTop, SouthWest: thumburl.LeftBottom, SouthEast: thumburl.RightBottom,
	Smart: thumburl.Attention,
}

// place says a gravity in terms of edits.
func (g Gravity) place(dpr float64) (position thumburl.Position, focus thumburl.Focus, x, y thumburl.Length) {
	if g.Type == FocusPoint {
		return thumburl.Centre, thumburl.FocusAt(g.X, g.Y), x, y
	}
	return positions[g.Type], focus, offset(g.X, dpr), offset(g.Y, dpr)
}

// offset is in pixels from 1 up and from -1 down, else a share.
func offset(v, dpr float64) thumburl.Length {
	if math.Abs(v) < 1 {
		if p := percent(v); p != 0 {
			return thumburl.Percent(p)
		}
		return thumburl.Length{}
	}
	pixels := math.RoundToEven(v * dpr)
	if pixels == 0 {
		return thumburl.Length{}
	}
	return thumburl.Pixels(int(max(min(pixels, thumburl.MaxSide), -thumburl.MaxSide)))
}

func (t *translation) filter() error {
	o := t.o
	if o.Blur > maxBlur {
		return notFound(CodeInvalidOption, "blur: got %g, want a number above 0, to %d", o.Blur, maxBlur)
	}
	if o.Blur >= leastBlur {
		t.add(thumburl.Blur{Sigma: o.Blur})
	}
	if o.Sharpen > maxSharpen {
		return notFound(CodeInvalidOption, "sharpen: got %g, want a number above 0, to %d", o.Sharpen, maxSharpen)
	}
	if o.Sharpen >= leastSharpen {
		t.add(thumburl.Sharpen{Sigma: o.Sharpen})
	}
	if o.Pixelate > 1 {
		t.add(thumburl.Pixelate{Size: min(o.Pixelate, thumburl.MaxSide)})
	}
	return nil
}

// The sigmas that do something, and that libvips takes.
const (
	leastBlur, maxBlur       = 0.3, 1000
	leastSharpen, maxSharpen = 0.01, 10
)

// extend lays the picture on a canvas of the size asked for, or of its shape.
func (t *translation) extend() error {
	o := t.o
	e := thumburl.Canvas{Width: scaled(o.Width, o.Dpr*o.ZoomWidth), Height: scaled(o.Height, o.Dpr*o.ZoomHeight)}
	gravity := o.Extend.Gravity
	switch {
	case o.Extend.Enabled && (e.Width != 0 || e.Height != 0):
	case o.ExtendAspectRatio.Enabled && e.Width != 0 && e.Height != 0:
		e.Ratio, gravity = true, o.ExtendAspectRatio.Gravity
	default:
		return nil
	}
	if gravity.Type == FocusPoint {
		// A point of the canvas, from whose middle offsets count.
		gravity = Gravity{Type: Center, X: gravity.X - 0.5, Y: gravity.Y - 0.5}
	}
	e.Position, _, e.OffsetX, e.OffsetY = gravity.place(o.Dpr)
	t.add(e)
	t.addsAlpha = t.o.Background == ""
	return nil
}

// transparent margins become white where the format has no alpha.
const transparent = thumburl.Color("#00000000")

func (t *translation) pad() error {
	side := func(pixels int) int {
		return int(math.Min(math.RoundToEven(float64(pixels)*t.o.Dpr), thumburl.MaxSide))
	}
	p := t.o.Padding
	e := thumburl.Extend{Top: side(p.Top), Right: side(p.Right), Bottom: side(p.Bottom), Left: side(p.Left)}
	if e == (thumburl.Extend{}) {
		return nil
	}
	e.Background = cmp.Or(t.o.Background, transparent)
	t.addsAlpha = t.o.Background == ""
	t.add(e)
	return nil
}

func (t *translation) flatten() error {
	if t.o.Background != "" {
		t.add(thumburl.Flatten{Background: t.o.Background})
	}
	return nil
}

// watermark lays the deployment's watermark on the picture, where there is one.
func (t *translation) watermark() error {
	w, origin := t.o.Watermark, t.config.Watermark
	opacity := w.Opacity * t.config.WatermarkOpacity
	if opacity < 0.5/255 || origin.Key == "" { // less than half a level shows nowhere
		return nil
	}
	e := thumburl.Watermark{
		Original: thumburl.Original{Bucket: t.config.bucket(origin.Bucket), Key: origin.Key},
		Opacity:  thumburl.Some(opacity), Replicate: w.Position.Type == Replicate,
	}
	if w.Scale != 0 {
		e.Scale = max(min(w.Scale, 1), 0.001)
	}
	e.Position, _, e.OffsetX, e.OffsetY = w.Position.place(t.o.Dpr)
	t.add(e)
	return nil
}

// encode gives the qualities that are said, of the format asked for or, where none is,
// of each that the answer may have.
func (t *translation) encode() error {
	quality := func(format thumburl.Format) int {
		if t.o.Format != thumburl.Source && t.o.Format != format {
			return 0
		}
		return t.config.quality(t.o, format)
	}
	if q := quality(thumburl.JPEG); q != 0 {
		t.add(thumburl.JPEGOptions{Quality: q})
	}
	if q := quality(thumburl.WebP); q != 0 {
		t.add(thumburl.WebPOptions{Quality: q})
	}
	if q := quality(thumburl.AVIF); q != 0 {
		t.add(thumburl.AVIFOptions{Quality: q})
	}
	if t.o.MaxBytes > 0 {
		t.add(thumburl.MaxBytes{Bytes: min(t.o.MaxBytes, 100_000_000)})
	}
	return nil
}
