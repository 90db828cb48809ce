package ingest

import (
	"image"
	"math"
)

// maxHashSide of a picture that thumbHash takes, in pixels.
const maxHashSide = 100

// thumbHash describes a picture in at most 25 bytes: the first cosine terms of its
// luminance, of two colour differences, and of its alpha. The layout is that of
// evanw.github.io/thumbhash, which decoders in many languages read.
func thumbHash(m *image.NRGBA) []byte {
	width, height := m.Rect.Dx(), m.Rect.Dy()
	longer := float64(max(width, height))
	landscape := width > height
	m = repeated(m)
	l, p, q, a, hasAlpha := hashPlanes(m)
	terms := 7
	if hasAlpha {
		terms = 5
	}
	lx := max(1, int(math.Round(float64(terms*width)/longer)))
	ly := max(1, int(math.Round(float64(terms*height)/longer)))

	width, height = m.Rect.Dx(), m.Rect.Dy()
	luminance := cosines(l, width, height, max(3, lx), max(3, ly))
	yellow := cosines(p, width, height, 3, 3)
	green := cosines(q, width, height, 3, 3)

	header := quantise(luminance.mean, 63) | quantise(0.5+0.5*yellow.mean, 63)<<6 | quantise(0.5+0.5*green.mean, 63)<<12 |
		quantise(luminance.scale, 31)<<18 | bit(hasAlpha)<<23
	shorter := lx
	if landscape {
		shorter = ly
	}
	more := uint32(shorter) | quantise(yellow.scale, 63)<<3 | quantise(green.scale, 63)<<9 | bit(landscape)<<15
	hash := []byte{byte(header), byte(header >> 8), byte(header >> 16), byte(more), byte(more >> 8)}
	channels := []channel{luminance, yellow, green}
	if hasAlpha {
		opacity := cosines(a, width, height, 5, 5)
		hash = append(hash, byte(quantise(opacity.mean, 15)|quantise(opacity.scale, 15)<<4))
		channels = append(channels, opacity)
	}
	return append(hash, nibbles(channels)...)
}

// minHashSide is what three cosine terms need to tell anything: over one or two
// pixels they are the same.
const minHashSide = 8

// repeated is a picture whose pixels are repeated until no side is too short.
func repeated(m *image.NRGBA) *image.NRGBA {
	width, height := m.Rect.Dx(), m.Rect.Dy()
	x, y := (minHashSide+width-1)/width, (minHashSide+height-1)/height
	if x == 1 && y == 1 {
		return m
	}
	out := image.NewNRGBA(image.Rect(0, 0, width*x, height*y))
	for at := range out.Rect.Dy() {
		for to := range out.Rect.Dx() {
			out.SetNRGBA(to, at, m.NRGBAAt(to/x, at/y))
		}
	}
	return out
}

// hashPlanes are luminance, yellow against blue, red against green, and alpha, all
// laid on the picture's mean colour where it is transparent.
func hashPlanes(m *image.NRGBA) (l, p, q, a []float64, hasAlpha bool) {
	n := m.Rect.Dx() * m.Rect.Dy()
	l, p, q, a = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	var mean [3]float64
	var opaque float64
	each := func(f func(i int, rgb [3]float64, alpha float64)) {
		for y := range m.Rect.Dy() {
			row := m.Pix[y*m.Stride:]
			for x := range m.Rect.Dx() {
				c := row[4*x : 4*x+4]
				f(y*m.Rect.Dx()+x, [3]float64{float64(c[0]) / 255, float64(c[1]) / 255, float64(c[2]) / 255}, float64(c[3])/255)
			}
		}
	}
	each(func(_ int, rgb [3]float64, alpha float64) {
		opaque += alpha
		for i := range mean {
			mean[i] += alpha * rgb[i]
		}
	})
	for i := range mean {
		if opaque > 0 {
			mean[i] /= opaque
		}
	}
	each(func(at int, rgb [3]float64, alpha float64) {
		for i := range rgb {
			rgb[i] = mean[i]*(1-alpha) + alpha*rgb[i]
		}
		l[at] = (rgb[0] + rgb[1] + rgb[2]) / 3
		p[at] = (rgb[0]+rgb[1])/2 - rgb[2]
		q[at] = rgb[0] - rgb[1]
		a[at] = alpha
	})
	return l, p, q, a, opaque < float64(n)
}

// channel is a plane by its cosine terms.
type channel struct {
	mean, scale float64
	terms       []float64 // of the scale, from -1 to 1
}

// cosines takes the terms of the upper left triangle of nx x ny.
func cosines(plane []float64, width, height, nx, ny int) channel {
	c := channel{}
	row := make([]float64, width)
	for cy := range ny {
		for cx := 0; cx*ny < nx*(ny-cy); cx++ {
			for x := range row {
				row[x] = math.Cos(math.Pi / float64(width) * float64(cx) * (float64(x) + 0.5))
			}
			sum := 0.0
			for y := range height {
				line := 0.0
				for x, cosine := range row {
					line += plane[y*width+x] * cosine
				}
				sum += line * math.Cos(math.Pi/float64(height)*float64(cy)*(float64(y)+0.5))
			}
			sum /= float64(width * height)
			if cx == 0 && cy == 0 {
				c.mean = sum
				continue
			}
			c.terms = append(c.terms, sum)
			c.scale = max(c.scale, math.Abs(sum))
		}
	}
	for i := range c.terms {
		if c.scale > 0 {
			c.terms[i] /= c.scale
		}
	}
	return c
}

// nibbles are the terms of all channels in four bits each, the lower half first.
func nibbles(channels []channel) []byte {
	var packed []byte
	n := 0
	for _, c := range channels {
		for _, term := range c.terms {
			value := byte(quantise(0.5+0.5*term, 15))
			if n%2 == 0 {
				packed = append(packed, value)
			} else {
				packed[n/2] |= value << 4
			}
			n++
		}
	}
	return packed
}

// quantise maps 0 to 1 onto whole numbers up to most.
func quantise(v float64, most int) uint32 {
	return uint32(math.Round(min(1, max(0, v)) * float64(most)))
}

func bit(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
