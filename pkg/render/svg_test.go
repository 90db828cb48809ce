package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/png"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

var svgRenderer = Renderer{Limits: DefaultLimits(), SVG: true}

func renderSVG(t *testing.T, source string, edits ...thumburl.Edit) (image.Image, error) {
	t.Helper()
	p, err := svgRenderer.Render(t.Context(), []byte(source), Job{Edits: edits})
	if err != nil {
		return nil, err
	}
	if p.Format != thumburl.PNG {
		t.Errorf("a drawing comes as %s, want png", p.Format)
	}
	m, _, err := image.Decode(bytes.NewReader(p.Body))
	if err != nil {
		t.Fatal(err)
	}
	return m, nil
}

func at(m image.Image, x, y int) color.NRGBA {
	return color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
}

func TestSVGIsDrawn(t *testing.T) {
	red, blue, none := color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 0, 255, 255}, color.NRGBA{}
	for name, tt := range map[string]struct {
		source        string
		width, height int
		x, y          int
		want          color.NRGBA
	}{
		"its size":               {`<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50"><rect width="100" height="50" fill="red"/></svg>`, 100, 50, 99, 49, red},
		"transparent":            {`<svg width="100" height="50"><rect width="50" height="50" fill="red"/></svg>`, 100, 50, 75, 25, none},
		"viewBox scaled":         {`<svg width="100" height="50" viewBox="0 0 10 5"><rect width="5" height="5" fill="blue"/></svg>`, 100, 50, 49, 49, blue},
		"viewBox moved":          {`<svg width="100" height="50" viewBox="10 10 10 5"><rect x="10" y="10" width="5" height="5" fill="blue"/></svg>`, 100, 50, 49, 49, blue},
		"viewBox alone":          {`<svg viewBox="0 0 40 30"><rect width="40" height="30" fill="red"/></svg>`, 40, 30, 20, 15, red},
		"kept shape":             {`<svg width="100" height="100" viewBox="0 0 10 5"><rect width="10" height="5" fill="red"/></svg>`, 100, 100, 50, 10, none},
		"one side":               {`<svg width="80" viewBox="0 0 40 30"><rect width="40" height="30" fill="red"/></svg>`, 80, 60, 79, 59, red},
		"units":                  {`<svg width="1in" height="24pt"><rect width="96" height="32" fill="red"/></svg>`, 96, 32, 95, 31, red},
		"no size":                {`<svg><rect width="300" height="150" fill="red"/></svg>`, 300, 150, 299, 149, red},
		"percent":                {`<svg width="100%" height="100%" viewBox="0 0 20 10"><rect width="20" height="10" fill="red"/></svg>`, 20, 10, 19, 9, red},
		"prologue":               {"\ufeff" + `<?xml version="1.0" encoding="UTF-8"?><!-- a --><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg width="20" height="10"><rect width="20" height="10" fill="red"/></svg>`, 20, 10, 10, 5, red},
		"use":                    {`<svg width="20" height="10"><defs><rect id="a" width="5" height="5" fill="red"/></defs><use href="#a" x="10"/></svg>`, 20, 10, 12, 2, red},
		"a use of what is drawn": {`<svg width="20" height="10"><rect id="a" width="5" height="5" fill="red"/><use href="#a" x="10"/></svg>`, 20, 10, 12, 2, red},
		"a class":                {`<svg width="20" height="10"><style>.r, .x { fill: red }</style><g fill="blue"><rect class="r" width="20" height="10"/></g></svg>`, 20, 10, 10, 5, red},
		"a style":                {`<svg width="20" height="10"><rect fill="blue" style="fill:red" width="20" height="10"/></svg>`, 20, 10, 10, 5, red},
		"inherited":              {`<svg width="20" height="10" fill="red"><g transform="translate(10) scale(2)"><path d="M0 0h5v5h-5z"/></g></svg>`, 20, 10, 15, 5, red},
		"not displayed":          {`<svg width="20" height="10"><g display="none"><rect fill="red" width="20" height="10"/></g></svg>`, 20, 10, 10, 5, none},
		"a line":                 {`<svg width="20" height="10" viewBox="0 0 2 1"><line x1="0" y1="0.5" x2="2" y2="0.5" stroke="red" stroke-width="0.6"/></svg>`, 20, 10, 10, 5, red},
		"a gradient's end":       {`<svg width="20" height="10"><linearGradient id="g"><stop offset="0" stop-color="red"/><stop offset="0.5" stop-color="blue"/></linearGradient><rect fill="url(#g)" width="20" height="10"/></svg>`, 20, 10, 18, 5, blue},
		"a radial one":           {`<svg width="20" height="20"><radialGradient id="g" r="0.3"><stop offset="0" stop-color="red"/><stop offset="1" stop-color="blue"/></radialGradient><rect fill="url(#g)" width="20" height="20"/></svg>`, 20, 20, 1, 1, blue},
		"an opacity of nothing":  {`<svg width="20" height="10"><polygon points="0,0 20,0 20,10 0,10" fill="red" fill-opacity="0"/></svg>`, 20, 10, 10, 5, none},
		"a file is not read":     {`<svg xmlns:xlink="x" width="20" height="10"><image xlink:href="file:///etc/passwd" width="20" height="10"/></svg>`, 20, 10, 10, 5, none},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := renderSVG(t, tt.source)
			if err != nil {
				t.Fatal(err)
			}
			if m.Bounds() != image.Rect(0, 0, tt.width, tt.height) || at(m, tt.x, tt.y) != tt.want {
				t.Errorf("%v, %v at %d,%d, want %dx%d, %v", m.Bounds(), at(m, tt.x, tt.y), tt.x, tt.y, tt.width, tt.height, tt.want)
			}
		})
	}
}

