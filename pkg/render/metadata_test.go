package render

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

const private = "GPS: here I live"

// withMetadata are files with metadata, of every kind that they are cut out of.
func withMetadata(t testing.TB) map[string][]byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 40, 30))
	for i := range m.Pix {
		m.Pix[i] = byte(i * 7)
	}
	var jpg, pngs, gifs bytes.Buffer
	if err := jpeg.Encode(&jpg, m, nil); err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(&pngs, m); err != nil {
		t.Fatal(err)
	}
	paletted := image.NewPaletted(m.Rect, color.Palette{color.Black, color.White})
	other := image.NewPaletted(m.Rect, paletted.Palette)
	for i := range 400 {
		other.Pix[i] = 1
	}
	if err := gif.EncodeAll(&gifs, &gif.GIF{Image: []*image.Paletted{paletted, other}, Delay: []int{5, 6}}); err != nil {
		t.Fatal(err)
	}
	segment := func(marker byte, text string) string {
		return string([]byte{0xff, marker, byte((len(text) + 2) >> 8), byte(len(text) + 2)}) + text
	}
	chunk := func(name, text string) string { return string(pngChunk(name, []byte(text))) }
	webp, err := renderer.Render(t.Context(), pngs.Bytes(), Job{Format: thumburl.WebP})
	if err != nil {
		t.Fatal(err)
	}
	text := private + "." // an odd length
	riff := append(bytes.Clone(webp.Body), "EXIF"+string([]byte{byte(len(text)), 0, 0, 0})+text+"\x00XMP "+string([]byte{byte(len(private)), 0, 0, 0})+private...)
	binary.LittleEndian.PutUint32(riff[4:], uint32(len(riff)-8))
	plain := jpg.String()
	return map[string][]byte{
		"jpeg": []byte(plain[:2] + segment(0xe1, "Exif\x00\x00"+private) + segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00"+private) + segment(0xed, private) + segment(0xfe, private) +
			segment(0xe2, "MPF\x00"+private) + plain[2:] + plain[:2] + segment(0xe1, "Exif\x00\x00"+private) + plain[2:]),
		"png":  []byte(pngs.String()[:33] + chunk("tEXt", "a\x00"+private) + chunk("eXIf", private) + chunk("iTXt", private) + chunk("prVt", private) + pngs.String()[33:] + private),
		"webp": riff,
		"gif":  []byte(gifs.String()[:len(gifs.String())-1] + "!\xfe" + string([]byte{byte(len(private))}) + private + "\x00" + "!\xff\x0bXMP DataXMP" + string([]byte{byte(len(private))}) + private + "\x00;" + private),
	}
}

// The picture is the same, pixel by pixel, and nothing else is left.
func TestWithoutMetadata(t *testing.T) {
	for kind, source := range withMetadata(t) {
		h, err := renderer.ReadHeader(source)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		clean, ok := WithoutMetadata(source, h)
		if !ok {
			t.Errorf("%s: not cut", kind)
			continue
		}
		if bytes.Contains(clean, []byte(private)) || !bytes.Contains(source, []byte(private)) {
			t.Errorf("%s: the metadata are still there", kind)
		}
		after, err := renderer.ReadHeader(clean)
		if err != nil || after.Width != h.Width || after.Frames != h.Frames || after.Alpha != h.Alpha {
			t.Errorf("%s: %+v %v, before %+v", kind, after, err, h)
		}
		job := Job{Format: thumburl.PNG}
		a, errA := renderer.Render(t.Context(), source, job)
		b, errB := renderer.Render(t.Context(), clean, job)
		if errA != nil || errB != nil || !bytes.Equal(a.Body, b.Body) {
			t.Errorf("%s: another picture: %v %v", kind, errA, errB)
		}
		if again, ok := WithoutMetadata(clean, after); !ok || !bytes.Equal(again, clean) {
			t.Errorf("%s: a second time cuts more", kind)
		}
	}
}

func TestWithoutMetadataKeepsTheOrientation(t *testing.T) {
	files, err := filepath.Glob("testdata/*.jpg")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		h, err := renderer.ReadHeader(source)
		if err != nil {
			continue
		}
		clean, ok := WithoutMetadata(source, h)
		if !ok {
			t.Errorf("%s: not cut", file)
			continue
		}
		after, err := renderer.ReadHeader(clean)
		if err != nil || after.Orientation != h.Orientation {
			t.Errorf("%s: orientation %d, before %d: %v", file, after.Orientation, h.Orientation, err)
		}
	}
	// One of our own: the orientation alone is written anew.
	plain := withMetadata(t)["jpeg"]
	source := jpegWithEXIF(plain, exifOf(6))
	clean, ok := WithoutMetadata(source, Header{Kind: KindJPEG, Orientation: 6})
	if h, err := renderer.ReadHeader(clean); !ok || err != nil || h.Orientation != 6 {
		t.Errorf("%+v %v", h, err)
	}
}

