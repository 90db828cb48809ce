// Package chart draws the bench's charts as SVG.
package chart

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// SVG is a picture under way; its unit is the pixel.
type SVG struct {
	Width, Height float64
	b             strings.Builder
}

// The colours of what is no data.
const (
	Ink   = "#1f2328"
	Faint = "#d8dee4"
	Grey  = "#57606a"
)

// New begins a white picture.
func New(width, height float64) *SVG {
	s := &SVG{Width: width, Height: height}
	fmt.Fprintf(&s.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" font-family="system-ui, sans-serif" font-size="12">`+"\n", width, height, width, height)
	fmt.Fprintf(&s.b, `<rect width="%g" height="%g" fill="#fff"/>`+"\n", width, height) // legible on a dark page too
	return s
}

// String is the picture's source.
func (s *SVG) String() string { return s.b.String() + "</svg>\n" }

// Line draws one.
func (s *SVG) Line(x1, y1, x2, y2 float64, colour string, width float64) {
	fmt.Fprintf(&s.b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%g"/>`+"\n", x1, y1, x2, y2, colour, width)
}

// DashedLine draws a line with gaps.
func (s *SVG) DashedLine(x1, y1, x2, y2 float64, colour string, width float64) {
	fmt.Fprintf(&s.b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%g" stroke-dasharray="6 4"/>`+"\n", x1, y1, x2, y2, colour, width)
}

// Text at a point; anchor is start, middle or end.
func (s *SVG) Text(x, y float64, anchor, colour, attributes, words string) {
	fmt.Fprintf(&s.b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s" %s>%s</text>`+"\n", x, y, anchor, colour, attributes, html.EscapeString(words))
}

// Path through points.
func (s *SVG) Path(points [][2]float64, l Look) {
	var d strings.Builder
	for i, p := range points {
		fmt.Fprintf(&d, "%c%.1f %.1f", "ML"[min(i, 1)], p[0], p[1])
	}
	fmt.Fprintf(&s.b, `<path d="%s" fill="none" stroke="%s" stroke-width="%g"/>`+"\n", d.String(), l.Colour, l.Width)
}

// Mark is a contender's dot: ours full, those of others hollow in part, so that
// they can be told apart without their colours.
func (s *SVG) Mark(x, y, size float64, l Look) {
	fill := l.Colour
	if l.Hollow {
		fill = "#fff"
	}
	style := fmt.Sprintf(`fill="%s" stroke="%s" stroke-width="1.6"`, fill, l.Colour)
	switch l.Shape {
	case Square:
		fmt.Fprintf(&s.b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" %s/>`+"\n", x-size*.9, y-size*.9, size*1.8, size*1.8, style)
	case Diamond:
		r := size * 1.3
		fmt.Fprintf(&s.b, `<path d="M%.1f %.1fl%.1f %.1fl%.1f %.1fl%.1f %.1fz" %s/>`+"\n", x, y-r, r, r, -r, r, -r, -r, style)
	default:
		fmt.Fprintf(&s.b, `<circle cx="%.1f" cy="%.1f" r="%.1f" %s/>`+"\n", x, y, size, style)
	}
}

// Shape of a mark.
type Shape int

const (
	Circle Shape = iota
	Square
	Diamond
)

// Look of a contender in every chart.
type Look struct {
	Colour string
	Width  float64 // of its line
	Shape  Shape
	Hollow bool
}

// Legend over the whole width; it gives the height that it took.
func (s *SVG) Legend(x, y float64, contenders []string, lookOf func(contender string) Look) float64 {
	const row, letter = 20, 6.6
	left, top := x, y
	for _, name := range contenders {
		width := 30 + letter*float64(len(name))
		if left+width > s.Width {
			left, top = x, top+row
		}
		s.Mark(left+6, top, 4, lookOf(name))
		s.Text(left+16, top+4, "start", Ink, "", name)
		left += width
	}
	return top + row - y
}

// Ticks are round numbers, about as many as wanted, within a range.
func Ticks(low, high float64, wanted int) []float64 {
	if !(high > low) {
		return []float64{low}
	}
	raw := (high - low) / float64(wanted)
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, factor := range []float64{1, 2, 5, 10} {
		if step*factor >= raw {
			step *= factor
			break
		}
	}
	var values []float64
	// Adding 0 makes 0 of -0, which would be written so.
	for i := math.Ceil(low/step-1e-9) + 0; i*step <= high+step*1e-9; i++ {
		values = append(values, i*step)
	}
	return values
}

// LogTicks are 1, 2 and 5 times the powers of ten within a range.
func LogTicks(low, high float64) []float64 {
	var values []float64
	for decade := math.Pow(10, math.Floor(math.Log10(low))); decade <= high; decade *= 10 {
		for _, factor := range []float64{1, 2, 5} {
			if v := decade * factor; v >= low && v <= high {
				values = append(values, v)
			}
		}
	}
	return values
}
