package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

var renderer = Renderer{Limits: DefaultLimits()}

// The colours of the four quarters of the test picture.
var (
	red   = color.NRGBA{200, 40, 30, 255}
	green = color.NRGBA{30, 160, 60, 255}
	blue  = color.NRGBA{40, 60, 190, 255}
	white = color.NRGBA{240, 240, 240, 255}
)

// quad is the test picture: red, green above blue, white.
func quad(width, height int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetNRGBA(x, y, [2][2]color.NRGBA{{red, green}, {blue, white}}[min(1, 2*y/height)][min(1, 2*x/width)])
		}
	}
	return m
}

func encodePNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encodeJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encodeGIF(t testing.TB, frames int, m image.Image) []byte {
	t.Helper()
	g := gif.GIF{}
	paletted := image.NewPaletted(m.Bounds(), color.Palette{red, green, blue, white, color.Black})
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			paletted.Set(x, y, m.At(x, y))
		}
	}
	for range frames {
		g.Image = append(g.Image, paletted)
		g.Delay = append(g.Delay, 10)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withEXIF puts an EXIF block with an orientation and a GPS latitude into a JPEG.
func withEXIF(jpeg []byte, orientation byte) []byte {
	tiff := []byte{'M', 'M', 0, 42, 0, 0, 0, 8,
		0, 2, // two entries
		0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0,
		0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38,
		0, 0, 0, 0,
		0, 1, // GPS: LatitudeRef
		0, 1, 0, 2, 0, 0, 0, 2, 'N', 0, 0, 0,
		0, 0, 0, 0}
	block := append([]byte("Exif\x00\x00"), tiff...)
	segment := append([]byte{0xff, 0xe1, 0, byte(len(block) + 2)}, block...)
	return append(append(append([]byte{}, jpeg[:2]...), segment...), jpeg[2:]...)
}

func render(t testing.TB, source []byte, job Job) (Picture, *image.NRGBA) {
	t.Helper()
	p, err := renderer.Render(context.Background(), source, job)
	if err != nil {
		t.Fatal(err)
	}
	return p, decode(t, p)
}

// decode reads a thumbnail back: JPEG and PNG by Go's own decoders, the others
// by way of a PNG.
func decode(t testing.TB, p Picture) *image.NRGBA {
	t.Helper()
	body := p.Body
	if p.Format == thumburl.WebP || p.Format == thumburl.AVIF {
		again, err := renderer.Render(context.Background(), body, Job{Format: thumburl.PNG})
		if err != nil {
			t.Fatal(err)
		}
		body = again.Body
	}
	m, _, err := image.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if m.Bounds().Dx() != p.Width || m.Bounds().Dy() != p.Height {
		t.Fatalf("the body has %v, the picture says %dx%d", m.Bounds(), p.Width, p.Height)
	}
	out := image.NewNRGBA(m.Bounds())
	for y := range p.Height {
		for x := range p.Width {
			out.Set(x, y, m.At(x, y))
		}
	}
	return out
}

func near(a, b color.NRGBA, tolerance int) bool {
	for _, d := range []int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B), int(a.A) - int(b.A)} {
		if d > tolerance || d < -tolerance {
			return false
		}
	}
	return true
}

