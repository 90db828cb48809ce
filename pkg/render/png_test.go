package render

import (
	"bytes"
	"image/png"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Rows of noise under each filter, in every width of a pixel, are what Go's own
// decoder makes of them: the native prefix has its own inflater and Paeth filter.
func TestPNGFilters(t *testing.T) {
	const width, height = 301, 200
	for _, c := range []struct {
		name                 string
		depth, colour, pixel int
	}{
		{"grey", 8, 0, 1}, {"grey and alpha", 8, 4, 2}, {"RGB", 8, 2, 3}, {"RGBA", 8, 6, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(c.pixel), 1))
			rows := make([]byte, height*(1+width*c.pixel))
			for i := range rows {
				rows[i] = byte(random.IntN(1 << (1 + random.IntN(8))))
			}
			for y := range height {
				rows[y*(1+width*c.pixel)] = byte(y % 5)
			}
			source := pngWith(t, width, height, c.depth, c.colour, rows)
			want, err := png.Decode(bytes.NewReader(source))
			if err != nil {
				t.Fatal(err)
			}
			_, got := render(t, source, Job{Format: thumburl.PNG})
			for y := range height {
				for x := range width {
					// Colours under full transparency are nobody's.
					if r, g, b, a := want.At(x, y).RGBA(); a > 0 {
						if gr, gg, gb, ga := got.At(x, y).RGBA(); r>>8 != gr>>8 || g>>8 != gg>>8 || b>>8 != gb>>8 || a != ga {
							t.Fatalf("%d, %d is %v, want %v", x, y, got.At(x, y), want.At(x, y))
						}
					}
				}
			}
		})
	}
}

// A checksum that does not fit is damage, whichever of the two it is.
func TestPNGChecksums(t *testing.T) {
	source := encodePNG(t, scenery(200, 100, false))
	data := bytes.Index(source, []byte("IDAT")) + 4
	end := bytes.Index(source, []byte("IEND")) - 8
	for what, damaged := range map[string][]byte{
		"CRC": patchedAt(source, end, source[end]^1),
		"Adler32": func() []byte {
			z := bytes.Clone(source[data:end])
			z[len(z)-1] ^= 1
			return append(append(bytes.Clone(source[:data-8]), pngChunk("IDAT", z)...), pngChunk("IEND", nil)...)
		}(),
	} {
		t.Run(what, func(t *testing.T) {
			if what == "Adler32" && os.Getenv("NATIVE_PREFIX") == "" {
				t.Skip("libvips 8.14 calls it a warning")
			}
			_, err := renderer.Render(t.Context(), damaged, Job{Format: thumburl.PNG})
			if code := codeOf(t, err); code != CodeSourceCorrupt {
				t.Errorf("%v %v", code, err)
			}
		})
	}
}

func patchedAt(source []byte, at int, with byte) []byte {
	out := bytes.Clone(source)
	out[at] = with
	return out
}
