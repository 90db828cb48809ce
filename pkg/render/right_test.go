package render

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// checkers is a checkerboard of single pixels, black and white.
func checkers(x, y int) uint32 { return uint32((x+y)%2) * 0xff }

// A checkerboard of single pixels sends half the light of white. That is 188 in
// sRGB; 128 has a fifth of it.
func TestCheckerboardIs188(t *testing.T) {
	const side = 288
	grey := newRaster(side, side, 1, 8, func(x, y int) []uint32 { return []uint32{checkers(x, y)} })
	colour := newRaster(side, side, 3, 8, func(x, y int) []uint32 { v := checkers(x, y); return []uint32{v, v, v} })
	greyAlpha := newRaster(side, side, 2, 8, func(x, y int) []uint32 { return []uint32{checkers(x, y), 128} })
	alpha := newRaster(side, side, 4, 8, func(x, y int) []uint32 { v := checkers(x, y); return []uint32{v, v, v, 128} })
	deep := newRaster(side, side, 3, 16, func(x, y int) []uint32 { v := checkers(x, y) * 257; return []uint32{v, v, v} })
	bit := newRaster(side, side, 1, 1, func(x, y int) []uint32 { return []uint32{checkers(x, y) & 1} })
	greyImage := &image.Gray{Pix: grey.data, Stride: side, Rect: image.Rect(0, 0, side, side)}
	paletteImage := image.NewPaletted(greyImage.Rect, color.Palette{color.Black, color.White})
	rgbImage := image.NewNRGBA(greyImage.Rect)
	for y := range side {
		for x := range side {
			v := uint8(checkers(x, y))
			paletteImage.SetColorIndex(x, y, v&1)
			rgbImage.SetNRGBA(x, y, color.NRGBA{v, v, v, 255})
		}
	}
	var board bytes.Buffer
	if err := gif.Encode(&board, paletteImage, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		source []byte
		alpha  uint8
		most   float64 // of a reduction, where the decoder's own shrinking averages sRGB values beyond it
	}{
		{"grey.png", pngOf(t, grey, 0, nil), 255, 100},
		{"rgb.png", pngOf(t, colour, 2, nil), 255, 100},
		{"grey+alpha.png", pngOf(t, greyAlpha, 4, nil), 128, 100},
		{"rgba.png", pngOf(t, alpha, 6, nil), 128, 100},
		{"rgb16.png", pngOf(t, deep, 2, nil), 255, 100},
		{"1-bit.png", pngOf(t, bit, 0, nil), 255, 100},
		{"palette.png", encodePNG(t, paletteImage), 255, 100},
		{"grey.tif", tiffOf(grey, blackIsZero), 255, 100},
		{"rgb.tif", tiffOf(colour, rgb), 255, 100},
		{"rgba.tif", tiffOf(alpha, rgb, tag{id: 338, values: []uint32{2}}), 128, 100},
		{"1-bit.tif", tiffOf(bit, whiteIsZero), 255, 100},
		{"palette.gif", board.Bytes(), 255, 100},
		{"grey.jpg", encodeJPEG(t, greyImage), 255, 7},
		{"rgb.jpg", encodeJPEG(t, rgbImage), 255, 7},
		{"rgb.webp", testdata(t, "checkers.webp"), 255, 4},
		{"rgba.webp", testdata(t, "checkers-alpha.webp"), 128, 4},
	} {
		for _, target := range []int{150, 96, 75, 67, 40, 23, 9} {
			if side/float64(target) > c.most {
				continue
			}
			for _, kernel := range []thumburl.Kernel{thumburl.Lanczos3, thumburl.Mitchell} {
				_, m := render(t, c.source, Job{Format: thumburl.PNG, Edits: thumburl.Edits{thumburl.Resize{Width: target, Height: target, Kernel: kernel}}})
				// Kernels of finite length leave a ripple of the pattern near 2:1, so the
				// light of the middle is averaged.
				var light, seen float64
				n := 0
				for y := target / 4; y < target-target/4; y++ {
					for x := target / 4; x < target-target/4; x++ {
						p := m.NRGBAAt(x, y)
						light += decodeSRGB(float64(p.R) / 255)
						seen += float64(p.A)
						n++
						if p.R != p.G || p.G != p.B {
							t.Fatalf("%s to %d: %v is not grey", c.name, target, p)
						}
					}
				}
				got := 255 * encodeSRGB(light/float64(n))
				if math.Abs(got-188) > 1 || math.Abs(seen/float64(n)-float64(c.alpha)) > 1 {
					t.Errorf("%s to %d, %v: %.1f with alpha %.1f, want 188 with %d", c.name, target, kernel, got, seen/float64(n), c.alpha)
				}
			}
		}
	}
}

