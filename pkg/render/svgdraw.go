package render

import (
	"context"
	"encoding/xml"
	"image/color"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
	"golang.org/x/image/math/fixed"
)

// svgNode is an element of a drawing.
type svgNode struct {
	name     string
	attrs    map[string]string
	children []*svgNode
	text     strings.Builder
}

// svgPen draws the elements of a drawing. Paths and colours are read by oksvg, and
// rasterised by rasterx. oksvg's own reader is not used: it knows all the character
// sets of HTML, half a megabyte of them.
type svgPen struct {
	ctx         context.Context
	dasher      *rasterx.Dasher
	byID        map[string]*svgNode
	classes     map[string]map[string]string
	drawn       int     // elements so far
	most        int     // elements that may be drawn
	painted     int     // fills and lines so far, as if each were one colour
	mostPainted int     // that may be: each takes as long as the canvas is large
	text        int     // bytes that were read
	mostText    int     // that may be
	length      float64 // pixels that all lines have run
	longest     float64 // that they may run
	err         error   // what was too much
	dry         bool    // only looks whether anything is too much
}

// svgStyle is what an element draws with; it is inherited.
type svgStyle struct {
	fill, stroke             string
	fillOpacity, lineOpacity float64
	width, miter, dashOffset float64
	dash                     []float64
	cap                      rasterx.CapFunc
	join                     rasterx.JoinMode
	colour                   string // currentColor
	m                        rasterx.Matrix2D
	hidden                   bool
}

// readSVGTree reads the elements; the limits are checked before.
func readSVGTree(d *xml.Decoder) (*svgNode, error) {
	root := &svgNode{}
	stack := []*svgNode{root}
	for len(stack) > 0 {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		top := stack[len(stack)-1]
		switch e := token.(type) {
		case xml.StartElement:
			node := &svgNode{name: e.Name.Local, attrs: make(map[string]string, len(e.Attr))}
			for _, a := range e.Attr {
				node.attrs[a.Name.Local] = a.Value
			}
			top.children = append(top.children, node)
			stack = append(stack, node)
		case xml.EndElement:
			if stack = stack[:len(stack)-1]; len(stack) == 1 {
				return root.children[0], nil
			}
		case xml.CharData:
			if top.name == "style" {
				top.text.Write(e)
			}
		}
	}
	return root, nil
}

var svgRule = regexp.MustCompile(`([^{}]+)\{([^{}]*)\}`)

// reads counts bytes before they are read, and says whether they may be.
func (p *svgPen) reads(texts ...string) bool {
	for _, text := range texts {
		p.text += len(text)
	}
	if p.err == nil && p.text > p.mostText {
		p.err = failure(CodeSourceTooLarge, nil, "the drawing has too much to read: at most %d bytes are allowed, those that are used again counted in", p.mostText)
	}
	return p.err == nil && p.ctx.Err() == nil
}

// readsAll does that with the attributes of an element.
func (p *svgPen) readsAll(n *svgNode) bool {
	for _, value := range n.attrs {
		p.text += len(value)
	}
	return p.reads()
}

// index notes what is named, and the classes of style sheets.
func (p *svgPen) index(n *svgNode) {
	if id := n.attrs["id"]; id != "" && p.byID[id] == nil {
		p.byID[id] = n
	}
	if n.name == "style" {
		for _, rule := range svgRule.FindAllStringSubmatch(n.text.String(), -1) {
			for selector := range strings.SplitSeq(rule[1], ",") {
				if class, ok := strings.CutPrefix(strings.TrimSpace(selector), "."); ok && p.reads(rule[2]) {
					if p.classes[class] == nil {
						p.classes[class] = map[string]string{}
					}
					declarations(rule[2], p.classes[class])
				}
			}
		}
	}
	for _, child := range n.children {
		p.index(child)
	}
}

// declarations reads "name: value; …".
func declarations(text string, into map[string]string) {
	for declaration := range strings.SplitSeq(text, ";") {
		if name, value, ok := strings.Cut(declaration, ":"); ok {
			into[strings.TrimSpace(name)] = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "!important"))
		}
	}
}

