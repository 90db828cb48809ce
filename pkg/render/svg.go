package render

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/srwiley/rasterx"
)

// KindSVG is a drawing, which a [Renderer] with SVG set reads as the PNG that it
// looks like. Text, filters, masks, styles by more than a class, and pictures in it
// are not drawn; it reads no file and no URL.
const KindSVG Kind = "svg"

// What a drawing may hold. A use draws again what it names; dashes are drawn one by
// one.
const (
	maxSVGBytes    = 4 << 20
	maxSVGElements = 10_000
	maxSVGDepth    = 64
	maxSVGDrawn    = 20_000        // elements, those that uses draw again counted in
	maxSVGWork     = 1_000_000_000 // pixels, of all fills and lines together: each is drawn in about 8 ns
	maxSVGDashes   = 100_000       // of one line
	maxSVGLength   = 100_000_000   // pixels that all lines together may run, before their transforms

	maxSVGStops = 256      // of a gradient
	maxSVGText  = 16 << 20 // bytes that are read, those of what uses draw again counted in: each takes 10 to 100 ns, twice

	// A gradient takes so many times what one colour takes, and once more for so many stops.
	svgGradientWork = 8
	svgStopsWork    = 16
)

// svgDrawing is what the root of a drawing says, and how much there is to draw.
type svgDrawing struct {
	width, height float64 // pixels, as they are asked for
	box           [4]float64
	elements      int
}