// Opaque red beside a green that nobody can see: where red fades out it stays red,
// and its alpha is the mean, in whatever form the source has them.
func TestAlphaIsPremultipliedInLight(t *testing.T) {
	at := func(top uint32) func(x, y int) []uint32 {
		return func(x, _ int) []uint32 {
			if x%7 < 3 {
				return []uint32{top, 0, 0, top}
			}
			return []uint32{0, top, 0, 0}
		}
	}
	const w, h = 210, 60
	for name, source := range map[string][]byte{
		"rgba.png":   pngOf(t, newRaster(w, h, 4, 8, at(255)), 6, nil),
		"rgba16.png": pngOf(t, newRaster(w, h, 4, 16, at(65535)), 6, nil),
		"rgba.tif":   tiffOf(newRaster(w, h, 4, 8, at(255)), rgb, tag{id: 338, values: []uint32{2}}),
	} {
		for _, target := range []int{209, 90, 49, 30, 11} {
			for _, kernel := range []thumburl.Kernel{thumburl.Lanczos3, thumburl.Lanczos2, thumburl.Mitchell, thumburl.Cubic} {
				_, m := render(t, source, Job{Format: thumburl.PNG, Edits: thumburl.Edits{
					thumburl.Resize{Width: target, Height: 20, Fit: thumburl.Fill, Kernel: kernel}}})
				sum := 0
				for x := range target {
					c := m.NRGBAAt(x, 10)
					sum += int(c.A)
					if c.A > 0 && (c.G > 1 || c.R < 254 || c.B > 1) {
						t.Errorf("%s to %d, %v: %v at %d", name, target, kernel, c, x)
						break
					}
				}
				if mean := float64(sum) / float64(target) / 255 * 7; target < 60 && math.Abs(mean-3) > 0.15 {
					t.Errorf("%s to %d, %v: %.2f of 7 columns show, want 3", name, target, kernel, mean)
				}
			}
		}
	}
}

// inQuarters gives each quarter of a picture of 128x96 one of four colours.
func inQuarters(samples, bits int, colours [4][]uint32) raster {
	return newRaster(128, 96, samples, bits, func(x, y int) []uint32 { return colours[x/64+y/48*2] })
}

