package packagetest

import (
	"image"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

var outputs = []thumburl.Format{thumburl.JPEG, thumburl.PNG, thumburl.WebP, thumburl.AVIF}

// Every format that is read becomes every format that is written, the right
// picture at the right size, by a process that has nothing but itself.
func TestEveryFormat(t *testing.T) {
	f := start(t)
	for _, s := range sources(t) {
		for _, format := range outputs {
			t.Run(s.name+" to "+format.String(), func(t *testing.T) {
				f := f.in(t)
				key := "uploads/" + format.String() + "/" + s.name
				a := f.render(key, s.body, 288, 264, format)
				if want := "image/" + format.String(); a.status != 200 || a.contentType != want {
					t.Fatalf("%d %s, want 200 %s: %.200s", a.status, a.contentType, want, a.body)
				}
				m, err := f.decode(key, a.body, format)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := m.Bounds().Size(), image.Pt(288, 264); got != want {
					t.Fatalf("the picture is %v, want %v", got, want)
				}
				checkQuarters(t, m, s.tolerance)
			})
		}
	}
	f.lives("all formats")
}
