package thumburl

import "fmt"

// Blur is a Gaussian blur.
type Blur struct {
	Sigma float64 // pixels, 0.3 to 1000; 0 is a mild blur, written as true
}

func (Blur) name() string { return "blur" }

func (e *Blur) form() form {
	return objectForm{bare: true, short: "sigma", fields: []field{
		{"sigma", floatForm{at: &e.Sigma, min: 0.3, max: 1000, or: "true, or "}},
	}}
}

// Sharpen sharpens edges and leaves flat areas alone.
type Sharpen struct {
	Sigma float64 // pixels, 0.01 to 10; 0 is a mild sharpening, written as true
	// The rest is libvips' (vips_sharpen): how much flat and jagged areas are
	// sharpened, where jagged begins, and how much lighter and darker an edge may
	// get.
	M1 Optional // 0 to 1000; 1
	M2 Optional // 0 to 1000; 2
	X1 Optional // 0 to 1000; 2
	Y2 Optional // 0 to 1000; 10
	Y3 Optional // 0 to 1000; 20
}

func (Sharpen) name() string { return "sharpen" }

func (e *Sharpen) form() form {
	return objectForm{bare: true, short: "sigma", fields: []field{
		{"m1", optional(&e.M1, 0, 1000, 1)},
		{"m2", optional(&e.M2, 0, 1000, 2)},
		{"sigma", floatForm{at: &e.Sigma, min: 0.01, max: 10, or: "true, or "}},
		{"x1", optional(&e.X1, 0, 1000, 2)},
		{"y2", optional(&e.Y2, 0, 1000, 10)},
		{"y3", optional(&e.Y3, 0, 1000, 20)},
	}}
}

func (e Sharpen) check(field string) error {
	if e.Sigma == 0 && e != (Sharpen{}) {
		return invalidField(field+".sigma", "none", "a sigma, such as 1, beside the others")
	}
	return nil
}

// Median is the median of a square of Size pixels a side, not larger than the picture.
type Median struct {
	Size int // 1 to 51; 0 is 3
}

func (Median) name() string { return "median" }

func (e *Median) form() form {
	return objectForm{bare: true, short: "size", fields: []field{{"size", whole(&e.Size, 1, 51, 3)}}}
}

// CLAHE equalises lightness within a window around each pixel, by at most MaxSlope
// (contrast limited adaptive histogram equalisation). The window is not larger than
// the picture.
type CLAHE struct {
	Width, Height int      // pixels, 1 to 1024
	MaxSlope      Optional // 0, which is no limit, to 100, whole; 3
}

func (CLAHE) name() string { return "clahe" }

func (e *CLAHE) form() form {
	return needed(
		field{"height", required(&e.Height, 1, 1024)},
		field{"maxSlope", optionalWhole(&e.MaxSlope, 0, 100, 3)},
		field{"width", required(&e.Width, 1, 1024)},
	)
}

// Convolve replaces each pixel by the sum of those around it, weighed by Kernel,
// divided by Scale, plus Offset.
type Convolve struct {
	Width, Height int       // of the kernel, 1 to 31
	Kernel        []float64 // Width x Height, row after row; -1,000,000 to 1,000,000
	Scale         Optional  // 0.000001 to 1,000,000; the sum of the kernel, but at least 1
	Offset        float64   // -255 to 255
}

func (Convolve) name() string { return "convolve" }

func (e *Convolve) form() form {
	return needed(
		field{"height", required(&e.Height, 1, maxKernelSide)},
		field{"kernel", numbersForm{at: &e.Kernel, counts: upToMaxKernel, min: -1e6, max: 1e6}},
		field{"offset", number(&e.Offset, -255, 255)},
		field{"scale", optional(&e.Scale, smallest, 1e6, never)},
		field{"width", required(&e.Width, 1, maxKernelSide)},
	)
}

const maxKernelSide = 31

var upToMaxKernel = upTo(maxKernelSide * maxKernelSide)

func (e Convolve) check(field string) error {
	if len(e.Kernel) != e.Width*e.Height {
		return invalidField(field+".kernel", fmt.Sprintf("%d numbers", len(e.Kernel)), fmt.Sprintf("%d numbers for %dx%d, such as [1] for 1x1", e.Width*e.Height, e.Width, e.Height))
	}
	return nil
}

// Pixelate makes squares of one colour, the average of what they cover.
type Pixelate struct {
	Size int // pixels a side, 2 to MaxSide
}

func (Pixelate) name() string  { return "pixelate" }
func (e *Pixelate) form() form { return required(&e.Size, 2, MaxSide) }
