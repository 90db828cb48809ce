package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// edited renders the test picture of 128x96 as a PNG.
func edited(t *testing.T, edits ...thumburl.Edit) *image.NRGBA {
	t.Helper()
	_, m := render(t, encodePNG(t, quad(128, 96)), Job{Edits: edits, Format: thumburl.PNG})
	return m
}

func wantSize(t *testing.T, m image.Image, width, height int) {
	t.Helper()
	if m.Bounds().Dx() != width || m.Bounds().Dy() != height {
		t.Errorf("%dx%d, want %dx%d", m.Bounds().Dx(), m.Bounds().Dy(), width, height)
	}
}

func wantPixel(t *testing.T, m *image.NRGBA, x, y int, want color.NRGBA) {
	t.Helper()
	if got := m.NRGBAAt(x, y); !near(got, want, 2) {
		t.Errorf("%v at %d,%d, want %v", got, x, y, want)
	}
}

var (
	transparent = color.NRGBA{255, 255, 255, 0}
	black       = color.NRGBA{0, 0, 0, 255}
)

func TestCropTo(t *testing.T) {
	for _, c := range []struct {
		name          string
		edit          thumburl.CropTo
		width, height int
		leftTop       color.NRGBA
		rightBottom   color.NRGBA
	}{
		{"the middle", thumburl.CropTo{Width: thumburl.Pixels(40), Height: thumburl.Pixels(20)}, 40, 20, red, white},
		{"a corner by shares", thumburl.CropTo{Width: thumburl.Percent(25), Height: thumburl.Percent(50), Position: thumburl.RightTop}, 32, 48, green, green},
		{"inwards from a corner", thumburl.CropTo{Width: thumburl.Pixels(32), Height: thumburl.Pixels(32), Position: thumburl.RightBottom, OffsetX: thumburl.Pixels(80), OffsetY: thumburl.Percent(10)}, 32, 32, blue, blue},
		{"to the right of the middle", thumburl.CropTo{Width: thumburl.Pixels(20), Height: thumburl.Pixels(96), OffsetX: thumburl.Pixels(40)}, 20, 96, green, white},
		{"a focus", thumburl.CropTo{Width: thumburl.Pixels(30), Height: thumburl.Pixels(30), Focus: thumburl.FocusAt(0.25, 0.75)}, 30, 30, blue, blue},
		{"a focus at the edge", thumburl.CropTo{Width: thumburl.Pixels(30), Height: thumburl.Pixels(30), Focus: thumburl.FocusAt(1, 1)}, 30, 30, white, white},
		{"offsets beyond the picture", thumburl.CropTo{Width: thumburl.Pixels(30), Position: thumburl.Left, OffsetX: thumburl.Pixels(999)}, 30, 96, green, white},
		{"longer than the picture", thumburl.CropTo{Width: thumburl.Pixels(999), Height: thumburl.Pixels(10)}, 128, 10, red, white},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := edited(t, c.edit)
			wantSize(t, m, c.width, c.height)
			wantPixel(t, m, 0, 0, c.leftTop)
			wantPixel(t, m, c.width-1, c.height-1, c.rightBottom)
		})
	}
}

func TestResizeAroundAFocus(t *testing.T) {
	m := edited(t, thumburl.Resize{Width: 24, Height: 48, Focus: thumburl.FocusAt(0.9, 0.5)})
	wantSize(t, m, 24, 48)
	wantPixel(t, m, 2, 2, green)
	wantPixel(t, m, 2, 45, white)
	m = edited(t, thumburl.Resize{Width: 24, Height: 48, Position: thumburl.Left, OffsetX: thumburl.Pixels(34)})
	wantPixel(t, m, 2, 2, green)
	m = edited(t, thumburl.Resize{Width: 64, Height: 64, Fit: thumburl.Contain, Background: "#000000", Position: thumburl.Top, OffsetY: thumburl.Pixels(4)})
	wantPixel(t, m, 30, 3, black)
	wantPixel(t, m, 2, 6, red)
	wantPixel(t, m, 30, 53, black)
}

func TestResizeOfSizes(t *testing.T) {
	for _, c := range []struct {
		edit          thumburl.Resize
		width, height int
	}{
		{thumburl.Resize{Ratio: 0.5}, 64, 48},
		{thumburl.Resize{Ratio: 2, Fit: thumburl.Inside}, 256, 192},
		{thumburl.Resize{Width: 30, Height: 20, Fit: thumburl.AutoFit}, 30, 20},               // both lie: Cover
		{thumburl.Resize{Width: 20, Height: 30, Fit: thumburl.AutoFit}, 20, 15},               // one stands: Inside
		{thumburl.Resize{Width: 40, Height: 40, Fit: thumburl.Inside, MinHeight: 40}, 40, 40}, // raised to 53x40, and cut
		{thumburl.Resize{MinWidth: 256}, 256, 192},
		{thumburl.Resize{Width: 64, MinWidth: 32}, 64, 48},
	} {
		wantSize(t, edited(t, c.edit), c.width, c.height)
	}
}

