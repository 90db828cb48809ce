package render

import (
	"context"
	"errors"
	"math"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// seconds are the bytes of second pictures.
type seconds map[thumburl.Original][]byte

// fetch loads what the edits of a job name, each picture once. Drawings are drawn where
// the renderer reads them.
func (s seconds) fetch(ctx context.Context, job Job, r Renderer) error {
	originals := job.Edits.Originals()
	different := map[thumburl.Original]bool{}
	for _, o := range originals {
		different[o] = true
	}
	for _, o := range originals {
		if s[o] != nil {
			continue
		}
		if job.Original == nil {
			return failure(CodeSecondUnread, nil, "second pictures such as %q can't be read here", o.Key)
		}
		body, err := job.Original(ctx, o.Bucket, o.Key)
		if err != nil {
			return failure(CodeSecondUnread, err, "the second picture %q could not be read", o.Key)
		}
		if r.SVG && isSVG(body) {
			if body, err = r.Limits.rasterise(ctx, body, len(different)); err != nil {
				return secondError(o, err)
			}
		}
		s[o] = withoutText(body)
	}
	return nil
}

// overlayKey names a second picture as it was resized.
type overlayKey struct {
	original thumburl.Original
	resize   thumburl.Resize
}

// second decodes a second picture, upright and in sRGB, resized where the resize says
// something. It stays that of t.found. fits is called with its size before a pixel is
// decoded.
func (t *task) second(o thumburl.Original, resize thumburl.Resize, fits func(width, height int) error) (*pixels, error) {
	key := overlayKey{o, resize}
	if made := t.found.overlays[key]; made != nil {
		return made, fits(made.width(), made.height())
	}
	source := t.found.seconds[o]
	defer pin(source)()
	two := &task{limits: t.limits, profile: t.profile, linear: t.linear, source: source, stop: t.stop}
	if two.limits.MemoryBytes > 0 { // what is left beside the first picture
		held := len(t.source) + 2*4*t.pixels.width()*t.pixels.height()
		two.limits.MemoryBytes = max(1, two.limits.MemoryBytes-held)
	}
	made, err := two.asSecond(t.ctx, resize, fits)
	if err != nil {
		two.pixels.close()
		return nil, secondError(o, err)
	}
	t.found.overlays[key] = made
	return made, nil
}

// secondError says which of the pictures an error is about.
func secondError(o thumburl.Original, err error) error {
	var e *Error
	if errors.As(err, &e) && e.Code != CodeSecondTooLarge {
		return failure(e.Code, e.Cause, "the second picture %q: %s", o.Key, e.Message)
	}
	return err
}

func (t *task) asSecond(ctx context.Context, resize thumburl.Resize, fits func(width, height int) error) (*pixels, error) {
	if err := t.readHeader(); err != nil {
		return nil, err
	}
	job := Job{Format: thumburl.JPEG} // its first frame
	if resize != (thumburl.Resize{}) {
		job.Edits = thumburl.Edits{resize}
	}
	opened := t.pixels
	t.pixels = pixels{}
	defer opened.close()
	t.prepare(ctx, job)
	var err error
	if t.width, t.height, err = t.limits.plan(t.header, job.Edits); err != nil {
		return nil, err
	}
	if err := fits(t.width, t.height); err != nil {
		return nil, err
	}
	if err := decodeAll(&opened, []*task{t}); err != nil {
		return nil, err
	}
	if err := t.edit(); err != nil {
		return nil, err
	}
	return &t.pixels, nil
}

func (t *task) overlayWith(e thumburl.OverlayWith) error {
	width, height := t.pixels.width(), t.pixels.height()
	var resize thumburl.Resize
	if e.WRatio > 0 || e.HRatio > 0 {
		resize = thumburl.Resize{Width: share(width, e.WRatio), Height: share(height, e.HRatio), Fit: thumburl.Inside}
	}
	overlay, err := t.second(e.Original, resize, func(w, h int) error { return fitsOnto("overlayWith", w, h, width, height) })
	if err != nil {
		return err
	}
	piece, err := overlay.faded(1 - float64(e.Alpha)/100)
	if err != nil {
		return err
	}
	defer piece.close()
	left, top := anchor{position: e.Position, cut: true}.offset(width, height, piece.width(), piece.height())
	if e.Left.Set || e.Top.Set {
		left, top = overlayAt(e.Left, width, piece.width()), overlayAt(e.Top, height, piece.height())
	}
	if e.Tile {
		if err := piece.tile(left, top, width, height); err != nil {
			return err
		}
		left, top = 0, 0
	}
	return t.pixels.compose(piece, left, top, e.Blend)
}

// share of a side in percent; 0 is not said.
func share(side, percent int) int {
	if percent == 0 {
		return 0
	}
	return max(1, side*percent/100)
}

func fitsOnto(name string, w, h, width, height int) error {
	if w > width || h > height {
		return failure(CodeSecondTooLarge, nil, "edits.%s: the second picture has %dx%d pixels and does not fit onto this one, which has %dx%d at this step",
			name, w, h, width, height)
	}
	return nil
}

// overlayAt is where an overlay begins on one side, below 0 from the other end.
func overlayAt(at thumburl.Length, whole, piece int) int {
	v := at.Of(whole)
	if at.Value < 0 {
		v += float64(whole - piece)
	}
	return int(math.Floor(v))
}

func (t *task) watermark(e thumburl.Watermark) error {
	width, height := t.pixels.width(), t.pixels.height()
	resize := thumburl.Resize{Width: width, Height: height, Fit: thumburl.Inside, NoUpscale: true}
	if e.Scale > 0 {
		resize = thumburl.Resize{Width: scaledSide(width, e.Scale), Height: scaledSide(height, e.Scale), Fit: thumburl.Inside}
	}
	mark, err := t.second(e.Original, resize, func(int, int) error { return nil })
	if err != nil {
		return err
	}
	piece, err := mark.faded(e.Opacity.Or(1))
	if err != nil {
		return err
	}
	defer piece.close()
	if !e.Replicate {
		at := anchor{position: e.Position, x: e.OffsetX, y: e.OffsetY, cut: true, over: true}
		left, top := at.offset(width, height, piece.width(), piece.height())
		return t.pixels.compose(piece, left, top, thumburl.BlendOver)
	}
	// The offsets are room around each.
	x, y := max(0, int(math.Round(e.OffsetX.Of(width)))), max(0, int(math.Round(e.OffsetY.Of(height))))
	if err := piece.embed(x/2, y/2, piece.width()+x, piece.height()+y, [4]float64{}); err != nil {
		return err
	}
	left, top := anchor{position: thumburl.LeftTop}.offset(width, height, piece.width(), piece.height())
	if e.Position != thumburl.LeftTop {
		left, top = (width-piece.width())/2, (height-piece.height())/2
	}
	if err := piece.tile(left, top, width, height); err != nil {
		return err
	}
	return t.pixels.compose(piece, 0, 0, thumburl.BlendOver)
}

func scaledSide(side int, scale float64) int {
	return max(1, int(math.RoundToEven(float64(side)*scale)))
}

func (t *task) boolean(e thumburl.Boolean) error {
	width, height := t.pixels.width(), t.pixels.height()
	other, err := t.second(e.Original, thumburl.Resize{}, func(w, h int) error {
		if w != width || h != height {
			return failure(CodeSecondTooLarge, nil, "edits.boolean: the second picture has %dx%d pixels, and this one %dx%d at this step; both must have the same",
				w, h, width, height)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return t.pixels.boolean(other, e.Operator)
}
