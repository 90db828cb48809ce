package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// book is the examples with what they are made of.
type book struct {
	dir      string
	renderer render.Renderer
	sources  map[string][]byte
	rendered map[int]render.Picture
}

func newBook(dir string) (*book, error) {
	b := &book{dir: dir, renderer: render.Renderer{Limits: render.DefaultLimits(), SVG: true}, sources: map[string][]byte{}, rendered: map[int]render.Picture{}}
	for _, name := range []string{"scene.svg", "logo.svg"} {
		body, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		b.sources[name] = body
	}
	// The others are the scene, edited; it is drawn once, which takes longest.
	for _, s := range []struct{ name, of, edits string }{
		{"logo.png", "logo.svg", `{}`},
		{"drawing", "scene.svg", `{}`},
		{"scene", "drawing", `{"resize":{"width":192}}`},
		{"small", "drawing", `{"resize":{"width":72}}`},
		{"framed", "drawing", `{"resize":{"width":144},"extend":{"background":"#ffffff","bottom":18,"left":24,"right":24,"top":18}}`},
		{"masked", "drawing", `{"resize":{"width":192},"roundCrop":{"rx":80,"ry":60}}`},
		{"dull", "drawing", `{"resize":{"width":192},"linear":{"a":0.35,"b":90}}`},
		{"turned", "drawing", `{"resize":{"width":192},"flop":true}`},
	} {
		picture, err := b.edit(context.Background(), b.sources[s.of], s.edits, thumburl.PNG)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		b.sources[s.name] = picture.Body
	}
	lying, err := b.edit(context.Background(), b.sources["drawing"], `{"resize":{"width":192},"rotate":270,"jpeg":{"chromaSubsampling":"4:4:4","quality":98}}`, thumburl.JPEG)
	if err != nil {
		return nil, fmt.Errorf("lying: %w", err)
	}
	b.sources["lying"] = slices.Insert(lying.Body, len("\xff\xd8"), turnRight...)
	b.sources["moving"], err = moving(b.sources["scene"])
	return b, err
}

// turnRight is a JPEG's segment of EXIF that has one field, an orientation of 6: viewers
// turn the picture by 90 degrees, clockwise.
var turnRight = []byte("\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08" +
	"\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00")

// moving is the scene with its logo flying over it, as a GIF of four frames.
func moving(scene []byte) ([]byte, error) {
	still, err := png.Decode(bytes.NewReader(scene))
	if err != nil {
		return nil, err
	}
	var palette color.Palette // of 6x6x6 colours
	for i := range 216 {
		palette = append(palette, color.RGBA{uint8(i / 36 * 51), uint8(i / 6 % 6 * 51), uint8(i % 6 * 51), 255})
	}
	animation := gif.GIF{}
	for i := range 4 {
		frame := image.NewPaletted(still.Bounds(), palette)
		draw.FloydSteinberg.Draw(frame, frame.Rect, still, image.Point{})
		at := image.Pt(24+40*i, 40-8*i)
		draw.Draw(frame, image.Rectangle{at, at.Add(image.Pt(18, 18))}, image.NewUniform(color.RGBA{255, 204, 0, 255}), image.Point{}, draw.Src)
		animation.Image, animation.Delay = append(animation.Image, frame), append(animation.Delay, 30)
	}
	var out bytes.Buffer
	err = gif.EncodeAll(&out, &animation)
	return out.Bytes(), err
}

// edit renders a source by edits in JSON.
func (b *book) edit(ctx context.Context, source []byte, edits string, format thumburl.Format) (render.Picture, error) {
	r, err := thumburl.ParseJSON([]byte(`{"key":"scene","edits":` + edits + `}`))
	if err != nil {
		return render.Picture{}, err
	}
	return b.renderer.Render(ctx, source, render.Job{Edits: r.Edits, Format: format, Original: func(_ context.Context, _, key string) ([]byte, error) {
		body, ok := b.sources[key]
		if !ok {
			return nil, fmt.Errorf("there is no %s", key)
		}
		return body, nil
	}})
}