func TestCanvas(t *testing.T) {
	m := edited(t, thumburl.Canvas{Width: 200, Height: 50, Position: thumburl.Right})
	wantSize(t, m, 200, 96) // no side gets smaller
	wantPixel(t, m, 10, 40, transparent)
	wantPixel(t, m, 73, 2, red)
	m = edited(t, thumburl.Canvas{Width: 1, Height: 1, Ratio: true, Position: thumburl.Top, OffsetY: thumburl.Pixels(8), Background: "#000000"})
	wantSize(t, m, 128, 128)
	wantPixel(t, m, 60, 7, black)
	wantPixel(t, m, 60, 9, red)
	wantPixel(t, m, 60, 106, black)
	// Where a format has no alpha, what is transparent becomes white.
	_, jpeg := render(t, encodePNG(t, quad(128, 96)), Job{Edits: thumburl.Edits{thumburl.Canvas{Width: 200}}, Format: thumburl.JPEG})
	if got := jpeg.NRGBAAt(5, 50); !near(got, color.NRGBA{255, 255, 255, 255}, 3) {
		t.Errorf("the margin of a JPEG is %v", got)
	}
}

func TestRoundCrop(t *testing.T) {
	m := edited(t, thumburl.RoundCrop{})
	wantSize(t, m, 96, 96)
	for _, corner := range []image.Point{{1, 1}, {94, 1}, {1, 94}, {94, 94}} {
		if a := m.NRGBAAt(corner.X, corner.Y).A; a != 0 {
			t.Errorf("alpha %d in the corner %v", a, corner)
		}
	}
	wantPixel(t, m, 30, 30, red)
	wantPixel(t, m, 48, 0, green) // the circle touches the edge
	covered := 0.0
	for y := range 96 {
		for x := range 96 {
			covered += float64(m.NRGBAAt(x, y).A) / 255
		}
	}
	if want := math.Pi * 48 * 48; math.Abs(covered-want) > 10 {
		t.Errorf("the circle has %.0f pixels, want %.0f", covered, want)
	}
	m = edited(t, thumburl.RoundCrop{RX: thumburl.Some(20), RY: thumburl.Some(10), Left: thumburl.Some(10), Top: thumburl.Some(60)})
	wantSize(t, m, 30, 20) // cut by the picture's edge
	wantPixel(t, m, 5, 10, blue)
	_, err := renderer.Render(context.Background(), encodePNG(t, quad(128, 96)), Job{Edits: thumburl.Edits{thumburl.RoundCrop{Left: thumburl.Some(500), RX: thumburl.Some(9)}}})
	if codeOf(t, err) != CodeCropOutside {
		t.Errorf("an ellipse outside: %v", err)
	}
}

func TestPixelate(t *testing.T) {
	source := image.NewNRGBA(image.Rect(0, 0, 20, 11))
	for y := range 11 {
		for x := range 20 {
			source.SetNRGBA(x, y, color.NRGBA{uint8(10 * x), 100, 0, 255})
		}
	}
	_, m := render(t, encodePNG(t, source), Job{Edits: thumburl.Edits{thumburl.Pixelate{Size: 8}}, Format: thumburl.PNG})
	wantSize(t, m, 20, 11)
	wantPixel(t, m, 0, 0, color.NRGBA{35, 100, 0, 255}) // of 0, 10 … 70
	wantPixel(t, m, 7, 7, color.NRGBA{35, 100, 0, 255})
	wantPixel(t, m, 8, 0, color.NRGBA{115, 100, 0, 255})
	wantPixel(t, m, 19, 10, m.NRGBAAt(16, 8))
}

func TestTrimOfBothEnds(t *testing.T) {
	source := image.NewNRGBA(image.Rect(0, 0, 60, 40))
	for y := range 40 {
		for x := range 60 {
			source.SetNRGBA(x, y, white)
			if x >= 10 && x < 30 && y >= 12 && y < 20 {
				source.SetNRGBA(x, y, red)
			}
		}
	}
	trim := func(e thumburl.Trim) *image.NRGBA {
		_, m := render(t, encodePNG(t, source), Job{Edits: thumburl.Edits{e}, Format: thumburl.PNG})
		return m
	}
	wantSize(t, trim(thumburl.Trim{LineArt: true}), 20, 8)
	wantSize(t, trim(thumburl.Trim{LineArt: true, EqualHorizontal: true}), 40, 8)
	wantSize(t, trim(thumburl.Trim{LineArt: true, EqualVertical: true}), 20, 16)
	wantSize(t, trim(thumburl.Trim{LineArt: true, Margin: 100}), 60, 40)
	wantSize(t, trim(thumburl.Trim{Threshold: thumburl.Some(250)}), 60, 40) // nothing is that different
	// What follows a trim is judged by what it left.
	_, err := renderer.Render(context.Background(), encodePNG(t, source),
		Job{Edits: thumburl.Edits{thumburl.Trim{LineArt: true}, thumburl.Crop{Width: 30, Height: 8}}})
	if codeOf(t, err) != CodeCropOutside {
		t.Errorf("a crop wider than what was left: %v", err)
	}
}

