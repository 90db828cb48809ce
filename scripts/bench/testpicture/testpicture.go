// Package testpicture draws pictures that show what a reduction does.
package testpicture

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// ZonePlate has every frequency: none in the middle, the highest that pixels can
// have at the edges. Of a good shrink only the middle is left; rings elsewhere
// are aliases.
func ZonePlate(width, height int) *image.Gray {
	picture := image.NewGray(image.Rect(0, 0, width, height))
	radius := float64(width) / 2
	for y := range height {
		for x := range width {
			dx, dy := float64(x)-radius, float64(y)-float64(height)/2
			v := 127.5 + 127.5*math.Cos(math.Pi*(dx*dx+dy*dy)/(2*radius))
			picture.Pix[y*picture.Stride+x] = uint8(math.Round(v))
		}
	}
	return picture
}

const sentence = "Averaging light is right for what a lens saw; thin dark strokes on white get lighter by it. "

// Page is black on white, as a scanned page: lines of text from 40 to 160 pixels.
func Page(width, height int) *image.Gray {
	picture := image.NewGray(image.Rect(0, 0, width, height))
	draw.Draw(picture, picture.Bounds(), image.White, image.Point{}, draw.Src)
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		panic(err) // the font is part of the program
	}
	for y, size := 120, 40.0; y < height; size = math.Mod(size, 160) + 20 {
		face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			panic(err)
		}
		pen := font.Drawer{Dst: picture, Src: image.NewUniform(color.Black), Face: face, Dot: fixed.P(width/20, y)}
		for pen.Dot.X.Ceil() < width*18/20 {
			pen.DrawString(sentence)
		}
		y += int(size * 1.5)
	}
	return picture
}
