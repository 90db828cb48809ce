package render

import (
	"context"
	"errors"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// smallSources are small pictures of every kind of pixels.
func smallSources(t testing.TB) [][]byte {
	plain := quad(24, 18)
	alpha := image.NewNRGBA(plain.Bounds())
	grey := image.NewGray(plain.Bounds())
	deep := image.NewNRGBA64(plain.Bounds())
	palette := image.NewPaletted(plain.Bounds(), color.Palette{red, green, blue, white})
	for y := range 18 {
		for x := range 24 {
			c := plain.NRGBAAt(x, y)
			palette.Set(x, y, c)
			c.A = uint8(10 * x)
			alpha.SetNRGBA(x, y, c)
			deep.Set(x, y, c)
			grey.Set(x, y, c)
		}
	}
	greyAlpha := pngOf(t, newRaster(24, 18, 2, 8, func(x, y int) []uint32 { return []uint32{uint32(10 * x), uint32(14 * y)} }), 4, nil)
	return [][]byte{encodePNG(t, plain), encodePNG(t, alpha), encodePNG(t, grey), encodePNG(t, deep), encodePNG(t, palette), greyAlpha,
		withEXIF(encodeJPEG(t, plain), 6), encodeJPEG(t, grey), encodeGIF(t, 3, plain), encodePNG(t, quad(1, 1)), encodePNG(t, quad(2, 9))}
}

// smallEdits are edits of any kind that a small picture may bear.
func smallEdits(rng *rand.Rand) thumburl.Edits {
	n := func(least, most int) int { return least + rng.IntN(most-least+1) }
	maybe := func() bool { return rng.IntN(3) == 0 }
	f := func(least, most float64) float64 { return least + rng.Float64()*(most-least) }
	list := func(n int) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = f(-2, 2)
		}
		return out
	}
	length := func() thumburl.Length {
		return []thumburl.Length{{}, thumburl.Pixels(n(1, 30)), thumburl.Percent(f(0.01, 100))}[rng.IntN(3)]
	}
	signed := func() thumburl.Length {
		return []thumburl.Length{{}, thumburl.Pixels(n(-30, 30)), thumburl.Percent(f(-100, 100))}[rng.IntN(3)]
	}
	colour := func() thumburl.Color { return []thumburl.Color{"", "#ff0000", "#00ff0040"}[rng.IntN(3)] }
	second := thumburl.Original{Key: []string{"small", "large", "same"}[rng.IntN(3)]}
	resize := thumburl.Resize{Width: n(1, 40), Height: n(0, 40), Fit: thumburl.Fit(rng.IntN(6)), Position: thumburl.Position(rng.IntN(11)), Kernel: thumburl.Kernel(rng.IntN(6)),
		Background: colour(), OffsetX: signed(), OffsetY: signed(), NoUpscale: maybe(), WithoutReduction: maybe(), DecoderRounding: maybe()}
	if maybe() {
		resize = thumburl.Resize{Ratio: f(0.01, 3), Fit: thumburl.Fit(rng.IntN(6)), Focus: thumburl.FocusAt(rng.Float64(), rng.Float64()), MinWidth: n(0, 30), MinHeight: n(0, 30)}
	}
	kernelW, kernelH := n(1, 5), n(1, 5)
	all := thumburl.Edits{
		resize, thumburl.Crop{Width: n(1, 12), Height: n(1, 12)}, thumburl.Extract{Left: n(0, 3), Top: n(0, 3), Width: n(1, 12), Height: n(1, 12)},
		thumburl.CropTo{Width: thumburl.Percent(f(1, 100)), Height: length(), Position: thumburl.Position(rng.IntN(11)), OffsetX: signed(), OffsetY: signed()},
		thumburl.Rotate{Angle: []float64{90, 180, 270, f(1, 359)}[rng.IntN(4)]}, thumburl.Flip{}, thumburl.Flop{}, thumburl.Grayscale{},
		thumburl.Affine{Matrix: []float64{f(0.5, 2), f(-0.3, 0.3), f(-0.3, 0.3), f(0.5, 2)}, IDX: f(-9, 9), ODY: f(-9, 9), Background: colour(), Interpolator: thumburl.Interpolator(rng.IntN(6))},
		thumburl.Extend{Top: n(0, 9), Left: n(1, 9), Bottom: n(0, 9), Background: colour(), With: thumburl.ExtendWith(rng.IntN(4))},
		thumburl.Canvas{Width: n(1, 40), Height: n(1, 40), Ratio: maybe(), Position: thumburl.Position(rng.IntN(9)), OffsetX: signed(), Background: colour()},
		thumburl.Trim{Background: colour(), Margin: n(0, 4), LineArt: maybe(), EqualHorizontal: maybe(), EqualVertical: maybe()},
		thumburl.RoundCrop{}, thumburl.SmartCrop{Padding: n(0, 9)}, thumburl.Tint{Color: "#336699"}, thumburl.Negate{KeepAlpha: maybe()}, thumburl.Normalise{},
		thumburl.GammaCorrection{Out: thumburl.Some(1.5)}, thumburl.Modulate{Brightness: thumburl.Some(f(0, 3)), Hue: n(0, 359)},
		thumburl.LinearTransform{A: list(n(1, 4)), B: list(1)}, thumburl.Recomb{Matrix: list([]int{9, 16}[rng.IntN(2)])}, thumburl.Threshold{Level: n(1, 255), PerChannel: maybe()},
		thumburl.Blur{Sigma: []float64{0, f(0.3, 5), f(20, 1000)}[rng.IntN(3)]}, thumburl.Sharpen{Sigma: f(0.3, 3)}, thumburl.Median{Size: n(1, 9)},
		thumburl.CLAHE{Width: n(1, 9), Height: n(1, 9)}, thumburl.Convolve{Width: kernelW, Height: kernelH, Kernel: list(kernelW * kernelH)}, thumburl.Pixelate{Size: n(2, 30)},
		thumburl.Flatten{Background: colour()}, thumburl.Unflatten{}, thumburl.RemoveAlpha{}, thumburl.EnsureAlpha{Alpha: thumburl.Some(f(0, 1))},
		thumburl.ExtractChannel{Channel: thumburl.Channel(rng.IntN(4))}, thumburl.Bandbool{Operator: thumburl.Bitwise(rng.IntN(3))}, thumburl.ToColourspace{Space: thumburl.BW},
		thumburl.PipelineColourspace{Space: thumburl.Colourspace(1 + rng.IntN(8))},
		thumburl.OverlayWith{Original: second, Alpha: n(0, 100), WRatio: n(0, 100), HRatio: n(0, 100), Left: signed(), Top: signed(), Blend: thumburl.Blend(rng.IntN(25)), Tile: maybe()},
		thumburl.Watermark{Original: second, Opacity: thumburl.Some(rng.Float64()), Position: thumburl.Position(rng.IntN(9)), OffsetX: signed(), OffsetY: signed(), Scale: []float64{0, f(0.01, 1)}[rng.IntN(2)], Replicate: maybe()},
		thumburl.Boolean{Original: second, Operator: thumburl.Bitwise(rng.IntN(3))}, thumburl.Still{}, thumburl.MaxBytes{Bytes: n(1, 3000)},
		thumburl.JPEGOptions{Quality: n(1, 100)}, thumburl.PNGOptions{Colours: n(2, 256), Dither: thumburl.Some(rng.Float64())},
		thumburl.WebPOptions{NearLossless: maybe(), AlphaQuality: thumburl.Some(float64(n(0, 100))), Delay: []float64{20, 70}}, thumburl.GIFOptions{Colours: n(2, 256), Delay: []float64{30}},
		thumburl.TIFFOptions{Compression: thumburl.Compression(rng.IntN(5))},
	}
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	edits := all[:1+rng.IntN(6)]
	if maybe() {
		edits = append(thumburl.Edits{thumburl.AsStored{}}, edits...)
	}
	return edits
}