// Gamma with nothing after it that averages is one power, and no values are lost.
func TestGammaAlone(t *testing.T) {
	m := edited(t, thumburl.GammaCorrection{})
	wantQuad(t, m, 0)
	m = edited(t, thumburl.GammaCorrection{Gamma: thumburl.Some(2.2), Out: thumburl.Some(1.1)})
	want := uint8(math.Round(255 * math.Pow(200.0/255, 2)))
	wantPixel(t, m, 5, 5, color.NRGBA{want, uint8(math.Round(255 * math.Pow(40.0/255, 2))), uint8(math.Round(255 * math.Pow(30.0/255, 2))), 255})
}

func TestPipelineColourspaceAveragesLight(t *testing.T) {
	source := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range source.Pix {
		source.Pix[i] = uint8((i + i/64) % 2 * 255)
	}
	gamma := Renderer{Limits: DefaultLimits(), Space: thumburl.Gamma}
	for space, want := range map[thumburl.Colourspace]uint8{thumburl.RGB16: 128, thumburl.ScRGB: 188} {
		p, err := gamma.Render(context.Background(), encodePNG(t, source),
			Job{Edits: thumburl.Edits{thumburl.PipelineColourspace{Space: space}, thumburl.Resize{Width: 16, Height: 16}}, Format: thumburl.PNG})
		if err != nil {
			t.Fatal(err)
		}
		wantPixel(t, decode(t, p), 8, 8, color.NRGBA{want, want, want, 255})
	}
}

func TestGreyOfPipelineAndAnswer(t *testing.T) {
	for _, e := range []thumburl.Edit{thumburl.PipelineColourspace{Space: thumburl.BW}, thumburl.ToColourspace{Space: thumburl.Grey16}} {
		p, m := render(t, encodePNG(t, quad(20, 20)), Job{Edits: thumburl.Edits{e}, Format: thumburl.PNG})
		if c := m.NRGBAAt(3, 3); c.R != c.G || c.G != c.B {
			t.Errorf("%T: %v has a colour", e, c)
		}
		if decoded, _ := png.Decode(bytes.NewReader(p.Body)); decoded.ColorModel() != color.GrayModel {
			t.Errorf("%T: the PNG is no grey one", e)
		}
	}
}

func TestBigMedianAgainstBruteForce(t *testing.T) {
	source := image.NewGray(image.Rect(0, 0, 40, 30))
	for i := range source.Pix {
		source.Pix[i] = uint8(i * 7919 % 251)
	}
	_, m := render(t, encodePNG(t, source), Job{Edits: thumburl.Edits{thumburl.Median{Size: 21}}, Format: thumburl.PNG})
	for _, at := range []image.Point{{0, 0}, {20, 15}, {39, 29}, {5, 28}} {
		var counts [256]int
		for dy := -10; dy <= 10; dy++ {
			for dx := -10; dx <= 10; dx++ {
				counts[source.GrayAt(min(max(at.X+dx, 0), 39), min(max(at.Y+dy, 0), 29)).Y]++
			}
		}
		want, rank := 0, 21*21/2
		for ; rank >= counts[want]; want++ {
			rank -= counts[want]
		}
		if got := m.NRGBAAt(at.X, at.Y).R; int(got) != want {
			t.Errorf("%d at %v, want %d", got, at, want)
		}
	}
}

func TestEnsuredAlphaIsKept(t *testing.T) {
	p, _ := render(t, encodePNG(t, quad(20, 20)), Job{Edits: thumburl.Edits{thumburl.EnsureAlpha{}}, Format: thumburl.PNG})
	if decoded, _ := png.Decode(bytes.NewReader(p.Body)); decoded.ColorModel() != color.NRGBAModel {
		t.Error("opaque alpha that was asked for is gone")
	}
}

