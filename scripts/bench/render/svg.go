package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// svg is a picture under way; its unit is the pixel.
type svg struct {
	b             strings.Builder
	width, height float64
}

const (
	ink   = "#1f2328"
	faint = "#d8dee4"
	grey  = "#57606a"
)

func newSVG(width, height float64) *svg {
	s := &svg{width: width, height: height}
	fmt.Fprintf(&s.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" font-family="system-ui, sans-serif" font-size="12">`+"\n", width, height, width, height)
	fmt.Fprintf(&s.b, `<rect width="%g" height="%g" fill="#fff"/>`+"\n", width, height) // legible on a dark page too
	return s
}

func (s *svg) String() string { return s.b.String() + "</svg>\n" }

func (s *svg) line(x1, y1, x2, y2 float64, colour string, width float64) {
	fmt.Fprintf(&s.b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%g"/>`+"\n", x1, y1, x2, y2, colour, width)
}

// text at a point; anchor is start, middle or end.
func (s *svg) text(x, y float64, anchor, colour, attributes, words string) {
	fmt.Fprintf(&s.b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s" %s>%s</text>`+"\n", x, y, anchor, colour, attributes, html.EscapeString(words))
}

func (s *svg) path(points [][2]float64, l look) {
	var d strings.Builder
	for i, p := range points {
		fmt.Fprintf(&d, "%c%.1f %.1f", "ML"[min(i, 1)], p[0], p[1])
	}
	fmt.Fprintf(&s.b, `<path d="%s" fill="none" stroke="%s" stroke-width="%g"/>`+"\n", d.String(), l.colour, l.width)
}

// mark is a contender's dot: ours full, those of others hollow in part, so that
// they can be told apart without their colours.
func (s *svg) mark(x, y, size float64, l look) {
	fill := l.colour
	if l.hollow {
		fill = "#fff"
	}
	style := fmt.Sprintf(`fill="%s" stroke="%s" stroke-width="1.6"`, fill, l.colour)
	switch l.shape {
	case square:
		fmt.Fprintf(&s.b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" %s/>`+"\n", x-size*.9, y-size*.9, size*1.8, size*1.8, style)
	case diamond:
		r := size * 1.3
		fmt.Fprintf(&s.b, `<path d="M%.1f %.1fl%.1f %.1fl%.1f %.1fl%.1f %.1fz" %s/>`+"\n", x, y-r, r, r, -r, r, -r, -r, style)
	default:
		fmt.Fprintf(&s.b, `<circle cx="%.1f" cy="%.1f" r="%.1f" %s/>`+"\n", x, y, size, style)
	}
}

type shape int

const (
	circle shape = iota
	square
	diamond
)

// look of a contender in every chart.
type look struct {
	colour string
	width  float64
	shape  shape
	hollow bool
}

func lookOf(contender string) look {
	switch contender {
	case ours:
		return look{"#c1121f", 2.6, circle, false}
	case oursFast:
		return look{"#f4845f", 2.6, circle, true}
	case oursEqual:
		return look{"#780000", 2, diamond, false}
	case peer:
		return look{"#1d4ed8", 1.8, square, false}
	case "sharp-mozjpeg":
		return look{"#60a5fa", 1.8, square, true}
	case "imagor":
		return look{"#15803d", 1.5, diamond, false}
	case "imaginary":
		return look{"#65a30d", 1.5, diamond, true}
	case "bimg":
		return look{"#7e22ce", 1.5, circle, false}
	case "bimg-debian":
		return look{"#c084fc", 1.5, circle, true}
	case "imaging":
		return look{"#92400e", 1.5, square, false}
	}
	return look{grey, 1.5, square, true}
}

// legend over the whole width; it gives the height that it took.
func (s *svg) legend(x, y float64, contenders []string) float64 {
	const row, letter = 20, 6.6
	left, top := x, y
	for _, name := range contenders {
		width := 30 + letter*float64(len(name))
		if left+width > s.width {
			left, top = x, top+row
		}
		s.mark(left+6, top, 4, lookOf(name))
		s.text(left+16, top+4, "start", ink, "", name)
		left += width
	}
	return top + row - y
}

// ticks are round numbers, about as many as wanted, within a range.
func ticks(low, high float64, wanted int) []float64 {
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
	for i := math.Ceil(low/step - 1e-9); i*step <= high+step*1e-9; i++ {
		values = append(values, i*step)
	}
	return values
}

// logTicks are 1, 2 and 5 times the powers of ten within a range.
func logTicks(low, high float64) []float64 {
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
