package thumburl

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// randomEdits is one edit of each kind but AsStored, which has its place, with any of
// its fields set.
func randomEdits(rng *rand.Rand) Edits {
	maybe := func() bool { return rng.IntN(3) == 0 }
	number := func(min, max float64) float64 { return []float64{min, max, min + rng.Float64()*(max-min)}[rng.IntN(3)] }
	some := func(min, max float64) Optional {
		if maybe() {
			return Some(number(min, max))
		}
		return Optional{}
	}
	whole := func(min, max int) Optional {
		if maybe() {
			return Some(float64(min + rng.IntN(max-min+1)))
		}
		return Optional{}
	}
	length := func(most int) Length {
		return []Length{{}, Pixels(1 + rng.IntN(most)), Percent(number(0.01, 100))}[rng.IntN(3)]
	}
	signed := func() Length {
		return []Length{{}, Pixels(-1 - rng.IntN(4096)), Pixels(1 + rng.IntN(4096)), Percent(-50), Percent(number(0.01, 100))}[rng.IntN(5)]
	}
	numbers := func(n int) []float64 {
		list := make([]float64, n)
		for i := range list {
			list[i] = number(-10, 10)
		}
		return list
	}
	color := func() Color { return []Color{"", "#012345", "#abcdef80"}[rng.IntN(3)] }
	side := func() int { return 1 + rng.IntN(3000) }
	original := func() Original { return Original{[]string{"", "logos"}[rng.IntN(2)], "logo-é.png"} }
	resize := Resize{Width: side(), Height: side(), Fit: Fit(rng.IntN(6)), Position: Position(rng.IntN(11)), Kernel: Kernel(rng.IntN(6)),
		Background: color(), WithoutEnlargement: maybe(), Space: Space(rng.IntN(3)), OffsetX: signed(), MinWidth: rng.IntN(9), MinHeight: rng.IntN(9)}
	if maybe() {
		resize = Resize{Ratio: number(0.0001, 100), Focus: FocusAt(rng.Float64(), 0), NoUpscale: maybe(), DecoderRounding: maybe(), WithoutReduction: maybe(), OffsetY: signed()}
	}
	if maybe() {
		resize = Resize{Width: side(), Fit: Fill, KeepSide: true}
	}
	rotate := Rotate{Angle: 90}
	if maybe() {
		rotate = Rotate{Angle: number(0.001, 359.5), Background: color()}
	}
	sharpen := Sharpen{}
	if maybe() {
		sharpen = Sharpen{number(0.01, 10), some(1.5, 1000), some(0, 1.5), some(0, 1.5), some(0, 9), some(0, 9)}
	}
	overlay := OverlayWith{Original: original(), Alpha: rng.IntN(101), WRatio: rng.IntN(101), HRatio: rng.IntN(101), Blend: Blend(rng.IntN(25)), Tile: maybe(), Position: Position(rng.IntN(9))}
	if maybe() {
		overlay.Left, overlay.Top, overlay.Position = Pixels(0), signed(), Centre
	}
	cropTo := CropTo{Width: length(5000), Height: Pixels(7), Position: Position(rng.IntN(11)), OffsetX: signed(), OffsetY: signed()}
	if maybe() {
		cropTo.Focus, cropTo.Position = FocusAt(1, 0.25), Centre
	}
	return Edits{
		resize, rotate, sharpen, overlay, cropTo, Still{}, FramesUnturned{}, Flip{}, Flop{}, Grayscale{}, Unflatten{}, RemoveAlpha{},
		Crop{rng.IntN(9), rng.IntN(9), side(), side()}, Extract{rng.IntN(9), rng.IntN(9), side(), side()},
		Blur{[]float64{0, number(0.3, 1000)}[rng.IntN(2)]}, Median{[]int{0, 1, 51}[rng.IntN(3)]}, Pixelate{2 + rng.IntN(99)}, MaxBytes{1 + rng.IntN(99)}, AutoQuality{30 + rng.IntN(61)},
		Affine{Matrix: []float64{1, number(-0.5, 0.5), 0, 1}, IDX: number(-9, 9), ODY: number(-9, 9), Background: color(), Interpolator: Interpolator(rng.IntN(6))},
		Bandbool{Bitwise(rng.IntN(3))}, Boolean{original(), Bitwise(rng.IntN(3))}, ExtractChannel{Channel(rng.IntN(4))},
		Canvas{Width: side(), Height: side(), Ratio: maybe(), Position: Position(rng.IntN(9)), OffsetX: signed(), OffsetY: signed(), Background: color()},
		CLAHE{1 + rng.IntN(1024), 1 + rng.IntN(1024), whole(4, 100)},
		Convolve{Width: 3, Height: 2, Kernel: numbers(6), Scale: some(0.5, 9), Offset: number(-255, 255)},
		EnsureAlpha{some(0, 0.9)}, Extend{Top: rng.IntN(99), Bottom: rng.IntN(99), Left: 1, Right: rng.IntN(99), Background: color(), With: ExtendWith(rng.IntN(4))},
		Flatten{color()}, Tint{"#0a0b0c"}, Negate{maybe()}, Normalise{whole(2, 50), whole(60, 98)}, GammaCorrection{some(1, 2), some(1, 3)},
		Modulate{some(0, 0.5), some(1.5, 100), rng.IntN(360), number(-100, 100)},
		LinearTransform{numbers(1 + rng.IntN(4)), []float64{number(-9, 9)}}, Recomb{numbers([]int{9, 16}[rng.IntN(2)])},
		PipelineColourspace{Colourspace(1 + rng.IntN(8))}, ToColourspace{Colourspace(1 + rng.IntN(8))},
		RoundCrop{some(0.5, 4096), some(0.5, 9), some(0, 9), some(0, 9)}, SmartCrop{rng.IntN(9), rng.IntN(9)},
		Threshold{1 + rng.IntN(100), maybe()}, Trim{some(11, 255), color(), rng.IntN(9), maybe(), maybe(), maybe()},
		Watermark{original(), some(0, 0.9), Position(rng.IntN(9)), signed(), signed(), number(0.001, 1), maybe()},
		JPEGOptions{1 + rng.IntN(100), maybe(), ChromaSubsampling(rng.IntN(2))},
		PNGOptions{rng.IntN(101), maybe(), 2 + rng.IntN(200), some(0, 0.9), whole(0, 9), true},
		WebPOptions{rng.IntN(101), true, maybe(), whole(0, 99), maybe(), whole(0, 6), []float64{0, 65535}, whole(0, 9)},
		AVIFOptions{1 + rng.IntN(100), maybe(), whole(0, 9), ChromaSubsampling(rng.IntN(2))},
		GIFOptions{2 + rng.IntN(200), whole(1, 10), some(0, 0.9), []float64{40}, whole(0, 9)}, TIFFOptions{Compression(rng.IntN(5)), 1 + rng.IntN(79)},
	}
}