func TestSVGTakesEdits(t *testing.T) {
	m, err := renderSVG(t, `<svg width="100" height="50"><rect width="100" height="50" fill="red"/></svg>`, thumburl.Resize{Width: 20})
	if err != nil || m.Bounds().Dx() != 20 || m.Bounds().Dy() != 10 {
		t.Errorf("%v %v", m, err)
	}
}

// A drawing could be thumbnailed and not be laid on another picture. Those of one request
// share what may be drawn; where drawings are not read, none is.
func TestSVGAsSecondPicture(t *testing.T) {
	skipRaced(t)
	edits := thumburl.Edits{thumburl.OverlayWith{Original: thumburl.Original{Key: "logo.svg"}, Left: thumburl.Length{Set: true}, Top: thumburl.Length{Set: true}}}
	render := func(r Renderer, logo string) (Picture, error) {
		return r.Render(t.Context(), encodePNG(t, image.NewGray(image.Rect(0, 0, 40, 30))), Job{Edits: edits, Format: thumburl.PNG,
			Original: func(context.Context, string, string) ([]byte, error) { return []byte(logo), nil }})
	}
	const logo = `<svg width="10" height="10"><rect width="10" height="10" fill="red"/></svg>`
	p, err := render(svgRenderer, logo)
	if err != nil {
		t.Fatal(err)
	}
	m := decode(t, p)
	if got := at(m, 5, 5); got != (color.NRGBA{255, 0, 0, 255}) {
		t.Errorf("%v under the drawing", got)
	}
	if got := at(m, 20, 20); got != (color.NRGBA{0, 0, 0, 255}) {
		t.Errorf("%v beside it", got)
	}
	for logo, want := range map[string]Code{
		`<svg width="4000" height="4000">` + strings.Repeat("<rect width='4000' height='4000'/>", 500) + `</svg>`: CodeSourceTooLarge, `<svg width="9"><rect>`: CodeSourceCorrupt,
		`<svg width="41" height="9"/>`: CodeSecondTooLarge,
	} {
		var e *Error
		if _, err := render(svgRenderer, logo); !errors.As(err, &e) || e.Code != want || want != CodeSecondTooLarge && !strings.Contains(e.Message, "logo.svg") {
			t.Errorf("%.30s: %v, want %s", logo, err, want)
		}
	}
	var e *Error
	if _, err := render(Renderer{Limits: DefaultLimits()}, logo); !errors.As(err, &e) || e.Code != CodeSourceUnsupported {
		t.Errorf("where drawings are not read: %v", err)
	}
	// 150 elements over 5 megapixels: one drawing may have 200, three together as many.
	drawing := []byte(`<svg width="2500" height="2000">` + strings.Repeat("<rect width='1' height='1'/>", 150) + `</svg>`)
	if _, err := DefaultLimits().rasterise(t.Context(), drawing, 1); err != nil {
		t.Error(err)
	}
	if _, err := DefaultLimits().rasterise(t.Context(), drawing, 3); !errors.As(err, &e) || e.Code != CodeSourceTooLarge {
		t.Errorf("one of three: %v", err)
	}
}

