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
	r = boxed(sw, sh, r)
	p := fitted(sw, sh, r)
	// A least side raises the scale, and the box cuts.
	if raise := max(1, float64(r.MinWidth)/float64(p.scaledWidth), float64(r.MinHeight)/float64(p.scaledHeight)); raise > 1 {
		p.scaledWidth = int(math.Round(float64(p.scaledWidth) * raise))
		p.scaledHeight = int(math.Round(float64(p.scaledHeight) * raise))
		for _, side := range []struct {
			at          *int
			box, scaled int
		}{{&p.width, r.Width, p.scaledWidth}, {&p.height, r.Height, p.scaledHeight}} {
			switch {
			case side.box == 0:
				*side.at = side.scaled
			case r.Fit != thumburl.Cover && r.Fit != thumburl.Contain:
				*side.at = min(side.box, side.scaled)
			}
		}
	}
	return p
}

// boxed gives a resize that names its box, where it is one of a ratio, and its fit.
func boxed(sw, sh int, r thumburl.Resize) thumburl.Resize {
	if r.Ratio > 0 {
		r.Width = max(1, int(math.Round(float64(sw)*r.Ratio)))
		r.Height = max(1, int(math.Round(float64(sh)*r.Ratio)))
	}
	if r.Fit == thumburl.AutoFit {
		r.Fit = thumburl.Inside
		if r.Width > 0 && r.Height > 0 && (sw >= sh) == (r.Width >= r.Height) {
			r.Fit = thumburl.Cover
		}
	}
	return r
}

