package thumburl

// Optional is a number whose zero value is "not said", where 0 says something.
type Optional struct {
	Value float64
	Set   bool
}

// Some is a number that is said.
func Some(v float64) Optional { return Optional{Value: v, Set: true} }

// Or is the number, or def where none is said.
func (o Optional) Or(def float64) float64 {
	if o.Set {
		return o.Value
	}
	return def
}

// Length is a distance: whole pixels, or a percentage of the side of the picture
// that it runs along. The zero value is "not said".
type Length struct {
	Value   float64
	Percent bool
	Set     bool
}

// Pixels is a length of n pixels, 10 in JSON.
func Pixels(n int) Length { return Length{Value: float64(n), Set: true} }

// Percent is a length of p percent, "50%" in JSON.
func Percent(p float64) Length { return Length{Value: p, Percent: true, Set: true} }

// Of is the length in pixels, not rounded, of a picture whose side has so many.
func (l Length) Of(side int) float64 {
	if l.Percent {
		return l.Value * float64(side) / 100
	}
	return l.Value
}

// Focus is the point of a picture that matters most, in shares of its sides: 0,0 is
// its left top corner, 1,1 the right bottom one. The zero value is none.
type Focus struct {
	X, Y float64
	Set  bool
}

// FocusAt is a focus at x,y, each from 0 to 1.
func FocusAt(x, y float64) Focus { return Focus{X: x, Y: y, Set: true} }
