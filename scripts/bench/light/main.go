// Command light draws the README's picture of what averaging light and averaging values
// look like: a page of text and a fine checkerboard beside a flat grey of the same light,
// each reduced both ways. Run it at the root of the repository: make bench-light.
package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/bench/testpicture"
)

const (
	path          = "scripts/bench/light/light.png"
	width, height = 380, 220 // of a panel
	gap           = 20
	caption       = 18
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "light:", err)
		os.Exit(1)
	}
}

func run() error {
	sheet := image.NewRGBA(image.Rect(0, 0, 2*width+3*gap, 2*(height+caption+gap)+gap))
	draw.Draw(sheet, sheet.Bounds(), image.White, image.Point{}, draw.Src)
	for row, source := range []image.Image{testpicture.Page(8*width, 8*height), checkers(2*width, 2*height)} {
		for column, space := range []thumburl.Space{thumburl.Linear, thumburl.Gamma} {
			panel, err := reduced(source, space)
			if err != nil {
				return err
			}
			at := image.Pt(gap+column*(width+gap), gap+row*(height+caption+gap))
			draw.Draw(sheet, panel.Bounds().Add(at), panel, image.Point{}, draw.Src)
			pen := font.Drawer{Dst: sheet, Src: image.Black, Face: basicfont.Face7x13, Dot: fixed.P(at.X, at.Y+height+caption-4)}
			pen.DrawString([]string{"light is averaged", "values are averaged"}[column])
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, sheet); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// checkers has one-pixel checkers at the left, and the grey of the same light beside it.
func checkers(width, height int) image.Image {
	const sameLight = 188 // the sRGB value of half of white's light
	m := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			v := uint8(sameLight)
			if x < width/2 {
				v = uint8(255 * ((x + y) % 2))
			}
			m.SetGray(x, y, color.Gray{Y: v})
		}
	}
	return m
}

func reduced(source image.Image, space thumburl.Space) (image.Image, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, source); err != nil {
		return nil, err
	}
	p, err := render.Renderer{Limits: render.DefaultLimits()}.Render(context.Background(), b.Bytes(),
		render.Job{Format: thumburl.PNG, Edits: thumburl.Edits{thumburl.Resize{Width: width, Height: height, Space: space}}})
	if err != nil {
		return nil, err
	}
	return png.Decode(bytes.NewReader(p.Body))
}