// fitted is place but for least sides.
func fitted(sw, sh int, r thumburl.Resize) placement {
	w, h := float64(r.Width), float64(r.Height)
	srcW, srcH := float64(sw), float64(sh)
	switch {
	case r.Width == 0 && r.Height == 0:
		w, h = srcW, srcH
	case r.Width == 0 && r.KeepSide:
		w = srcW
	case r.Height == 0 && r.KeepSide:
		h = srcH
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
	if r.NoUpscale || r.WithoutReduction {
		return bounded(srcW, srcH, w, h, r)
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

// bounded is fitted for a scale that is not free: the picture may then be smaller than
// its box where Cover would fill it, or larger than that of Contain. A side that was
// not said is no box.
func bounded(srcW, srcH, w, h float64, r thumburl.Resize) placement {
	x, y := w/srcW, h/srcH
	switch r.Fit {
	case thumburl.Cover, thumburl.Outside:
		x = math.Max(x, y)
		y = x
	case thumburl.Contain, thumburl.Inside:
		x = math.Min(x, y)
		y = x
	}
	if r.WithoutReduction {
		x, y = math.Max(1, x), math.Max(1, y)
	}
	if r.NoUpscale {
		x, y = math.Min(1, x), math.Min(1, y)
	}
	p := placement{scaledWidth: max(1, int(math.Round(srcW*x))), scaledHeight: max(1, int(math.Round(srcH*y)))}
	p.width, p.height = p.scaledWidth, p.scaledHeight
	for _, side := range []struct {
		at  *int
		box int
	}{{&p.width, r.Width}, {&p.height, r.Height}} {
		switch {
		case side.box == 0:
		case r.Fit == thumburl.Cover:
			*side.at = min(*side.at, side.box)
		case r.Fit == thumburl.Contain:
			*side.at = max(*side.at, side.box)
		}
	}
	return p
}

// decoderRounded gives a resize the sides that sharp would: its JPEG decoder shrinks
// first, by what leaves it something to do, and drops the rest of a division.
//
// https://github.com/lovell/sharp, src/pipeline.cc
func decoderRounded(width, height int, r thumburl.Resize) thumburl.Resize {
	r = boxed(width, height, r)
	oneSide := (r.Width == 0) != (r.Height == 0)
	if r.Fit == thumburl.Fill || r.NoUpscale || r.WithoutReduction || !oneSide && r.Fit != thumburl.Inside && r.Fit != thumburl.Outside {
		return r
	}
	shrink := func(w, h float64) float64 {
		x, y := w/float64(r.Width), h/float64(r.Height) // +Inf where it is not said
		if !oneSide && r.Fit == thumburl.Inside {
			return math.Max(x, y)
		}
		return math.Min(x, y)
	}
	w, h := float64(width), float64(height)
	by := shrink(w, h)
	load := 1
	for load < 8 && by >= float64(2*load) {
		load *= 2
	}
	if load > 1 && int(by) == load {
		load /= 2
	}
	w, h = math.Floor(w/float64(load)), math.Floor(h/float64(load))
	if w < 1 || h < 1 {
		return r
	}
	by = shrink(w, h)
	r.Width, r.Height = max(1, int(math.Round(w/by))), max(1, int(math.Round(h/by)))
	r.Fit, r.Ratio = thumburl.Fill, 0
	return r
}

// window is the part of the scaled picture that the answer shows: all of it, or what
// the box leaves of it where its place does not depend on what the picture shows.
func (p placement) window(r thumburl.Resize) image.Rectangle {
	width, height := p.width, p.height
	if looks(r.Position) {
		width, height = p.scaledWidth, p.scaledHeight
	}
	width, height = min(width, p.scaledWidth), min(height, p.scaledHeight)
	left, top := anchorOf(r, true).offset(p.scaledWidth, p.scaledHeight, width, height)
	return image.Rect(left, top, left+width, top+height)
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

// centred is how much of what is left over lies before a piece in the middle: as in
// sharp, an odd pixel is cut off at the left and the top, and added as margin at the
// right and the bottom.
func centred(left int, cut bool) int {
	if cut {
		return (left + 1) / 2
	}
	return left / 2
}

// anchor says where a piece lies in a whole, one side at a time.
type anchor struct {
	position thumburl.Position
	focus    thumburl.Focus
	x, y     thumburl.Length // inwards from the position
	cut      bool            // the piece is cut out of the whole, and not put into it
	over     bool            // it may reach beyond the whole
}

// anchorOf is where a resize cuts, or puts the picture.
func anchorOf(r thumburl.Resize, cut bool) anchor {
	return anchor{position: r.Position, focus: r.Focus, x: r.OffsetX, y: r.OffsetY, cut: cut}
}

// offset is where a piece of the given sizes lies inside a whole.
func (a anchor) offset(wholeW, wholeH, pieceW, pieceH int) (left, top int) {
	horizontal, vertical := 0, 0 // -1 at the beginning, 1 at the end
	switch a.position {
	case thumburl.Left, thumburl.LeftTop, thumburl.LeftBottom:
		horizontal = -1
	case thumburl.Right, thumburl.RightTop, thumburl.RightBottom:
		horizontal = 1
	}
	switch a.position {
	case thumburl.Top, thumburl.LeftTop, thumburl.RightTop:
		vertical = -1
	case thumburl.Bottom, thumburl.LeftBottom, thumburl.RightBottom:
		vertical = 1
	}
	return a.along(wholeW, pieceW, horizontal, a.focus.X, a.x), a.along(wholeH, pieceH, vertical, a.focus.Y, a.y)
}

func (a anchor) along(whole, piece, end int, focus float64, offset thumburl.Length) int {
	by := int(math.Round(offset.Of(whole)))
	at := centred(whole-piece, a.cut) + by
	switch {
	case a.focus.Set:
		at = int(math.RoundToEven(focus*float64(whole))) - piece/2 + by
	case end < 0:
		at = by
	case end > 0:
		at = whole - piece - by
	}
	if a.over {
		return at
	}
	return min(max(at, 0), whole-piece)
}

// shrinkOnLoad is what a decoder may shrink by on its own. It averages coarsely, and
// sRGB values: so many times the target's pixels a side are left to the kernel.
// From 4 to 2 a card of a 12 MP photo loses 8 points of SSIMULACRA2, to 1 another 10.
func shrinkOnLoad(h Header, scaled image.Point, profile Profile) float64 {
	left := 4.0
	switch {
	case profile == FastProfile && h.Kind == KindWebP:
		left = 2 // any factor can be had: at 1 nothing would be left to the kernel
	case profile == FastProfile:
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
