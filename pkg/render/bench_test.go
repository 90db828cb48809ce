package render

import (
	"os"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// BenchmarkCard renders the most usual thumbnail, where the real pictures are at hand.
func BenchmarkCard(b *testing.B) {
	for _, name := range []string{"12mp.jpg", "small.jpg"} {
		for i, profile := range profileNames {
			b.Run(name+"/"+profile, func(b *testing.B) {
				source, err := os.ReadFile("../../../shared/images/" + name)
				if err != nil {
					b.Skip("no ../shared/images")
				}
				r := Renderer{Limits: DefaultLimits(), Profile: Profile(i)}
				job := Job{Edits: thumburl.Edits{thumburl.Resize{Width: 288, Height: 264}}, Format: thumburl.JPEG}
				for b.Loop() {
					if _, err := r.Render(b.Context(), source, job); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