// A logo in each corner, drawn once, had a quarter of what may be drawn.
func TestSVGInSeveralPlaces(t *testing.T) {
	var edits thumburl.Edits
	for _, left := range []float64{0, 10, 20, 30} {
		edits = append(edits, thumburl.OverlayWith{Original: thumburl.Original{Key: "logo.svg"}, Left: thumburl.Length{Set: true, Value: left}, Top: thumburl.Length{Set: true}})
	}
	logo := `<svg width="10" height="10">` + strings.Repeat("<path/>", 7000) + `<rect width="10" height="10" fill="red"/></svg>`
	p, err := svgRenderer.Render(t.Context(), encodePNG(t, image.NewGray(image.Rect(0, 0, 40, 10))), Job{Edits: edits, Format: thumburl.PNG,
		Original: func(context.Context, string, string) ([]byte, error) { return []byte(logo), nil }})
	if err != nil {
		t.Fatal(err)
	}
	if m := decode(t, p); at(m, 5, 5) != (color.NRGBA{255, 0, 0, 255}) || at(m, 35, 5) != (color.NRGBA{255, 0, 0, 255}) {
		t.Errorf("%v and %v under the drawing", at(m, 5, 5), at(m, 35, 5))
	}
}

// inUses uses what is named a again and again.
func inUses(a string) string {
	return `<svg width="9" height="9"><defs>` + a + `</defs>` + strings.Repeat(`<use href="#a"/>`, 200) + `</svg>`
}