// Every colour space that pictures come in is right in sRGB, by computation, on
// the way of a resize and of a picture that keeps its size.
func TestColourSpaces(t *testing.T) {
	type colours = [4][3]float64
	muted := colours{{0.55, 0.4, 0.38}, {0.4, 0.5, 0.42}, {0.42, 0.44, 0.6}, {0.9, 0.9, 0.85}} // within every gamut
	vivid := colours{{0.78, 0.16, 0.12}, {0.12, 0.63, 0.24}, {0.16, 0.24, 0.75}, {1, 1, 1}}
	greys := colours{{0.2, 0.2, 0.2}, {0.5, 0.5, 0.5}, {0.75, 0.75, 0.75}, {1, 1, 1}}
	scaled := func(c colours, samples int, top float64, alpha uint32) (out [4][]uint32) {
		for i := range c {
			for j := range min(3, samples) {
				if samples == 2 && j == 1 {
					break
				}
				out[i] = append(out[i], uint32(math.Round(c[i][j]*top)))
			}
			if samples%2 == 0 {
				out[i] = append(out[i], alpha)
			}
		}
		return out
	}
	floats := func(c colours, samples int) (out [4][]uint32) {
		for i := range c {
			for j := range samples {
				out[i] = append(out[i], math.Float32bits(float32(c[i][j])))
			}
		}
		return out
	}
	with := func(r raster, profile []byte) raster { r.profile = profile; return r }
	in := func(s space, c colours) (out colours) {
		for i := range c {
			out[i] = s.inSRGB(c[i])
		}
		return out
	}
	lab := colours{{50, 40, 30}, {60, -30, 20}, {45, 5, -40}, {95, 0, 0}}
	lab8 := [4][]uint32{}
	labWant := colours{}
	for i, c := range lab {
		lab8[i] = []uint32{uint32(math.Round(c[0] * 2.55)), uint32(uint8(int8(c[1]))), uint32(uint8(int8(c[2])))}
		labWant[i] = labInSRGB(c[0], c[1], c[2])
	}
	linear := func(c colours) (out colours) {
		for i := range c {
			for j := range c[i] {
				out[i][j] = 255 * encodeSRGB(c[i][j])
			}
		}
		return out
	}
	palette := []byte{}
	for _, c := range scaled(vivid, 3, 255, 0) {
		palette = append(palette, byte(c[0]), byte(c[1]), byte(c[2]))
	}
	var map16 []uint32 // by channel
	for j := range 3 {
		for i := range 256 {
			map16 = append(map16, uint32(math.Round(vivid[i%4][j]*65535)))
		}
	}
	indexes := [4][]uint32{{0}, {1}, {2}, {3}}
	photo := func(c colours, profile []byte) []byte { // a JPEG of these numbers
		m := image.NewNRGBA(image.Rect(0, 0, 128, 96))
		for y := range 96 {
			for x := range 128 {
				v := c[x/64+y/48*2]
				m.SetNRGBA(x, y, color.NRGBA{uint8(math.Round(v[0] * 255)), uint8(math.Round(v[1] * 255)), uint8(math.Round(v[2] * 255)), 255})
			}
		}
		return withProfile(encodeJPEG(t, m), profile)
	}
	adobe, pro, p3 := adobeRGB.profile(false), proPhoto.profile(false), displayP3.profile(false)
	gamma22 := space{decode: power(2.2)}.profile(true)
	bits := colours{{0, 0, 0}, {255, 255, 255}, {255, 255, 255}, {0, 0, 0}}
	black := [4][]uint32{{0}, {1}, {1}, {0}}
	gamma22Want := colours{}
	for i := range greys {
		for j := range 3 {
			gamma22Want[i][j] = 255 * encodeSRGB(math.Pow(greys[i][j], 2.2))
		}
	}
	extra := tag{id: 338, values: []uint32{2}}
	ieee := tag{id: 339, values: []uint32{3, 3, 3}}
	same := space{toXYZ: srgbSpace.toXYZ, decode: decodeSRGB}
	for _, c := range []struct {
		name      string
		source    []byte
		want      colours
		alpha     uint8
		tolerance float64
	}{
		{"rgb16.png", pngOf(t, inQuarters(3, 16, scaled(vivid, 3, 65535, 0)), 2, nil), in(same, vivid), 255, 1},
		{"rgba16.png", pngOf(t, inQuarters(4, 16, scaled(vivid, 4, 65535, 0x8000)), 6, nil), in(same, vivid), 128, 1},
		{"rgb16.tif", tiffOf(inQuarters(3, 16, scaled(vivid, 3, 65535, 0)), rgb), in(same, vivid), 255, 1},
		{"rgba16.tif", tiffOf(inQuarters(4, 16, scaled(vivid, 4, 65535, 0x8000)), rgb, extra), in(same, vivid), 128, 1},
		{"grey.png", pngOf(t, inQuarters(1, 8, scaled(greys, 1, 255, 0)), 0, nil), in(same, greys), 255, 1},
		{"grey16.png", pngOf(t, inQuarters(1, 16, scaled(greys, 1, 65535, 0)), 0, nil), in(same, greys), 255, 1},
		{"grey16.tif", tiffOf(inQuarters(1, 16, scaled(greys, 1, 65535, 0)), blackIsZero), in(same, greys), 255, 1},
		{"grey+alpha.png", pngOf(t, inQuarters(2, 8, scaled(greys, 2, 255, 77)), 4, nil), in(same, greys), 77, 1},
		{"grey+alpha16.png", pngOf(t, inQuarters(2, 16, scaled(greys, 2, 65535, 77*257)), 4, nil), in(same, greys), 77, 1},
		{"grey+alpha.tif", tiffOf(inQuarters(2, 8, scaled(greys, 2, 255, 77)), blackIsZero, extra), in(same, greys), 77, 1},
		{"grey with a profile.png", pngOf(t, with(inQuarters(1, 8, scaled(greys, 1, 255, 0)), gamma22), 0, nil), gamma22Want, 255, 2},
		{"grey+alpha16 with a profile.png", pngOf(t, with(inQuarters(2, 16, scaled(greys, 2, 65535, 77*257)), gamma22), 4, nil), gamma22Want, 77, 2},
		{"palette.png", pngOf(t, inQuarters(1, 8, indexes), 3, palette), in(same, vivid), 255, 1},
		{"palette of 2 bits.png", pngOf(t, inQuarters(1, 2, indexes), 3, palette), in(same, vivid), 255, 1},
		{"palette.tif", tiffOf(inQuarters(1, 8, indexes), paletted, tag{id: 320, values: map16}), in(same, vivid), 255, 1},
		{"1-bit.png", pngOf(t, inQuarters(1, 1, black), 0, nil), bits, 255, 0},
		{"1-bit.tif", tiffOf(inQuarters(1, 1, black), blackIsZero), bits, 255, 0},
		{"1-bit, white is 0.tif", tiffOf(inQuarters(1, 1, [4][]uint32{{1}, {0}, {0}, {1}}), whiteIsZero), bits, 255, 0},
		{"AdobeRGB.png", pngOf(t, with(inQuarters(3, 8, scaled(muted, 3, 255, 0)), adobe), 2, nil), in(adobeRGB, muted), 255, 2},
		{"AdobeRGB.jpg", photo(muted, adobe), in(adobeRGB, muted), 255, 3},
		{"ProPhoto16.tif", tiffOf(with(inQuarters(3, 16, scaled(muted, 3, 65535, 0)), pro), rgb), in(proPhoto, muted), 255, 2},
		{"ProPhoto.jpg", photo(muted, pro), in(proPhoto, muted), 255, 4},
		{"Display P3.jpg", photo(muted, p3), in(displayP3, muted), 255, 3},
		{"Display P3, alpha.png", pngOf(t, with(inQuarters(4, 8, scaled(muted, 4, 255, 77)), p3), 6, nil), in(displayP3, muted), 77, 2},
		{"Display P3, alpha of 16 bits.png", pngOf(t, with(inQuarters(4, 16, scaled(muted, 4, 65535, 77*257)), p3), 6, nil), in(displayP3, muted), 77, 2},
		{"Lab.tif", tiffOf(inQuarters(3, 8, lab8), cieLab), labWant, 255, 4},
		{"float.tif", tiffOf(inQuarters(3, 32, floats(muted, 3)), rgb, ieee), linear(muted), 255, 1},
		{"CMYK, inverted as Adobe does.jpg", testdata(t, "muted-cmyk.jpg"), in(same, muted), 255, 8},
		// By lcms's own jpgicc: Ghostscript's profile does not lead back to where the inks came from.
		{"CMYK with a profile.jpg", testdata(t, "muted-cmyk-icc.jpg"), colours{{137, 111, 98}, {108, 127, 108}, {112, 114, 153}, {229, 229, 217}}, 255, 3},
		{"CMYK.tif", testdata(t, "muted-cmyk.tif"), in(same, muted), 255, 8},
	} {
		for _, edits := range []thumburl.Edits{nil, {thumburl.Resize{Width: 40, Height: 30}}, {thumburl.Resize{Width: 200, Height: 150}},
			{thumburl.Resize{Width: 40, Height: 30, Kernel: thumburl.Nearest}}} {
			_, m := render(t, c.source, Job{Format: thumburl.PNG, Edits: edits})
			w, h := m.Bounds().Dx(), m.Bounds().Dy()
			for i, want := range c.want {
				got := m.NRGBAAt(w/4+i%2*w/2, h/4+i/2*h/2)
				off := 0.0
				for j, v := range []uint8{got.R, got.G, got.B} {
					off = max(off, math.Abs(float64(v)-want[j]))
				}
				if off > c.tolerance+0.5 || math.Abs(float64(got.A)-float64(c.alpha)) > 1 {
					t.Errorf("%s, %v: quarter %d is %v, want %.0f and alpha %d", c.name, edits, i, got, want, c.alpha)
				}
			}
		}
	}
}

