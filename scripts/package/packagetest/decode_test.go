package packagetest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/image/webp"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// decode reads a thumbnail by other code than that which wrote it.
func (f *function) decode(key string, body []byte, format thumburl.Format) (image.Image, error) {
	switch format {
	case thumburl.JPEG:
		return jpeg.Decode(bytes.NewReader(body))
	case thumburl.PNG:
		return png.Decode(bytes.NewReader(body))
	case thumburl.WebP:
		m, err := webp.Decode(bytes.NewReader(body))
		if planes, ok := m.(*image.YCbCr); ok {
			return studioRange{planes}, nil
		}
		return m, err
	case thumburl.AVIF:
		return f.decodeAVIF(key, body)
	}
	return nil, fmt.Errorf("no decoder of %s", format)
}

// decodeAVIF has heif-convert read it, or where that is missing the function.
func (f *function) decodeAVIF(key string, body []byte) (image.Image, error) {
	f.t.Helper()
	if len(body) < 16 || string(body[4:12]) != "ftypavif" {
		return nil, errors.New("an AVIF begins with ftypavif")
	}
	at := bytes.Index(body, []byte("ispe"))
	if at < 0 || len(body) < at+16 {
		return nil, errors.New("there is no size, the property ispe")
	}
	size := image.Pt(int(binary.BigEndian.Uint32(body[at+8:])), int(binary.BigEndian.Uint32(body[at+12:])))
	m, err := f.viaPNG(key, body, size)
	if err == nil && m.Bounds().Size() != size {
		err = fmt.Errorf("the picture is %v and ispe says %v", m.Bounds().Size(), size)
	}
	return m, err
}

func (f *function) viaPNG(key string, body []byte, size image.Point) (image.Image, error) {
	f.t.Helper()
	convert, err := exec.LookPath("heif-convert")
	if err != nil {
		back := f.render(key+".again.avif", body, size.X, size.Y, thumburl.PNG)
		return png.Decode(bytes.NewReader(back.body))
	}
	dir := f.t.TempDir()
	from, to := filepath.Join(dir, "in.avif"), filepath.Join(dir, "out.png")
	if err := os.WriteFile(from, body, 0o600); err != nil {
		return nil, err
	}
	if out, err := exec.Command(convert, from, to).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("heif-convert: %w %s", err, out)
	}
	decoded, err := os.ReadFile(to)
	if err != nil {
		return nil, err
	}
	return png.Decode(bytes.NewReader(decoded))
}

// studioRange reads a lossy WebP's planes as VP8 means them, luma from 16 to 235
// (RFC 6386, section 9.2); Go's decoder gives them out as if they were JPEG's.
type studioRange struct{ *image.YCbCr }

func (m studioRange) At(x, y int) color.Color {
	c := m.YCbCrAt(x, y)
	luma, cb, cr := 1.164*(float64(c.Y)-16), float64(c.Cb)-128, float64(c.Cr)-128
	channel := func(v float64) uint8 { return uint8(max(0, min(255, v+0.5))) }
	return color.NRGBA{channel(luma + 1.596*cr), channel(luma - 0.392*cb - 0.813*cr), channel(luma + 2.017*cb), 255}
}

// checkQuarters compares the middle of each quarter with the test picture's.
func checkQuarters(t *testing.T, m image.Image, tolerance int) {
	t.Helper()
	size := m.Bounds().Size()
	for row := range 2 {
		for column := range 2 {
			x, y := size.X*(2*column+1)/4, size.Y*(2*row+1)/4
			got := color.NRGBAModel.Convert(m.At(m.Bounds().Min.X+x, m.Bounds().Min.Y+y)).(color.NRGBA)
			if want := quarters[row][column]; !near(got, want, tolerance) {
				t.Errorf("at %d,%d the colour is %v, want %v within %d", x, y, got, want, tolerance)
			}
		}
	}
}

func near(a, b color.NRGBA, tolerance int) bool {
	for _, d := range []int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B), int(a.A) - int(b.A)} {
		if d > tolerance || -d > tolerance {
			return false
		}
	}
	return true
}