// wantQuad checks the middle of each quarter.
func wantQuad(t *testing.T, m *image.NRGBA, tolerance int, want ...color.NRGBA) {
	t.Helper()
	if len(want) == 0 {
		want = []color.NRGBA{red, green, blue, white}
	}
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	for i, c := range want {
		x, y := w/4+i%2*w/2, h/4+i/2*h/2
		if got := m.NRGBAAt(x, y); !near(got, c, tolerance) {
			t.Errorf("quarter %d is %v, want %v", i, got, c)
		}
	}
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sources is the test picture in every kind that is read.
func sources(t testing.TB) map[string][]byte {
	deep := image.NewNRGBA64(image.Rect(0, 0, 128, 96))
	palette := image.NewPaletted(deep.Bounds(), color.Palette{red, green, blue, white})
	plain := quad(128, 96)
	for y := range 96 {
		for x := range 128 {
			deep.Set(x, y, plain.At(x, y))
			palette.Set(x, y, plain.At(x, y))
		}
	}
	all := map[string][]byte{
		"quad.jpg": encodeJPEG(t, plain), "quad.png": encodePNG(t, plain), "quad.gif": encodeGIF(t, 3, plain),
		"quad16.png": encodePNG(t, deep), "quad-palette.png": encodePNG(t, palette),
	}
	for _, name := range []string{"quad.tif", "quad.webp", "quad.avif", "quad.heic", "quad-p3.jpg", "quad-p3.heic", "quad-cmyk.jpg", "quad-progressive.jpg"} {
		all[name] = testdata(t, name)
	}
	return all
}

func TestEverySourceInEveryFormat(t *testing.T) {
	for name, source := range sources(t) {
		for _, format := range []thumburl.Format{thumburl.JPEG, thumburl.PNG, thumburl.WebP, thumburl.AVIF} {
			t.Run(name+" to "+format.String(), func(t *testing.T) {
				p, m := render(t, source, Job{Format: format, Edits: thumburl.Edits{thumburl.Resize{Width: 64, Height: 48}}})
				if p.Format != format || p.Width != 64 || p.Height != 48 {
					t.Errorf("%v %dx%d", p.Format, p.Width, p.Height)
				}
				if kind, _ := Sniff(p.Body); "image/"+string(kind) != p.ContentType() {
					t.Errorf("a body of kind %s is called %s", kind, p.ContentType())
				}
				tolerance := 8
				if strings.Contains(name, "cmyk") {
					tolerance = 50 // some of the colours can't be printed
				}
				wantQuad(t, m, tolerance)
			})
		}
	}
}

// libvips 8.14 frees a HEIF's profile with its loader; what came after read
// freed memory, called the profile corrupt and showed P3 numbers as sRGB.
func TestProfileOutlivesTheHEIFLoader(t *testing.T) {
	for range 20 {
		_, m := render(t, testdata(t, "quad-p3.heic"), Job{Format: thumburl.PNG, Edits: thumburl.Edits{thumburl.Resize{Width: 64, Height: 48}}})
		wantQuad(t, m, 6)
	}
}

func TestOrientations(t *testing.T) {
	upright := quad(128, 96)
	for orientation := byte(1); orientation <= 8; orientation++ {
		// How a camera stores an upright picture under each orientation: the pixel
		// that is seen at x, y comes from stored.
		w, h := 128, 96
		if orientation >= 5 {
			w, h = h, w
		}
		m := image.NewNRGBA(image.Rect(0, 0, w, h))
		for y := range 96 {
			for x := range 128 {
				sx, sy := x, y
				switch orientation {
				case 2:
					sx = 127 - x
				case 3:
					sx, sy = 127-x, 95-y
				case 4:
					sy = 95 - y
				case 5:
					sx, sy = y, x
				case 6:
					sx, sy = y, 127-x
				case 7:
					sx, sy = 95-y, 127-x
				case 8:
					sx, sy = 95-y, x
				}
				m.Set(sx, sy, upright.At(x, y))
			}
		}
		source := withEXIF(encodeJPEG(t, m), orientation)
		for _, edits := range []thumburl.Edits{nil, {thumburl.Resize{Width: 60, Height: 40}}, {thumburl.Crop{Width: 128, Height: 96}}} {
			t.Run(fmt.Sprint(orientation, edits), func(t *testing.T) {
				p, out := render(t, source, Job{Format: thumburl.PNG, Edits: edits})
				if p.Width <= p.Height {
					t.Errorf("%dx%d lies on its side", p.Width, p.Height)
				}
				wantQuad(t, out, 8)
			})
		}
	}
}

func TestMetadataIsGone(t *testing.T) {
	source := withEXIF(encodeJPEG(t, quad(64, 64)), 6)
	p3 := testdata(t, "quad-p3.jpg")
	for _, format := range []thumburl.Format{thumburl.JPEG, thumburl.PNG, thumburl.WebP, thumburl.AVIF} {
		for _, s := range [][]byte{source, p3} {
			p, _ := render(t, s, Job{Format: format})
			for _, trace := range []string{"Exif", "EXIF", "eXIf", "ICC_PROFILE", "ICCP", "iCCP", "prof", "acsp", "GPS"} {
				if bytes.Contains(p.Body, []byte(trace)) {
					t.Errorf("%s has %q", format, trace)
				}
			}
		}
	}
}

func TestFits(t *testing.T) {
	source := encodePNG(t, quad(400, 200))
	for _, c := range []struct {
		r    thumburl.Resize
		w, h int
	}{
		{thumburl.Resize{Width: 288, Height: 264}, 288, 264},
		{thumburl.Resize{Width: 288, Height: 264, Fit: thumburl.Contain}, 288, 264},
		{thumburl.Resize{Width: 288, Height: 264, Fit: thumburl.Fill}, 288, 264},
		{thumburl.Resize{Width: 288, Height: 264, Fit: thumburl.Inside}, 288, 144},
		{thumburl.Resize{Width: 100, Height: 100, Fit: thumburl.Outside}, 200, 100},
		{thumburl.Resize{Width: 100}, 100, 50},
		{thumburl.Resize{Height: 50}, 100, 50},
		{thumburl.Resize{Width: 1, Height: 0}, 1, 1},
		{thumburl.Resize{Width: 800, Height: 800, Fit: thumburl.Inside}, 800, 400},
		// Nothing is enlarged: the largest box of the asked shape.
		{thumburl.Resize{Width: 800, Height: 800, WithoutEnlargement: true}, 200, 200},
		{thumburl.Resize{Width: 800, Height: 100, WithoutEnlargement: true}, 400, 50},
		{thumburl.Resize{Width: 800, Height: 800, WithoutEnlargement: true, Fit: thumburl.Contain}, 400, 400},
		{thumburl.Resize{Width: 800, Height: 400, WithoutEnlargement: true, Fit: thumburl.Fill}, 400, 200},
		{thumburl.Resize{Width: 800, Height: 800, WithoutEnlargement: true, Fit: thumburl.Inside}, 400, 200},
		{thumburl.Resize{Width: 800, Height: 800, WithoutEnlargement: true, Fit: thumburl.Outside}, 400, 200},
		{thumburl.Resize{Width: 100, Height: 100, WithoutEnlargement: true}, 100, 100},
	} {
		p, _ := render(t, source, Job{Format: thumburl.PNG, Edits: thumburl.Edits{c.r}})
		if p.Width != c.w || p.Height != c.h {
			t.Errorf("%+v gives %dx%d, want %dx%d", c.r, p.Width, p.Height, c.w, c.h)
		}
	}
}

func TestExactSizeOfRandomCombinations(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	n := 300
	if testing.Short() {
		n = 50
	}
	for range n {
		m := image.NewGray(image.Rect(0, 0, 1+rng.IntN(700), 1+rng.IntN(700)))
		source := encodePNG(t, m)
		if rng.IntN(2) == 0 {
			source = withEXIF(encodeJPEG(t, m), byte(1+rng.IntN(8)))
		}
		r := thumburl.Resize{Width: 1 + rng.IntN(500), Height: 1 + rng.IntN(500), Fit: thumburl.Fit(rng.IntN(3)),
			Position: thumburl.Position(rng.IntN(11)), Kernel: thumburl.Kernel(rng.IntN(5))}
		p, err := renderer.Render(context.Background(), source, Job{Format: thumburl.PNG, Edits: thumburl.Edits{r}})
		if err != nil {
			t.Fatalf("%v %+v: %v", m.Bounds(), r, err)
		}
		if p.Width != r.Width || p.Height != r.Height {
			t.Fatalf("%v %+v gives %dx%d", m.Bounds(), r, p.Width, p.Height)
		}
		decode(t, p)
	}
}

func TestPositions(t *testing.T) {
	source := encodePNG(t, quad(100, 100))
	for position, want := range map[thumburl.Position]color.NRGBA{
		thumburl.LeftTop: red, thumburl.RightTop: green, thumburl.LeftBottom: blue, thumburl.RightBottom: white,
	} {
		_, m := render(t, source, Job{Format: thumburl.PNG, Edits: thumburl.Edits{
			thumburl.Resize{Width: 100, Height: 40, Position: position}, thumburl.Resize{Width: 40, Height: 40, Position: position}}})
		if got := m.NRGBAAt(20, 20); !near(got, want, 4) {
			t.Errorf("%v shows %v, want %v", position, got, want)
		}
	}
	for position, want := range map[thumburl.Position][]color.NRGBA{
		thumburl.Top: {red, green, red, green}, thumburl.Bottom: {blue, white, blue, white}, thumburl.Centre: {red, green, blue, white}} {
		t.Run(position.String(), func(t *testing.T) {
			_, m := render(t, source, Job{Format: thumburl.PNG, Edits: thumburl.Edits{thumburl.Resize{Width: 100, Height: 40, Position: position}}})
			wantQuad(t, m, 4, want...)
		})
	}
}

// The picture is flat but for a busy spot, which both strategies must find.
func TestContentAwareCrop(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 400, 100))
	rng := rand.New(rand.NewPCG(3, 4))
	for y := range 100 {
		for x := range 400 {
			c := color.NRGBA{128, 128, 128, 255}
			if x >= 300 {
				c = color.NRGBA{uint8(rng.IntN(256)), uint8(rng.IntN(80)), 0, 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	for _, position := range []thumburl.Position{thumburl.Entropy, thumburl.Attention} {
		_, out := render(t, encodePNG(t, m), Job{Format: thumburl.PNG, Edits: thumburl.Edits{thumburl.Resize{Width: 100, Height: 100, Position: position}}})
		busy := 0
		for x := range 100 {
			if !near(out.NRGBAAt(x, 50), color.NRGBA{128, 128, 128, 255}, 3) {
				busy++
			}
		}
		if busy < 60 {
			t.Errorf("%v shows %d busy columns of 100", position, busy)
		}
	}
}

func TestAlpha(t *testing.T) {
	// Opaque red beside a green that nobody can see.
	m := image.NewNRGBA(image.Rect(0, 0, 200, 100))
	for y := range 100 {
		for x := range 200 {
			if x < 99 {
				m.SetNRGBA(x, y, color.NRGBA{255, 0, 0, 255})
			} else {
				m.SetNRGBA(x, y, color.NRGBA{0, 255, 0, 0})
			}
		}
	}
	source := encodePNG(t, m)
	for _, edits := range []thumburl.Edits{
		{thumburl.Resize{Width: 50, Height: 25}},
		{thumburl.Resize{Width: 50, Height: 25}, thumburl.Blur{Sigma: 2}},
		{thumburl.Rotate{Angle: 180}, thumburl.Resize{Width: 50, Height: 25}},
	} {
		_, out := render(t, source, Job{Format: thumburl.PNG, Edits: edits})
		for x := range 50 {
			if c := out.NRGBAAt(x, 12); c.A > 8 && c.G > 40 {
				t.Errorf("%v: the invisible green shows at %d: %v", edits, x, c)
			}
		}
	}
	_, out := render(t, source, Job{Format: thumburl.JPEG, Edits: thumburl.Edits{thumburl.Resize{Width: 50, Height: 25}}})
	if c := out.NRGBAAt(45, 12); !near(c, color.NRGBA{255, 255, 255, 255}, 6) {
		t.Errorf("a JPEG shows %v where the source is transparent, want white", c)
	}
	for hex, want := range map[thumburl.Color]color.NRGBA{"#0000ff": {0, 0, 255, 255}, "#000000": {0, 0, 0, 255}} {
		_, out = render(t, source, Job{Format: thumburl.JPEG, Edits: thumburl.Edits{thumburl.Resize{Width: 50, Height: 25, Background: hex}}})
		if c := out.NRGBAAt(45, 12); !near(c, want, 6) {
			t.Errorf("on %s a JPEG shows %v", hex, c)
		}
	}
}

func TestContainMargins(t *testing.T) {
	opaque, transparent := encodePNG(t, quad(100, 50)), image.NewNRGBA(image.Rect(0, 0, 100, 50))
	transparent.SetNRGBA(50, 25, red)
	gray := encodePNG(t, image.NewGray(image.Rect(0, 0, 100, 50)))
	for _, c := range []struct {
		name       string
		source     []byte
		background thumburl.Color
		want       color.NRGBA
	}{
		{"white by default", opaque, "", color.NRGBA{255, 255, 255, 255}},
		{"transparent where the picture is", encodePNG(t, transparent), "", color.NRGBA{255, 255, 255, 0}},
		{"as asked for", opaque, "#102030", color.NRGBA{16, 32, 48, 255}},
		{"half transparent", opaque, "#10203080", color.NRGBA{16, 32, 48, 128}},
		{"a colour around grey", gray, "#ff0000", color.NRGBA{255, 0, 0, 255}},
	} {
		_, m := render(t, c.source, Job{Format: thumburl.PNG, Edits: thumburl.Edits{
			thumburl.Resize{Width: 50, Height: 50, Fit: thumburl.Contain, Background: c.background}}})
		if got := m.NRGBAAt(2, 2); !near(got, c.want, 2) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	// An odd pixel of margin is at the right, as in sharp.
	_, odd := render(t, encodePNG(t, quad(99, 100)), Job{Format: thumburl.PNG, Edits: thumburl.Edits{thumburl.Resize{Width: 200, Height: 100, Fit: thumburl.Contain}}})
	if near(odd.NRGBAAt(49, 20), red, 4) || !near(odd.NRGBAAt(50, 20), red, 4) || !near(odd.NRGBAAt(148, 20), green, 4) || near(odd.NRGBAAt(149, 20), green, 4) {
		t.Error("the odd pixel of margin is not at the right")
	}
	_, half := render(t, opaque, Job{Format: thumburl.JPEG, Edits: thumburl.Edits{
		thumburl.Resize{Width: 50, Height: 50, Fit: thumburl.Contain, Background: "#0000ff80"}}})
	if got := half.NRGBAAt(2, 2); !near(got, color.NRGBA{127, 127, 255, 255}, 8) {
		t.Errorf("half of a blue on white is %v", got)
	}
	_, m := render(t, opaque, Job{Format: thumburl.PNG, Edits: thumburl.Edits{
		thumburl.Resize{Width: 50, Height: 50, Fit: thumburl.Contain, Position: thumburl.Bottom}}})
	if !near(m.NRGBAAt(10, 45), blue, 4) {
		t.Errorf("with position bottom the picture is not at the bottom: %v", m.NRGBAAt(10, 45))
	}
}

func TestEditsApplyInTheirOrder(t *testing.T) {
	source := encodePNG(t, quad(128, 96))
	type quarters = []color.NRGBA
	for _, c := range []struct {
		name  string
		edits thumburl.Edits
		want  quarters
	}{
		{"nothing", nil, quarters{red, green, blue, white}},
		{"flip", thumburl.Edits{thumburl.Flip{}}, quarters{blue, white, red, green}},
		{"flop", thumburl.Edits{thumburl.Flop{}}, quarters{green, red, white, blue}},
		{"rotate", thumburl.Edits{thumburl.Rotate{Angle: 90}}, quarters{blue, red, white, green}},
		{"rotate 180", thumburl.Edits{thumburl.Rotate{Angle: 180}}, quarters{white, blue, green, red}},
		{"rotate 270", thumburl.Edits{thumburl.Rotate{Angle: 270}}, quarters{green, white, red, blue}},
		{"rotate, then flop", thumburl.Edits{thumburl.Rotate{Angle: 90}, thumburl.Flop{}}, quarters{red, blue, green, white}},
		{"flop, then rotate", thumburl.Edits{thumburl.Flop{}, thumburl.Rotate{Angle: 90}}, quarters{white, green, blue, red}},
		{"flip and flop", thumburl.Edits{thumburl.Flip{}, thumburl.Flop{}}, quarters{white, blue, green, red}},
		{"resize, rotate", thumburl.Edits{thumburl.Resize{Width: 40, Height: 40}, thumburl.Rotate{Angle: 90}}, quarters{blue, red, white, green}},
		{"crop the left half, then rotate", thumburl.Edits{thumburl.Crop{Width: 64, Height: 96}, thumburl.Rotate{Angle: 90}}, quarters{blue, red, blue, red}},
		{"rotate, then crop the left half", thumburl.Edits{thumburl.Rotate{Angle: 90}, thumburl.Crop{Width: 48, Height: 128}}, quarters{blue, blue, white, white}},
		{"crop before resize", thumburl.Edits{thumburl.Crop{Left: 64, Width: 64, Height: 96}, thumburl.Resize{Width: 40, Height: 40}}, quarters{green, green, white, white}},
		{"crop after resize", thumburl.Edits{thumburl.Resize{Width: 40, Height: 40}, thumburl.Crop{Left: 20, Width: 20, Height: 40}}, quarters{green, green, white, white}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, m := render(t, source, Job{Format: thumburl.PNG, Edits: c.edits})
			wantQuad(t, m, 5, c.want...)
		})
	}
	margin := thumburl.Resize{Width: 40, Height: 80, Fit: thumburl.Contain, Background: "#ff0000"}
	_, before := render(t, source, Job{Format: thumburl.PNG, Edits: thumburl.Edits{thumburl.Grayscale{}, margin}})
	_, after := render(t, source, Job{Format: thumburl.PNG, Edits: thumburl.Edits{margin, thumburl.Grayscale{}}})
	if c := before.NRGBAAt(2, 2); !near(c, color.NRGBA{255, 0, 0, 255}, 2) {
		t.Errorf("grey, then a red margin: %v", c)
	}
	for _, m := range []*image.NRGBA{before, after} {
		if c := m.NRGBAAt(10, 35); c.R != c.G || c.G != c.B {
			t.Errorf("not grey: %v", c)
		}
	}
	if c := after.NRGBAAt(2, 2); c.R != c.G {
		t.Errorf("a red margin, then grey: %v", c)
	}
}

func TestBlurAndSharpen(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 100, 20)) // dark, then light
	for y := range 20 {
		for x := range 100 {
			m.SetGray(x, y, color.Gray{uint8(80 + x/50*100)})
		}
	}
	step := func(edits ...thumburl.Edit) int {
		_, out := render(t, encodePNG(t, m), Job{Format: thumburl.PNG, Edits: edits})
		return int(out.NRGBAAt(50, 10).R) - int(out.NRGBAAt(49, 10).R)
	}
	sharp, mild, strong := step(), step(thumburl.Blur{}), step(thumburl.Blur{Sigma: 5})
	if !(strong < mild && mild < sharp) {
		t.Errorf("the edge is %d, blurred %d, strongly blurred %d", sharp, mild, strong)
	}
	soft := thumburl.Blur{Sigma: 1.5}
	if sharpened := step(soft, thumburl.Sharpen{Sigma: 2}); sharpened <= step(soft) {
		t.Errorf("the edge is %d after sharpening, %d before", sharpened, step(soft))
	}
}

func TestFormatOfTheAnswer(t *testing.T) {
	transparent := image.NewNRGBA(image.Rect(0, 0, 20, 20))
	transparent.SetNRGBA(3, 3, red)
	photo, logo := encodeJPEG(t, quad(20, 20)), encodePNG(t, transparent)
	for _, c := range []struct {
		name   string
		source []byte
		job    Job
		want   thumburl.Format
	}{
		{"a JPEG stays one", photo, Job{}, thumburl.JPEG},
		{"a PNG stays one", encodePNG(t, quad(20, 20)), Job{}, thumburl.PNG},
		{"a WebP stays one", testdata(t, "quad.webp"), Job{}, thumburl.WebP},
		{"an AVIF stays one", testdata(t, "quad.avif"), Job{}, thumburl.AVIF},
		{"a HEIC becomes a JPEG", testdata(t, "quad.heic"), Job{}, thumburl.JPEG},
		{"a TIFF becomes a JPEG", testdata(t, "quad.tif"), Job{}, thumburl.JPEG},
		{"alpha under jpeg", logo, Job{Format: thumburl.Auto, Best: thumburl.JPEG}, thumburl.PNG},
		{"no alpha under jpeg", photo, Job{Format: thumburl.Auto, Best: thumburl.JPEG}, thumburl.JPEG},
		{"alpha that is opaque everywhere", encodePNG(t, opaqueAlpha()), Job{Format: thumburl.Auto, Best: thumburl.JPEG}, thumburl.JPEG},
		{"webp", photo, Job{Format: thumburl.Auto, Best: thumburl.WebP}, thumburl.WebP},
		{"a flat picture is smaller as WebP", encodePNG(t, image.NewGray(image.Rect(0, 0, 9, 9))), Job{Format: thumburl.Auto, Best: thumburl.AVIF}, thumburl.WebP},
		{"a photo is smaller as AVIF", detailed(t, 300, 300, false), Job{Format: thumburl.Auto, Best: thumburl.AVIF}, thumburl.AVIF},
		{"JPEG asked for in so many words", logo, Job{Format: thumburl.JPEG}, thumburl.JPEG},
	} {
		p, _ := render(t, c.source, c.job)
		if p.Format != c.want {
			t.Errorf("%s: %s, want %s", c.name, p.Format, c.want)
		}
	}
}

// opaqueAlpha is a picture that has an alpha channel and does not use it: Go's
// encoder writes one for this type.
func opaqueAlpha() image.Image {
	m := image.NewNRGBA64(image.Rect(0, 0, 20, 20))
	for y := range 20 {
		for x := range 20 {
			m.SetNRGBA64(x, y, color.NRGBA64{uint16(x) << 11, 9, 9, 0xffff - 1})
		}
	}
	return m
}

func TestQualityPerFormat(t *testing.T) {
	source := encodeJPEG(t, scenery(300, 300, false))
	for format, option := range map[thumburl.Format]func(q int) thumburl.Edit{
		thumburl.JPEG: func(q int) thumburl.Edit { return thumburl.JPEGOptions{Quality: q} },
		thumburl.WebP: func(q int) thumburl.Edit { return thumburl.WebPOptions{Quality: q} },
		thumburl.AVIF: func(q int) thumburl.Edit { return thumburl.AVIFOptions{Quality: q} },
		thumburl.PNG:  func(q int) thumburl.Edit { return thumburl.PNGOptions{Quality: q} },
	} {
		size := func(edits ...thumburl.Edit) int {
			p, _ := render(t, source, Job{Format: format, Edits: append(thumburl.Edits{thumburl.Resize{Width: 100}}, edits...)})
			return len(p.Body)
		}
		low, high := size(option(20)), size(option(95))
		if format == thumburl.PNG {
			high = size() // lossless
		}
		if low >= high {
			t.Errorf("%s: %d bytes at quality 20, %d at 95", format, low, high)
		}
	}
}

func codeOf(t *testing.T, err error) Code {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *Error", err)
	}
	return e.Code
}

