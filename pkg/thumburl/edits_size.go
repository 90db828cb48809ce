package thumburl

import "fmt"

// Resize fits the picture into a box. One of Width and Height may be 0: it then
// follows from the other and the picture's shape. Both may be where Ratio, MinWidth
// or MinHeight say the size. The answer has exactly the size asked for, but for
// WithoutEnlargement, NoUpscale and WithoutReduction.
type Resize struct {
	Width, Height int // pixels, 1 to MaxSide; 0 for "follows"
	// Ratio of the picture's sides as they are at this step, instead of Width and
	// Height: 0.5 halves both. 0.0001 to 100.
	Ratio float64
	// MinWidth and MinHeight raise the scale until the picture, before it is cut to
	// its box, has at least so many pixels; 1 to MaxSide.
	MinWidth, MinHeight int
	Fit                 Fit
	Position            Position
	// Focus is the point that Cover keeps in the middle, as far as the picture
	// reaches, instead of a Position.
	Focus Focus
	// OffsetX and OffsetY move what Cover cuts out, and where Contain puts the
	// picture, from Position inwards (from Centre and from Focus: to the right and
	// down). A share is one of the box.
	OffsetX, OffsetY Length
	// Background of Contain's margins, and of what was transparent where the
	// format has no alpha. Empty is white; margins are transparent where the
	// picture has alpha.
	Background Color
	Kernel     Kernel
	// WithoutEnlargement answers a source that is smaller than the box at the
	// largest box of the asked shape that needs no enlargement.
	WithoutEnlargement bool
	// NoUpscale never scales up, and leaves the box as it is: Cover is cut only where
	// it stands over the box, Contain gets margins up to it. sharp's
	// withoutEnlargement.
	NoUpscale bool
	// WithoutReduction never scales down, and leaves the box as it is: Cover is cut
	// to it, Contain keeps what stands over. sharp's.
	WithoutReduction bool
	// KeepSide has Fill leave a side that is not said as it is, where it otherwise
	// follows. sharp's fill, and imgproxy's force.
	KeepSide bool
	// DecoderRounding rounds a side that follows as sharp does, whose JPEG decoder
	// shrinks by 2, 4 or 8 first and drops the rest: 400x300 to a width of 10 is 10x7,
	// not 10x8.
	DecoderRounding bool
	Space           Space
}

func (Resize) name() string { return "resize" }

func (e *Resize) form() form {
	return needed(
		field{"background", colour(&e.Background, "")},
		field{"decoderRounding", yes(&e.DecoderRounding)},
		field{"fit", named(&e.Fit, fitNames)},
		field{"focus", focusForm{&e.Focus}},
		field{"height", whole(&e.Height, 1, MaxSide, 0)},
		field{"keepSide", yes(&e.KeepSide)},
		field{"kernel", named(&e.Kernel, kernelNames)},
		field{"minHeight", whole(&e.MinHeight, 1, MaxSide, 0)},
		field{"minWidth", whole(&e.MinWidth, 1, MaxSide, 0)},
		field{"noUpscale", yes(&e.NoUpscale)},
		field{"offsetX", offset(&e.OffsetX)},
		field{"offsetY", offset(&e.OffsetY)},
		field{"position", positioned(&e.Position, positionNames)},
		field{"ratio", number(&e.Ratio, 0.0001, 100)},
		field{"space", named(&e.Space, spaceNames)},
		field{"width", whole(&e.Width, 1, MaxSide, 0)},
		field{"withoutEnlargement", yes(&e.WithoutEnlargement)},
		field{"withoutReduction", yes(&e.WithoutReduction)},
	)
}

