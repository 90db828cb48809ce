package sih

import (
	"math"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func (t *translation) blur(name string, value any) error {
	switch v := value.(type) {
	case nil, bool:
		if v != false {
			t.add(thumburl.Blur{})
		}
		return nil
	case float64:
		value = NewObject("sigma", v)
	}
	r := members(name, value, "true or a number from 0.3 to 1000")
	sigma := r.number("sigma", 0.3, 1000)
	if r.err == nil && !sigma.Set {
		r.wrong("sigma", nil, "a number from 0.3 to 1000")
	}
	if r.err == nil {
		t.add(thumburl.Blur{Sigma: sigma.Value})
	}
	return r.err
}

func (t *translation) sharpen(name string, value any) error {
	switch v := value.(type) {
	case nil, bool:
		if v != false {
			t.add(thumburl.Sharpen{})
		}
		return nil
	case float64:
		// sharp takes up to 10,000 so; from 10 on nobody sees a difference.
		if v > 10 && v <= 10_000 {
			v = 10
		}
		value = NewObject("sigma", v)
	}
	r := members(name, value, "true, a sigma or an object")
	sigma := r.number("sigma", 0.01, 10)
	e := thumburl.Sharpen{Sigma: sigma.Value, M1: r.number("m1", 0, 1000), M2: r.number("m2", 0, 1000),
		X1: r.number("x1", 0, 1000), Y2: r.number("y2", 0, 1000), Y3: r.number("y3", 0, 1000)}
	if r.err == nil && !sigma.Set {
		r.wrong("sigma", nil, "a number from 0.01 to 10")
	}
	if r.err == nil {
		t.add(e)
	}
	return r.err
}

func (t *translation) median(name string, value any) error {
	if value == nil {
		t.add(thumburl.Median{})
		return nil
	}
	size, ok := value.(float64)
	if !ok || size != math.Trunc(size) || size < 1 || size > 51 {
		return badEdit(name, value, "a whole number from 1 to 51")
	}
	t.add(thumburl.Median{Size: int(size)})
	return nil
}

func (t *translation) clahe(name string, value any) error {
	r := members(name, value, "an object of width, height and maxSlope")
	width, height := r.whole("width", 1, 1024), r.whole("height", 1, 1024)
	e := thumburl.CLAHE{Width: int(width.Value), Height: int(height.Value), MaxSlope: r.whole("maxSlope", 0, 100)}
	if r.err == nil && (!width.Set || !height.Set) {
		r.err = badEdit(name, value, "a width and a height, whole numbers from 1 to 1024")
	}
	if r.err == nil {
		t.add(e)
	}
	return r.err
}

func (t *translation) convolve(name string, value any) error {
	r := members(name, value, "an object of width, height and kernel")
	width, height := int(r.whole("width", 3, 31).Value), int(r.whole("height", 3, 31).Value)
	given, _ := r.get("kernel")
	kernel, ok := numbers(given)
	if r.err == nil && (!ok || len(kernel) == 0 || len(kernel) != width*height) {
		r.err = badEdit(name, value, "a width and a height from 3 to 31, and a kernel of as many numbers")
	}
	e := thumburl.Convolve{Width: width, Height: height, Kernel: kernel, Offset: r.number("offset", -255, 255).Value}
	// sharp takes a scale of 0 and less for none.
	if scale := r.number("scale", math.Inf(-1), 1e6); scale.Value > 0 {
		e.Scale = scale
	}
	if r.err == nil {
		t.add(e)
	}
	return r.err
}
