package sih

import (
	"math"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func (t *translation) tint(name string, value any) error {
	c, ok := readColor(value)
	if !ok {
		return badEdit(name, value, colorAllowed)
	}
	t.add(thumburl.Tint{Color: c[:7]}) // its alpha says nothing
	return nil
}

func (t *translation) negate(name string, value any) error {
	if value == false {
		return nil
	}
	e := thumburl.Negate{}
	if o, ok := value.(*Object); ok {
		if _, ok := o.Get("alpha"); ok {
			r := members(name, value, "")
			if e.KeepAlpha = !r.bool("alpha"); r.err != nil {
				return r.err
			}
		}
	}
	t.add(e)
	return nil
}

// normalise: as in sharp, false does it too.
func (t *translation) normalise(name string, value any) error {
	o, ok := value.(*Object)
	if !ok {
		o = &Object{}
	}
	r := members(name, o, "")
	e := thumburl.Normalise{Lower: r.whole("lower", 0, 99), Upper: r.whole("upper", 1, 100)}
	if r.err == nil {
		t.add(e)
	}
	return r.err
}

func (t *translation) gamma(name string, value any) error {
	if value == nil {
		t.add(thumburl.GammaCorrection{})
		return nil
	}
	by, ok := value.(float64)
	if !ok || by < 1 || by > 3 {
		return badEdit(name, value, "a number from 1 to 3")
	}
	t.add(thumburl.GammaCorrection{Gamma: thumburl.Some(by)})
	return nil
}

func (t *translation) modulate(name string, value any) error {
	r := members(name, value, "an object of brightness, saturation, hue and lightness")
	e := thumburl.Modulate{Brightness: r.number("brightness", 0, 100), Saturation: r.number("saturation", 0, 100),
		Lightness: r.number("lightness", -100, 100).Value}
	hue := r.whole("hue", math.MinInt32, math.MaxInt32)
	e.Hue = (int(hue.Value)%360 + 360) % 360
	if r.err != nil {
		return r.err
	}
	if e.Brightness.Or(1) != 1 || e.Saturation.Or(1) != 1 || e.Hue != 0 || e.Lightness != 0 {
		t.add(e)
	}
	return nil
}

// linear has one argument in the original, the factor.
func (t *translation) linear(name string, value any) error {
	by, ok := value.(float64)
	if !ok || math.Abs(by) > 1000 {
		return badEdit(name, value, "a number from -1000 to 1000")
	}
	if by != 1 {
		t.add(thumburl.LinearTransform{A: []float64{by}})
	}
	return nil
}

func (t *translation) recomb(name string, value any) error {
	matrix, ok := numbers(value)
	if rows, _ := value.([]any); !ok || len(rows) != 3 && len(rows) != 4 || len(matrix) != len(rows)*len(rows) {
		return badEdit(name, value, "a matrix of 3x3 or 4x4 numbers")
	}
	t.add(thumburl.Recomb{Matrix: matrix})
	return nil
}

func (t *translation) threshold(name string, value any) error {
	switch v := value.(type) {
	case nil, bool:
		if v != false {
			t.add(thumburl.Threshold{})
		}
		return nil
	case float64:
		if v == math.Trunc(v) && v >= 0 && v <= 255 {
			if v > 0 { // 0 is off
				t.add(thumburl.Threshold{Level: int(v)})
			}
			return nil
		}
	}
	return badEdit(name, value, "a whole number from 0 to 255")
}

// colourspace reads the name of a colour space; as in sharp, one that is not known is
// sRGB.
func colourspace(name string, value any) (thumburl.Colourspace, error) {
	s, ok := value.(string)
	if !ok {
		return 0, badEdit(name, value, "the name of a colour space")
	}
	space, err := thumburl.ParseColourspace(s)
	if err != nil {
		return thumburl.SRGB, nil
	}
	return space, nil
}

func (t *translation) toColourspace(name string, value any) error {
	space, err := colourspace(name, value)
	if err == nil && space != thumburl.SRGB {
		t.add(thumburl.ToColourspace{Space: space})
	}
	return err
}

func (t *translation) pipelineColourspace(name string, value any) error {
	space, err := colourspace(name, value)
	if err == nil && space != thumburl.SRGB {
		t.add(thumburl.PipelineColourspace{Space: space})
	}
	return err
}