func (e Resize) check(field string) error {
	box := e.Width != 0 || e.Height != 0
	switch {
	case !box && e.Ratio == 0 && e.MinWidth == 0 && e.MinHeight == 0:
		return invalidField(field, "neither width nor height", `width, height or both, such as {"height":264,"width":288}, or a ratio`)
	case box && e.Ratio != 0:
		return invalidField(field+".ratio", "a ratio beside width or height", `either a ratio or a size, such as {"width":288}`)
	case e.Width*e.Height > MaxPixels:
		return invalidField(field, fmt.Sprintf("%dx%d", e.Width, e.Height), fmt.Sprintf("at most %d pixels, such as 4000x4000", MaxPixels))
	case e.WithoutEnlargement && (e.NoUpscale || e.WithoutReduction):
		return invalidField(field+".withoutEnlargement", "it beside noUpscale or withoutReduction", `withoutEnlargement, or noUpscale and withoutReduction, such as {"noUpscale":true,"width":288}`)
	case e.Focus.Set && e.Position != Centre:
		return invalidField(field+".focus", "a focus beside a position", `a focus or a position, such as {"focus":[0.5,0.5]}`)
	case e.KeepSide && (e.Fit != Fill || e.Width != 0 && e.Height != 0):
		return invalidField(field+".keepSide", "it where no side could be kept", `it with "fit":"fill" and one side, such as {"fit":"fill","keepSide":true,"width":288}`)
	}
	return nil
}

func offset(at *Length) form {
	return lengthForm{at: at, negative: true, most: MaxSide, zero: true}
}

// positioned is a position by its name or by sharp's gravity.
func positioned(at *Position, names []string) form {
	return nameForm[Position]{at: at, names: names, read: func(name string) (Position, error) {
		p, err := ParsePosition(name)
		if err == nil && int(p) >= len(names) {
			err = invalidField("position", quote(name), oneOf(names))
		}
		return p, err
	}}
}

// maxCoordinate bounds a crop: no source that is accepted has a longer side.
const maxCoordinate = 100_000_000

// Crop cuts a rectangle out of the picture as it is at this step: before a
// Resize in the original's pixels (turned upright), after it in the resized
// ones. What lies outside the picture is an error.
type Crop struct {
	Left, Top     int // pixels, from 0
	Width, Height int // pixels, from 1
}

func (Crop) name() string { return "crop" }

func (e *Crop) form() form {
	return needed(
		field{"height", required(&e.Height, 1, maxCoordinate)},
		field{"left", whole(&e.Left, 0, maxCoordinate, 0)},
		field{"top", whole(&e.Top, 0, maxCoordinate, 0)},
		field{"width", required(&e.Width, 1, maxCoordinate)},
	)
}

// Extract is a second Crop: one may stand before a Resize and one behind it.
type Extract Crop

func (Extract) name() string  { return "extract" }
func (e *Extract) form() form { return (*Crop)(e).form() }

// CropTo cuts out of the picture, as it is at this step, the part at a position or
// around a focus. A side that is left out, or longer than the picture's, stays whole.
type CropTo struct {
	Width, Height Length // pixels, 1 to 100,000,000, or a share of the picture
	Position      Position
	Focus         Focus // instead of a Position
	// OffsetX and OffsetY move the part from its Position inwards (from Centre and
	// from Focus: to the right and down), within the picture. A share is one of the
	// picture.
	OffsetX, OffsetY Length
}

func (CropTo) name() string { return "cropTo" }

func (e *CropTo) form() form {
	return needed(
		field{"focus", focusForm{&e.Focus}},
		field{"height", lengthForm{at: &e.Height, most: maxCoordinate}},
		field{"offsetX", lengthForm{at: &e.OffsetX, negative: true, most: maxCoordinate, zero: true}},
		field{"offsetY", lengthForm{at: &e.OffsetY, negative: true, most: maxCoordinate, zero: true}},
		field{"position", positioned(&e.Position, positionNames)},
		field{"width", lengthForm{at: &e.Width, most: maxCoordinate}},
	)
}

func (e CropTo) check(field string) error {
	switch {
	case !e.Width.Set && !e.Height.Set:
		return invalidField(field, "neither width nor height", `width, height or both, such as {"width":"50%"}`)
	case e.Focus.Set && e.Position != Centre:
		return invalidField(field+".focus", "a focus beside a position", `a focus or a position, such as {"focus":[0.5,0.5]}`)
	}
	return nil
}

// SmartCrop cuts out a face, where the deployment can find faces; without one it
// keeps the largest square that draws the eye.
type SmartCrop struct {
	FaceIndex int // 0, the surest, to 99
	Padding   int // pixels around the face on each side, 0 to MaxSide
}

func (SmartCrop) name() string { return "smartCrop" }

func (e *SmartCrop) form() form {
	return orTrue(
		field{"faceIndex", whole(&e.FaceIndex, 0, 99, 0)},
		field{"padding", whole(&e.Padding, 0, MaxSide, 0)},
	)
}