// render gives the picture of an example, which is rendered once.
func (b *book) render(ctx context.Context, i int) (render.Picture, error) {
	if picture, ok := b.rendered[i]; ok {
		return picture, nil
	}
	e := examples[i]
	format, err := thumburl.ParseFormat(e.format)
	if err != nil {
		return render.Picture{}, err
	}
	picture, err := b.edit(ctx, b.sources[e.source], e.edits, format)
	if err != nil {
		return render.Picture{}, fmt.Errorf("%s %s: %w", e.edit, e.edits, err)
	}
	b.rendered[i] = picture
	return picture, nil
}

// name of the picture of an example: its edit, and a number where there are several.
func (b *book) name(i int) string {
	n := 1
	for _, e := range examples[:i] {
		if e.edit == examples[i].edit {
			n++
		}
	}
	if n > 1 {
		return fmt.Sprintf("%s-%d.%s", examples[i].edit, n, examples[i].format)
	}
	return examples[i].edit + "." + examples[i].format
}

func (b *book) path(i int) string { return filepath.Join(b.dir, "pictures", b.name(i)) }

// shown are the sources that the page shows; the others are seen in the examples.
var shown = []string{"scene", "framed", "masked", "dull", "moving"}

// source is a source as the page shows it.
func (b *book) source(ctx context.Context, name string) (render.Picture, error) {
	return b.edit(ctx, b.sources[name], `{}`, thumburl.WebP)
}

func (b *book) sourcePath(name string) string {
	return filepath.Join(b.dir, "pictures", "of-"+name+".webp")
}

// page shows the examples.
func (b *book) page() string {
	var s strings.Builder
	s.WriteString("# Every edit, by example\n\n" +
		"Made by `make examples` from [a drawing](scene.svg), `scene`, 192 pixels wide, and from the same\n" +
		"with a white frame, cut to an ellipse, without contrast, and in four frames. `small` is the scene\n" +
		"72 pixels wide; `turned`, left to right; `lying`, stored on its side, with an EXIF orientation that\n" +
		"turns it upright. What each field means: the [table](../../README.md#the-request).\n\n")
	s.WriteString("| " + strings.Join(shown, " | ") + " |\n" + strings.Repeat("|---", len(shown)) + "|\n|")
	for _, name := range shown {
		fmt.Fprintf(&s, " ![%s](pictures/of-%s.webp) |", name, name)
	}
	s.WriteString("\n\n| edit | of | `edits` | |\n|---|---|---|---|\n")
	for i, e := range examples {
		picture := fmt.Sprintf("![%s](pictures/%s)", e.edit, b.name(i))
		if e.format == "tiff" { // browsers don't show it
			picture = fmt.Sprintf("[%s](pictures/%s)", e.format, b.name(i))
		}
		fmt.Fprintf(&s, "| `%s` | %s | `%s` | %s |\n", e.edit, e.source, e.edits, picture)
	}
	return s.String()
}

const (
	sheetColumns = 8
	cell         = 96 // pixels
)

// sheet shows all of them on one picture.
func (b *book) sheet(ctx context.Context) ([]byte, error) {
	rows := (len(examples) + sheetColumns - 1) / sheetColumns
	all := image.NewNRGBA(image.Rect(0, 0, sheetColumns*cell, rows*cell))
	draw.Draw(all, all.Rect, image.NewUniform(color.NRGBA{45, 55, 72, 255}), image.Point{}, draw.Src)
	for i := range examples {
		picture, err := b.render(ctx, i)
		if err != nil {
			return nil, err
		}
		small, err := b.edit(ctx, picture.Body, fmt.Sprintf(`{"resize":{"fit":"inside","height":%d,"width":%d}}`, cell-8, cell-8), thumburl.PNG)
		if err != nil {
			return nil, err
		}
		m, err := png.Decode(bytes.NewReader(small.Body))
		if err != nil {
			return nil, err
		}
		at := image.Pt(i%sheetColumns*cell+(cell-small.Width)/2, i/sheetColumns*cell+(cell-small.Height)/2)
		draw.Draw(all, image.Rectangle{at, at.Add(m.Bounds().Size())}, m, m.Bounds().Min, draw.Over)
	}
	var body bytes.Buffer
	if err := png.Encode(&body, all); err != nil {
		return nil, err
	}
	sheet, err := b.edit(ctx, body.Bytes(), `{"webp":{"quality":80}}`, thumburl.WebP)
	return sheet.Body, err
}
