package render

import (
	"image"
	"math"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// placement is the arithmetic of one resize: the source is scaled to
// scaledWidth x scaledHeight, and the box of width x height is cut out of it
// (Cover) or laid around it (Contain).
type placement struct {
	scaledWidth, scaledHeight int
	width, height             int
}

// place fits a picture of sw x sh into the box that a resize asks for.
func place(sw, sh int, r thumburl.Resize) placement {
	w, h := float64(r.Width), float64(r.Height)
	srcW, srcH := float64(sw), float64(sh)
	switch {
	case r.Width == 0:
		w = math.Max(1, math.Round(h*srcW/srcH))
	case r.Height == 0:
		h = math.Max(1, math.Round(w*srcH/srcW))
	}
	if r.WithoutEnlargement {
		// The largest box of the asked shape that needs no enlargement. Contain and
		// Inside are enlarged when both sides are, the others when one is.
		k := math.Min(srcW/w, srcH/h)
		if r.Fit == thumburl.Contain || r.Fit == thumburl.Inside {
			k = math.Max(srcW/w, srcH/h)
		}
		if k < 1 {
			w, h = math.Max(1, math.Round(w*k)), math.Max(1, math.Round(h*k))
		}
	}
	box := placement{width: int(w), height: int(h)}
	smaller, larger := math.Min(w/srcW, h/srcH), math.Max(w/srcW, h/srcH)
	switch r.Fit {
	case thumburl.Fill:
		box.scaledWidth, box.scaledHeight = box.width, box.height
		return box
	case thumburl.Cover, thumburl.Outside:
		box.scaledWidth = max(box.width, int(math.Round(srcW*larger)))
		box.scaledHeight = max(box.height, int(math.Round(srcH*larger)))
	case thumburl.Contain, thumburl.Inside:
		box.scaledWidth = min(box.width, max(1, int(math.Round(srcW*smaller))))
		box.scaledHeight = min(box.height, max(1, int(math.Round(srcH*smaller))))
	}
	if r.Fit == thumburl.Inside || r.Fit == thumburl.Outside {
		box.width, box.height = box.scaledWidth, box.scaledHeight
	}
	return box
}

// window is the part of the scaled picture that the answer shows: all of it, or the box
// of a Cover whose place does not depend on what the picture shows.
func (p placement) window(r thumburl.Resize) image.Rectangle {
	if r.Fit != thumburl.Cover || looks(r.Position) {
		return image.Rect(0, 0, p.scaledWidth, p.scaledHeight)
	}
	left, top := offset(p.scaledWidth, p.scaledHeight, p.width, p.height, r.Fit, r.Position)
	return image.Rect(left, top, left+p.width, top+p.height)
}

// lying is a part of an upright picture of the given size as the source lies: turning
// by the EXIF orientation brings it where it was (EXIF 2.3, tag 0x0112).
func lying(part image.Rectangle, upright image.Point, orientation int) image.Rectangle {
	right, bottom := upright.X-part.Max.X, upright.Y-part.Max.Y // what is beyond the part
	x, y := part.Min.X, part.Min.Y
	width, height := part.Dx(), part.Dy()
	if orientation >= 5 {
		width, height = height, width
	}
	switch orientation {
	case 2:
		x = right
	case 3:
		x, y = right, bottom
	case 4:
		y = bottom
	case 5:
		x, y = y, x
	case 6:
		x, y = y, right
	case 7:
		x, y = bottom, right
	case 8:
		x, y = bottom, x
	}
	return image.Rect(x, y, x+width, y+height)
}

// plan goes through the edits by their arithmetic alone and refuses what would
// leave the limits or the picture, before a pixel is decoded. It gives the size of the
// answer.
func (l Limits) plan(h Header, edits thumburl.Edits) (width, height int, err error) {
	width, height = h.upright()
	for _, e := range edits {
		switch e := e.(type) {
		case thumburl.Resize:
			p := place(width, height, e)
			if err := l.checkOutput(p.width, p.height); err != nil {
				return 0, 0, err
			}
			width, height = p.width, p.height
		case thumburl.Crop:
			if e.Left+e.Width > width || e.Top+e.Height > height {
				return 0, 0, failure(CodeCropOutside, nil, "edits.crop: %dx%d at %d,%d is not inside the picture, which has %dx%d pixels at this step",
					e.Width, e.Height, e.Left, e.Top, width, height)
			}
			width, height = e.Width, e.Height
		case thumburl.Rotate:
			if math.Mod(e.Angle, 180) != 0 {
				width, height = height, width
			}
		}
	}
	return width, height, l.checkOutput(width, height)
}

// offset is where a piece of the given sizes lies inside a whole, by position:
// for Cover the box inside the scaled picture, for Contain the scaled picture
// inside the box. As in sharp, an odd pixel in the middle is cut off at the left
// and the top, and added as margin at the right and the bottom.
func offset(wholeW, wholeH, pieceW, pieceH int, fit thumburl.Fit, p thumburl.Position) (left, top int) {
	left, top = (wholeW-pieceW+1)/2, (wholeH-pieceH+1)/2
	if fit == thumburl.Contain {
		left, top = (wholeW-pieceW)/2, (wholeH-pieceH)/2
	}
	switch p {
	case thumburl.Left, thumburl.LeftTop, thumburl.LeftBottom:
		left = 0
	case thumburl.Right, thumburl.RightTop, thumburl.RightBottom:
		left = wholeW - pieceW
	}
	switch p {
	case thumburl.Top, thumburl.LeftTop, thumburl.RightTop:
		top = 0
	case thumburl.Bottom, thumburl.LeftBottom, thumburl.RightBottom:
		top = wholeH - pieceH
	}
	return left, top
}

// shrinkOnLoad is what a decoder may shrink by on its own. It averages coarsely, and
// sRGB values: so many times the target's pixels a side are left to the kernel.
// From 4 to 2 a card of a 12 MP photo loses 8 points of SSIMULACRA2, to 1 another 10.
func shrinkOnLoad(h Header, scaled image.Point, profile Profile) float64 {
	left := 4.0
	if profile == FastProfile {
		left = 1
	}
	reduction := math.Min(float64(h.Width)/float64(scaled.X), float64(h.Height)/float64(scaled.Y)) / left
	switch h.Kind {
	case KindJPEG:
		eighths := math.Min(8, math.Max(1, math.Ceil(8/reduction)))
		if eighths == 3 {
			eighths = 4 // takes no longer: libjpeg-turbo has it in vectors
		}
		return 8 / eighths
	case KindWebP:
		return math.Max(1, reduction)
	}
	return 1
}