func TestEditsThatDoNotFit(t *testing.T) {
	source := encodePNG(t, quad(100, 80))
	wide := encodePNG(t, image.NewGray(image.Rect(0, 0, 4000, 3900)))
	for _, c := range []struct {
		name   string
		source []byte
		edits  thumburl.Edits
		want   Code
	}{
		{"an extract outside", source, thumburl.Edits{thumburl.Extract{Left: 99, Width: 2, Height: 1}}, CodeCropOutside},
		{"a median wider than the picture", source, thumburl.Edits{thumburl.Resize{Width: 20, Height: 20}, thumburl.Median{Size: 25}}, CodeWindowTooLarge},
		{"a window wider than the picture", source, thumburl.Edits{thumburl.CLAHE{Width: 101, Height: 3}}, CodeWindowTooLarge},
		{"an extend beyond the limits", source, thumburl.Edits{thumburl.Extend{Left: 4000}}, CodeOutputTooLarge},
		{"an extend beyond the limits that is cut again", source, thumburl.Edits{thumburl.Extend{Left: 4000}, thumburl.Crop{Width: 5, Height: 5}}, CodeOutputTooLarge},
		{"a turn beyond the limits", wide, thumburl.Edits{thumburl.Rotate{Angle: 45}}, CodeOutputTooLarge},
		{"a map beyond the limits", source, thumburl.Edits{thumburl.Affine{Matrix: []float64{100, 0, 0, 1}}}, CodeOutputTooLarge},
		{"a canvas beyond the limits", source, thumburl.Edits{thumburl.Canvas{Width: 4096, Height: 1, Ratio: true}}, CodeOutputTooLarge},
		{"a ratio beyond the limits", source, thumburl.Edits{thumburl.Resize{Ratio: 60}}, CodeOutputTooLarge},
		{"alpha of a picture without", source, thumburl.Edits{thumburl.ExtractChannel{Channel: thumburl.AlphaChannel}}, CodeChannelMissing},
		{"four numbers for three channels", source, thumburl.Edits{thumburl.LinearTransform{A: []float64{1, 1, 1, 1}}}, CodeChannelMissing},
		{"a matrix of four channels", source, thumburl.Edits{thumburl.Recomb{Matrix: make([]float64, 16)}}, CodeChannelMissing},
		{"a median of a large picture", wide, thumburl.Edits{thumburl.Median{Size: 51}}, CodeEditTooCostly},
		{"two that take too long together", wide, thumburl.Edits{thumburl.CLAHE{Width: 64, Height: 64}, thumburl.Modulate{Hue: 5}}, CodeEditTooCostly},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := renderer.Render(context.Background(), c.source, Job{Edits: c.edits, Format: thumburl.PNG})
			if code := codeOf(t, err); code != c.want {
				t.Errorf("%s (%v), want %s", code, err, c.want)
			}
		})
	}
}

// --- second pictures -------------------------------------------------------------

// withSecond is a job that reads the given second pictures.
func withSecond(edits thumburl.Edits, seconds map[string][]byte) Job {
	return Job{Edits: edits, Format: thumburl.PNG, Original: func(_ context.Context, bucket, key string) ([]byte, error) {
		if b, ok := seconds[bucket+"/"+key]; ok {
			return b, nil
		}
		return nil, errNoSuchKey
	}}
}

var errNoSuchKey = errors.New("no such key")

func plainPNG(t testing.TB, width, height int, c color.NRGBA) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetNRGBA(x, y, c)
		}
	}
	return encodePNG(t, m)
}

func TestOverlayPlaces(t *testing.T) {
	yellow := color.NRGBA{250, 240, 10, 255}
	seconds := map[string][]byte{"logos/logo": plainPNG(t, 20, 10, yellow)}
	logo := thumburl.Original{Bucket: "logos", Key: "logo"}
	for _, c := range []struct {
		name string
		edit thumburl.OverlayWith
		box  image.Rectangle // of what is yellow
	}{
		{"in the middle", thumburl.OverlayWith{}, image.Rect(54, 43, 74, 53)},
		{"pixels", thumburl.OverlayWith{Left: thumburl.Pixels(5), Top: thumburl.Pixels(0)}, image.Rect(5, 0, 25, 10)},
		{"from the other ends", thumburl.OverlayWith{Left: thumburl.Pixels(-5), Top: thumburl.Pixels(-1)}, image.Rect(103, 85, 123, 95)},
		{"shares", thumburl.OverlayWith{Left: thumburl.Percent(50), Top: thumburl.Percent(10)}, image.Rect(64, 9, 84, 19)},
		{"shares from the other ends", thumburl.OverlayWith{Left: thumburl.Percent(-50), Top: thumburl.Percent(-10)}, image.Rect(44, 76, 64, 86)},
		{"beyond the picture", thumburl.OverlayWith{Left: thumburl.Pixels(120), Top: thumburl.Pixels(90)}, image.Rect(120, 90, 128, 96)},
		{"a share of the width", thumburl.OverlayWith{WRatio: 50, Position: thumburl.LeftTop}, image.Rect(0, 0, 64, 32)},
		{"the smaller of two shares", thumburl.OverlayWith{WRatio: 50, HRatio: 10, Position: thumburl.LeftTop}, image.Rect(0, 0, 18, 9)},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.edit.Original = logo
			_, m := render(t, encodePNG(t, quad(128, 96)), withSecond(thumburl.Edits{c.edit}, seconds))
			var box image.Rectangle
			for y := range 96 {
				for x := range 128 {
					if near(m.NRGBAAt(x, y), yellow, 6) {
						box = box.Union(image.Rect(x, y, x+1, y+1))
					}
				}
			}
			if box != c.box {
				t.Errorf("the overlay lies at %v, want %v", box, c.box)
			}
		})
	}
}

