package render

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// sharpFile is testdata/sharp.json, which testdata/sharp.mjs writes. Pictures are PNGs.
type sharpFile struct {
	Sources, Seconds map[string][]byte
	Cases            []struct {
		Name, From, Edits string
		PNG               []byte
	}
	Sizes []string // of a source, the box, its fit, and what came of it
}

func readSharp(t testing.TB) (f sharpFile) {
	t.Helper()
	if err := json.Unmarshal(testdata(t, "sharp.json"), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// editsOf reads canonical edits.
func editsOf(t testing.TB, text string) thumburl.Edits {
	t.Helper()
	r, err := thumburl.Parse(base64.RawURLEncoding.EncodeToString([]byte(`{"key":"k","edits":` + text + `}`)))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return r.Edits
}

func nrgba(t testing.TB, data []byte) *image.NRGBA {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewNRGBA(m.Bounds())
	draw.Draw(out, out.Bounds(), m, image.Point{}, draw.Src)
	return out
}

// seen is how far two pixels are apart where they are seen, 0 to 255.
func seen(a, b color.NRGBA) int {
	far := func(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }
	colours := max(far(a.R, b.R), far(a.G, b.G), far(a.B, b.B))
	return max(far(a.A, b.A), colours*int(max(a.A, b.A))/255)
}

// What the others do with the same picture: see testdata/sharp.mjs. Some edges are
// laid out differently on purpose.
func TestEditsAgainstSharp(t *testing.T) {
	f := readSharp(t)
	if len(f.Cases) < 90 {
		t.Fatalf("only %d cases", len(f.Cases))
	}
	// Where a mean difference, in levels of 255, above 0.6 is right, and why.
	allowed := map[string]float64{
		"blur by 3":                 1.5,                                     // sharp rounds colours that were multiplied by alpha
		"blur by 30":                2.5,                                     // ours is one of a smaller picture
		"contain with a background": 1, "outside": 1.8, "linear kernel": 1.8, // libvips shrinks by boxes first
	}
	// There is no border of that colour, no white, no place for more alpha.
	unchanged := map[string]bool{"trim another colour, bordered": true, "unflatten, rgba": true, "ensure alpha, rgba": true}
	for _, c := range f.Cases {
		t.Run(c.Name+", "+c.From, func(t *testing.T) {
			job := Job{Edits: editsOf(t, c.Edits), Format: thumburl.PNG, Original: func(_ context.Context, _, key string) ([]byte, error) {
				return f.Seconds[key], nil
			}}
			p, err := renderer.Render(context.Background(), f.Sources[c.From], job)
			if err != nil {
				t.Fatal(err)
			}
			got, want := nrgba(t, p.Body), nrgba(t, c.PNG)
			if got.Bounds() != want.Bounds() || p.Width != want.Bounds().Dx() || p.Height != want.Bounds().Dy() {
				t.Fatalf("%v (%dx%d), want %v", got.Bounds(), p.Width, p.Height, want.Bounds())
			}
			sum, worst := 0, 0
			for y := range got.Bounds().Dy() {
				for x := range got.Bounds().Dx() {
					d := seen(got.NRGBAAt(x, y), want.NRGBAAt(x, y))
					sum, worst = sum+d, max(worst, d)
				}
			}
			mean := float64(sum) / float64(got.Bounds().Dx()*got.Bounds().Dy())
			if mean > max(0.6, allowed[c.Name]) {
				t.Errorf("differs by %.2f, %d at most; at 8,8 %v, want %v", mean, worst, got.NRGBAAt(8, 8), want.NRGBAAt(8, 8))
			}
			// The same picture without the edit must not pass for it.
			plain := nrgba(t, f.Sources[c.From])
			if nothing := plain.Bounds() == want.Bounds() && sameSeen(plain, want); nothing != unchanged[c.Name+", "+c.From] {
				t.Errorf("sharp changes nothing is %v", nothing)
			}
		})
	}
}

func sameSeen(a, b *image.NRGBA) bool {
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if seen(a.NRGBAAt(x, y), b.NRGBAAt(x, y)) > 1 {
				return false
			}
		}
	}
	return true
}

func TestDecoderRoundingAgainstSharp(t *testing.T) {
	made := map[string][]byte{}
	different := 0
	for _, row := range readSharp(t).Sizes {
		var w, h, boxW, boxH, width, height int
		var name string
		if _, err := fmt.Sscan(row, &w, &h, &boxW, &boxH, &name, &width, &height); err != nil {
			t.Fatalf("%s: %v", row, err)
		}
		fit, err := thumburl.ParseFit(name)
		if err != nil {
			t.Fatal(err)
		}
		source := fmt.Sprint(w, h)
		if made[source] == nil {
			made[source] = encodeJPEG(t, quad(w, h))
		}
		resize := thumburl.Resize{Width: boxW, Height: boxH, Fit: fit, DecoderRounding: true}
		p, err := renderer.Render(context.Background(), made[source], Job{Edits: thumburl.Edits{resize}, Format: thumburl.JPEG})
		if err != nil {
			t.Fatalf("%s: %v", row, err)
		}
		if p.Width != width || p.Height != height {
			t.Errorf("%s: %dx%d", row, p.Width, p.Height)
		}
		if plain := place(w, h, thumburl.Resize{Width: boxW, Height: boxH, Fit: fit}); plain.width != width || plain.height != height {
			different++
		}
	}
	if different < 10 {
		t.Errorf("only %d sizes differ from those that are rounded once: the test says little", different)
	}
}