// maxSVGUses bounds how deep uses name each other: one may name itself.
const maxSVGUses = 8

// draw draws an element and what is in it.
func (p *svgPen) draw(n *svgNode, s svgStyle, uses int) {
	if p.err != nil {
		return
	}
	if p.drawn++; p.drawn > p.most {
		p.err = failure(CodeSourceTooLarge, nil, "the drawing has too much to draw: at most %d elements are allowed", p.most)
		return
	}
	if !p.readsAll(n) {
		return
	}
	s = p.inherit(n, s)
	if p.text += len(s.dash); !p.reads(s.fill, s.stroke, s.colour) || s.hidden {
		return
	}
	switch n.name {
	case "svg", "g", "a", "switch", "symbol":
		for _, child := range n.children {
			if child.name != "symbol" { // which is drawn by a use alone
				p.draw(child, s, uses)
			}
		}
	case "use":
		if named := p.byID[strings.TrimPrefix(n.attrs["href"], "#")]; named != nil && strings.HasPrefix(n.attrs["href"], "#") && uses < maxSVGUses {
			s.m = s.m.Translate(svgNumber(n.attrs["x"]), svgNumber(n.attrs["y"]))
			p.draw(named, s, uses+1)
		}
	default:
		if path := shapeOf(n); len(path) > 0 {
			p.paint(path, s)
		}
	}
}

// inherit gives the style of an element: of its parent, its attributes, its classes
// and its own style, in this order.
func (p *svgPen) inherit(n *svgNode, s svgStyle) svgStyle {
	own := map[string]string{}
	for name, value := range n.attrs {
		own[name] = value
	}
	for class := range strings.FieldsSeq(n.attrs["class"]) {
		for name, value := range p.classes[class] {
			if !p.reads(name, value) {
				return s
			}
			own[name] = value
		}
	}
	declarations(n.attrs["style"], own)
	set := func(name string, at *string) {
		if v, ok := own[name]; ok && v != "inherit" {
			*at = v
		}
	}
	set("color", &s.colour)
	set("fill", &s.fill)
	set("stroke", &s.stroke)
	number := func(name string, f func(float64)) {
		if v, ok := own[name]; ok && v != "inherit" {
			f(svgNumber(v))
		}
	}
	share := func(v float64) float64 { return min(max(v, 0), 1) }
	number("opacity", func(v float64) { s.fillOpacity, s.lineOpacity = s.fillOpacity*share(v), s.lineOpacity*share(v) })
	number("fill-opacity", func(v float64) { s.fillOpacity *= share(v) })
	number("stroke-opacity", func(v float64) { s.lineOpacity *= share(v) })
	number("stroke-width", func(v float64) { s.width = v })
	number("stroke-miterlimit", func(v float64) { s.miter = v })
	number("stroke-dashoffset", func(v float64) { s.dashOffset = v })
	if v, ok := own["stroke-dasharray"]; ok {
		s.dash = nil
		if v != "none" {
			s.dash = svgNumbers(v)
		}
	}
	switch own["stroke-linecap"] {
	case "butt":
		s.cap = rasterx.ButtCap
	case "round":
		s.cap = rasterx.RoundCap
	case "square":
		s.cap = rasterx.SquareCap
	}
	switch own["stroke-linejoin"] {
	case "miter":
		s.join = rasterx.Miter
	case "round":
		s.join = rasterx.Round
	case "bevel":
		s.join = rasterx.Bevel
	}
	if own["display"] == "none" || own["visibility"] == "hidden" {
		s.hidden = true
	}
	s.m = s.m.Mult(svgTransform(own["transform"]))
	return s
}

var svgFunction = regexp.MustCompile(`([a-zA-Z]+)\s*\(([^)]*)\)`)