func TestOverlayIsFaded(t *testing.T) {
	seconds := map[string][]byte{"/logo": plainPNG(t, 20, 10, color.NRGBA{0, 0, 0, 255})}
	_, m := render(t, encodePNG(t, quad(128, 96)), withSecond(thumburl.Edits{thumburl.OverlayWith{Original: thumburl.Original{Key: "logo"}, Alpha: 75,
		Left: thumburl.Pixels(0), Top: thumburl.Pixels(0)}}, seconds))
	wantPixel(t, m, 5, 5, color.NRGBA{150, 30, 22, 255}) // three quarters of red are left
	_, m = render(t, encodePNG(t, quad(128, 96)), withSecond(thumburl.Edits{thumburl.OverlayWith{Original: thumburl.Original{Key: "logo"}, Alpha: 100}}, seconds))
	wantQuad(t, m, 1)
}

func TestSecondPicturesThatAreNone(t *testing.T) {
	large := plainPNG(t, 129, 10, red)
	seconds := map[string][]byte{"/large": large, "/text": []byte("no picture"), "/cut": large[:len(large)-20], "/bomb": jpegSized(t, encodeJPEG(t, quad(8, 8)), 60000, 60000)}
	overlay := func(key string) thumburl.Edits {
		return thumburl.Edits{thumburl.OverlayWith{Original: thumburl.Original{Key: key}}}
	}
	source := encodePNG(t, quad(128, 96))
	for _, c := range []struct {
		name  string
		edits thumburl.Edits
		want  Code
	}{
		{"missing", overlay("missing"), CodeSecondUnread},
		{"too large", overlay("large"), CodeSecondTooLarge},
		{"no picture", overlay("text"), CodeSourceUnsupported},
		{"cut off", thumburl.Edits{thumburl.Watermark{Original: thumburl.Original{Key: "cut"}}}, CodeSourceTruncated},
		{"a bomb", thumburl.Edits{thumburl.Watermark{Original: thumburl.Original{Key: "bomb"}}}, CodeSourceTooLarge},
		{"of another size", thumburl.Edits{thumburl.Boolean{Original: thumburl.Original{Key: "large"}}}, CodeSecondTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := renderer.Render(context.Background(), source, withSecond(c.edits, seconds))
			if code := codeOf(t, err); code != c.want {
				t.Errorf("%s (%v), want %s", code, err, c.want)
			}
			if errors.Is(err, errNoSuchKey) != (c.want == CodeSecondUnread) {
				t.Errorf("%v wraps the cause: want %v", err, c.want == CodeSecondUnread)
			}
		})
	}
	job := withSecond(overlay("large"), seconds)
	job.Original = nil
	if _, err := renderer.Render(context.Background(), source, job); codeOf(t, err) != CodeSecondUnread {
		t.Errorf("nobody to fetch it: %v", err)
	}
	// One that is fetched is fetched after the first is known to be a picture.
	job = withSecond(overlay("large"), seconds)
	fetched := false
	job.Original = func(context.Context, string, string) ([]byte, error) { fetched = true; return large, nil }
	if _, err := renderer.Render(context.Background(), []byte("no picture"), job); err == nil || fetched {
		t.Errorf("fetched for something that is no picture: %v, %v", fetched, err)
	}
}

// Beside the first picture, the second one has what memory is left.
func TestSecondPictureAndMemory(t *testing.T) {
	narrow := Renderer{Limits: DefaultLimits()}
	narrow.Limits.MemoryBytes = 40 << 20
	seconds := map[string][]byte{"/large": encodeGIF(t, 1, image.NewGray(image.Rect(0, 0, 3000, 2000)))} // decoded as a whole
	job := withSecond(thumburl.Edits{thumburl.Watermark{Original: thumburl.Original{Key: "large"}}}, seconds)
	_, err := narrow.Render(context.Background(), encodePNG(t, quad(1000, 800)), job)
	if codeOf(t, err) != CodeSourceTooLarge || !strings.Contains(err.Error(), "second picture") {
		t.Errorf("%v", err)
	}
}

func TestWatermark(t *testing.T) {
	yellow := color.NRGBA{250, 240, 10, 255}
	seconds := map[string][]byte{"/logo": plainPNG(t, 20, 10, yellow), "/large": plainPNG(t, 512, 96, yellow)}
	marked := func(e thumburl.Watermark) *image.NRGBA {
		if e.Key == "" {
			e.Key = "logo"
		}
		_, m := render(t, encodePNG(t, quad(128, 96)), withSecond(thumburl.Edits{e}, seconds))
		return m
	}
	m := marked(thumburl.Watermark{Position: thumburl.RightBottom, OffsetX: thumburl.Pixels(4), OffsetY: thumburl.Percent(12.5), Opacity: thumburl.Some(0.5)})
	half := func(a, b uint8) uint8 { return uint8((int(a) + int(b)) / 2) }
	wantPixel(t, m, 105, 75, color.NRGBA{half(240, 250), half(240, 240), half(240, 10), 255})
	wantPixel(t, m, 125, 75, white)
	wantPixel(t, m, 105, 85, white)
	m = marked(thumburl.Watermark{Position: thumburl.RightBottom, OffsetX: thumburl.Pixels(-12)}) // beyond the edge
	wantPixel(t, m, 119, 90, white)
	wantPixel(t, m, 121, 90, yellow)
	m = marked(thumburl.Watermark{Scale: 0.5, Position: thumburl.LeftTop})
	wantPixel(t, m, 62, 30, yellow)
	wantPixel(t, m, 66, 30, green)
	m = marked(thumburl.Watermark{Original: thumburl.Original{Key: "large"}, Position: thumburl.Top}) // fitted into the picture
	wantPixel(t, m, 1, 1, yellow)
	wantPixel(t, m, 1, 26, red)
	m = marked(thumburl.Watermark{Replicate: true, Position: thumburl.LeftTop, OffsetX: thumburl.Pixels(20), OffsetY: thumburl.Pixels(10)})
	for _, at := range []image.Point{{15, 10}, {55, 10}, {95, 10}, {15, 30}} {
		wantPixel(t, m, at.X, at.Y, yellow)
	}
	wantPixel(t, m, 35, 10, red)
	wantPixel(t, m, 15, 20, red)
}