// The HEICs of phones against libheif's own converter, which is another way to
// sRGB for those without a profile, and to the same numbers for those with one.
func TestHEICAgainstItsOwnConverter(t *testing.T) {
	converter, err := exec.LookPath(filepath.Join(os.Getenv("NATIVE_PREFIX"), "bin", "heif-convert"))
	if err != nil {
		if converter, err = exec.LookPath("heif-convert"); err != nil {
			t.Skip("no heif-convert")
		}
	}
	sources, _ := filepath.Glob("../../../shared/images/test*.heic")
	for _, name := range append(sources, "testdata/quad.heic", "testdata/ten-bit.heic") {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		converted := filepath.Join(t.TempDir(), "converted.png")
		out, err := exec.Command(converter, name, converted).CombinedOutput()
		if err != nil && strings.Contains(string(out), "unsupported") {
			t.Logf("%s: %s does not know its brand", name, converter)
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v: %s", converter, err, out)
		}
		b, err := os.ReadFile(converted)
		if err != nil {
			t.Fatal(err)
		}
		job := Job{Format: thumburl.PNG, Edits: thumburl.Edits{thumburl.Resize{Width: 120, Height: 80}}}
		_, got := render(t, source, job)
		_, want := render(t, b, job)
		if mean, worst := difference(got, want); mean > 1 || worst > 8 {
			t.Errorf("%s: off by %.2f in the mean, %d at worst", name, mean, worst)
		}
	}
}