func FuzzEdits(f *testing.F) {
	for seed := range uint64(30) {
		f.Add(seed, seed*7)
	}
	sources := smallSources(f)
	same := encodePNG(f, quad(24, 18))
	seconds := map[string][]byte{"small": sources[10], "large": encodePNG(f, quad(90, 70)), "same": same}
	formats := []thumburl.Format{thumburl.Source, thumburl.Input, thumburl.JPEG, thumburl.PNG, thumburl.WebP, thumburl.GIF, thumburl.TIFF, thumburl.PNG, thumburl.PNG}
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64) {
		rng := rand.New(rand.NewPCG(seed1, seed2))
		for range 20 {
			edits := smallEdits(rng)
			if err := (thumburl.Request{Key: "k", Edits: edits}).Validate(); err != nil {
				continue // two values that exclude each other
			}
			source := sources[rng.IntN(len(sources))]
			job := Job{Edits: edits, Format: formats[rng.IntN(len(formats))], Original: func(_ context.Context, _, key string) ([]byte, error) { return seconds[key], nil }}
			p, err := renderer.Render(context.Background(), source, job)
			if err != nil {
				var e *Error
				if !errors.As(err, &e) || e.Code == CodeFailed || e.Code == CodeDeadline {
					t.Fatalf("%+v as %s: %v", edits, job.Format, err)
				}
				continue
			}
			h, err := renderer.ReadHeader(p.Body)
			if err != nil || h.Width != p.Width || h.Height != p.Height {
				t.Fatalf("%+v as %s: %dx%d is said, and %dx%d written, %v", edits, job.Format, p.Width, p.Height, h.Width, h.Height, err)
			}
			if w, hgt, known := planned(t, source, edits); known && (w != p.Width || hgt != p.Height) {
				t.Fatalf("%+v as %s: %dx%d was planned, and %dx%d made", edits, job.Format, w, hgt, p.Width, p.Height)
			}
		}
	})
}

// planned is the size by arithmetic alone, where that knows it.
func planned(t *testing.T, source []byte, edits thumburl.Edits) (width, height int, known bool) {
	t.Helper()
	h, err := renderer.ReadHeader(source)
	if err != nil {
		t.Fatal(err)
	}
	one := &task{limits: renderer.Limits, header: h}
	one.prepare(context.Background(), Job{Edits: edits})
	width, height = one.header.upright()
	for _, e := range one.job.Edits {
		if width, height, known, err = one.limits.step(e, width, height); err != nil || !known {
			return 0, 0, false
		}
	}
	return width, height, true
}
