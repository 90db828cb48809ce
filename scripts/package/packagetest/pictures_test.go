package packagetest

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// The colours of the test picture's quarters, as pkg/render/testdata/make.sh has them.
var quarters = [2][2]color.NRGBA{{{200, 40, 30, 255}, {30, 160, 60, 255}}, {{40, 60, 190, 255}, {240, 240, 240, 255}}}

// source is an original of the test picture.
type source struct {
	name string // with the extension of its format
	body []byte
	// tolerance is how far a quarter may be from its colour, a channel.
	tolerance int
}

// sources has each format that is read, and what needs a colour profile.
func sources(t *testing.T) []source {
	t.Helper()
	m := image.NewPaletted(image.Rect(0, 0, 128, 96), color.Palette{quarters[0][0], quarters[0][1], quarters[1][0], quarters[1][1]})
	for y := range 96 {
		for x := range 128 {
			m.Set(x, y, quarters[y/48][x/64])
		}
	}
	encode := func(write func(*bytes.Buffer) error) []byte {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	list := []source{
		{"go.jpg", encode(func(b *bytes.Buffer) error { return jpeg.Encode(b, m, &jpeg.Options{Quality: 95}) }), 12},
		{"go.png", encode(func(b *bytes.Buffer) error { return png.Encode(b, m) }), 12},
		{"go.gif", encode(func(b *bytes.Buffer) error { return gif.Encode(b, m, nil) }), 12},
	}
	for _, name := range []string{"quad.webp", "quad.heic", "quad.avif", "quad.tif", "quad-progressive.jpg", "quad-p3.jpg", "quad-p3.heic"} {
		list = append(list, source{name, testdata(t, name), 12})
	}
	// CMYK without a profile is what libvips' own profile takes it for; its blue is duller.
	list = append(list, source{"quad-cmyk.jpg", testdata(t, "quad-cmyk.jpg"), 55})
	// HEIF says mif1 where HEIC says what is inside.
	heif := bytes.Clone(testdata(t, "quad.heic"))
	copy(heif[8:12], "mif1")
	return append(list, source{"quad.heif", heif, 12})
}

func testdata(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("../../../pkg/render/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}