func TestBadSources(t *testing.T) {
	jpegBytes := encodeJPEG(t, quad(200, 200))
	hugePNG := encodePNG(t, quad(4, 4))
	copy(hugePNG[16:], []byte{0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff})
	copy(hugePNG[29:], []byte{0xb6, 0x43, 0x23, 0x20}) // a wrong checksum must not matter first
	for _, c := range []struct {
		name   string
		source []byte
		want   []Code
	}{
		{"empty", nil, []Code{CodeSourceEmpty}},
		{"one byte", []byte{0xff}, []Code{CodeSourceUnsupported}},
		{"text", []byte("this is not a picture"), []Code{CodeSourceUnsupported}},
		{"SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), []Code{CodeSourceUnsupported}},
		{"PDF", []byte("%PDF-1.7 ................"), []Code{CodeSourceUnsupported}},
		{"a JPEG of three bytes", []byte{0xff, 0xd8, 0xff}, []Code{CodeSourceTruncated}},
		{"a PNG signature alone", []byte("\x89PNG\r\n\x1a\n"), []Code{CodeSourceTruncated}},
		{"an unknown brand", []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"), []Code{CodeSourceUnsupported}},
		{"65535x65535", hugePNG, []Code{CodeSourceTooLarge, CodeSourceCorrupt}},
		{"more frames than allowed", encodeGIF(t, 1001, quad(2, 2)), []Code{CodeSourceTooLarge}},
		{"zeros where the scan was", append(append([]byte{}, jpegBytes[:len(jpegBytes)/2]...), append(make([]byte, 500), 0xff, 0xd9)...), []Code{CodeSourceCorrupt}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := renderer.Render(context.Background(), c.source, Job{Format: thumburl.PNG})
			got := codeOf(t, err)
			ok := false
			for _, want := range c.want {
				ok = ok || got == want
			}
			if !ok {
				t.Errorf("%s (%v), want %v", got, err, c.want)
			}
		})
	}
}

// A file that is cut off anywhere is an error, also where the part that a crop
// shows had come through.
func TestCutSourcesAreErrors(t *testing.T) {
	all := sources(t)
	rng := rand.New(rand.NewPCG(7, 8))
	noise := image.NewNRGBA(image.Rect(0, 0, 300, 300))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(rng.IntN(256)) | uint8(255*(i%4/3))
	}
	all["noise.png"], all["noise.jpg"] = encodePNG(t, noise), encodeJPEG(t, noise)
	for _, format := range []thumburl.Format{thumburl.WebP, thumburl.AVIF} {
		p, _ := render(t, all["noise.png"], Job{Format: format})
		all["noise."+format.String()] = p.Body
	}
	for name, source := range all {
		for _, percent := range []int{1, 10, 50, 90, 99} {
			cut := source[:len(source)*percent/100]
			for _, edits := range []thumburl.Edits{nil, {thumburl.Resize{Width: 20, Height: 10, Position: thumburl.Top}}, {thumburl.Crop{Width: 10, Height: 10}}} {
				_, err := renderer.Render(context.Background(), cut, Job{Format: thumburl.PNG, Edits: edits})
				if err == nil {
					t.Errorf("%s cut to %d %%, %v: rendered", name, percent, edits)
					continue
				}
				switch code := codeOf(t, err); code {
				case CodeSourceTruncated, CodeSourceEmpty, CodeSourceUnsupported:
				default:
					t.Errorf("%s cut to %d %%, %v: %s (%v)", name, percent, edits, code, err)
				}
			}
		}
	}
}