func formOf(e Edit) (out form) {
	_ = kinds[e.name()].with(e, func(f form) error { out = f; return nil })
	return out
}

func TestEveryKindIsInTheRandomRequests(t *testing.T) {
	edits := append(randomEdits(rand.New(rand.NewPCG(1, 1))), AsStored{})
	if len(edits) != len(kinds) {
		t.Errorf("%d edits, but %d kinds", len(edits), len(kinds))
	}
	for name := range kinds {
		at := slices.IndexFunc(edits, func(e Edit) bool { return e.name() == name })
		if at < 0 {
			t.Errorf("%s is missing", name)
			continue
		}
		o, ok := formOf(edits[at]).(objectForm)
		if ok && !slices.IsSortedFunc(o.fields, func(a, b field) int { return strings.Compare(a.name, b.name) }) {
			t.Errorf("the fields of %s are not sorted by name", name)
		}
	}
}

// Each edit by itself, for the edits of a random request are too long together.
func TestEachEditIsItsOwnInverse(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		for _, e := range append(randomEdits(rng), AsStored{}) {
			payload, err := Encode(Request{Key: "k", Edits: Edits{e}})
			if err != nil {
				t.Fatalf("%+v: %v", e, err)
			}
			r, err := Parse(payload)
			if err != nil || len(r.Edits) != 1 || !reflect.DeepEqual(r.Edits[0], e) {
				data, _ := Decode(payload)
				t.Fatalf("%+v is %s and read as %+v, %v", e, data, r.Edits, err)
			}
			var any any
			if data, _ := Decode(payload); json.Unmarshal(data, &any) != nil {
				t.Fatalf("%s is no JSON", data)
			}
		}
	}
}

func TestOriginalsOfEdits(t *testing.T) {
	edits := Edits{Flip{}, Watermark{Original: Original{Key: "a"}}, OverlayWith{Original: Original{"b", "c"}}, Boolean{Original: Original{Key: "d"}}}
	if got := edits.Originals(); !slices.Equal(got, []Original{{"", "a"}, {"b", "c"}, {"", "d"}}) {
		t.Errorf("%v", got)
	}
}
