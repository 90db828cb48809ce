package render

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"unsafe"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// The resampler against the same arithmetic written plainly, in double precision
// and without a window: every target is the sum of all samples of the source.

// reference resamples samples of 0 to 1 (bands interleaved, the last one alpha
// where alpha is set) and gives them 0 to 255.
func reference(samples []float64, width, height, bands int, alpha bool, targetW, targetH int, kernel thumburl.Kernel, linear bool) []float64 {
	decode, encode := func(v float64) float64 { return v }, func(v float64) float64 { return v }
	if linear {
		decode, encode = decodeSRGB, encodeSRGB
	}
	colours := bands
	if alpha {
		colours--
	}
	light := make([]float64, len(samples))
	for i := range width * height {
		p, to := samples[i*bands:(i+1)*bands], light[i*bands:]
		a := 1.0
		if alpha {
			a = p[colours]
			to[colours] = a
		}
		for c := range colours {
			to[c] = decode(p[c]) * a
		}
	}
	level := 0 // averages of 2x2 pixels come first while 2.8 times the target's size is left
	for r := min(float64(width)/float64(targetW), float64(height)/float64(targetH)); r >= 5.6; r /= 2 {
		level++
	}
	across, down := referenceWeights(width, level, targetW, kernel), referenceWeights(height, level, targetH, kernel)
	narrow := make([]float64, targetW*height*bands)
	for y := range height {
		for x := range targetW {
			for i, w := range across[x] {
				if w == 0 {
					continue
				}
				for b := range bands {
					narrow[(y*targetW+x)*bands+b] += w * light[(y*width+i)*bands+b]
				}
			}
		}
	}
	out := make([]float64, targetW*targetH*bands)
	for y := range targetH {
		for x := range targetW {
			to := out[(y*targetW+x)*bands:][:bands]
			for i, w := range down[y] {
				if w == 0 {
					continue
				}
				for b := range bands {
					to[b] += w * narrow[(i*targetW+x)*bands+b]
				}
			}
			a := 1.0
			if alpha {
				a = to[colours]
				to[colours] = 255 * min(1, max(0, a))
			}
			for c := range colours {
				v := 0.0
				if a > 0 {
					v = to[c] / a
				}
				to[c] = 255 * encode(min(1, max(0, v)))
			}
		}
	}
	return out
}

// referenceWeights has, for each target, the weight of every sample.
func referenceWeights(side, level, targets int, kernel thumburl.Kernel) [][]float64 {
	sinc := func(x float64) float64 {
		if x == 0 {
			return 1
		}
		return math.Sin(math.Pi*x) / (math.Pi * x)
	}
	lanczos := func(n float64) func(float64) float64 {
		return func(x float64) float64 {
			if x >= n {
				return 0
			}
			return sinc(x) * sinc(x/n)
		}
	}
	f := map[thumburl.Kernel]func(x float64) float64{
		thumburl.Lanczos3: lanczos(3), thumburl.Lanczos2: lanczos(2),
		thumburl.Mitchell: func(x float64) float64 {
			switch {
			case x < 1:
				return (7*x*x*x - 12*x*x + 16.0/3) / 6
			case x < 2:
				return (-7.0/3*x*x*x + 12*x*x - 20*x + 32.0/3) / 6
			}
			return 0
		},
		thumburl.Cubic: func(x float64) float64 {
			switch {
			case x < 1:
				return 1.5*x*x*x - 2.5*x*x + 1
			case x < 2:
				return -0.5*x*x*x + 2.5*x*x - 4*x + 2
			}
			return 0
		},
	}[kernel]
	exact := float64(side) / float64(int(1)<<level)
	size := int(math.Ceil(exact))
	factor := exact / float64(targets)
	all := make([][]float64, targets)
	for i := range all {
		all[i] = make([]float64, size)
		sum := 0.0
		for j := range size {
			// Distance of the two centres, in samples of the coarser grid.
			w := f(math.Abs((float64(j)+0.5)-(float64(i)+0.5)*factor) / max(1, factor))
			all[i][j] = w
			sum += w
		}
		for j := range size {
			all[i][j] /= sum
		}
		for l := level - 1; l >= 0; l-- {
			all[i] = doubled(all[i], int(math.Ceil(float64(side)/float64(int(1)<<l))))
		}
	}
	return all
}

// bytes of a picture that is in memory.
func (p *pixels) bytes() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(p.image.data)), p.width()*p.height()*int(p.image.Bands))
}

