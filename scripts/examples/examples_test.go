package main

import (
	"bytes"
	"context"
	"image/png"
	"os"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func TestEveryEditHasAnExample(t *testing.T) {
	shown := map[string]bool{}
	for _, e := range examples {
		r, err := thumburl.ParseJSON([]byte(`{"key":"k","edits":` + e.edits + `}`))
		if err != nil {
			t.Errorf("%s: %v", e.edits, err)
			continue
		}
		payload, err := thumburl.Encode(r)
		if err != nil {
			t.Errorf("%s: %v", e.edits, err)
			continue
		}
		if text, err := thumburl.Decode(payload); err != nil || string(text) != `{"key":"k","edits":`+e.edits+`}` {
			t.Errorf("%s is not canonical: %s, %v", e.edits, text, err)
		}
		if !bytes.Contains([]byte(e.edits), []byte(`"`+e.edit+`":`)) {
			t.Errorf("%s does not show %s", e.edits, e.edit)
		}
		shown[e.edit] = true
	}
	for _, name := range thumburl.EditNames() {
		if !shown[name] {
			t.Errorf("%s has no example", name)
		}
		delete(shown, name)
	}
	for name := range shown {
		t.Errorf("%s is no edit", name)
	}
}

// tolerance of the mean difference of a channel: encoders differ by version, and by
// processor.
const tolerance = 6

// TestPicturesAreThose renders all, and compares them with what is committed.
func TestPicturesAreThose(t *testing.T) {
	b, err := newBook(".")
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range examples {
		want, err := os.ReadFile(b.path(i))
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := b.render(t.Context(), i)
		if err != nil {
			t.Error(err)
			continue
		}
		if d := difference(t, b, got.Body, want); d > tolerance {
			t.Errorf("%s %s: a channel differs by %.1f in the mean, at most %d are allowed; `make examples` makes it anew", b.name(i), e.edits, d, tolerance)
		}
	}
	page, err := os.ReadFile("README.md")
	if err != nil || string(page) != b.page() {
		t.Errorf("README.md is not made from these examples: run make examples (%v)", err)
	}
}

// difference is the mean of that of all channels, of what is seen on black.
func difference(t *testing.T, b *book, got, want []byte) float64 {
	t.Helper()
	headers := [2]render.Header{}
	var pixels [2][]byte
	for i, body := range [][]byte{got, want} {
		var err error
		if headers[i], err = b.renderer.ReadHeader(body); err != nil {
			t.Fatal(err)
		}
		flat, err := b.edit(context.Background(), body, `{"flatten":true,"animated":false}`, thumburl.PNG)
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(bytes.NewReader(flat.Body))
		if err != nil {
			t.Fatal(err)
		}
		for y := range m.Bounds().Dy() {
			for x := range m.Bounds().Dx() {
				r, g, bl, _ := m.At(x, y).RGBA()
				pixels[i] = append(pixels[i], byte(r>>8), byte(g>>8), byte(bl>>8))
			}
		}
	}
	if h, w := headers[0], headers[1]; h.Kind != w.Kind || h.Width != w.Width || h.Height != w.Height || h.Frames != w.Frames {
		t.Errorf("got %+v, want %+v", h, w)
		return 0
	}
	sum := 0
	for i := range pixels[0] {
		sum += max(int(pixels[0][i])-int(pixels[1][i]), int(pixels[1][i])-int(pixels[0][i]))
	}
	return float64(sum) / float64(len(pixels[0]))
}
