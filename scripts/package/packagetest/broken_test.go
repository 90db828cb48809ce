package packagetest

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"image/jpeg"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// broken is a wrong original.
type broken struct {
	name string
	body []byte
	// code is the only right answer; without one it is any error about the
	// source, and a picture where the damage can't be told.
	code string
}

// flips is how many damaged copies of each original are sent.
const flips = 12

// A wrong original is the client's mistake: it is named, and costs nobody else
// their process.
func TestBrokenOriginals(t *testing.T) {
	f := start(t)
	good := sources(t)[0]
	cases := 0
	send := func(t *testing.T, batch string, list []broken) {
		f := f.in(t)
		for _, b := range list {
			cases++
			a := f.render("uploads/"+batch+"/"+b.name, b.body, 32, 24, thumburl.JPEG)
			f.lives(batch + " " + b.name)
			if err := wrong(a, b.code); err != nil {
				t.Errorf("%s: %v", b.name, err)
			}
		}
		a := f.render("uploads/"+batch+"/good.jpg", good.body, 32, 24, thumburl.JPEG)
		if _, err := jpeg.Decode(bytes.NewReader(a.body)); a.status != 200 || err != nil {
			t.Errorf("a good original afterwards: %d %v %.200s", a.status, err, a.body)
		}
		f.lives(batch)
	}
	for _, s := range sources(t) {
		t.Run(s.name, func(t *testing.T) { send(t, s.name, append(cut(s), flipped(s)...)) })
	}
	t.Run("no pictures", func(t *testing.T) { send(t, "none", noPictures()) })
	t.Run("wrong names", func(t *testing.T) {
		f, list := f.in(t), sources(t)
		for i, s := range list {
			// By its bytes it is what it is; the next one's extension does not matter.
			name := s.name + filepath.Ext(list[(i+1)%len(list)].name)
			a := f.render("uploads/misnamed/"+name, s.body, 32, 24, thumburl.JPEG)
			cases++
			if a.status != 200 || a.contentType != "image/jpeg" {
				t.Errorf("%s: %d %s %.200s", name, a.status, a.contentType, a.body)
			}
		}
		f.lives("wrong names")
	})
	if cases < 100 {
		t.Errorf("only %d cases were sent, want at least 100", cases)
	}
	t.Logf("%d cases", cases)
}

// sourceErrors are the codes that speak of the original, with their status.
var sourceErrors = map[string]int{
	"SourceEmpty": 422, "SourceTruncated": 422, "SourceCorrupt": 422, "SourceUnsupported": 415, "SourceTooLarge": 413,
}

// wrong says what is wrong with an answer; code is as in broken.
func wrong(a answer, code string) error {
	got := a.code()
	switch {
	case a.status == 200 && code == "":
		m, err := jpeg.Decode(bytes.NewReader(a.body))
		if err == nil && (m.Bounds().Dx() != 32 || m.Bounds().Dy() != 24) {
			err = fmt.Errorf("a picture of %v, want 32x24", m.Bounds())
		}
		return err
	case got == "" || sourceErrors[got] != a.status:
		return fmt.Errorf("%d %.200s, want an error about the original", a.status, a.body)
	case code != "" && got != code:
		return fmt.Errorf("%s, want %s", got, code)
	}
	return nil
}

// cut ends an original at several places. What lacks a quarter or more of its
// bytes is never a picture.
func cut(s source) []broken {
	n := len(s.body)
	var list []broken
	for _, at := range []int{n / 4, n / 2, n * 3 / 4} {
		list = append(list, broken{fmt.Sprintf("first %d of %d bytes", at, n), s.body[:at], "SourceTruncated"})
	}
	for _, at := range []int{1, 12, 40, n - 1} {
		list = append(list, broken{fmt.Sprintf("first %d of %d bytes", at, n), s.body[:at], ""})
	}
	return list
}

// flipped damages an original at a few places, in the same way each time.
func flipped(s source) []broken {
	h := fnv.New64a()
	h.Write([]byte(s.name))
	random := rand.New(rand.NewPCG(h.Sum64(), 4))
	var list []broken
	for i := range flips {
		body := bytes.Clone(s.body)
		for range 1 + i%4 {
			body[random.IntN(len(body))] ^= byte(1 + random.IntN(255))
		}
		list = append(list, broken{fmt.Sprintf("damaged %d", i), body, ""})
	}
	return list
}

func noPictures() []broken {
	list := []broken{
		{"empty.jpg", nil, "SourceEmpty"},
		{"text.jpg", []byte("this is not a picture, whatever its name says\n"), "SourceUnsupported"},
		{"drawing.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>`), "SourceUnsupported"},
		{"document.pdf", []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"), "SourceUnsupported"},
		{"archive.zip", []byte("PK\x03\x04\x14\x00\x00\x00\x08\x00"), "SourceUnsupported"},
	}
	// The first bytes of each format, and noise behind them.
	random := rand.New(rand.NewPCG(4, 4))
	for _, kind := range [][2]string{
		{"jpg", "\xff\xd8\xff\xe0"}, {"png", "\x89PNG\r\n\x1a\n"}, {"gif", "GIF89a"}, {"tif", "II*\x00\x08\x00\x00\x00"},
		{"webp", "RIFF\x00\x10\x00\x00WEBPVP8 "}, {"heic", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"},
		{"heif", "\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic"}, {"avif", "\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif"},
	} {
		body := []byte(kind[1])
		for range 4096 {
			body = append(body, byte(random.Uint32()))
		}
		list = append(list, broken{"noise." + kind[0], body, ""})
	}
	return list
}