// svgTransform reads a list of transforms; what is none changes nothing.
func svgTransform(text string) rasterx.Matrix2D {
	m := rasterx.Identity
	for _, f := range svgFunction.FindAllStringSubmatch(text, -1) {
		v := svgNumbers(f[2])
		at := func(i int, otherwise float64) float64 {
			if i < len(v) {
				return v[i]
			}
			return otherwise
		}
		if len(v) == 0 {
			continue
		}
		switch f[1] {
		case "translate":
			m = m.Translate(v[0], at(1, 0))
		case "scale":
			m = m.Scale(v[0], at(1, v[0]))
		case "rotate":
			m = m.Translate(at(1, 0), at(2, 0)).Rotate(v[0]*math.Pi/180).Translate(-at(1, 0), -at(2, 0))
		case "skewX":
			m = m.SkewX(v[0] * math.Pi / 180)
		case "skewY":
			m = m.SkewY(v[0] * math.Pi / 180)
		case "matrix":
			if len(v) == 6 {
				m = m.Mult(rasterx.Matrix2D{A: v[0], B: v[1], C: v[2], D: v[3], E: v[4], F: v[5]})
			}
		}
	}
	return m
}

// svgNumber reads a number with its unit; what is none is 0, a percentage its share.
func svgNumber(s string) float64 {
	s = strings.TrimSpace(s)
	if percent, ok := strings.CutSuffix(s, "%"); ok {
		return svgNumber(percent) / 100
	}
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyz")
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > 1e7 {
		return 0
	}
	if unit, ok := svgUnits[s[len(digits):]]; ok {
		v *= unit
	}
	return v
}

func svgNumbers(s string) []float64 {
	var list []float64
	for _, field := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r <= ' ' }) {
		list = append(list, svgNumber(field))
	}
	return list
}

// shapeOf gives the path of a shape, in its own coordinates.
func shapeOf(n *svgNode) rasterx.Path {
	v := func(name string) float64 { return svgNumber(n.attrs[name]) }
	c := &oksvg.PathCursor{}
	switch n.name {
	case "path":
		if c.CompilePath(n.attrs["d"]) != nil {
			return nil
		}
	case "rect":
		rx, ry := v("rx"), v("ry")
		if rx == 0 {
			rx = ry
		}
		if ry == 0 {
			ry = rx
		}
		if v("width") > 0 && v("height") > 0 {
			rasterx.AddRoundRect(v("x"), v("y"), v("x")+v("width"), v("y")+v("height"), rx, ry, 0, rasterx.RoundGap, &c.Path)
		}
	case "circle":
		if v("r") > 0 {
			c.EllipseAt(v("cx"), v("cy"), v("r"), v("r"))
		}
	case "ellipse":
		if v("rx") > 0 && v("ry") > 0 {
			c.EllipseAt(v("cx"), v("cy"), v("rx"), v("ry"))
		}
	case "line":
		c.Path.Start(rasterx.ToFixedP(v("x1"), v("y1")))
		c.Path.Line(rasterx.ToFixedP(v("x2"), v("y2")))
	case "polyline", "polygon":
		points := svgNumbers(n.attrs["points"])
		for i := 0; i+1 < len(points); i += 2 {
			if at := rasterx.ToFixedP(points[i], points[i+1]); i == 0 {
				c.Path.Start(at)
			} else {
				c.Path.Line(at)
			}
		}
		if n.name == "polygon" && len(points) > 3 {
			c.Path.Stop(true)
		}
	}
	return c.Path
}

