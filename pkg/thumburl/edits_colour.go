package thumburl

// Grayscale takes the colour out.
type Grayscale struct{}

func (Grayscale) name() string { return "grayscale" }
func (*Grayscale) form() form  { return switchForm(true) }

// Tint gives the picture one hue and keeps its lightness.
type Tint struct{ Color Color } // without alpha

func (Tint) name() string { return "tint" }

func (e *Tint) form() form { return colorForm{at: &e.Color, def: "-", opaque: true} }

func (e Tint) check(field string) error {
	if e.Color == "" {
		return invalidField(field, "none", colorForm{opaque: true}.allowed())
	}
	return nil
}

// Negate gives the negative, of alpha too where there is one.
type Negate struct{ KeepAlpha bool }

func (Negate) name() string  { return "negate" }
func (e *Negate) form() form { return orTrue(field{"alpha", no(&e.KeepAlpha)}) }

// Normalise stretches lightness to its full range, from the percentile Lower to the
// percentile Upper.
type Normalise struct {
	Lower Optional // 0 to 99, whole; 1
	Upper Optional // 1 to 100, whole; 99
}

func (Normalise) name() string { return "normalise" }

func (e *Normalise) form() form {
	return orTrue(
		field{"lower", optionalWhole(&e.Lower, 0, 99, 1)},
		field{"upper", optionalWhole(&e.Upper, 1, 100, 99)},
	)
}

func (e Normalise) check(field string) error {
	if lower, upper := e.Lower.Or(1), e.Upper.Or(99); lower >= upper {
		return invalidField(field+".lower", string(appendNumber(nil, lower)), "a number below upper, such as "+string(appendNumber(nil, upper-1)))
	}
	return nil
}

// GammaCorrection darkens by a power before the edits that follow and brightens by one at the
// end: what lies between averages closer to light.
type GammaCorrection struct {
	Gamma Optional // 1 to 3; 2.2
	Out   Optional // 1 to 3; as Gamma
}

func (GammaCorrection) name() string { return "gamma" }

func (e *GammaCorrection) form() form {
	return objectForm{bare: true, short: "gamma", fields: []field{
		{"gamma", optional(&e.Gamma, 1, 3, 2.2)},
		{"gammaOut", optional(&e.Out, 1, 3, never)},
	}}
}

// Modulate changes lightness, colourfulness and hue, by CIE LCh.
type Modulate struct {
	Brightness Optional // factor of lightness, 0 to 100; 1
	Saturation Optional // factor of chroma, 0 to 100; 1
	Hue        int      // degrees that the hue turns by, 0 to 359
	Lightness  float64  // added to lightness, -100 to 100
}

func (Modulate) name() string { return "modulate" }

func (e *Modulate) form() form {
	return object(
		field{"brightness", optional(&e.Brightness, 0, 100, 1)},
		field{"hue", whole(&e.Hue, 0, 359, 0)},
		field{"lightness", number(&e.Lightness, -100, 100)},
		field{"saturation", optional(&e.Saturation, 0, 100, 1)},
	)
}

// LinearTransform gives a*v + b for each value v, 0 to 255. One number counts for all colours
// and leaves alpha alone; a list has one for each channel.
type LinearTransform struct {
	A []float64 // -1000 to 1000; none is 1
	B []float64 // -100,000 to 100,000; none is 0
}

func (LinearTransform) name() string { return "linear" }

func (e *LinearTransform) form() form {
	return object(
		field{"a", numbersForm{at: &e.A, counts: []int{2, 3, 4}, scalar: true, min: -1000, max: 1000}},
		field{"b", numbersForm{at: &e.B, counts: []int{2, 3, 4}, scalar: true, min: -100_000, max: 100_000}},
	)
}

func (e LinearTransform) check(field string) error {
	if len(e.A) > 1 && len(e.B) > 1 && len(e.A) != len(e.B) {
		return invalidField(field, "lists of different lengths", `a and b of one length, or a single number, such as {"a":2}`)
	}
	return nil
}

// Recomb makes each channel a sum of all, by a matrix: 3x3 of the colours, or 4x4 with
// alpha. Row after row, -1000 to 1000.
type Recomb struct{ Matrix []float64 }

func (Recomb) name() string { return "recomb" }

func (e *Recomb) form() form {
	return matrixForm{at: &e.Matrix, sides: []int{3, 4}, min: -1000, max: 1000}
}

func (e Recomb) check(field string) error {
	if len(e.Matrix) == 0 {
		return invalidField(field, "none", "a matrix, such as [[1,0,0],[0,1,0],[0,0,1]]")
	}
	return nil
}

// Threshold makes white what is at least as light as Level and black the rest, by
// grey, or each channel by itself.
type Threshold struct {
	Level      int  // 1 to 255; 0 is 128
	PerChannel bool // "grayscale":false
}

func (Threshold) name() string { return "threshold" }

func (e *Threshold) form() form {
	return objectForm{bare: true, short: "threshold", fields: []field{
		{"grayscale", no(&e.PerChannel)},
		{"threshold", whole(&e.Level, 1, 255, 128)},
	}}
}

// ToColourspace is the colour space of the answer.
type ToColourspace struct{ Space Colourspace }

func (ToColourspace) name() string  { return "toColourspace" }
func (e *ToColourspace) form() form { return said(&e.Space) }

// PipelineColourspace is the colour space that the edits work in: scrgb averages
// light, b-w takes the colour out at the start. Others change no more than what is
// rounded.
type PipelineColourspace struct{ Space Colourspace }

func (PipelineColourspace) name() string  { return "pipelineColourspace" }
func (e *PipelineColourspace) form() form { return said(&e.Space) }

// said is the name of a colour space, of which sRGB says nothing.
func said(at *Colourspace) form {
	return nameForm[Colourspace]{at: at, names: colourspaceNames, read: func(name string) (Colourspace, error) {
		space, err := ParseColourspace(name)
		if err == nil && space == SRGB {
			err = errNothing
		}
		return space, err
	}}
}

func (e ToColourspace) check(field string) error       { return checkSaid(field, e.Space) }
func (e PipelineColourspace) check(field string) error { return checkSaid(field, e.Space) }

func checkSaid(field string, space Colourspace) error {
	if space == SRGB {
		return invalidField(field, quote("srgb"), `another one, such as "b-w": pictures are in sRGB anyway`)
	}
	return nil
}
