package thumburl

import (
	"encoding/json"
	"math"
)

// AsStored keeps the original's pixels as they are stored and gives its EXIF
// orientation on to the answer, where otherwise the picture is turned upright. It is
// the first edit; "autoOrient":false in JSON.
type AsStored struct{}

func (AsStored) name() string { return "autoOrient" }
func (*AsStored) form() form  { return switchForm(false) }

// Rotate turns clockwise. By a multiple of 90 degrees it loses nothing; by another
// angle the answer is the rectangle around the turned picture, its corners Background.
type Rotate struct {
	Angle      float64 // degrees, above 0 and below 360
	Background Color   // empty is black
}

func (Rotate) name() string { return "rotate" }

func (e *Rotate) form() form {
	return objectForm{short: "angle", needed: true, fields: []field{
		{"angle", angleForm{&e.Angle}},
		{"background", colour(&e.Background, "#000000")},
	}}
}

// angleForm is an angle; it is read modulo 360.
type angleForm struct{ at *float64 }

const angleAllowed = "degrees, above 0 and below 360, such as 90"

func (f angleForm) isDefault() bool { return false }
func (f angleForm) validate(field string) error {
	if *f.at == 0 || !within(*f.at, 0, 359.999999) {
		return invalidField(field, string(appendNumber(nil, *f.at)), angleAllowed)
	}
	return nil
}
func (f angleForm) appendJSON(dst []byte) []byte { return appendNumber(dst, *f.at) }
func (f angleForm) parse(field string, data json.RawMessage) error {
	v, err := parseNumber(field, data, angleAllowed)
	if err != nil || math.Abs(v) > 1e6 {
		return invalidField(field, quote(string(data)), angleAllowed)
	}
	v = math.Mod(v, 360)
	if v < 0 {
		v += 360
	}
	if v == 0 || v == 360 {
		return errNothing
	}
	*f.at = v
	return f.validate(field)
}

// IsRight reports whether the turn is one by 90, 180 or 270 degrees.
func (e Rotate) IsRight() bool { return math.Mod(e.Angle, 90) == 0 }

func (e Rotate) check(field string) error {
	if e.IsRight() && e.Background != "" && e.Background.canonical() != "#000000" {
		return invalidField(field+".background", "a background of a turn that has no corners", "an angle that is no multiple of 90, such as 45")
	}
	return nil
}

// Flip mirrors top to bottom.
type Flip struct{}

func (Flip) name() string { return "flip" }
func (*Flip) form() form  { return switchForm(true) }

// Flop mirrors left to right.
type Flop struct{}

func (Flop) name() string { return "flop" }
func (*Flop) form() form  { return switchForm(true) }

// Affine maps each point x,y of the picture to
//
//	a*(x+idx) + b*(y+idy) + odx,  c*(x+idx) + d*(y+idy) + ody
//
// The answer is the rectangle around the mapped picture as it would be without these
// offsets, which move the picture within it.
type Affine struct {
	Matrix             []float64 // a, b, c, d, each from -100 to 100; invertible
	IDX, IDY, ODX, ODY float64   // pixels, -MaxSide to MaxSide
	Background         Color     // of what lies outside; empty is black
	Interpolator       Interpolator
}

func (Affine) name() string { return "affine" }

func (e *Affine) form() form {
	return needed(
		field{"background", colour(&e.Background, "#000000")},
		field{"idx", number(&e.IDX, -MaxSide, MaxSide)},
		field{"idy", number(&e.IDY, -MaxSide, MaxSide)},
		field{"interpolator", named(&e.Interpolator, interpolatorNames)},
		field{"matrix", numbersForm{at: &e.Matrix, counts: []int{4}, min: -100, max: 100}},
		field{"odx", number(&e.ODX, -MaxSide, MaxSide)},
		field{"ody", number(&e.ODY, -MaxSide, MaxSide)},
	)
}

func (e Affine) check(field string) error {
	if len(e.Matrix) != 4 {
		return invalidField(field+".matrix", "none", "[a,b,c,d], such as [1,0,0,1]")
	}
	if d := e.Matrix[0]*e.Matrix[3] - e.Matrix[1]*e.Matrix[2]; math.Abs(d) < smallest {
		return invalidField(field+".matrix", "a matrix whose determinant is 0", "one that can be inverted, such as [1,0,0,1]")
	}
	return nil
}