func TestLimits(t *testing.T) {
	source := encodePNG(t, quad(100, 100))
	limited := func(l Limits) Renderer { return Renderer{Limits: l} }
	for _, c := range []struct {
		name     string
		renderer Renderer
		edits    thumburl.Edits
		want     Code
	}{
		{"bytes", limited(Limits{SourceBytes: len(source) - 1}), nil, CodeSourceTooLarge},
		{"pixels", limited(Limits{SourcePixels: 9999}), nil, CodeSourceTooLarge},
		{"memory", limited(Limits{MemoryBytes: 10_000}), nil, CodeSourceTooLarge},
		{"a side that follows", limited(Limits{OutputSide: 199}), thumburl.Edits{thumburl.Resize{Width: 100, Height: 200, Fit: thumburl.Outside}}, CodeOutputTooLarge},
		{"an area that follows", limited(Limits{OutputPixels: 9999}), nil, CodeOutputTooLarge},
		{"crop outside", renderer, thumburl.Edits{thumburl.Crop{Left: 50, Width: 51, Height: 10}}, CodeCropOutside},
	} {
		if _, err := c.renderer.Render(context.Background(), source, Job{Edits: c.edits}); codeOf(t, err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	// The arithmetic comes first: the pixels of this one could not be decoded.
	for _, edits := range []thumburl.Edits{nil, {thumburl.Crop{Width: 201, Height: 1}}, {thumburl.Rotate{Angle: 90}, thumburl.Crop{Width: 101, Height: 150}}} {
		cut := encodeJPEG(t, quad(200, 100))
		cut = cut[:len(cut)-40]
		_, err := limited(Limits{OutputPixels: 19_999}).Render(context.Background(), cut, Job{Edits: edits})
		if code := codeOf(t, err); code != CodeOutputTooLarge && code != CodeCropOutside {
			t.Errorf("%v: %v", edits, err)
		}
	}
	heic := Renderer{Limits: Limits{SourcePixels: 1e9, HEIFPixels: 1000}}
	if _, err := heic.Render(context.Background(), testdata(t, "quad.heic"), Job{}); codeOf(t, err) != CodeSourceTooLarge {
		t.Errorf("HEIC: %v", err)
	}
}

// An enlarged strip would have 2 million pixels a side before it is cut.
func TestEnlargedStripComputesOnlyWhatItShows(t *testing.T) {
	strip := encodePNG(t, image.NewGray(image.Rect(0, 0, 10000, 1)))
	p, _ := render(t, strip, Job{Format: thumburl.PNG, Edits: thumburl.Edits{thumburl.Resize{Width: 288, Height: 264}}})
	if p.Width != 288 || p.Height != 264 {
		t.Errorf("%dx%d", p.Width, p.Height)
	}
}

// Looking for the best part of an enlarged strip took 20 s and the process.
func TestContentAwareCropOfAStrip(t *testing.T) {
	for _, size := range []image.Point{{10000, 1}, {1, 10000}, {2000, 20}} {
		for _, position := range []thumburl.Position{thumburl.Entropy, thumburl.Attention} {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			p, err := renderer.Render(ctx, encodePNG(t, image.NewGray(image.Rectangle{Max: size})), Job{Format: thumburl.PNG,
				Edits: thumburl.Edits{thumburl.Resize{Width: 288, Height: 264, Position: position}}})
			cancel()
			if err != nil || p.Width != 288 || p.Height != 264 {
				t.Errorf("%v %v: %dx%d, %v", size, position, p.Width, p.Height, err)
			}
		}
	}
}

// The profile's conversion left 16-bit alpha as it was, and the cast to 8 bits
// made it opaque.
func TestDeepAlphaBesideAProfile(t *testing.T) {
	m := image.NewNRGBA64(image.Rect(0, 0, 64, 64))
	for y := range 64 {
		for x := range 64 {
			m.SetNRGBA64(x, y, color.NRGBA64{0xffff, 0, 0, 0x4000})
		}
	}
	jpeg := testdata(t, "quad-p3.jpg")
	at := bytes.Index(jpeg, []byte("ICC_PROFILE\x00"))
	length := int(jpeg[at-2])<<8 | int(jpeg[at-1])
	profile := jpeg[at+14 : at-2+length]
	chunk := pngChunk("iCCP", append([]byte("p3\x00\x00"), deflate(t, profile)...))
	plain := encodePNG(t, m)
	source := append(append(append([]byte{}, plain[:33]...), chunk...), plain[33:]...)
	for _, edits := range []thumburl.Edits{nil, {thumburl.Resize{Width: 32, Height: 32}}} {
		_, out := render(t, source, Job{Format: thumburl.PNG, Edits: edits})
		if c := out.NRGBAAt(10, 10); !near(c, color.NRGBA{255, 0, 0, 64}, 6) {
			t.Errorf("%v: %v, want red at a quarter", edits, c)
		}
	}
}

// A phone's JPEG has another one in its metadata, with an end of its own.
func TestCutJPEGWithAJPEGInside(t *testing.T) {
	inner := encodeJPEG(t, quad(16, 16))
	whole := encodeJPEG(t, quad(200, 200))
	segment := append([]byte{0xff, 0xe2, byte((len(inner) + 2) >> 8), byte(len(inner) + 2)}, inner...)
	source := append(append(append([]byte{}, whole[:2]...), segment...), whole[2:]...)
	if _, err := renderer.Render(context.Background(), source, Job{}); err != nil {
		t.Fatal(err)
	}
	for _, missing := range []int{1, 2, 300} {
		_, err := renderer.Render(context.Background(), source[:len(source)-missing], Job{})
		if codeOf(t, err) != CodeSourceTruncated {
			t.Errorf("without its last %d bytes: %v", missing, err)
		}
	}
}

func TestDeadline(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := renderer.Render(ctx, encodePNG(t, quad(4, 4)), Job{}); codeOf(t, err) != CodeDeadline {
		t.Errorf("before it began: %v", err)
	}
	// A render of seconds, stopped after a moment.
	large := encodePNG(t, image.NewGray(image.Rect(0, 0, 9000, 9000)))
	ctx, cancel = context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := renderer.Render(ctx, large, Job{Edits: thumburl.Edits{thumburl.Resize{Width: 3000, Height: 3000}, thumburl.Blur{Sigma: 100}}, Format: thumburl.AVIF})
	var e *Error
	if codeOf(t, err) != CodeDeadline || !errors.As(err, &e) || e.Abandoned {
		t.Errorf("under way: %+v after %v", e, time.Since(began))
	}
}

func TestReadHeader(t *testing.T) {
	h, err := renderer.ReadHeader(withEXIF(encodeJPEG(t, quad(30, 20)), 6))
	if err != nil || h.Kind != KindJPEG || h.Width != 30 || h.Height != 20 || h.Orientation != 6 || h.Alpha {
		t.Errorf("%+v, %v", h, err)
	}
	h, err = renderer.ReadHeader(encodeGIF(t, 3, quad(30, 20)))
	if err != nil || h.Frames != 3 {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestConcurrentRenders(t *testing.T) {
	all := sources(t)
	done := make(chan error)
	for range 4 {
		go func() {
			var first error
			for range 3 {
				for name, source := range all {
					p, err := renderer.Render(context.Background(), source, Job{Format: thumburl.JPEG, Edits: thumburl.Edits{thumburl.Resize{Width: 33, Height: 22}}})
					if err != nil || p.Width != 33 || p.Height != 22 {
						first = errors.Join(first, fmt.Errorf("%s: %w", name, err))
					}
				}
			}
			done <- first
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, source := range sources(f) {
		f.Add(source)
	}
	small := Renderer{Limits: Limits{SourceBytes: 1 << 20, SourcePixels: 1_000_000, HEIFPixels: 1_000_000, SourceFrames: 10, OutputSide: 4096, OutputPixels: 1_000_000}}
	f.Fuzz(func(t *testing.T, source []byte) {
		p, err := small.Render(context.Background(), source, Job{Format: thumburl.JPEG, Edits: thumburl.Edits{thumburl.Resize{Width: 20, Height: 20}}})
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("%v is no *Error", err)
		}
		if err == nil && (p.Width != 20 || p.Height != 20 || len(p.Body) == 0) {
			t.Fatalf("%dx%d, %d bytes", p.Width, p.Height, len(p.Body))
		}
	})
}

// What walks a container must not walk out of it.
func FuzzIsCut(f *testing.F) {
	for _, source := range sources(f) {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		for _, kind := range []Kind{KindJPEG, KindPNG, KindGIF, KindWebP, KindTIFF, KindHEIC} {
			_ = isCut(source, kind)
		}
		_ = stripWebP(source)
		_, _ = Sniff(source)
	})
}