// difference of the channels of two pictures; those of other sizes differ in all.
func difference(a, b *image.NRGBA) (mean float64, worst int) {
	if a.Rect != b.Rect {
		return 255, 255
	}
	sum := 0
	for i := range a.Pix {
		d := int(a.Pix[i]) - int(b.Pix[i])
		d = max(d, -d)
		sum += d
		worst = max(worst, d)
	}
	return float64(sum) / float64(len(a.Pix)), worst
}

// A grid of lines of one pixel keeps its light, and its lines can be told from
// the ground.
func TestThinLinesSurvive(t *testing.T) {
	const side, target, step = 860, 200, 23 // 4.3 to 1
	r := newRaster(side, side, 1, 8, func(x, y int) []uint32 {
		if x%step == step/2 || y%step == step/2 {
			return []uint32{0}
		}
		return []uint32{255}
	})
	light := 0.0
	for _, v := range r.data {
		light += float64(v) / 255
	}
	light /= float64(len(r.data))
	for _, kernel := range []thumburl.Kernel{thumburl.Lanczos3, thumburl.Lanczos2, thumburl.Mitchell, thumburl.Cubic} {
		_, m := render(t, pngOf(t, r, 0, nil), Job{Format: thumburl.PNG, Edits: thumburl.Edits{thumburl.Resize{Width: target, Height: target, Kernel: kernel}}})
		sum := 0.0
		for y := range target {
			for x := range target {
				sum += decodeSRGB(float64(m.NRGBAAt(x, y).R) / 255)
			}
		}
		// White beside a line can't get whiter: what a kernel's overshoot would add
		// is cut off, which costs the sharpest of them nearly the 1 %.
		if got := sum / target / target; math.Abs(got-light) > 0.01 {
			t.Errorf("%v: the mean light is %.4f, want %.4f", kernel, got, light)
		}
		const y = 5 // between the first two lines
		for line := range side/step - 1 {
			on := m.NRGBAAt((line*step+step/2)*target/side, y).R
			beside := m.NRGBAAt((line*step+step)*target/side, y).R
			if int(beside)-int(on) < 12 {
				t.Errorf("%v: line %d is %d on %d", kernel, line, on, beside)
			}
		}
	}
}

