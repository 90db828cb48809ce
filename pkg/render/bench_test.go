package render

import (
	"os"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// BenchmarkCard renders the most usual thumbnail of a 12 MP photo, where the real
// pictures are at hand.
func BenchmarkCard(b *testing.B) {
	source, err := os.ReadFile("../../../shared/images/12mp.jpg")
	if err != nil {
		b.Skip("no ../shared/images")
	}
	job := Job{Edits: thumburl.Edits{thumburl.Resize{Width: 288, Height: 264}}, Format: thumburl.JPEG}
	for b.Loop() {
		if _, err := (Renderer{Limits: DefaultLimits()}).Render(b.Context(), source, job); err != nil {
			b.Fatal(err)
		}
	}
}
