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
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// scenery is a picture that looks like one to an encoder: smooth with some noise.
func scenery(width, height int, alpha bool) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	noise := uint32(1)
	for y := range height {
		row := m.Pix[y*m.Stride:]
		for x := range width {
			noise = noise*1664525 + 1013904223
			n := byte(noise >> 28)
			row[4*x] = byte(x*200/width) + n
			row[4*x+1] = byte(y*200/height) + n
			row[4*x+2] = byte((x+y)*90/(width+height)) + n
			row[4*x+3] = 255
			if alpha {
				row[4*x+3] = byte(x * 255 / width)
			}
		}
	}
	return m
}

// large makes a source of about so many megapixels in a kind of file, or nothing
// where it takes a tool that is not there.
func large(t *testing.T, kind string, megapixels float64) []byte {
	t.Helper()
	width := int(math.Round(math.Sqrt(megapixels * 1e6 * 4 / 3)))
	height := width * 3 / 4
	var b bytes.Buffer
	packed := func(samples, bits int) raster {
		noise := uint32(1)
		return newRaster(width, height, samples, bits, func(x, y int) []uint32 {
			p := make([]uint32, samples)
			for i := range p {
				noise = noise*1664525 + 1013904223
				p[i] = uint32(x*200/width)<<(bits-8) + noise>>(40-bits)
			}
			return p
		})
	}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	tool := func(name, suffix string, arguments ...string) []byte {
		path, err := exec.LookPath(name)
		if err != nil {
			return nil
		}
		in, out := filepath.Join(t.TempDir(), "in.png"), filepath.Join(t.TempDir(), "out"+suffix)
		must((&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, scenery(width, height, false)))
		must(os.WriteFile(in, b.Bytes(), 0o600))
		for i, a := range arguments {
			arguments[i] = map[string]string{"IN": in, "OUT": out}[a]
			if arguments[i] == "" {
				arguments[i] = a
			}
		}
		if text, err := exec.Command(path, arguments...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, text)
		}
		made, err := os.ReadFile(out)
		must(err)
		return made
	}
	vips := filepath.Join(os.Getenv("NATIVE_PREFIX"), "bin", "vips")
	switch kind {
	case "jpeg":
		must(jpeg.Encode(&b, scenery(width, height, false), nil))
	case "jpeg turned":
		must(jpeg.Encode(&b, scenery(width, height, false), nil))
		return withEXIF(b.Bytes(), 6)
	case "jpeg P3":
		must(jpeg.Encode(&b, scenery(width, height, false), nil))
		return withProfile(b.Bytes(), displayP3.profile(false))
	case "jpeg progressive":
		return tool(vips, ".jpg", "jpegsave", "IN", "OUT", "--interlace")
	case "jpeg 4:4:4 progressive":
		return tool(vips, ".jpg", "jpegsave", "IN", "OUT", "--interlace", "--Q", "95")
	case "png":
		must((&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, scenery(width, height, false)))
	case "png alpha":
		must((&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, scenery(width, height, true)))
	case "png grey":
		return pngOf(t, packed(1, 8), 0, nil)
	case "png 16 bits":
		return pngOf(t, packed(3, 16), 2, nil)
	case "png 16 bits alpha":
		return pngOf(t, packed(4, 16), 6, nil)
	case "png interlaced":
		return tool(vips, ".png", "pngsave", "IN", "OUT", "--interlace", "--compression", "1")
	case "gif":
		m := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{red, green, blue, white})
		for i := range m.Pix {
			m.Pix[i] = byte(i*i>>9) & 3
		}
		must(gif.Encode(&b, m, nil))
	case "tiff":
		return tiffOf(packed(3, 8), rgb)
	case "tiff 16 bits":
		return tiffOf(packed(3, 16), rgb)
	case "tiff alpha":
		return tiffOf(packed(4, 8), rgb, tag{id: 338, values: []uint32{2}})
	case "tiff float":
		r := newRaster(width, height, 3, 32, func(x, y int) []uint32 {
			v := math.Float32bits(float32(x) / float32(width))
			return []uint32{v, v, v}
		})
		return tiffOf(r, rgb, tag{id: 339, values: []uint32{3, 3, 3}})
	case "tiff deflated":
		return tool(vips, ".tif", "tiffsave", "IN", "OUT", "--compression", "deflate")
	case "tiff tiled":
		return tool(vips, ".tif", "tiffsave", "IN", "OUT", "--tile")
	case "tiff cmyk":
		return tiffOf(packed(4, 8), separated)
	case "webp":
		return tool(vips, ".webp", "webpsave", "IN", "OUT", "--effort", "0")
	case "webp lossless":
		return tool(vips, ".webp", "webpsave", "IN", "OUT", "--effort", "0", "--lossless")
	case "avif":
		return tool(vips, ".avif", "heifsave", "IN", "OUT", "--compression", "av1", "--effort", "0")
	case "heic":
		return tool("heif-enc", ".heic", "-q", "50", "-o", "OUT", "IN")
	case "heic 10 bits":
		return tool("heif-enc", ".heic", "-b", "10", "-q", "50", "-o", "OUT", "IN")
	}
	return b.Bytes()
}