// The answer has exactly the size asked for, or the one that the rule of
// WithoutEnlargement gives, whatever the shapes, fits and orientations.
func TestExactSizes(t *testing.T) {
	const most = 3000
	whole := make([]byte, 1<<10+most*most)
	rng := rand.New(rand.NewPCG(21, 22))
	side := func(most int) int { // small and large, and shapes of all kinds
		return 1 + int(math.Exp(rng.Float64()*math.Log(float64(most))))%most
	}
	n := 2000
	if testing.Short() {
		n = 100
	}
	for range n {
		w, h, orientation := side(most), side(most), 1+rng.IntN(8)
		head := tiffOf(raster{width: w, height: h, samples: 1, bits: 8}, blackIsZero,
			tag{id: 274, values: []uint32{uint32(orientation)}}, tag{id: 279, values: []uint32{uint32(w * h)}})
		source := whole[:len(head)+w*h]
		copy(source, head)
		r := thumburl.Resize{Width: side(600), Height: side(600), Fit: thumburl.Fit(rng.IntN(5)), Position: thumburl.Position(rng.IntN(9)),
			Kernel: thumburl.Kernel(rng.IntN(5)), WithoutEnlargement: rng.IntN(2) == 0}
		switch rng.IntN(8) {
		case 0:
			r.Width = 0
		case 1:
			r.Height = 0
		}
		uprightW, uprightH := w, h
		if orientation >= 5 {
			uprightW, uprightH = h, w
		}
		name := fmt.Sprintf("%dx%d turned by %d, %+v", w, h, orientation, r)
		p, err := renderer.Render(context.Background(), source, Job{Format: thumburl.PNG, Effort: 1, Edits: thumburl.Edits{r}})
		clear(source[:len(head)])
		if err != nil {
			if codeOf(t, err) == CodeOutputTooLarge { // a side that follows from a strip
				continue
			}
			t.Fatalf("%s: %v", name, err)
		}
		if config, err := png.DecodeConfig(bytes.NewReader(p.Body)); err != nil || config.Width != p.Width || config.Height != p.Height {
			t.Fatalf("%s: the body has %dx%d, %v", name, config.Width, config.Height, err)
		}
		if wrong := sizeIsWrong(uprightW, uprightH, r, p.Width, p.Height); wrong != "" {
			t.Errorf("%s gives %dx%d: %s", name, p.Width, p.Height, wrong)
		}
	}
}

// sizeIsWrong judges the size of an answer by the rules as design.md says them,
// and not by the arithmetic that made it.
func sizeIsWrong(sourceW, sourceH int, r thumburl.Resize, width, height int) string {
	w, h := float64(r.Width), float64(r.Height)
	sw, sh := float64(sourceW), float64(sourceH)
	if r.Width == 0 {
		w = max(1, math.Round(h*sw/sh))
	}
	if r.Height == 0 {
		h = max(1, math.Round(w*sh/sw))
	}
	enlarged := w > sw || h > sh
	if r.Fit == thumburl.Contain || r.Fit == thumburl.Inside {
		enlarged = w > sw && h > sh
	}
	if r.WithoutEnlargement && enlarged {
		// The largest box of the same shape: it touches the source, to the pixel.
		touches := min(sw/w, sh/h)
		if r.Fit == thumburl.Contain || r.Fit == thumburl.Inside {
			touches = max(sw/w, sh/h)
		}
		w, h = max(1, math.Round(w*touches)), max(1, math.Round(h*touches))
	}
	switch r.Fit {
	case thumburl.Inside, thumburl.Outside:
		// One side is the box's, the other keeps the source's shape.
		byWidth, byHeight := math.Abs(float64(width)-w) < 0.5, math.Abs(float64(height)-h) < 0.5
		shape := func(a, b float64) bool { return math.Abs(a-max(1, b)) <= 0.5001 }
		if !(byWidth && shape(float64(height), w*sh/sw) || byHeight && shape(float64(width), h*sw/sh)) {
			return fmt.Sprintf("no side is the box's %.0fx%.0f beside the source's shape", w, h)
		}
		if r.Fit == thumburl.Inside && (float64(width) > w || float64(height) > h) || r.Fit == thumburl.Outside && (float64(width) < w || float64(height) < h) {
			return fmt.Sprintf("on the wrong side of %.0fx%.0f", w, h)
		}
	default:
		if float64(width) != w || float64(height) != h {
			return fmt.Sprintf("want %.0fx%.0f", w, h)
		}
	}
	return ""
}