// paint fills a path, and draws its line.
func (p *svgPen) paint(path rasterx.Path, s svgStyle) {
	scale := math.Sqrt(math.Abs(s.m.A*s.m.D - s.m.B*s.m.C))
	length := 0.0
	for _, v := range path {
		length += math.Abs(float64(v)) / 64 * 2
	}
	if p.length += length * max(1, scale); !(p.length < p.longest) {
		p.err = failure(CodeSourceTooLarge, nil, "the lines of the drawing are longer than %.0g pixels", p.longest)
		return
	}
	width := s.width * scale
	fill, line := p.paintOf(s.fill, s.colour, s.fillOpacity, s.m, path), any(nil)
	if width > 0 && width < 1e5 {
		line = p.paintOf(s.stroke, s.colour, s.lineOpacity, s.m, path)
	}
	p.painted += svgWork(fill) + svgWork(line)
	if p.err == nil && p.painted > p.mostPainted {
		p.err = failure(CodeSourceTooLarge, nil, "the drawing has too much to draw: at most %d fills and lines of its size are allowed, of which a gradient counts as %d or more", p.mostPainted, svgGradientWork)
		return
	}
	if p.dry || p.err != nil || p.ctx.Err() != nil {
		return
	}
	if fill != nil {
		p.dasher.Clear()
		filler := &p.dasher.Filler
		path.AddTo(&rasterx.MatrixAdder{Adder: filler, M: s.m})
		p.setPaint(fill)
		filler.Draw()
	}
	if line == nil || p.ctx.Err() != nil {
		return
	}
	var dash []float64
	sum := 0.0
	for _, v := range s.dash {
		dash, sum = append(dash, v*scale), sum+v
		if v < 0 {
			sum = math.NaN()
		}
	}
	if !(length/sum < maxSVGDashes) {
		dash = nil
	}
	p.dasher.Clear()
	p.dasher.SetStroke(rasterx.ToFixedP(width, 0).X, rasterx.ToFixedP(min(max(s.miter, 1), 100), 0).X, s.cap, s.cap, rasterx.FlatGap, s.join, dash, s.dashOffset*scale)
	path.AddTo(&rasterx.MatrixAdder{Adder: p.dasher, M: s.m})
	p.setPaint(line)
	p.dasher.Draw()
}

// paintOf is a colour, or the colours of a gradient; nil is none.
func (p *svgPen) paintOf(text, current string, opacity float64, m rasterx.Matrix2D, path rasterx.Path) any {
	if id, ok := strings.CutPrefix(text, "url(#"); ok {
		id, rest, _ := strings.Cut(id, ")")
		if gradient := p.byID[id]; gradient != nil && strings.HasSuffix(gradient.name, "Gradient") {
			return p.gradient(gradient, opacity, m, path)
		}
		text = strings.TrimSpace(rest) // what stands in its place
	}
	c := svgColor(text, current)
	if c == nil {
		return nil
	}
	_, _, _, alpha := c.RGBA()
	return rasterx.ApplyOpacity(c, opacity*float64(alpha)/0xffff)
}

// svgColor reads a colour; nil is none, or none that is known.
func svgColor(text, current string) color.Color {
	if text = strings.TrimSpace(text); text == "currentColor" {
		text = current
	}
	switch {
	case text == "", text == "none", text == "transparent", strings.HasPrefix(text, "url"), strings.HasPrefix(text, "hsl"):
		return nil
	}
	c, err := oksvg.ParseSVGColor(text)
	if err != nil {
		return nil
	}
	return c
}

