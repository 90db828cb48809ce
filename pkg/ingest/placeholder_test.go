package ingest

import (
	"encoding/base64"
	"image"
	"image/color"
	"math"
	"testing"
)

func filled(width, height int, at func(x, y int) color.NRGBA) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetNRGBA(x, y, at(x, y))
		}
	}
	return m
}

// shown decodes a hash at one point, from 0 to 1, as the format's description has it.
func shown(hash []byte, x, y float64) (r, g, b, a float64) {
	header := int(hash[0]) | int(hash[1])<<8 | int(hash[2])<<16
	more := int(hash[3]) | int(hash[4])<<8
	hasAlpha, landscape := header>>23 == 1, more>>15 == 1
	longer := 7
	if hasAlpha {
		longer = 5
	}
	lx, ly := max(3, more&7), longer
	if landscape {
		lx, ly = longer, max(3, more&7)
	}
	at, nibble := 5, 0
	a, aScale := 1.0, 0.0
	if hasAlpha {
		a, aScale = float64(hash[5]&15)/15, float64(hash[5]>>4)/15
		at = 6
	}
	plane := func(mean, scale float64, nx, ny int) float64 {
		for cy := range ny {
			for cx := 0; cx*ny < nx*(ny-cy); cx++ {
				if cx == 0 && cy == 0 {
					continue
				}
				term := float64(hash[at+nibble/2]>>(4*(nibble%2))&15)/7.5 - 1
				nibble++
				mean += 2 * term * scale * math.Cos(math.Pi*float64(cx)*x) * math.Cos(math.Pi*float64(cy)*y)
			}
		}
		return mean
	}
	l := plane(float64(header&63)/63, float64(header>>18&31)/31, lx, ly)
	p := plane(float64(header>>6&63)/31.5-1, float64(more>>3&63)/63, 3, 3)
	q := plane(float64(header>>12&63)/31.5-1, float64(more>>9&63)/63, 3, 3)
	if hasAlpha {
		a = plane(a, aScale, 5, 5)
	}
	b = l - 2.0/3*p
	r = (3*l - b + q) / 2
	return r, r - q, b, a
}

func TestThumbHash(t *testing.T) {
	gradient := func(width, height int) func(x, y int) color.NRGBA {
		return func(x, y int) color.NRGBA {
			return color.NRGBA{uint8(40 + 150*x/width), uint8(200 - 120*y/height), uint8(90 + 60*x/width), 255}
		}
	}
	for _, size := range [][2]int{{100, 75}, {56, 100}, {100, 100}, {100, 1}, {1, 100}, {1, 1}} {
		width, height := size[0], size[1]
		m := filled(width, height, gradient(width, height))
		hash := thumbHash(m)
		if len(hash) > 25 {
			t.Errorf("%v: %d bytes", size, len(hash))
		}
		for _, point := range [][2]float64{{0.5, 0.5}, {0.2, 0.3}, {0.8, 0.7}} {
			want := m.NRGBAAt(int(point[0]*float64(width)), int(point[1]*float64(height)))
			r, g, b, a := shown(hash, point[0], point[1])
			if math.Abs(r*255-float64(want.R)) > 20 || math.Abs(g*255-float64(want.G)) > 20 || math.Abs(b*255-float64(want.B)) > 20 || a != 1 {
				t.Errorf("%v at %v: got %.0f %.0f %.0f, want %v", size, point, r*255, g*255, b*255, want)
			}
		}
	}
}

func TestThumbHashOfAlpha(t *testing.T) {
	m := filled(80, 80, func(x, _ int) color.NRGBA { return color.NRGBA{220, 20, 20, uint8(255 * x / 79)} })
	hash := thumbHash(m)
	_, _, _, left := shown(hash, 0.1, 0.5)
	r, g, _, right := shown(hash, 0.9, 0.5)
	if left > 0.25 || right < 0.75 || r < 0.7 || g > 0.3 {
		t.Errorf("alpha %.2f and %.2f, red %.2f, green %.2f", left, right, r, g)
	}
	if nothing := thumbHash(filled(8, 8, func(int, int) color.NRGBA { return color.NRGBA{} })); nothing[2]>>7 != 1 || nothing[5]&15 != 0 {
		t.Errorf("nothing to be seen: %s", base64.StdEncoding.EncodeToString(nothing))
	}
}

func TestDominantColor(t *testing.T) {
	for want, at := range map[string]func(x, y int) color.NRGBA{
		"#0a58dc": func(x, _ int) color.NRGBA { // more sky than grass, of two near blues
			switch {
			case x < 30:
				return color.NRGBA{30, 160, 30, 255}
			case x < 65:
				return color.NRGBA{10, 80, 220, 255}
			}
			return color.NRGBA{10, 95, 220, 255}
		},
		"#00ff00": func(x, _ int) color.NRGBA { // what is hardly there does not count
			if x < 10 {
				return color.NRGBA{0, 255, 0, 255}
			}
			return color.NRGBA{255, 0, 0, 10}
		},
		"": func(int, int) color.NRGBA { return color.NRGBA{9, 9, 9, 0} },
	} {
		if got := dominantColor(filled(100, 10, at)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func gray(int, int) color.NRGBA { return color.NRGBA{128, 128, 128, 255} }