// RoundCrop makes transparent what lies outside an ellipse, and cuts to it. Pixels;
// what is not said: the circle in the middle of the picture that touches its longer
// sides.
type RoundCrop struct {
	RX, RY    Optional // radii, 0.5 to MaxSide
	Left, Top Optional // of the middle, 0 to MaxSide
}

func (RoundCrop) name() string { return "roundCrop" }

// never is no default: an Optional that is dropped only where it is not said.
const never = -1

func (e *RoundCrop) form() form {
	return orTrue(
		field{"left", optional(&e.Left, 0, MaxSide, never)},
		field{"rx", optional(&e.RX, 0.5, MaxSide, never)},
		field{"ry", optional(&e.RY, 0.5, MaxSide, never)},
		field{"top", optional(&e.Top, 0, MaxSide, never)},
	)
}

// Extend adds margins.
type Extend struct {
	Top, Bottom, Left, Right int   // pixels, 0 to MaxSide
	Background               Color // empty is black
	With                     ExtendWith
}

func (Extend) name() string { return "extend" }

func (e *Extend) form() form {
	return object(
		field{"background", colour(&e.Background, "#000000")},
		field{"bottom", whole(&e.Bottom, 0, MaxSide, 0)},
		field{"extendWith", named(&e.With, extendNames)},
		field{"left", whole(&e.Left, 0, MaxSide, 0)},
		field{"right", whole(&e.Right, 0, MaxSide, 0)},
		field{"top", whole(&e.Top, 0, MaxSide, 0)},
	)
}

// Canvas lays the picture on a canvas of the given size where it is smaller; a side
// that is larger, or not said, stays as it is.
type Canvas struct {
	Width, Height int // pixels, 1 to MaxSide; 0 for "as it is"
	// Ratio keeps only the shape of Width x Height: the canvas is the smallest one
	// of that shape that holds the picture.
	Ratio    bool
	Position Position // one of those that do not look at the picture
	// OffsetX and OffsetY move the picture from its Position inwards (from Centre: to
	// the right and down), within the canvas. A share is one of the canvas.
	OffsetX, OffsetY Length
	Background       Color // empty is transparent, white where the format has no alpha
}

func (Canvas) name() string { return "canvas" }

func (e *Canvas) form() form {
	return needed(
		field{"background", colour(&e.Background, "")},
		field{"height", whole(&e.Height, 1, MaxSide, 0)},
		field{"offsetX", offset(&e.OffsetX)},
		field{"offsetY", offset(&e.OffsetY)},
		field{"position", positioned(&e.Position, gravityNames)},
		field{"ratio", yes(&e.Ratio)},
		field{"width", whole(&e.Width, 1, MaxSide, 0)},
	)
}

func (e Canvas) check(field string) error {
	switch {
	case e.Width == 0 && e.Height == 0:
		return invalidField(field, "neither width nor height", `width, height or both, such as {"width":288}`)
	case e.Ratio && (e.Width == 0 || e.Height == 0):
		return invalidField(field+".ratio", "a ratio of one side", `both width and height, such as {"height":3,"width":4}`)
	}
	return nil
}

// Trim cuts off the border that has one colour. A picture that has nothing else
// stays as it is.
type Trim struct {
	Threshold Optional // how far a channel may be off, 0 to 255; 10
	// Background is the colour of the border; empty is that of the left top pixel.
	Background Color
	Margin     int // pixels that are left of the border, 0 to MaxSide
	// LineArt looks at each pixel, where otherwise single ones are overlooked.
	LineArt bool
	// EqualHorizontal and EqualVertical cut as much at both ends: as much as at the
	// one where there is less.
	EqualHorizontal, EqualVertical bool
}

func (Trim) name() string { return "trim" }

func (e *Trim) form() form {
	return orTrue(
		field{"background", colour(&e.Background, "")},
		field{"equalHorizontal", yes(&e.EqualHorizontal)},
		field{"equalVertical", yes(&e.EqualVertical)},
		field{"lineArt", yes(&e.LineArt)},
		field{"margin", whole(&e.Margin, 0, MaxSide, 0)},
		field{"threshold", optional(&e.Threshold, 0, 255, 10)},
	)
}