// isSVG reports whether the first element is svg, behind what may stand before it.
func isSVG(source []byte) bool {
	head := bytes.TrimLeft(bytes.TrimPrefix(source[:min(len(source), 4096)], []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(head) == 0 || head[0] != '<' {
		return false
	}
	d := newSVGDecoder(head)
	for {
		token, err := d.RawToken()
		if err != nil {
			return false
		}
		if start, ok := token.(xml.StartElement); ok {
			return start.Name.Local == "svg"
		}
	}
}

func newSVGDecoder(source []byte) *xml.Decoder {
	d := xml.NewDecoder(bytes.NewReader(source))
	d.CharsetReader = func(label string, input io.Reader) (io.Reader, error) {
		if label = strings.ToLower(label); label == "utf-8" || label == "us-ascii" {
			return input, nil
		}
		return nil, fmt.Errorf("charset %q, want UTF-8", label)
	}
	return d
}

// readSVG reads a drawing to its end, and counts. Entities of its own are errors.
func readSVG(source []byte) (svgDrawing, error) {
	var s svgDrawing
	if len(source) > maxSVGBytes {
		return s, failure(CodeSourceTooLarge, nil, "the drawing has %d bytes; at most %d are allowed", len(source), maxSVGBytes)
	}
	corrupt := func(cause error) error {
		return failure(CodeSourceCorrupt, cause, "the original is damaged: its SVG is not well-formed")
	}
	d := newSVGDecoder(source)
	depth := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return s, corrupt(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			s.elements++
			if depth++; depth > maxSVGDepth || s.elements > maxSVGElements {
				return s, failure(CodeSourceTooLarge, nil, "the drawing is too large: at most %d elements, %d in each other, are allowed", maxSVGElements, maxSVGDepth)
			}
			if s.elements == 1 {
				if err := s.readRoot(e); err != nil {
					return s, err
				}
			}
		case xml.EndElement:
			depth--
		}
	}
	if s.elements == 0 {
		return s, corrupt(nil)
	}
	return s, nil
}

// The size of a drawing that says none (CSS 2.1, section 10.3.2).
const (
	svgWidth  = 300
	svgHeight = 150
)

// readRoot reads the size: what width and height say, else the viewBox, at 96 dots
// per inch.
func (s *svgDrawing) readRoot(root xml.StartElement) error {
	for _, a := range root.Attr {
		switch a.Name.Local {
		case "width":
			s.width = svgLength(a.Value)
		case "height":
			s.height = svgLength(a.Value)
		case "viewBox":
			fields := strings.FieldsFunc(a.Value, func(r rune) bool { return r == ',' || r <= ' ' })
			for i := range s.box {
				if len(fields) == 4 {
					s.box[i], _ = strconv.ParseFloat(fields[i], 64) // what is none is 0, and the box none
				}
			}
		}
	}
	if !(s.box[2] > 0 && s.box[3] > 0) {
		s.box = [4]float64{0, 0, orElse(s.width, svgWidth), orElse(s.height, svgHeight)}
	}
	switch shape := s.box[2] / s.box[3]; {
	case s.width > 0 && s.height > 0:
	case s.width > 0:
		s.height = s.width / shape
	case s.height > 0:
		s.width = s.height * shape
	default:
		s.width, s.height = s.box[2], s.box[3]
	}
	for _, v := range append(s.box[:], s.width, s.height) {
		if math.IsNaN(v) || math.Abs(v) > 1e6 {
			return failure(CodeSourceTooLarge, nil, "the drawing declares %gx%g pixels", s.width, s.height)
		}
	}
	return nil
}

func orElse(v, otherwise float64) float64 {
	if v > 0 {
		return v
	}
	return otherwise
}

// svgUnits are pixels (CSS Values 3, section 6.2).
var svgUnits = map[string]float64{"": 1, "px": 1, "pt": 96. / 72, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96, "em": 16, "ex": 8}

// svgLength gives pixels; 0 is what says nothing here, such as a percentage.
func svgLength(s string) float64 {
	s = strings.TrimSpace(s)
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyz%")
	if digits != s && strings.HasSuffix(digits, "e") { // an exponent is not a unit
		return 0
	}
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil || !(v > 0) {
		return 0
	}
	return v * svgUnits[s[len(digits):]]
}

// size in whole pixels.
func (s svgDrawing) size() (width, height int) {
	return max(1, int(math.Round(s.width))), max(1, int(math.Round(s.height)))
}

// svgHeader is the header of a drawing.
func (l Limits) svgHeader(source []byte) (Header, error) {
	s, err := readSVG(source)
	if err != nil {
		return Header{}, err
	}
	width, height := s.size()
	h := Header{Kind: KindSVG, Width: width, Height: height, Frames: 1, Orientation: 1, Alpha: true, sampleBytes: 1, bands: 4}
	if err := l.checkSource(h); err != nil {
		return h, err
	}
	if err := l.checkOutput(width, height); err != nil {
		return h, failure(CodeSourceTooLarge, nil, "the drawing declares %dx%d pixels; at most %d a side and %d in all are allowed",
			width, height, l.OutputSide, l.OutputPixels)
	}
	return h, l.checkMemory(baseBytes + len(source)*8 + width*height*12)
}

// rasterise draws a drawing at its own size and gives it as a PNG. It is one of several of
// a request, which share what may be drawn in all. It stops when ctx ends.
func (l Limits) rasterise(ctx context.Context, source []byte, several int) (body []byte, err error) {
	h, err := l.svgHeader(source)
	if err != nil {
		return nil, err
	}
	corrupt := func(cause error) error {
		return failure(CodeSourceCorrupt, cause, "the original is damaged: its SVG cannot be drawn")
	}
	// The library indexes what a drawing names without looking.
	defer func() {
		switch v := recover(); {
		case v == nil:
		case ctx.Err() != nil:
			err = deadline(false, ctx.Err())
		default:
			err = corrupt(fmt.Errorf("panic: %v", v))
		}
	}()
	s, err := readSVG(source)
	if err != nil {
		return nil, err
	}
	root, err := readSVGTree(newSVGDecoder(source))
	if err != nil {
		return nil, corrupt(err)
	}
	canvas := image.NewRGBA(image.Rect(0, 0, h.Width, h.Height))
	scanner := rasterx.NewScannerGV(h.Width, h.Height, canvas, canvas.Bounds())
	pen := &svgPen{ctx: ctx, dasher: rasterx.NewDasher(h.Width, h.Height, scanner), byID: map[string]*svgNode{}, classes: map[string]map[string]string{},
		most: maxSVGDrawn / several, mostPainted: maxSVGWork / (h.Width * h.Height) / several, mostText: maxSVGText / several, longest: float64(maxSVGLength / several)}
	if pen.index(root); pen.err != nil {
		return nil, pen.err
	}
	// xMidYMid meet, as the standard has it where nothing is said.
	scale := min(float64(h.Width)/s.box[2], float64(h.Height)/s.box[3])
	style := svgStyle{fill: "black", stroke: "none", colour: "black", fillOpacity: 1, lineOpacity: 1, width: 1, miter: 4, cap: rasterx.ButtCap, join: rasterx.Miter,
		m: rasterx.Identity.Translate((float64(h.Width)-s.box[2]*scale)/2, (float64(h.Height)-s.box[3]*scale)/2).
			Scale(scale, scale).Translate(-s.box[0], -s.box[1])}
	for _, pen.dry = range []bool{true, false} {
		pen.drawn, pen.painted, pen.text, pen.length = 0, 0, 0, 0
		if pen.draw(root, style, 0); pen.err != nil {
			return nil, pen.err
		}
	}
	if ctx.Err() != nil {
		return nil, deadline(false, ctx.Err())
	}

	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed} // it is read again at once
	if err := encoder.Encode(&out, canvas); err != nil {
		return nil, failure(CodeFailed, err, "the drawing could not be drawn")
	}
	return out.Bytes(), nil
}