func TestHostileSVG(t *testing.T) {
	skipRaced(t)
	line := `<path stroke="red" stroke-width="1" %s d="M0 0` + strings.Repeat(" L10000 1 L0 0", 200) + `"/>`
	for name, tt := range map[string]struct {
		source string
		want   Code // empty: drawn
	}{
		"an entity that reads a file":   {`<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg width="9" height="9">&x;</svg>`, CodeSourceCorrupt},
		"entities that grow":            {`<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><svg width="9" height="9">&b;</svg>`, CodeSourceCorrupt},
		"not well-formed":               {`<svg width="9" height="9"><rect></svg>`, CodeSourceCorrupt},
		"cut off":                       {`<svg width="9" height="9"><rect width="9"`, CodeSourceCorrupt},
		"nested too deep":               {`<svg width="9" height="9">` + strings.Repeat("<g>", 100) + strings.Repeat("</g>", 100) + `</svg>`, CodeSourceTooLarge},
		"too many elements":             {`<svg width="9" height="9">` + strings.Repeat("<g/>", 20000) + `</svg>`, CodeSourceTooLarge},
		"a use that names itself":       {`<svg width="9" height="9"><defs><g id="a"><use href="#a"/></g></defs><use href="#a"/></svg>`, ""},
		"uses of uses":                  {`<svg width="9" height="9"><defs><g id="a">` + strings.Repeat("<rect/>", 4000) + `</g></defs>` + strings.Repeat(`<use href="#a"/>`, 4000) + `</svg>`, CodeSourceTooLarge},
		"far too wide":                  {`<svg width="1e9" height="9"/>`, CodeSourceTooLarge},
		"wide by its box":               {`<svg viewBox="0 0 1e9 1e9"/>`, CodeSourceTooLarge},
		"too many pixels":               {`<svg width="5000" height="9"/>`, CodeSourceTooLarge},
		"a size that is none":           {`<svg width="NaN" height="-5"/>`, ""},
		"much to draw":                  {`<svg width="4000" height="4000">` + strings.Repeat("<rect width='4000' height='4000'/>", 500) + `</svg>`, CodeSourceTooLarge},
		"much to draw, by lines":        {`<svg width="4000" height="4000">` + strings.Repeat("<rect width='4000' height='4000' stroke='red'/>", 40) + `</svg>`, CodeSourceTooLarge},
		"much to draw, by gradients":    {`<svg width="4000" height="4000"><linearGradient id="a"><stop/><stop offset="1"/></linearGradient>` + strings.Repeat("<rect width='4000' height='4000' fill='url(#a)'/>", 40) + `</svg>`, CodeSourceTooLarge},
		"thousands of stops":            {`<svg width="9" height="9"><linearGradient id="a">` + strings.Repeat("<stop/>", 2000) + `</linearGradient><rect width="9" height="9" fill="url(#a)"/></svg>`, CodeSourceTooLarge},
		"a long path in many uses":      {inUses(`<path id="a" d="M0 0` + strings.Repeat("L0 0", 25_000) + `"/>`), CodeSourceTooLarge},
		"a long transform in many uses": {inUses(`<path id="a" d="M0 0L1 1" transform="` + strings.Repeat("scale(1)", 12_000) + `"/>`), CodeSourceTooLarge},
		"a long style in many uses":     {inUses(`<path id="a" style="` + strings.Repeat("a:b;", 25_000) + `"/>`), CodeSourceTooLarge},
		"many classes in many uses":     {inUses(`<style>.a{` + "b:c" + `}</style><path id="a" class="` + strings.Repeat("a ", 50_000) + `"/>`), CodeSourceTooLarge},
		"a gradient's transform":        {`<svg width="9" height="9"><linearGradient id="a" gradientTransform="` + strings.Repeat("scale(1)", 12_000) + `"><stop/><stop/></linearGradient>` + strings.Repeat(`<rect width="1" height="1" fill="url(#a)"/>`, 200) + `</svg>`, CodeSourceTooLarge},
		"a gradient's stops":            {`<svg width="9" height="9"><linearGradient id="a"><stop style="` + strings.Repeat("a:b;", 25_000) + `"/><stop/></linearGradient>` + strings.Repeat(`<rect width="1" height="1" fill="url(#a)"/>`, 200) + `</svg>`, CodeSourceTooLarge},
		"long dashes of a parent":       {`<svg width="9" height="9"><g stroke-dasharray="` + strings.Repeat("1 1 ", 50_000) + `">` + strings.Repeat(`<path d="M0 0L1 1"/>`, 200) + `</g></svg>`, CodeSourceTooLarge},
		"a long colour of a parent":     {`<svg width="9" height="9"><g fill="` + strings.Repeat("red ", 25_000) + `">` + strings.Repeat(`<path d="M0 0L1 1"/>`, 200) + `</g></svg>`, CodeSourceTooLarge},
		"a rule of many selectors":      {`<svg width="9" height="9"><style>` + strings.Repeat(".a,", 200) + `.b{` + strings.Repeat("a:b;", 25_000) + `}</style></svg>`, CodeSourceTooLarge},
		"millions of dashes":            {`<svg width="9" height="9">` + fmt.Sprintf(line, `stroke-dasharray="0.001 0.001"`) + `</svg>`, ""},
		"dashes of nothing":             {`<svg width="9" height="9">` + fmt.Sprintf(line, `stroke-dasharray="0 0"`) + `</svg>`, ""},
		"lines that do not end":         {`<svg width="9" height="9"><path d="M0 0` + strings.Repeat(" L1000000 1 L0 0", 2000) + `"/></svg>`, CodeSourceTooLarge},
		"an end too many":               {`<svg width="9" height="9"><defs><g id="a"></g></defs><use href="#a"/></g></svg>`, CodeSourceCorrupt},
		"an empty colour":               {`<svg width="9" height="9"><rect fill="" width="9" height="9"/><rect fill="hsl(1,,)" width="1" height="1"/></svg>`, ""},
		"another charset":               {`<?xml version="1.0" encoding="UTF-16"?><svg width="9" height="9"/>`, CodeSourceUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := renderSVG(t, tt.source)
			var e *Error
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (!errors.As(err, &e) || e.Code != tt.want):
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

// ending is a context that ends when it has been asked so often.
type ending struct {
	context.Context
	asked, after int
}

func (e *ending) Err() error {
	if e.asked++; e.asked > e.after {
		return context.DeadlineExceeded
	}
	return nil
}

// A drawing was drawn to its end, whatever the deadline: the process ended for it.
func TestDrawingStopsAtItsDeadline(t *testing.T) {
	for name, tt := range map[string]struct {
		drawing string
		after   int
	}{
		"what is read": {strings.Repeat("<rect width='4000' height='4000'/>", 60), 2},
		"fills":        {strings.Repeat("<rect width='4000' height='4000'/>", 60), 70},
		"a gradient":   {`<linearGradient id="a"><stop/><stop offset="1"/></linearGradient><rect width='4000' height='4000' fill='url(#a)'/>`, 20},
	} {
		source := []byte(`<svg width="4000" height="4000">` + tt.drawing + `</svg>`)
		ctx := &ending{Context: t.Context(), after: tt.after}
		var e *Error
		if _, err := DefaultLimits().rasterise(ctx, source, 1); !errors.As(err, &e) || e.Code != CodeDeadline || e.Abandoned {
			t.Errorf("%s: %v", name, err)
		}
		if ctx.asked > tt.after+100 {
			t.Errorf("%s: it is drawn on: asked %d times", name, ctx.asked)
		}
	}
}

func TestSVGIsReadOnlyWhereItIsSwitchedOn(t *testing.T) {
	_, err := Renderer{Limits: DefaultLimits()}.Render(t.Context(), []byte(`<svg width="9" height="9"/>`), Job{})
	var e *Error
	if !errors.As(err, &e) || e.Code != CodeSourceUnsupported {
		t.Error(err)
	}
	if h, err := svgRenderer.ReadHeader([]byte(`<svg width="9" height="8"/>`)); err != nil || h.Kind != KindSVG || h.Width != 9 || h.Height != 8 {
		t.Errorf("%+v %v", h, err)
	}
	if isSVG([]byte(`<html><svg/></html>`)) || isSVG([]byte("GIF89a<svg/>")) || isSVG(nil) {
		t.Error("what is no drawing is taken for one")
	}
}

// A drawing is drawn or refused; it neither panics nor takes for ever.
func FuzzSVG(f *testing.F) {
	f.Add([]byte(`<svg width="20" height="10" viewBox="0 0 20 10"><defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient><g id="a"><path d="M0 0 C1 1 2 2 3 3 a1 2 0 0 1 5 5 Z"/></g></defs><use href="#a" x="1"/><rect fill="url(#g)" width="5" height="5" rx="1" stroke="blue" stroke-dasharray="1 2" transform="rotate(30) scale(2,2)"/></svg>`))
	f.Add([]byte(`<?xml version="1.0"?><!DOCTYPE svg><svg><style>.a{fill:red}</style><circle class="a" r="5"/><polygon points="1,2 3,4 5,6"/></svg>`))
	limits := Limits{OutputSide: 64, OutputPixels: 4096, SourcePixels: 4096}
	f.Fuzz(func(t *testing.T, source []byte) {
		if len(source) > 4096 || !isSVG(source) {
			t.Skip("no small drawing")
		}
		body, err := limits.rasterise(t.Context(), source, 1)
		var e *Error
		if err != nil && !errors.As(err, &e) || err == nil && len(body) == 0 {
			t.Fatalf("%d bytes, %v", len(body), err)
		}
	})
}