// The estimate of a render's memory is never under what it takes, and at most
// twice as much and a constant for what every render has.
func TestMemoryEstimate(t *testing.T) {
	if os.Getenv("NATIVE_PREFIX") == "" {
		t.Skip("the estimate is one of the native prefix (make native); another libvips may take more or less")
	}
	if raced {
		t.Skip("the race detector takes memory of its own")
	}
	const constant = 16 << 20 // of what is over, whatever the size
	kinds := []string{"jpeg", "jpeg turned", "jpeg P3", "jpeg progressive", "jpeg 4:4:4 progressive", "png", "png alpha", "png grey", "png 16 bits", "png 16 bits alpha",
		"png interlaced", "gif", "tiff", "tiff 16 bits", "tiff alpha", "tiff float", "tiff deflated", "tiff tiled", "tiff cmyk", "webp", "webp lossless", "avif", "heic", "heic 10 bits"}
	sizes := []float64{3}
	if os.Getenv("THUMBFRONT_TEST_ALL") != "" {
		sizes = []float64{1, 24}
	}
	type output struct {
		width, height int
		format        thumburl.Format
	}
	outputs := []output{{288, 264, thumburl.JPEG}, {1600, 1200, thumburl.WebP}, {0, 0, thumburl.JPEG}}
	if os.Getenv("THUMBFRONT_TEST_ALL") != "" {
		outputs = append(outputs, output{288, 264, thumburl.AVIF}, output{1600, 1200, thumburl.PNG}, output{1600, 1200, thumburl.AVIF}, output{2800, 2800, thumburl.JPEG})
	}
	for _, kind := range kinds {
		warm := filepath.Join(t.TempDir(), "warm")
		for i, megapixels := range append([]float64{0.001}, sizes...) {
			source := large(t, kind, megapixels)
			if source == nil {
				t.Logf("%s: no tool to make it", kind)
				break
			}
			if i == 0 {
				if err := os.WriteFile(warm, source, 0o600); err != nil {
					t.Fatal(err)
				}
				continue
			}
			file := filepath.Join(t.TempDir(), "source")
			if err := os.WriteFile(file, source, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, o := range outputs {
				name := fmt.Sprintf("%s of %g MP to %dx%d %s", kind, megapixels, o.width, o.height, o.format)
				job := Job{Format: o.format}
				if o.width > 0 {
					job.Edits = thumburl.Edits{thumburl.Resize{Width: o.width, Height: o.height}}
				}
				estimate := estimated(t, source, job)
				m := inChild(t, rendering{File: file, Width: o.width, Height: o.height, Format: o.format, Warm: warm})
				if m.Code != "" {
					t.Errorf("%s: %s", name, m.Detail)
					continue
				}
				t.Logf("%-50s peak %4d MB, estimate %4d MB", name, m.Peak>>20, estimate>>20)
				if estimate < m.Peak {
					t.Errorf("%s takes %d MB; the estimate is %d MB", name, m.Peak>>20, estimate>>20)
				}
				if estimate > 2*m.Peak+constant {
					t.Errorf("%s takes %d MB; the estimate of %d MB is too much", name, m.Peak>>20, estimate>>20)
				}
			}
		}
	}
}

// estimated is what a render is expected to take.
func estimated(t *testing.T, source []byte, job Job) int {
	t.Helper()
	defer pin(source)()
	one := &task{source: source}
	defer one.pixels.close()
	if err := one.readHeader(); err != nil {
		t.Fatal(err)
	}
	one.prepare(context.Background(), job)
	one.found.seconds = seconds{}
	if err := one.found.seconds.fetch(context.Background(), job, Renderer{}); err != nil {
		t.Fatal(err)
	}
	shrink := 1.0
	if one.resizesOnDecode() {
		shrink = one.shrinkOnLoad()
	}
	return memoryFor([]*task{one}, shrink)
}

// What edits take beside decoding and encoding is not over the estimate.
func TestMemoryOfEdits(t *testing.T) {
	if os.Getenv("NATIVE_PREFIX") == "" {
		t.Skip("the estimate is one of the native prefix (make native); another libvips may take more or less")
	}
	if raced {
		t.Skip("the race detector takes memory of its own")
	}
	list := []string{`{"flip":true}`, `{"blur":100}`, `{"canvas":{"width":2200}}`, `{"overlayWith":{"key":"a"}}`}
	formats, alphas := []thumburl.Format{thumburl.JPEG}, []bool{true}
	if os.Getenv("THUMBFRONT_TEST_ALL") != "" {
		formats, alphas = append(formats, thumburl.PNG, thumburl.WebP), append(alphas, false)
		list = append(list, `{"normalise":true}`, `{"grayscale":true,"rotate":90}`, `{"median":3}`, `{"blur":5}`, `{"sharpen":1}`, `{"modulate":{"hue":5}}`,
			`{"trim":true}`, `{"rotate":30}`, `{"affine":{"matrix":[1,0.1,0.1,1]}}`, `{"roundCrop":true}`, `{"tint":"#ff0000"}`, `{"recomb":[[1,0,0],[0,1,0],[0,0,1]]}`,
			`{"convolve":{"height":3,"kernel":[1,1,1,1,1,1,1,1,1],"width":3}}`, `{"threshold":true}`, `{"pixelate":9}`, `{"unflatten":true}`, `{"linear":{"a":2}}`,
			`{"gamma":true,"blur":1}`, `{"extend":{"left":100}}`, `{"smartCrop":true}`, `{"watermark":{"key":"a","replicate":true,"scale":0.1}}`, `{"boolean":{"key":"a"}}`,
			`{"ensureAlpha":0.5}`, `{"clahe":{"height":3,"width":3}}`)
	}
	for _, alpha := range alphas {
		var b bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, scenery(2000, 1500, alpha)); err != nil {
			t.Fatal(err)
		}
		file, warm := filepath.Join(t.TempDir(), "source"), filepath.Join(t.TempDir(), "warm")
		if err := errors.Join(os.WriteFile(file, b.Bytes(), 0o600), os.WriteFile(warm, encodePNG(t, scenery(20, 15, alpha)), 0o600)); err != nil {
			t.Fatal(err)
		}
		for _, format := range formats {
			for _, edits := range list {
				request, err := thumburl.ParseJSON([]byte(`{"key":"k","edits":` + edits + `}`))
				if err != nil {
					t.Fatal(err)
				}
				estimate := estimated(t, b.Bytes(), Job{Edits: request.Edits, Format: format,
					Original: func(context.Context, string, string) ([]byte, error) { return b.Bytes(), nil }})
				m := inChild(t, rendering{File: file, Edits: edits, Format: format, Warm: warm})
				t.Logf("%-60s %s, alpha %v: peak %4d MB, estimate %4d MB %s", edits, format, alpha, m.Peak>>20, estimate>>20, m.Detail)
				if m.Code != "" || estimate < m.Peak {
					t.Errorf("%s as %s, alpha %v, takes %d MB; the estimate is %d MB %s", edits, format, alpha, m.Peak>>20, estimate>>20, m.Detail)
				}
			}
		}
	}
}