func TestWithoutMetadataOfWhatItCannotCut(t *testing.T) {
	for name, tt := range map[string]struct {
		source string
		header Header
	}{
		"a kind":                    {"II*\x00", Header{Kind: KindTIFF}},
		"an orientation in a PNG":   {string(withMetadata(t)["png"]), Header{Kind: KindPNG, Orientation: 6}},
		"a cut PNG":                 {string(withMetadata(t)["png"][:60]), Header{Kind: KindPNG}},
		"a PNG whose chunk lies":    {"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR", Header{Kind: KindPNG}},
		"a JPEG whose segment lies": {"\xff\xd8\xff\xe1\xff\xff", Header{Kind: KindJPEG}},
		"a GIF without an end":      {string(withMetadata(t)["gif"][:40]), Header{Kind: KindGIF}},
	} {
		if _, ok := WithoutMetadata([]byte(tt.source), tt.header); ok {
			t.Errorf("%s is cut", name)
		}
	}
}

func FuzzWithoutMetadata(f *testing.F) {
	for kind, source := range withMetadata(f) {
		f.Add(source, kind)
	}
	f.Fuzz(func(t *testing.T, source []byte, kind string) {
		if len(source) < 13 {
			t.Skip("too short to have a header")
		}
		for _, orientation := range []int{1, 6} {
			clean, ok := WithoutMetadata(bytes.Clone(source), Header{Kind: Kind(kind), Orientation: orientation})
			if ok && len(clean) > len(source)+64 {
				t.Fatalf("%d bytes became %d", len(source), len(clean))
			}
		}
	})
}

// A GIF of one frame that keeps its format has alpha, as with sharp, and its pixels stay.
func TestStillGIFKeepsItsAlpha(t *testing.T) {
	source := withMetadata(t)["gif"]
	p, err := renderer.Render(t.Context(), source, Job{Edits: thumburl.Edits{thumburl.Still{}}, Format: thumburl.Input})
	if err != nil {
		t.Fatal(err)
	}
	h, err := renderer.ReadHeader(p.Body)
	if err != nil || h.Frames != 1 || !h.Alpha {
		t.Errorf("%+v %v", h, err)
	}
	m, err := gif.Decode(bytes.NewReader(p.Body))
	if err != nil {
		t.Fatal(err)
	}
	for y := range 30 {
		for x := range 40 {
			if _, _, _, a := m.At(x, y).RGBA(); a != 0xffff {
				t.Fatalf("a hole at %d,%d", x, y)
			}
		}
	}
}

// The Serverless Image Handler's rule, by the sizes.
func TestFramesUnturned(t *testing.T) {
	source := withMetadata(t)["gif"] // 40x30, two frames
	quarter := thumburl.Rotate{Angle: 90}
	for name, tt := range map[string]struct {
		edits         thumburl.Edits
		format        thumburl.Format
		width, frames int
	}{
		"moves":         {thumburl.Edits{thumburl.FramesUnturned{}, quarter, thumburl.RoundCrop{}, thumburl.SmartCrop{}}, thumburl.Input, 40, 2},
		"turned":        {thumburl.Edits{quarter}, thumburl.Input, 30, 2},
		"still":         {thumburl.Edits{thumburl.FramesUnturned{}, quarter, thumburl.Still{}}, thumburl.Input, 30, 1},
		"first frame":   {thumburl.Edits{thumburl.FramesUnturned{}, quarter}, thumburl.PNG, 30, 1},
		"resized moves": {thumburl.Edits{thumburl.FramesUnturned{}, thumburl.Resize{Width: 20}, quarter}, thumburl.WebP, 20, 2},
	} {
		p, err := renderer.Render(t.Context(), source, Job{Edits: tt.edits, Format: tt.format})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if h, err := renderer.ReadHeader(p.Body); err != nil || h.Width != tt.width || h.Frames != tt.frames {
			t.Errorf("%s: %dx%d, %d frames, %v, want %d wide, %d frames", name, h.Width, h.Height, h.Frames, err, tt.width, tt.frames)
		}
	}
}
