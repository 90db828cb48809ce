package imgproxy

import (
	"cmp"
	"math"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// isShare reports whether an offset is a share of the picture.
func (g Gravity) isShare() bool {
	return g.Type != FocusPoint && (g.X != 0 && math.Abs(g.X) < 1 || g.Y != 0 && math.Abs(g.Y) < 1)
}

// scaled is a side times a factor, at least a pixel; 0 stays 0.
func scaled(side int, factor float64) int {
	if side == 0 {
		return 0
	}
	return max(1, int(math.Round(float64(side)*factor)))
}

// scale brings the picture to its size and cuts what stands over.
func (t *translation) scale() error {
	o := t.o
	// A zoom that differs by axis scales by the larger factor, and then one axis back.
	zoom := max(o.ZoomWidth, o.ZoomHeight)
	e := thumburl.Resize{
		Width: scaled(o.Width, zoom*o.Dpr), Height: scaled(o.Height, zoom*o.Dpr),
		MinWidth: min(scaled(o.MinWidth, o.Dpr), thumburl.MaxSide), MinHeight: min(scaled(o.MinHeight, o.Dpr), thumburl.MaxSide),
		NoUpscale: !o.Enlarge,
	}
	switch {
	case o.Width == 0 && o.Height == 0:
		t.scaleByFactor(e, zoom*o.Dpr)
	case o.ResizingType == Force:
		t.force(e)
		return nil
	case o.Width == 0 || o.Height == 0 || o.ResizingType == Fit:
		t.fit(e)
	default:
		t.fill(e)
	}
	if o.ZoomWidth != o.ZoomHeight {
		t.add(thumburl.Affine{Interpolator: thumburl.Bicubic,
			Matrix: []float64{max(o.ZoomWidth/zoom, leastRatio), 0, 0, max(o.ZoomHeight/zoom, leastRatio)}})
	}
	return nil
}

// force keeps the side that is not said, and the shape of the box where the picture is
// too small for it.
func (t *translation) force(e thumburl.Resize) {
	o := t.o
	e.Width, e.Height = scaled(o.Width, o.ZoomWidth*o.Dpr), scaled(o.Height, o.ZoomHeight*o.Dpr)
	e.Fit, e.NoUpscale, e.WithoutEnlargement = thumburl.Fill, false, !o.Enlarge
	e.KeepSide = e.Width == 0 || e.Height == 0
	t.add(e)
}

// scaleByFactor scales a picture for which no size is said.
func (t *translation) scaleByFactor(e thumburl.Resize, factor float64) {
	switch {
	case e.NoUpscale && factor >= 1 || factor == 1:
		if side := t.o.MaxResultSide; side > 0 {
			e.Width, e.Height, e.Fit, e.NoUpscale = min(side, maxSquare), min(side, maxSquare), thumburl.Inside, true
		}
	default:
		e.Ratio = max(math.Min(factor, maxRatio), leastRatio)
		e.NoUpscale = false
	}
	if e.Width != 0 || e.Ratio != 0 || e.MinWidth != 0 || e.MinHeight != 0 {
		if e.Width == 0 && e.Ratio == 0 {
			e.Fit, e.NoUpscale = thumburl.Inside, false // the minimum enlarges
		}
		t.add(e)
	}
}

const (
	leastRatio, maxRatio = 0.0001, 100
	maxSquare            = 4000 // its square is MaxPixels
)

// fit keeps the whole picture. Where a minimum makes it larger than its box, imgproxy
// cuts it to the box.
func (t *translation) fit(e thumburl.Resize) {
	if side := t.o.MaxResultSide; side > 0 {
		// The side that follows has a limit as well.
		e.Width, e.Height = cmp.Or(e.Width, min(side, maxSquare)), cmp.Or(e.Height, min(side, maxSquare))
	}
	if e.MinWidth != 0 || e.MinHeight != 0 {
		e.Fit = thumburl.Inside
		e.Position, e.Focus, e.OffsetX, e.OffsetY = t.o.Gravity.place(t.o.Dpr)
	}
	if e.Width != 0 && e.Height != 0 {
		e.Fit = thumburl.Inside
	}
	t.add(e)
}

func pixels(side int) thumburl.Length {
	if side == 0 {
		return thumburl.Length{}
	}
	return thumburl.Pixels(side)
}

// fill covers the box and cuts what stands over.
func (t *translation) fill(e thumburl.Resize) {
	o := t.o
	switch {
	case o.ResizingType == Auto:
		e.Fit = thumburl.AutoFit
	case !o.Enlarge && (o.ResizingType == FillDown || o.Dpr > 1):
		// Where a picture is too small for a dpr alone, imgproxy lowers the dpr: the box
		// keeps its shape.
		e.NoUpscale, e.WithoutEnlargement = false, true
	}
	position, focus, x, y := o.Gravity.place(o.Dpr)
	if o.Gravity.isShare() && !t.isCut && e.Fit == thumburl.Cover && !e.WithoutEnlargement {
		// A share is one of the picture, where a resize has shares of its box.
		e.Fit = thumburl.Outside
		t.add(e)
		t.addCut(thumburl.CropTo{Width: pixels(e.Width), Height: pixels(e.Height), Position: position, OffsetX: x, OffsetY: y})
		return
	}
	e.Position, e.Focus, e.OffsetX, e.OffsetY = position, focus, x, y
	t.add(e)
}