// gradient gives the colours of a gradient, in the pixels of the canvas.
func (p *svgPen) gradient(n *svgNode, opacity float64, m rasterx.Matrix2D, path rasterx.Path) any {
	stops := n
	for range maxSVGUses { // its stops may be those of another
		if next := p.byID[strings.TrimPrefix(stops.attrs["href"], "#")]; len(stops.children) == 0 && next != nil {
			stops = next
		}
	}
	if len(stops.children) > maxSVGStops {
		p.err = failure(CodeSourceTooLarge, nil, "a gradient of the drawing has more than %d stops", maxSVGStops)
		return nil
	}
	if !p.readsAll(n) || !p.readsAll(stops) {
		return nil
	}
	g := rasterx.Gradient{IsRadial: n.name == "radialGradient", Units: rasterx.UserSpaceOnUse}
	for _, stop := range stops.children {
		if !p.readsAll(stop) {
			return nil
		}
		own := map[string]string{"stop-color": "black", "stop-opacity": "1"}
		for name, value := range stop.attrs {
			own[name] = value
		}
		declarations(stop.attrs["style"], own)
		if c := svgColor(own["stop-color"], "black"); stop.name == "stop" && c != nil {
			g.Stops = append(g.Stops, rasterx.GradStop{StopColor: c, Offset: min(max(svgNumber(own["offset"]), 0), 1), Opacity: min(max(svgNumber(own["stop-opacity"]), 0), 1)})
		}
	}
	if len(g.Stops) < 2 {
		if len(g.Stops) == 0 {
			return nil
		}
		return rasterx.ApplyOpacity(g.Stops[0].StopColor, opacity*g.Stops[0].Opacity)
	}
	value := func(name, otherwise string) float64 {
		if v, ok := n.attrs[name]; ok {
			return svgNumber(v)
		}
		return svgNumber(otherwise)
	}
	if g.IsRadial {
		cx, cy := value("cx", "0.5"), value("cy", "0.5")
		g.Points = [5]float64{cx, cy, value("fx", strconv.FormatFloat(cx, 'g', -1, 64)), value("fy", strconv.FormatFloat(cy, 'g', -1, 64)), value("r", "0.5")}
	} else {
		g.Points = [5]float64{value("x1", "0"), value("y1", "0"), value("x2", "1"), value("y2", "0")}
	}
	g.Matrix = m
	if n.attrs["gradientUnits"] != "userSpaceOnUse" {
		x, y, w, h := pathBounds(path)
		g.Matrix = g.Matrix.Translate(x, y).Scale(w, h)
	}
	g.Matrix = g.Matrix.Mult(svgTransform(n.attrs["gradientTransform"]))
	switch n.attrs["spreadMethod"] {
	case "reflect":
		g.Spread = rasterx.ReflectSpread
	case "repeat":
		g.Spread = rasterx.RepeatSpread
	}
	fill := g.GetColorFunction(opacity)
	colours, ok := fill.(rasterx.ColorFunc)
	if !ok { // its focus is nowhere
		return fill
	}
	asked := 0
	return svgGradient{len(g.Stops), func(x, y int) color.Color {
		if asked++; asked%4096 == 0 && p.ctx.Err() != nil { // all of one may take seconds
			panic(p.ctx.Err()) // through the library, to rasterise
		}
		return colours(x, y)
	}}
}

// svgGradient gives each pixel its colour.
type svgGradient struct {
	stops int
	rasterx.ColorFunc
}

// svgWork is what a paint takes, compared with one colour.
func svgWork(paint any) int {
	switch paint := paint.(type) {
	case nil:
		return 0
	case svgGradient:
		return svgGradientWork + paint.stops/svgStopsWork
	}
	return 1
}

// setPaint has the pen draw with a paint.
func (p *svgPen) setPaint(paint any) {
	if gradient, ok := paint.(svgGradient); ok {
		paint = gradient.ColorFunc
	}
	p.dasher.SetColor(paint)
}

// pathBounds is the box around the points of a path, at least a pixel wide and high.
func pathBounds(path rasterx.Path) (x, y, w, h float64) {
	bounds := &boundsAdder{minX: math.Inf(1), minY: math.Inf(1), maxX: math.Inf(-1), maxY: math.Inf(-1)}
	path.AddTo(bounds)
	return bounds.minX, bounds.minY, max(bounds.maxX-bounds.minX, 1), max(bounds.maxY-bounds.minY, 1)
}

// boundsAdder takes a path and keeps the box around its points.
type boundsAdder struct{ minX, minY, maxX, maxY float64 }

func (b *boundsAdder) add(points ...fixed.Point26_6) {
	for _, p := range points {
		x, y := float64(p.X)/64, float64(p.Y)/64
		b.minX, b.minY, b.maxX, b.maxY = min(b.minX, x), min(b.minY, y), max(b.maxX, x), max(b.maxY, y)
	}
}

func (b *boundsAdder) Start(a fixed.Point26_6)            { b.add(a) }
func (b *boundsAdder) Line(a fixed.Point26_6)             { b.add(a) }
func (b *boundsAdder) QuadBezier(a, c fixed.Point26_6)    { b.add(a, c) }
func (b *boundsAdder) CubeBezier(a, c, d fixed.Point26_6) { b.add(a, c, d) }
func (b *boundsAdder) Stop(bool)                          {}
