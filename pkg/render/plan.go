package render

import (
	"cmp"
	"image"
	"math"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// plan goes through the edits by their arithmetic alone and refuses what would
// leave the limits or the picture, before a pixel is decoded. It gives the size of the
// answer, or the most that it can have where an edit looks at the picture for it: what
// follows such an edit is judged when its turn comes.
func (l Limits) plan(h Header, edits thumburl.Edits) (width, height int, err error) {
	width, height = h.upright()
	var work time.Duration
	for _, e := range edits {
		work += workOf(e, width, height)
		known := false
		if width, height, known, err = l.step(e, width, height); err != nil {
			return 0, 0, err
		}
		if !known {
			return width, height, checkWork(work)
		}
	}
	if err := checkWork(work); err != nil {
		return 0, 0, err
	}
	return width, height, l.checkOutput(width, height)
}

// step is what one edit makes of a size; not known is the most that it can be.
func (l Limits) step(e thumburl.Edit, width, height int) (w, h int, known bool, err error) {
	switch e := e.(type) {
	case thumburl.Resize:
		p := place(width, height, e)
		w, h = p.width, p.height
	case thumburl.Crop:
		return e.Width, e.Height, true, inside("crop", e, width, height)
	case thumburl.Extract:
		return e.Width, e.Height, true, inside("extract", thumburl.Crop(e), width, height)
	case thumburl.CropTo:
		return side(e.Width, width), side(e.Height, height), true, nil
	case thumburl.RoundCrop:
		shown := ellipseOf(e, width, height).bounds(width, height)
		if shown.Empty() {
			err = failure(CodeCropOutside, nil, "edits.roundCrop: the ellipse is not inside the picture, which has %dx%d pixels at this step", width, height)
		}
		return shown.Dx(), shown.Dy(), true, err
	case thumburl.Trim, thumburl.SmartCrop:
		return width, height, false, nil
	case thumburl.Extend:
		w, h = width+e.Left+e.Right, height+e.Top+e.Bottom
	case thumburl.Canvas:
		w, h = canvasOf(e, width, height)
	case thumburl.Rotate:
		switch {
		case !e.IsRight():
			shown := turnBy(e.Angle).shown(width, height)
			w, h = shown.Dx(), shown.Dy()
		case e.Angle == 180:
			return width, height, true, nil
		default:
			return height, width, true, nil
		}
	case thumburl.Affine:
		shown := mapOf(e).shown(width, height)
		w, h = shown.Dx(), shown.Dy()
	case thumburl.Median:
		size := medianSize(e)
		return width, height, true, window("median", size, size, width, height)
	case thumburl.CLAHE:
		return width, height, true, window("clahe", e.Width, e.Height, width, height)
	default:
		return width, height, true, nil
	}
	return w, h, true, l.checkOutput(w, h)
}

// largest is the most pixels that the edits make of a picture, but for those of the
// picture itself.
func (l Limits) largest(width, height int, edits thumburl.Edits) (pixels int) {
	sure := true
	for _, e := range edits {
		w, h, known, err := l.step(e, width, height)
		if err != nil {
			return pixels
		}
		r, resizes := e.(thumburl.Resize)
		if !sure && resizes && (r.Width == 0 || r.Height == 0 || r.Fit == thumburl.Outside) {
			return max(pixels, l.OutputPixels) // the shape is not known by now
		}
		sure = sure && known
		if w != width || h != height {
			pixels = max(pixels, w*h)
		}
		width, height = w, h
	}
	return pixels
}

// addsAlpha reports whether an edit may give alpha to a picture that has none.
func addsAlpha(e thumburl.Edit) bool {
	switch e := e.(type) {
	case thumburl.EnsureAlpha, thumburl.Unflatten, thumburl.RoundCrop, thumburl.OverlayWith, thumburl.Watermark:
		return true
	case thumburl.Canvas:
		return e.Background == "" || isTransparent(e.Background)
	case thumburl.Extend:
		return isTransparent(e.Background)
	case thumburl.Rotate:
		return isTransparent(e.Background)
	case thumburl.Affine:
		return isTransparent(e.Background)
	case thumburl.Resize:
		return e.Fit == thumburl.Contain && isTransparent(e.Background)
	}
	return false
}

func isTransparent(c thumburl.Color) bool {
	_, _, _, a := c.RGBA()
	return a < 255
}

func inside(name string, e thumburl.Crop, width, height int) error {
	if e.Left+e.Width > width || e.Top+e.Height > height {
		return failure(CodeCropOutside, nil, "edits.%s: %dx%d at %d,%d is not inside the picture, which has %dx%d pixels at this step",
			name, e.Width, e.Height, e.Left, e.Top, width, height)
	}
	return nil
}

func window(name string, w, h, width, height int) error {
	if w > width || h > height {
		return failure(CodeWindowTooLarge, nil, "edits.%s: its window of %dx%d pixels is larger than the picture, which has %dx%d at this step",
			name, w, h, width, height)
	}
	return nil
}

// side of what CropTo cuts out of a picture that has so many pixels there.
func side(l thumburl.Length, whole int) int {
	if !l.Set {
		return whole
	}
	return min(whole, max(1, int(math.Round(l.Of(whole)))))
}

// canvasOf is the size of a canvas around a picture.
func canvasOf(e thumburl.Canvas, width, height int) (w, h int) {
	if !e.Ratio {
		return max(width, e.Width), max(height, e.Height)
	}
	scale := math.Max(float64(width)/float64(e.Width), float64(height)/float64(e.Height))
	return max(width, int(math.Round(scale*float64(e.Width)))), max(height, int(math.Round(scale*float64(e.Height))))
}

func medianSize(e thumburl.Median) int {
	return cmp.Or(e.Size, 3)
}

// affineMap maps the plane of a picture as thumburl.Affine does.
type affineMap struct {
	a, b, c, d, idx, idy, odx, ody float64
	interpolator                   thumburl.Interpolator
}

func mapOf(e thumburl.Affine) affineMap {
	return affineMap{e.Matrix[0], e.Matrix[1], e.Matrix[2], e.Matrix[3], e.IDX, e.IDY, e.ODX, e.ODY, e.Interpolator}
}

func turnBy(degrees float64) affineMap {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	return affineMap{a: cos, b: -sin, c: sin, d: cos}
}

// shown is the rectangle around a mapped picture. As in libvips, the offsets move the
// picture within it.
func (m affineMap) shown(width, height int) image.Rectangle {
	left, top := math.Inf(1), math.Inf(1)
	right, bottom := math.Inf(-1), math.Inf(-1)
	for _, corner := range [4][2]float64{{0, 0}, {float64(width), 0}, {0, float64(height)}, {float64(width), float64(height)}} {
		x, y := m.a*corner[0]+m.b*corner[1], m.c*corner[0]+m.d*corner[1]
		left, right = math.Min(left, x), math.Max(right, x)
		top, bottom = math.Min(top, y), math.Max(bottom, y)
	}
	x, y := int(math.Round(left)), int(math.Round(top))
	return image.Rect(x, y, x+max(1, int(math.Round(right-left))), y+max(1, int(math.Round(bottom-top))))
}

// ellipse by its middle and radii.
type ellipse struct{ x, y, rx, ry float64 }

func ellipseOf(e thumburl.RoundCrop, width, height int) ellipse {
	radius := float64(min(width, height)) / 2
	return ellipse{e.Left.Or(float64(width) / 2), e.Top.Or(float64(height) / 2), e.RX.Or(radius), e.RY.Or(radius)}
}

// bounds of what the picture has of the ellipse.
func (e ellipse) bounds(width, height int) image.Rectangle {
	return image.Rect(int(math.Floor(e.x-e.rx)), int(math.Floor(e.y-e.ry)), int(math.Ceil(e.x+e.rx)), int(math.Ceil(e.y+e.ry))).
		Intersect(image.Rect(0, 0, width, height))
}

// maxWork is what the edits of a request may take of the processor, by estimate.
const maxWork = 10 * time.Second

func checkWork(work time.Duration) error {
	if work > maxWork {
		return failure(CodeEditTooCostly, nil, "the edits would take about %d s on a picture of this size; at most %d are allowed; resize it first",
			int(work.Seconds()), int(maxWork.Seconds()))
	}
	return nil
}

// warpTime is what a pixel between pixels takes, ns.
var warpTime = map[thumburl.Interpolator]float64{thumburl.Bilinear: 250, thumburl.NearestNeighbour: 250, thumburl.Bicubic: 300,
	thumburl.LocallyBounded: 700, thumburl.Nohalo: 1300, thumburl.VertexSplit: 300}

// workOf estimates the time of an edit whose time depends on more than the size, and of
// those that take long for a pixel; measured, for three channels.
func workOf(e thumburl.Edit, width, height int) time.Duration {
	var perPixel float64 // ns
	switch e := e.(type) {
	case thumburl.Median:
		perPixel = 150 + 20*float64(medianSize(e))
	case thumburl.CLAHE:
		perPixel = 2000 + 7*float64(e.Height)
	case thumburl.Convolve:
		perPixel = 20 + 11*float64(e.Width*e.Height)
	case thumburl.Blur:
		perPixel = 10 + 8*math.Min(e.Sigma, 20)
	case thumburl.Sharpen:
		perPixel = 50 + 7*e.Sigma
	case thumburl.Rotate:
		if !e.IsRight() {
			perPixel = 250
		}
	case thumburl.Affine:
		perPixel = warpTime[e.Interpolator]
	case thumburl.Trim:
		perPixel = 220
	case thumburl.OverlayWith, thumburl.Watermark, thumburl.Threshold:
		perPixel = 100
	case thumburl.Modulate, thumburl.Normalise:
		perPixel = 60
	}
	return time.Duration(perPixel * float64(width) * float64(height))
}
