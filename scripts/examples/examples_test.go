package main

import (
	"bytes"
	"context"
	"image"
	"image/draw"
	"image/png"
	"os"
	"slices"
	"sync"
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

// tolerance of the mean difference of a channel. The examples of formats are coarse by
// intent, and coarse steps fall elsewhere in each encoder: up to 12.2 between the native
// libraries and Debian's, where the others differ by 1.6.
func (e example) tolerance() float64 {
	if e.isOfFormat() {
		return 15
	}
	return 3
}

// isOfFormat says whether the example shows how a picture is written.
func (e example) isOfFormat() bool {
	_, err := thumburl.ParseFormat(e.edit)
	return err == nil || e.edit == "autoquality" || e.edit == "maxBytes"
}

// TestPicturesAreThose renders all, and compares them with what is committed.
func TestPicturesAreThose(t *testing.T) {
	b := openBook(t)
	same := func(path string, tolerance float64, got render.Picture, err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
			return
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			return
		}
		if d := difference(t, b, got.Body, want); d > tolerance {
			t.Errorf("%s: a channel differs by %.1f in the mean, at most %g are allowed; `make examples` makes it anew", path, d, tolerance)
		}
	}
	for i, e := range examples {
		got, err := b.render(t.Context(), i)
		same(b.path(i), e.tolerance(), got, err)
	}
	for _, name := range shown {
		got, err := b.source(t.Context(), name)
		same(b.sourcePath(name), example{}.tolerance(), got, err)
	}
	sheet, err := b.sheet(t.Context())
	same("sheet.webp", example{}.tolerance(), render.Picture{Body: sheet}, err)
	if files, err := os.ReadDir("pictures"); err != nil || len(files) != len(examples)+len(shown) {
		t.Errorf("pictures has %d files, want %d: some are of no example (%v)", len(files), len(examples)+len(shown), err)
	}
	page, err := os.ReadFile("README.md")
	if err != nil || string(page) != b.page() {
		t.Errorf("README.md is not made from these examples: run make examples (%v)", err)
	}
}

// An example of autoOrient once had a source without an orientation, and one of
// pipelineColourspace a tint that looked the same without it: they showed nothing.
func TestEveryExampleShowsItsEdit(t *testing.T) {
	b := openBook(t)
	for i, e := range examples {
		r, err := thumburl.ParseJSON([]byte(`{"key":"k","edits":` + e.edits + `}`))
		if err != nil {
			t.Fatal(err)
		}
		format, err := thumburl.ParseFormat(e.format)
		if err != nil {
			t.Fatal(err)
		}
		without, err := b.renderer.Render(t.Context(), b.sources[e.source], render.Job{Edits: others(t, r.Edits, e.edit), Format: format})
		if err != nil {
			t.Fatal(err)
		}
		with, err := b.render(t.Context(), i)
		if err != nil {
			t.Fatal(err)
		}
		if e.isOfFormat() {
			if bytes.Equal(with.Body, without.Body) {
				t.Errorf("%s: %s changes nothing", b.name(i), e.edits)
			}
			continue
		}
		got, want := header(t, b, with.Body), header(t, b, without.Body)
		if got.Width != want.Width || got.Height != want.Height || got.Frames != want.Frames || got.Orientation != want.Orientation || got.Alpha != want.Alpha {
			continue
		}
		if d := difference(t, b, with.Body, without.Body); d <= e.tolerance() {
			t.Errorf("%s: with %s a channel differs by %.1f in the mean, which would pass for the picture without %s", b.name(i), e.edits, d, e.edit)
		}
	}
}

// others are the edits but for the one of that name.
func others(t *testing.T, edits thumburl.Edits, name string) thumburl.Edits {
	t.Helper()
	return slices.DeleteFunc(slices.Clone(edits), func(one thumburl.Edit) bool {
		payload, err := thumburl.Encode(thumburl.Request{Key: "k", Edits: thumburl.Edits{one}})
		if err != nil {
			t.Fatal(err)
		}
		text, err := thumburl.Decode(payload)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.HasPrefix(text, []byte(`{"key":"k","edits":{"`+name+`":`))
	})
}

// theBook is opened and rendered once.
var theBook = sync.OnceValues(func() (*book, error) { return newBook(".") })

func openBook(t *testing.T) *book {
	t.Helper()
	b, err := theBook()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func header(t *testing.T, b *book, body []byte) render.Header {
	t.Helper()
	h, err := b.renderer.ReadHeader(body)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// difference is the mean of that of all channels, of what is seen on black.
func difference(t *testing.T, b *book, got, want []byte) float64 {
	t.Helper()
	var pixels [2][]byte
	for i, body := range [][]byte{got, want} {
		flat, err := b.edit(context.Background(), body, `{"flatten":true,"animated":false}`, thumburl.PNG)
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(bytes.NewReader(flat.Body))
		if err != nil {
			t.Fatal(err)
		}
		rgba := image.NewRGBA(m.Bounds())
		draw.Draw(rgba, rgba.Rect, m, rgba.Rect.Min, draw.Src)
		pixels[i] = rgba.Pix
	}
	if h, w := header(t, b, got), header(t, b, want); h.Kind != w.Kind || h.Width != w.Width || h.Height != w.Height || h.Frames != w.Frames {
		t.Errorf("got %+v, want %+v", h, w)
		return 0
	}
	sum := 0
	for i := range pixels[0] {
		sum += max(int(pixels[0][i])-int(pixels[1][i]), int(pixels[1][i])-int(pixels[0][i]))
	}
	return float64(sum) / float64(len(pixels[0])*3/4) // all are opaque
}
