package render

import (
	"bytes"
	"context"
	"image/color"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Every chroma format and depth that HEVC has for pictures comes out in its colours.
func TestHEICFormats(t *testing.T) {
	for _, name := range []string{"quad.heic", "ten-bit.heic", "quad-422-10.heic", "quad-444.heic", "quad-444-12.heic"} {
		t.Run(name, func(t *testing.T) {
			_, m := render(t, testdata(t, name), Job{Format: thumburl.PNG})
			if m.Bounds().Dx() != 128 || m.Bounds().Dy() != 96 {
				t.Errorf("%v", m.Bounds())
			}
			wantQuad(t, m, 6)
		})
	}
	_, m := render(t, testdata(t, "quad-grey.heic"), Job{Format: thumburl.PNG})
	grey := func(v uint8) color.NRGBA { return color.NRGBA{v, v, v, 255} }
	wantQuad(t, m, 6, grey(98), grey(138), grey(84), grey(240))
}

// A slice that is damaged, ends too early or is not there was a grey or torn picture
// and no error, until libavcodec came in the place of libde265.
func TestDamagedHEIC(t *testing.T) {
	if os.Getenv("NATIVE_PREFIX") == "" {
		t.Skip("libde265 of a system gives out most damaged pictures")
	}
	for _, name := range []string{"slices.heic", "quad-444-12.heic"} {
		source := testdata(t, name)
		render(t, source, Job{Format: thumburl.PNG})
		coded := bytes.LastIndex(source, []byte("mdat")) + 8
		random := rand.New(rand.NewPCG(1, 2))
		refused, tried := 0, 0
		refuse := func(what string, damaged []byte) {
			t.Helper()
			tried++
			if _, err := renderer.Render(context.Background(), damaged, Job{Format: thumburl.PNG}); err == nil {
				t.Logf("%s: %s is given out", name, what)
			} else if code := codeOf(t, err); code != CodeSourceCorrupt {
				t.Errorf("%s: %s is %s", name, what, code)
			} else {
				refused++
			}
		}
		for range 60 {
			flipped := bytes.Clone(source)
			flipped[coded+random.IntN(len(source)-coded)] ^= 1 << random.IntN(8)
			refuse("a bit that is flipped", flipped)
			emptied := bytes.Clone(source)
			clear(emptied[coded+random.IntN(len(source)-coded-8):])
			refuse("a file whose rest is zero", emptied)
		}
		// A bit may be one that says nothing of the pixels.
		if refused < tried*9/10 {
			t.Errorf("%s: %d of %d damaged files are refused", name, refused, tried)
		}
	}
}
