package main

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
)

// picture is a JPEG of about so many bytes: soft shapes under the grain of a camera.
func picture(seed uint64, size int) ([]byte, error) {
	const width, height = 1024, 768
	random := rand.New(rand.NewPCG(seed, 1))
	phase := random.Float64() * 6
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			fx, fy := float64(x)/90+phase, float64(y)/70
			grain := random.NormFloat64() * 6
			at := func(v float64) uint8 { return uint8(max(0, min(255, 128+90*v+grain))) }
			m.SetRGBA(x, y, color.RGBA{at(math.Sin(fx)), at(math.Sin(fy + fx/3)), at(math.Cos(fy - phase)), 255})
		}
	}
	// The quality that comes nearest.
	var best []byte
	for quality := 95; quality >= 5; quality -= 5 {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
			return nil, err
		}
		if best == nil || distance(b.Len(), size) < distance(len(best), size) {
			best = b.Bytes()
		}
	}
	return best, nil
}

func distance(a, b int) int {
	if a > b {
		return a - b
	}
	return b - a
}
