package stack_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/draw"

	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// realFiles are pictures of the workplace, not of the repository.
const realFiles = "../../../../shared/images"

// TestRealFiles sends each real picture through the edge and compares the card
// with one made another way: by Go's decoders (libheif's own tool for HEIC and
// AVIF), colour arithmetic written out here, and x/image's Catmull-Rom.
func TestRealFiles(t *testing.T) {
	if _, err := os.Stat(realFiles); errors.Is(err, os.ErrNotExist) {
		t.Skip("the real pictures are not here: ", realFiles)
	}
	l := start(t, stack.Options{})
	if _, err := l.CopyImages(t.Context(), realFiles); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(realFiles, "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	turned, err := filepath.Glob(filepath.Join(realFiles, "exif", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, turned...) {
		relative, err := filepath.Rel(realFiles, name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(relative, func(t *testing.T) {
			l := &local{Stack: l.Stack, t: t, log: l.log}
			want, err := reference(t, name, 288, 264)
			if errors.Is(err, errNoReference) {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			path := func(format thumburl.Format) string {
				return l.signed(thumburl.Request{Key: "uploads/" + relative, OutputFormat: format, Edits: thumburl.Edits{
					thumburl.Resize{Width: 288, Height: 264, Space: thumburl.Gamma}}}) // as the reference averages
			}
			for format, least := range map[thumburl.Format]float64{thumburl.PNG: 30, thumburl.JPEG: 27} {
				answer := l.get(path(format))
				if answer.StatusCode != http.StatusOK {
					t.Fatalf("%d %s", answer.StatusCode, answer.body)
				}
				got, _, err := image.Decode(bytes.NewReader(answer.body))
				if err != nil {
					t.Fatal(err)
				}
				if got.Bounds().Size() != image.Pt(288, 264) {
					t.Fatalf("%v", got.Bounds())
				}
				if format == thumburl.JPEG && strings.HasSuffix(name, "transparent.png") {
					continue // flattened on white; the reference is not
				}
				if db := psnr(want, got); db < least {
					t.Errorf("%s: %.1f dB, want %.0f", format, db, least)
				} else {
					t.Logf("%s: %.1f dB, %d bytes", format, db, len(answer.body))
				}
			}
			if again := l.get(path(thumburl.PNG)); again.Header.Get("X-Cache") != "Hit from cloudfront" {
				t.Errorf("the second request: %s", again.Header.Get("X-Cache"))
			}
		})
	}
}

var errNoReference = errors.New("no other decoder for this file")

// reference makes a card from a file without anything of this project's.
func reference(t *testing.T, name string, width, height int) (image.Image, error) {
	source := name
	if ext := filepath.Ext(name); ext == ".heic" || ext == ".avif" {
		source = filepath.Join(t.TempDir(), "decoded.png")
		if out, err := exec.CommandContext(t.Context(), "heif-convert", name, source).CombinedOutput(); err != nil {
			// It may not be installed, and it knows fewer brands than we do.
			return nil, fmt.Errorf("%w: heif-convert: %w %s", errNoReference, err, out)
		}
	}
	data, err := os.ReadFile(source)
	if err != nil {
		return nil, err
	}
	decoded, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	original, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	header, err := render.Renderer{}.ReadHeader(original)
	if err != nil {
		return nil, err
	}
	upright := turn(decoded, header.Orientation)
	// Cover: scaled as a whole, then cut in the middle, to the pixel.
	b := upright.Bounds()
	scale := math.Max(float64(width)/float64(b.Dx()), float64(height)/float64(b.Dy()))
	w, h := int(math.Round(float64(b.Dx())*scale)), int(math.Round(float64(b.Dy())*scale))
	scaled := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(scaled, scaled.Bounds(), upright, b, draw.Src, nil)
	small := image.NewNRGBA(image.Rect(0, 0, width, height))
	draw.Copy(small, image.Point{}, scaled, small.Bounds().Add(image.Pt((w-width+1)/2, (h-height+1)/2)), draw.Src, nil)
	// Few profiles occur; their primaries are published. The curve of Display P3
	// is that of sRGB, ProPhoto's is a power of 1.8.
	switch {
	case bytes.Contains(original, []byte("Display P3")):
		return convert(small, srgbToLinear, [3][3]float64{
			{1.2249, -0.2247, 0}, {-0.0420, 1.0419, 0}, {-0.0197, -0.0786, 1.0979}}), nil
	case strings.Contains(name, "prophoto"):
		return convert(small, func(v float64) float64 { return math.Pow(v, 1.8) }, [3][3]float64{
			{2.0344, -0.7274, -0.3070}, {-0.2288, 1.2317, -0.0029}, {-0.0086, -0.1533, 1.1618}}), nil
	}
	return small, nil
}

// turn applies an EXIF orientation.
func turn(m image.Image, orientation int) image.Image {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	if orientation >= 5 {
		w, h = h, w
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			sx, sy := x, y
			switch orientation {
			case 2:
				sx = w - 1 - x
			case 3:
				sx, sy = w-1-x, h-1-y
			case 4:
				sy = h - 1 - y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, w-1-x
			case 7:
				sx, sy = h-1-y, w-1-x
			case 8:
				sx, sy = h-1-y, x
			}
			out.Set(x, y, m.At(b.Min.X+sx, b.Min.Y+sy))
		}
	}
	return out
}

func srgbToLinear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// convert brings another RGB space to sRGB.
func convert(m *image.NRGBA, linear func(float64) float64, matrix [3][3]float64) image.Image {
	out := image.NewNRGBA(m.Bounds())
	for i := 0; i < len(m.Pix); i += 4 {
		var in [3]float64
		for c := range 3 {
			in[c] = linear(float64(m.Pix[i+c]) / 255)
		}
		for c := range 3 {
			v := matrix[c][0]*in[0] + matrix[c][1]*in[1] + matrix[c][2]*in[2]
			v = math.Min(1, math.Max(0, v))
			if v <= 0.0031308 {
				v *= 12.92
			} else {
				v = 1.055*math.Pow(v, 1/2.4) - 0.055
			}
			out.Pix[i+c] = uint8(math.Round(v * 255))
		}
		out.Pix[i+3] = m.Pix[i+3]
	}
	return out
}

// psnr over the colours as they are seen, alpha included, in dB.
func psnr(a, b image.Image) float64 {
	var sum float64
	n := 0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			p, q := color.NRGBAModel.Convert(a.At(x, y)).(color.NRGBA), color.NRGBAModel.Convert(b.At(x, y)).(color.NRGBA)
			seen := func(c, alpha uint8) float64 { return float64(c) * float64(alpha) / 255 }
			for _, d := range []float64{seen(p.R, p.A) - seen(q.R, q.A), seen(p.G, p.A) - seen(q.G, q.A),
				seen(p.B, p.A) - seen(q.B, q.A), float64(p.A) - float64(q.A)} {
				sum += d * d
				n++
			}
		}
	}
	if sum == 0 {
		return math.Inf(1)
	}
	return 10 * math.Log10(255*255/(sum/float64(n)))
}
