package thumburl

import (
	"math"
	"slices"
	"strconv"
)

// ImgOptions say in which sizes an <img> is offered. The zero value is 1x and 2x.
type ImgOptions struct {
	// Sizes is the attribute of that name, such as "(max-width: 600px) 100vw, 288px".
	// With it, widths from half to twice the width of the resize are offered.
	Sizes string
	SrcSet
}

// Img is what the attributes of an <img> are.
type Img struct {
	Src    string `json:"src"`
	SrcSet string `json:"srcset"`
	Sizes  string `json:"sizes,omitempty"`
	// Width and Height are CSS pixels: what keeps a page from moving when the picture
	// arrives. One that follows from the picture is 0.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`
}

// imgTolerance is wider than [DefaultTolerance]: each width is a picture to render and to
// store.
const imgTolerance = 0.2

// Img gives the attributes of an <img> of a request, whose Resize says its size in CSS
// pixels. No picture is larger than the original (WithoutEnlargement is set). Where twice
// the size is beyond the limits of a request, Widths or Densities have to be said. The
// error is an [*Error].
func (c Client) Img(r Request, o ImgOptions) (Img, error) {
	at, err := indexOfResize(r)
	if err != nil {
		return Img{}, err
	}
	resize := r.Edits[at].(Resize)
	if len(o.Widths) == 0 && len(o.Densities) == 0 {
		if o.Sizes != "" && resize.Width > 0 {
			if o.Widths, err = TargetWidths((resize.Width+1)/2, min(2*resize.Width, MaxSide), imgTolerance); err != nil {
				return Img{}, err
			}
		} else {
			o.Densities = []float64{1, 2}
		}
	}
	img := Img{Sizes: o.Sizes, Width: resize.Width, Height: resize.Height}
	if img.SrcSet, err = c.SrcSet(r, o.SrcSet); err != nil {
		return Img{}, err
	}
	r.Edits = slices.Clone(r.Edits)
	resize.WithoutEnlargement = true
	r.Edits[at] = resize
	img.Src, err = c.URL(r)
	return img, err
}

// DefaultTolerance is how much a picture may be scaled between two widths of a srcset:
// what nobody sees.
const DefaultTolerance = 0.08

// TargetWidths gives widths in pixels from least to most, 1 to [MaxSide], each so near to
// the next one that no picture is scaled by more than the tolerance, 0.01 to 1; 0 is
// [DefaultTolerance]. The error is an [*Error].
func TargetWidths(least, most int, tolerance float64) ([]int, error) {
	if tolerance == 0 {
		tolerance = DefaultTolerance
	}
	switch {
	case most < 1 || most > MaxSide:
		return nil, invalidField("widths", strconv.Itoa(most), wholeAllowed(1, MaxSide))
	case least < 1 || least > most:
		return nil, invalidField("widths", strconv.Itoa(least), wholeAllowed(1, most))
	case !within(tolerance, 0.01, 1):
		return nil, invalidField("tolerance", strconv.FormatFloat(tolerance, 'g', -1, 64), numberAllowed(0.01, 1))
	}
	var widths []int
	factor := 1 + tolerance*2
	for width := float64(least); width < float64(most); width *= factor {
		widths = append(widths, int(math.Round(width)))
	}
	return slices.Compact(append(widths, most)), nil
}
