package sih

import (
	"math"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func (t *translation) resize(name string, value any) error {
	r := members(name, value, "an object")
	width, height := r.side("width"), r.side("height")
	e := thumburl.Resize{
		Width: width, Height: height, Fit: named(r, "fit", thumburl.ParseFit), Background: r.background(),
		Kernel: r.kernel(), NoUpscale: r.bool("withoutEnlargement"), WithoutReduction: r.bool("withoutReduction"),
		DecoderRounding: true,
	}
	if e.Background == "" && e.Fit == thumburl.Contain {
		e.Background = "#000000" // sharp's
	}
	if e.Fit > thumburl.Outside {
		v, _ := r.get("fit")
		r.wrong("fit", v, `one of "cover", "contain", "fill", "inside", "outside"`)
	}
	for _, name := range []string{"position", "gravity", "strategy"} {
		if _, ok := r.get(name); ok {
			e.Position = r.position(name)
		}
	}
	if ratio, _ := r.get("ratio"); isTruthy(ratio) {
		by := number(ratio)
		switch {
		case math.IsNaN(by) || by <= 0:
			r.invalidSize()
		case width > 0 && height > 0:
			e.Width, e.Height = int(math.Round(float64(width)*by)), int(math.Round(float64(height)*by))
			if _, ok := r.get("fit"); !ok {
				e.Fit = thumburl.Inside
			}
			if e.Width == 0 || e.Height == 0 {
				r.invalidSize()
			}
		default: // of the original's sides, whatever else is said
			e = thumburl.Resize{Ratio: by, Kernel: e.Kernel, DecoderRounding: true}
		}
	}
	if r.err != nil {
		return r.err
	}
	if e.Width == 0 && e.Height == 0 && e.Ratio == 0 {
		return nil // such as a fit without a box: sharp does nothing
	}
	e.KeepSide = e.Fit == thumburl.Fill && (e.Width == 0 || e.Height == 0)
	if e.Fit != thumburl.Cover && e.Fit != thumburl.Contain {
		e.Position = thumburl.Centre
	}
	t.add(e)
	return nil
}

// side reads width or height: a number, also as a string, rounded.
func (r *reader) side(name string) int {
	v, ok := r.get(name)
	if !ok {
		return 0
	}
	f := number(v)
	if isTruthy(v) {
		f = math.Floor(f + 0.5) // as Math.round
	}
	if math.IsNaN(f) || f <= 0 || f > math.MaxInt32 {
		r.invalidSize()
		return 0
	}
	return int(f)
}

func (r *reader) invalidSize() {
	if r.err == nil {
		r.err = BadRequest(CodeInvalidResize, "The image size is invalid: %s.", r.box())
	}
}

func (r *reader) box() string {
	s := ""
	for _, name := range []string{"width", "height", "ratio"} {
		if v, ok := r.o.Get(name); ok {
			s += " " + name + " " + show(v)
		}
	}
	return "got" + s + ", want a width, a height or both, or a ratio, above 0"
}

// kernel of a reduction. The "magic" kernels are near to cubic ones.
func (r *reader) kernel() thumburl.Kernel {
	if v, _ := r.get("kernel"); v == "mks2013" || v == "mks2021" {
		return thumburl.Mitchell
	}
	return named(r, "kernel", thumburl.ParseKernel)
}

// positions by sharp's numbers: those of gravity from 0 to 8, and its strategies.
var positions = map[float64]thumburl.Position{
	0: thumburl.Centre, 1: thumburl.Top, 2: thumburl.Right, 3: thumburl.Bottom, 4: thumburl.Left,
	5: thumburl.RightTop, 6: thumburl.RightBottom, 7: thumburl.LeftBottom, 8: thumburl.LeftTop,
	16: thumburl.Entropy, 17: thumburl.Attention,
}

func (r *reader) position(name string) thumburl.Position {
	v, ok := r.get(name)
	if number, isNumber := v.(float64); ok && isNumber {
		p, known := positions[number]
		if !known {
			r.wrong(name, v, "a position")
		}
		return p
	}
	return named(r, name, thumburl.ParsePosition)
}

// crop is what sharp's extract takes.
func (t *translation) crop(name string, value any) error {
	r := members(name, value, "an object of left, top, width and height")
	outside := func(v any) error {
		return BadRequest(CodeCropOutside, "edits.%s: got %s, want left, top, width and height as whole numbers that lie within the picture", name, show(v))
	}
	if r.err != nil {
		return outside(value)
	}
	var sides [4]int
	for i, side := range []string{"left", "top", "width", "height"} {
		least := 0
		if i >= 2 {
			least = 1
		}
		v := r.whole(side, least, 100_000_000)
		if given, _ := r.o.Get(side); !v.Set {
			return outside(given)
		}
		sides[i] = int(v.Value)
	}
	e := thumburl.Crop{Left: sides[0], Top: sides[1], Width: sides[2], Height: sides[3]}
	if name == "extract" {
		t.add(thumburl.Extract(e))
	} else {
		t.add(e)
	}
	return nil
}

func (t *translation) extend(name string, value any) error {
	if all, ok := value.(float64); ok {
		value = NewObject("top", all, "bottom", all, "left", all, "right", all)
	}
	r := members(name, value, "a number or an object of top, bottom, left and right")
	side := func(name string) int { return int(r.whole(name, 0, thumburl.MaxSide).Value) }
	e := thumburl.Extend{Top: side("top"), Bottom: side("bottom"), Left: side("left"), Right: side("right"),
		Background: r.background(), With: named(r, "extendWith", thumburl.ParseExtendWith)}
	if r.err == nil && e.Top+e.Bottom+e.Left+e.Right > 0 {
		t.add(e)
	}
	return r.err
}

func (t *translation) trim(name string, value any) error {
	switch v := value.(type) {
	case nil, bool:
		if v != false {
			t.add(thumburl.Trim{})
		}
		return nil
	case float64:
		value = NewObject("threshold", v)
	}
	r := members(name, value, "true, a threshold or an object")
	e := thumburl.Trim{Threshold: r.number("threshold", 0, 255), Background: r.background(), LineArt: r.bool("lineArt")}
	if margin := r.whole("margin", 0, thumburl.MaxSide); margin.Set {
		e.Margin = int(margin.Value)
	}
	if r.err == nil {
		t.add(e)
	}
	return r.err
}

func (t *translation) roundCrop(name string, value any) error {
	if value == true {
		value = &Object{}
	}
	o, ok := value.(*Object)
	if !ok {
		if value == nil {
			return badEdit(name, value, "true or an object")
		}
		return nil // the original looks for true and objects alone
	}
	var bad error
	read := func(side string, least float64) thumburl.Optional {
		v, _ := o.Get(side)
		f := number(v)
		if !isTruthy(v) || !(f >= 0) {
			return thumburl.Optional{}
		}
		if f < least || f > thumburl.MaxSide {
			bad = badEdit(name+"."+side, v, between("a number", least, thumburl.MaxSide))
		}
		return thumburl.Some(f)
	}
	e := thumburl.RoundCrop{RX: read("rx", 0.5), RY: read("ry", 0.5), Left: read("left", 0), Top: read("top", 0)}
	if bad == nil {
		t.turns = true
		t.add(e)
	}
	return bad
}

func (t *translation) smartCrop(name string, value any) error {
	if value == true {
		value = &Object{}
	}
	if _, ok := value.(*Object); !ok && value != nil {
		return nil // the original looks for true and objects alone
	}
	r := members(name, value, "true or an object of faceIndex and padding")
	index, padding := r.whole("faceIndex", 0, 99), r.number("padding", 0, thumburl.MaxSide)
	if r.err == nil {
		t.turns = true
		t.add(thumburl.SmartCrop{FaceIndex: int(index.Value), Padding: int(padding.Value)})
	}
	return r.err
}

// rotate turns; null takes the metadata away.
func (t *translation) rotate(name string, value any) error {
	if value == nil {
		t.upright = true
		return nil
	}
	degrees, ok := value.(float64)
	if !ok || math.IsNaN(degrees) || math.IsInf(degrees, 0) || math.Abs(degrees) > 1e6 {
		return badEdit(name, value, "degrees as a number, or null")
	}
	if degrees = math.Mod(math.Mod(degrees, 360)+360, 360); degrees != 0 {
		t.turns = true
		t.add(thumburl.Rotate{Angle: degrees})
	}
	return nil
}

// strip takes the metadata away.
func (t *translation) strip(_ string, value any) error {
	t.upright = t.upright || value == true
	return nil
}

func (t *translation) affine(name string, value any) error {
	matrix, ok := numbers(value)
	if !ok || len(matrix) != 4 {
		return badEdit(name, value, "a matrix of 2x2 numbers")
	}
	t.add(thumburl.Affine{Matrix: matrix})
	return nil
}

// numbers flattens a list of numbers, or of lists of them.
func numbers(value any) ([]float64, bool) {
	list, ok := value.([]any)
	if !ok {
		return nil, false
	}
	var all []float64
	for _, v := range list {
		switch v := v.(type) {
		case float64:
			all = append(all, v)
		case []any:
			inner, ok := numbers(v)
			if !ok {
				return nil, false
			}
			all = append(all, inner...)
		default:
			return nil, false
		}
	}
	return all, true
}
