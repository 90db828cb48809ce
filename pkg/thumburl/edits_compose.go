package thumburl

// Original names a second picture that an edit reads.
type Original struct {
	Bucket string // empty is the deployment's own
	Key    string // in full
}

// fields of an original, but for the names that stand between them.
func (o *Original) bucket() field {
	return field{"bucket", textForm{&o.Bucket, validateBucket}}
}

func (o *Original) key() field {
	return field{"key", textForm{&o.Key, validateKey}}
}

// OverlayWith lays another picture on this one, which must be at least as large.
type OverlayWith struct {
	Original
	Alpha int // transparency in percent, 0 (opaque) to 100
	// WRatio and HRatio are the box that the overlay is fitted into, in percent of
	// this picture, 1 to 100; 0 is not said.
	WRatio, HRatio int
	// Left and Top of the overlay; below 0 from the right and the bottom. Where one
	// is said, the other is 0. A share is one of this picture.
	Left, Top Length
	Position  Position // where neither Left nor Top is said; one that does not look
	Blend     Blend
	Tile      bool // repeats the overlay over the whole picture
}

func (OverlayWith) name() string { return "overlayWith" }

func (e *OverlayWith) form() form {
	return needed(
		field{"alpha", whole(&e.Alpha, 0, 100, 0)},
		field{"blend", nameForm[Blend]{at: &e.Blend, names: blendNames, read: ParseBlend}},
		e.bucket(),
		field{"hRatio", whole(&e.HRatio, 1, 100, 0)},
		e.key(),
		field{"left", lengthForm{at: &e.Left, negative: true, most: MaxSide}},
		field{"position", positioned(&e.Position, gravityNames)},
		field{"tile", yes(&e.Tile)},
		field{"top", lengthForm{at: &e.Top, negative: true, most: MaxSide}},
		field{"wRatio", whole(&e.WRatio, 1, 100, 0)},
	)
}

func (e OverlayWith) check(field string) error {
	if (e.Left.Set || e.Top.Set) && e.Position != Centre {
		return invalidField(field+".position", "a position beside left or top", `a position, such as "top", or left and top`)
	}
	return nil
}

// Watermark lays another picture on this one, scaled down where it does not fit.
type Watermark struct {
	Original
	Opacity  Optional // 0 to 1; 1
	Position Position // one that does not look at the picture
	// OffsetX and OffsetY move it from its Position inwards (from Centre: to the right
	// and down), also beyond the picture's edge. A share is one of this picture. Where it is repeated, the distance
	// between two.
	OffsetX, OffsetY Length
	// Scale fits the watermark into so much of this picture, 0.001 to 1; 0 is its
	// own size.
	Scale     float64
	Replicate bool // repeats it over the whole picture
}

func (Watermark) name() string { return "watermark" }

func (e *Watermark) form() form {
	return needed(
		e.bucket(),
		e.key(),
		field{"offsetX", offset(&e.OffsetX)},
		field{"offsetY", offset(&e.OffsetY)},
		field{"opacity", optional(&e.Opacity, 0, 1, 1)},
		field{"position", positioned(&e.Position, gravityNames)},
		field{"replicate", yes(&e.Replicate)},
		field{"scale", number(&e.Scale, 0.001, 1)},
	)
}

// Boolean combines the picture with another one of the same size, bit by bit.
type Boolean struct {
	Original
	Operator Bitwise
}

func (Boolean) name() string { return "boolean" }

func (e *Boolean) form() form {
	return needed(
		e.bucket(),
		e.key(),
		field{"operator", named(&e.Operator, bitwiseNames)},
	)
}