func TestOverlayOnEachFrame(t *testing.T) {
	fetched := 0
	job := withSecond(thumburl.Edits{thumburl.OverlayWith{Original: thumburl.Original{Key: "logo"}, Left: thumburl.Pixels(0), Top: thumburl.Pixels(0)}}, nil)
	job.Format = thumburl.GIF
	job.Original = func(context.Context, string, string) ([]byte, error) {
		fetched++
		return plainPNG(t, 5, 5, color.NRGBA{10, 200, 250, 255}), nil
	}
	p, err := renderer.Render(context.Background(), moving(t, 20, 20), job)
	if err != nil {
		t.Fatal(err)
	}
	g, err := gif.DecodeAll(bytes.NewReader(p.Body))
	if err != nil || len(g.Image) != len(frameColours) || fetched != 1 {
		t.Fatalf("%d frames, %d times fetched, %v", len(g.Image), fetched, err)
	}
	first := color.NRGBAModel.Convert(g.Image[0].At(2, 2)).(color.NRGBA)
	if !near(first, color.NRGBA{10, 200, 250, 255}, 12) {
		t.Errorf("the overlay is %v", first)
	}
}

// --- faces -----------------------------------------------------------------------

func TestSmartCrop(t *testing.T) {
	source := encodePNG(t, quad(128, 96))
	var asked image.Config
	faces := func(list ...Face) func(context.Context, []byte) ([]Face, error) {
		return func(_ context.Context, jpeg []byte) (found []Face, err error) {
			asked, _, err = image.DecodeConfig(bytes.NewReader(jpeg))
			return list, err
		}
	}
	crop := func(e thumburl.SmartCrop, find func(context.Context, []byte) ([]Face, error)) (*image.NRGBA, error) {
		p, err := renderer.Render(context.Background(), source, Job{Edits: thumburl.Edits{e}, Format: thumburl.PNG, Faces: find})
		if err != nil {
			return nil, err
		}
		return decode(t, p), nil
	}
	face := Face{Left: 0.6, Top: 0.1, Width: 0.2, Height: 0.25}
	m, err := crop(thumburl.SmartCrop{}, faces(face))
	if err != nil {
		t.Fatal(err)
	}
	wantSize(t, m, 25, 24)
	wantPixel(t, m, 10, 10, green)
	if asked.Width != 128 || asked.Height != 96 {
		t.Errorf("the detector was given %dx%d", asked.Width, asked.Height)
	}
	if m, err = crop(thumburl.SmartCrop{FaceIndex: 1, Padding: 40}, faces(Face{}, face)); err != nil {
		t.Fatal(err)
	}
	wantSize(t, m, 92, 96) // as far as the picture reaches
	if m, err = crop(thumburl.SmartCrop{}, faces()); err != nil {
		t.Fatal(err)
	}
	wantSize(t, m, 128, 96)
	if _, err = crop(thumburl.SmartCrop{FaceIndex: 1}, faces(face)); codeOf(t, err) != CodeFaceNotFound {
		t.Errorf("a face that is not there: %v", err)
	}
	broken := errors.New("no answer")
	if _, err = crop(thumburl.SmartCrop{}, func(context.Context, []byte) ([]Face, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("a detector that fails: %v", err)
	}
	if m, err = crop(thumburl.SmartCrop{}, nil); err != nil {
		t.Fatal(err)
	}
	wantSize(t, m, 96, 96)
}

// --- formats ---------------------------------------------------------------------

func TestOrientationIsGivenOn(t *testing.T) {
	source := withEXIF(encodeJPEG(t, quad(120, 60)), 6)
	for _, format := range []thumburl.Format{thumburl.Input, thumburl.JPEG, thumburl.PNG, thumburl.WebP, thumburl.TIFF, thumburl.AVIF} {
		t.Run(format.String(), func(t *testing.T) {
			p, err := renderer.Render(context.Background(), source, Job{Edits: thumburl.Edits{thumburl.AsStored{}, thumburl.Resize{Width: 60}}, Format: format})
			if err != nil {
				t.Fatal(err)
			}
			h, err := renderer.ReadHeader(p.Body)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case format == thumburl.AVIF && h.Width == 30 && h.Height == 60:
				// libvips 8.16 writes the property that turns, and the header is turned by it.
			case h.Width != 60 || h.Height != 30:
				t.Fatalf("%+v: the pixels are not as stored", h)
			case format == thumburl.AVIF && !bytes.Contains(p.Body, []byte("Exif")):
				t.Error("no EXIF")
			case format != thumburl.AVIF && h.Orientation != 6:
				t.Errorf("orientation %d", h.Orientation)
			}
			// And nothing else of the metadata.
			if bytes.Contains(p.Body, []byte("GPS")) || bytes.Contains(p.Body, []byte("ICC_PROFILE")) {
				t.Error("more metadata than the orientation")
			}
		})
	}
	p, err := renderer.Render(context.Background(), source, Job{Edits: thumburl.Edits{thumburl.Resize{Width: 30}}, Format: thumburl.JPEG})
	if err != nil || p.Height != 60 || bytes.Contains(p.Body, []byte("Exif")) {
		t.Errorf("turned upright by default: %dx%d, %v", p.Width, p.Height, err)
	}
	// A WebP with alpha has its extended header already.
	alpha := image.NewNRGBA(image.Rect(0, 0, 40, 20))
	for i := range alpha.Pix {
		alpha.Pix[i] = uint8(i)
	}
	plain, err := renderer.Render(context.Background(), encodePNG(t, alpha), Job{Format: thumburl.WebP})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := renderer.ReadHeader(withOrientation(plain.Body, thumburl.WebP, 6)); err != nil || h.Orientation != 6 || !h.Alpha {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestInputKeepsTheFormat(t *testing.T) {
	for name, want := range map[string]thumburl.Format{"quad.jpg": thumburl.JPEG, "quad.png": thumburl.PNG, "quad.gif": thumburl.GIF,
		"quad.tif": thumburl.TIFF, "quad.webp": thumburl.WebP, "quad.avif": thumburl.AVIF, "quad.heic": thumburl.JPEG} {
		p, err := renderer.Render(context.Background(), sources(t)[name],
			Job{Edits: thumburl.Edits{thumburl.Still{}, thumburl.EnsureAlpha{Alpha: thumburl.Some(0.5)}}, Format: thumburl.Input})
		if err != nil || p.Format != want {
			t.Errorf("%s: %s, %v, want %s", name, p.Format, err, want)
		}
	}
}

func TestStillIsTheFirstFrame(t *testing.T) {
	p, err := renderer.Render(context.Background(), moving(t, 20, 20), Job{Edits: thumburl.Edits{thumburl.Still{}}, Format: thumburl.GIF})
	if err != nil {
		t.Fatal(err)
	}
	g, err := gif.DecodeAll(bytes.NewReader(p.Body))
	if err != nil || len(g.Image) != 1 {
		t.Errorf("%d frames, %v", len(g.Image), err)
	}
}

func TestTimesOfAnAnimation(t *testing.T) {
	p, err := renderer.Render(context.Background(), moving(t, 20, 20), Job{Format: thumburl.GIF,
		Edits: thumburl.Edits{thumburl.GIFOptions{Delay: []float64{100, 250}, Loop: thumburl.Some(0)}}})
	if err != nil {
		t.Fatal(err)
	}
	g, err := gif.DecodeAll(bytes.NewReader(p.Body))
	if err != nil || fmt.Sprint(g.Delay[:3]) != "[10 25 25]" || g.LoopCount != 0 {
		t.Errorf("delays %v, loop %d, %v", g.Delay, g.LoopCount, err)
	}
}

// Each frame by itself would be trimmed to another size.
func TestTrimOfAnAnimation(t *testing.T) {
	g := &gif.GIF{}
	for i := range 3 {
		frame := image.NewPaletted(image.Rect(0, 0, 40, 30), color.Palette{color.White, color.Black})
		for y := 10; y < 20; y++ {
			for x := 10 + i; x < 25+2*i; x++ {
				frame.SetColorIndex(x, y, 1)
			}
		}
		g.Image, g.Delay = append(g.Image, frame), append(g.Delay, 5)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	p, err := renderer.Render(context.Background(), b.Bytes(), Job{Edits: thumburl.Edits{thumburl.Trim{LineArt: true}}, Format: thumburl.GIF})
	if err != nil {
		t.Fatal(err)
	}
	out, err := gif.DecodeAll(bytes.NewReader(p.Body))
	if err != nil || len(out.Image) != 3 || p.Width != 15 || p.Height != 10 || out.Config.Width != 15 {
		t.Errorf("%d frames of %dx%d, said to be %dx%d, %v", len(out.Image), out.Config.Width, out.Config.Height, p.Width, p.Height, err)
	}
}

func TestOptionsOfFormats(t *testing.T) {
	photo := encodeJPEG(t, scenery(300, 300, false))
	size := func(format thumburl.Format, e ...thumburl.Edit) (int, []byte) {
		t.Helper()
		p, err := renderer.Render(context.Background(), photo, Job{Edits: append(thumburl.Edits{thumburl.Resize{Width: 96}}, e...), Format: format})
		if err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		return len(p.Body), p.Body
	}
	colours := func(body []byte) int {
		t.Helper()
		m, _, err := image.Decode(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[color.Color]bool{}
		for y := range m.Bounds().Dy() {
			for x := range m.Bounds().Dx() {
				seen[m.At(x, y)] = true
			}
		}
		return len(seen)
	}
	_, body := size(thumburl.PNG, thumburl.PNGOptions{Colours: 16})
	if n := colours(body); n > 16 || n < 8 {
		t.Errorf("%d colours in a PNG of 16", n)
	}
	_, body = size(thumburl.PNG, thumburl.PNGOptions{Palette: true})
	if n := colours(body); n > 256 || n < 100 {
		t.Errorf("%d colours in a PNG with a palette", n)
	}
	_, body = size(thumburl.GIF, thumburl.GIFOptions{Colours: 8})
	if n := colours(body); n > 8 || n < 4 {
		t.Errorf("%d colours in a GIF of 8", n)
	}
	for _, c := range []struct {
		name           string
		format         thumburl.Format
		smaller, other []thumburl.Edit
	}{
		{"compression of PNG", thumburl.PNG, []thumburl.Edit{thumburl.PNGOptions{CompressionLevel: thumburl.Some(9)}}, []thumburl.Edit{thumburl.PNGOptions{CompressionLevel: thumburl.Some(0)}}},
		{"dither of PNG", thumburl.PNG, []thumburl.Edit{thumburl.PNGOptions{Colours: 16, Dither: thumburl.Some(0)}}, []thumburl.Edit{thumburl.PNGOptions{Colours: 16}}},
		{"dither of GIF", thumburl.GIF, []thumburl.Edit{thumburl.GIFOptions{Colours: 16, Dither: thumburl.Some(0)}}, []thumburl.Edit{thumburl.GIFOptions{Colours: 16}}},
		{"compression of TIFF", thumburl.TIFF, nil, []thumburl.Edit{thumburl.TIFFOptions{Compression: thumburl.NoCompression}}},
		{"quality of TIFF", thumburl.TIFF, []thumburl.Edit{thumburl.TIFFOptions{Compression: thumburl.JPEGCompression, Quality: 20}}, []thumburl.Edit{thumburl.TIFFOptions{Compression: thumburl.JPEGCompression}}},
		{"chroma of AVIF", thumburl.AVIF, nil, []thumburl.Edit{thumburl.AVIFOptions{ChromaSubsampling: thumburl.FullChroma}}},
		{"near lossless WebP", thumburl.WebP, []thumburl.Edit{thumburl.WebPOptions{Lossless: true, NearLossless: true, Quality: 20}}, []thumburl.Edit{thumburl.WebPOptions{Lossless: true}}},
		{"effort of WebP", thumburl.WebP, []thumburl.Edit{thumburl.WebPOptions{Effort: thumburl.Some(6)}}, []thumburl.Edit{thumburl.WebPOptions{Effort: thumburl.Some(0)}}},
	} {
		smaller, _ := size(c.format, c.smaller...)
		other, _ := size(c.format, c.other...)
		if smaller >= other {
			t.Errorf("%s: %d bytes, not fewer than %d", c.name, smaller, other)
		}
	}
	_, smart := size(thumburl.WebP)
	_, rough := size(thumburl.WebP, thumburl.WebPOptions{RoughChroma: true})
	if bytes.Equal(smart, rough) {
		t.Error("smartSubsample changes nothing")
	}
}

func TestMaxBytes(t *testing.T) {
	photo := encodeJPEG(t, scenery(300, 300, false))
	for _, format := range []thumburl.Format{thumburl.JPEG, thumburl.WebP, thumburl.AVIF} {
		edits := thumburl.Edits{thumburl.Resize{Width: 120}}
		free, err := renderer.Render(context.Background(), photo, Job{Edits: edits, Format: format})
		if err != nil {
			t.Fatal(err)
		}
		limit := len(free.Body) * 9 / 10
		p, err := renderer.Render(context.Background(), photo, Job{Edits: append(edits, thumburl.MaxBytes{Bytes: limit}), Format: format})
		if err != nil || len(p.Body) > limit || len(p.Body) < limit/4 {
			t.Errorf("%s: %d bytes, want at most %d, and not far fewer (%v)", format, len(p.Body), limit, err)
		}
		least, err := renderer.Render(context.Background(), photo, Job{Edits: append(edits, thumburl.MaxBytes{Bytes: 1}), Format: format})
		if err != nil || len(least.Body) > len(p.Body) {
			t.Errorf("%s: %d bytes where nothing is short enough, %v", format, len(least.Body), err)
		}
	}
}