// doubled gives each weight to the two samples that are averaged, or to the one that is
// left at the end.
func doubled(weights []float64, size int) []float64 {
	out := make([]float64, size)
	for i := range out {
		out[i] = weights[i/2] / 2
		if i == size-1 && size%2 == 1 {
			out[i] = weights[i/2]
		}
	}
	return out
}

func TestResamplerAgainstReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	kernels := []thumburl.Kernel{thumburl.Lanczos3, thumburl.Lanczos2, thumburl.Mitchell, thumburl.Cubic}
	type sizes struct{ w, h, toW, toH int }
	all := []sizes{
		{1, 1, 1, 1}, {1, 1, 7, 5}, {1, 50, 1, 3}, {50, 1, 3, 1}, {1, 300, 1, 1}, {300, 1, 1, 1}, {2, 2, 1, 1}, {2, 3, 2, 3},
		{64, 64, 64, 64},                                        // 1.0: every sample as it was
		{257, 31, 256, 30}, {65, 47, 15, 11}, {200, 90, 47, 21}, // 1.004, 4.3
		{400, 40, 10, 1}, {37, 370, 9, 10}, {333, 333, 9, 8}, // up to 40, beyond a block
		{100, 10, 20, 30}, {10, 100, 30, 20}, {300, 3, 100, 200}, // one side shrinks, the other grows
		{5, 5, 40, 40}, {513, 17, 512, 17}, {17, 33, 5, 33},
	}
	for range 12 {
		w, h := 1+rng.IntN(300), 1+rng.IntN(120)
		all = append(all, sizes{w, h, max(1, int(float64(w)/(1+39*rng.Float64()*rng.Float64()))), max(1, int(float64(h)/(1+39*rng.Float64()*rng.Float64())))})
	}
	for i, s := range all {
		for _, layout := range []struct {
			name          string
			samples, bits int
			colour        byte
			alpha         bool
		}{{"grey", 1, 8, 0, false}, {"grey+alpha", 2, 8, 4, true}, {"rgb", 3, 8, 2, false}, {"rgba", 4, 8, 6, true}, {"rgb16", 3, 16, 2, false}, {"rgba16", 4, 16, 6, true}} {
			top := float64(int(1)<<layout.bits - 1)
			samples := make([]float64, 0, s.w*s.h*layout.samples)
			r := newRaster(s.w, s.h, layout.samples, layout.bits, func(x, y int) []uint32 {
				p := make([]uint32, layout.samples)
				for c := range p {
					p[c] = uint32(rng.IntN(int(top) + 1))
					if rng.IntN(3) == 0 {
						p[c] = uint32(top) * uint32(rng.IntN(2))
					}
					samples = append(samples, float64(p[c])/top)
				}
				return p
			})
			source := pngOf(t, r, layout.colour, nil)
			for k, kernel := range kernels {
				for _, linear := range []bool{true, false} {
					if !(i < 20 || (i+k)%4 == 0) && os.Getenv("THUMBFRONT_TEST_ALL") == "" {
						continue
					}
					name := fmt.Sprintf("%s %+v %v linear %v", layout.name, s, kernel, linear)
					got := shrunk(t, source, s.toW, s.toH, kernel, linear)
					if len(got) != s.toW*s.toH*layout.samples {
						t.Fatalf("%s: %d samples", name, len(got))
					}
					want := reference(samples, s.w, s.h, layout.samples, layout.alpha, s.toW, s.toH, kernel, linear)
					worst := 0.0
					for n := range got {
						c := n % layout.samples
						// A colour that hardly shows has little to say.
						seen := 1.0
						if layout.alpha && c < layout.samples-1 {
							seen = want[n-c+layout.samples-1] / 255
						}
						worst = max(worst, seen*math.Abs(float64(got[n])-want[n]))
					}
					if worst > 1 {
						t.Errorf("%s: off by %.2f", name, worst)
					}
				}
			}
		}
	}
}

func shrunk(t *testing.T, source []byte, width, height int, kernel thumburl.Kernel, linear bool) []byte {
	t.Helper()
	defer pin(source)()
	p, err := open(source, KindPNG, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	stop := newStopFlag()
	defer stop.free()
	made, err := p.shrink(source, p.header(KindPNG), 1, []target{{image.Pt(width, height), image.Rect(0, 0, width, height), kernel, linear}}, stop)
	if err != nil {
		t.Fatal(err)
	}
	defer made[0].close()
	return append([]byte{}, made[0].bytes()...)
}
