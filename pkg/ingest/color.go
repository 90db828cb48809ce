package ingest

import (
	"fmt"
	"image"
)

// dominantColor is the mean of those pixels of which the picture has most: they
// are counted in boxes of 32 values a channel, by their alpha. It is "#rrggbb", or
// empty for a picture of which nothing is seen.
func dominantColor(m *image.NRGBA) string {
	type box struct{ weight, r, g, b int }
	var boxes [8 * 8 * 8]box
	most := 0
	for y := range m.Rect.Dy() {
		row := m.Pix[y*m.Stride:]
		for x := range m.Rect.Dx() {
			r, g, b, a := int(row[4*x]), int(row[4*x+1]), int(row[4*x+2]), int(row[4*x+3])
			at := r>>5<<6 | g>>5<<3 | b>>5
			boxes[at].weight += a
			boxes[at].r += a * r
			boxes[at].g += a * g
			boxes[at].b += a * b
			if boxes[at].weight > boxes[most].weight {
				most = at
			}
		}
	}
	found := boxes[most]
	if found.weight == 0 {
		return ""
	}
	mean := func(sum int) int { return (sum + found.weight/2) / found.weight }
	return fmt.Sprintf("#%02x%02x%02x", mean(found.r), mean(found.g), mean(found.b))
}
