package imgproxy

import (
	"bytes"
	"image"
	"image/color"
	_ "image/jpeg" // answers
	"image/png"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/render"
)

// quadrants is a picture of 80x40: red and green above, blue and white below.
func quadrants(t *testing.T) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 80, 40))
	for y := range 40 {
		for x := range 80 {
			c := map[[2]bool]color.RGBA{{false, false}: {255, 0, 0, 255}, {true, false}: {0, 255, 0, 255}, {false, true}: {0, 0, 255, 255}, {true, true}: {255, 255, 255, 255}}[[2]bool{x >= 40, y >= 20}]
			m.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// letter names a colour: r, g, b, w, k (black), y (yellow), - (transparent), ? (another).
func letter(c color.Color) byte {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	if n.A < 128 {
		return '-'
	}
	high := [3]bool{n.R > 200, n.G > 200, n.B > 200}
	low := [3]bool{n.R < 60, n.G < 60, n.B < 60}
	for name, want := range map[byte][3]bool{'r': {true, false, false}, 'g': {false, true, false}, 'b': {false, false, true}, 'w': {true, true, true}, 'k': {}, 'y': {true, true, false}} {
		if high == want && low == [3]bool{!want[0], !want[1], !want[2]} {
			return name
		}
	}
	return '?'
}

// TestPictures renders what URLs mean and looks at the corners of the answers: left top,
// right top, left bottom and right bottom corner.
func TestPictures(t *testing.T) {
	source := quadrants(t)
	l := testLanguage(t)
	for _, c := range []struct {
		options       string
		width, height int
		corners       string
	}{
		{"w:0", 80, 40, "rgbw"},
		{"w:40", 40, 20, "rgbw"},
		{"fl:1", 80, 40, "grwb"},
		{"fl:0:1", 80, 40, "bwrg"},
		{"rot:90", 40, 80, "brwg"},
		{"rot:180", 80, 40, "wbgr"},
		{"rot:90/w:20", 20, 40, "brwg"},
		{"c:20:10:nowe", 20, 10, "rrrr"}, {"c:20:10:noea", 20, 10, "gggg"}, {"c:20:10:sowe", 20, 10, "bbbb"}, {"c:20:10:soea", 20, 10, "wwww"},
		{"c:20:10:no", 20, 10, "rgrg"}, {"c:20:10:so", 20, 10, "bwbw"}, {"c:20:10:we", 20, 10, "rrbb"}, {"c:20:10:ea", 20, 10, "ggww"}, {"c:20:10:ce", 20, 10, "rgbw"},
		{"c:20:10", 20, 10, "rgbw"}, {"c:20:10/g:soea", 20, 10, "wwww"},
		{"c:20:10:ce:30:0", 20, 10, "ggww"}, {"c:20:10:ce:-0.4:0", 20, 10, "rrbb"}, {"c:20:10:noea:60:0", 20, 10, "rrrr"}, {"c:20:10:nowe:0:0.75", 20, 10, "bbbb"},
		{"c:20:10:fp:1:1", 20, 10, "wwww"}, {"c:20:10:fp:0.5:0.5", 20, 10, "rgbw"}, {"c:0.25:0.25:fp:0:1", 20, 10, "bbbb"},
		{"c:20:20:soea/rot:90", 20, 20, "gggg"}, // the corner of the picture as it is turned
		{"c:20:20:nowe/fl:1", 20, 20, "gggg"},
		{"rs:fill:20:20/g:we", 20, 20, "rrbb"}, {"rs:fill:20:20/g:ea", 20, 20, "ggww"}, {"rs:fill:20:20/g:fp:0:0", 20, 20, "rrbb"}, {"rs:fill:20:20/g:we:20:0", 20, 20, "ggww"},
		{"rs:fill:20:20/g:we:0.5:0", 20, 20, "ggww"}, {"rs:fill:20:20/g:ea:0.5:0", 20, 20, "rrbb"}, {"dpr:2/rs:fill:10:10/g:we:10:0", 20, 20, "ggww"},
		{"rs:fill:160:10/g:no", 80, 10, "rgrg"}, {"rs:fill:160:10/g:so", 80, 10, "bwbw"},
		{"rs:fit:40:40/ex:1:no", 40, 40, "rg--"}, {"rs:fit:40:40/ex:1:so", 40, 40, "--bw"}, {"rs:fit:40:40/ex:1", 40, 40, "----"}, {"rs:fit:40:40/ex:1:no:0:20", 40, 40, "--bw"},
		{"rs:fit:40:40/ex:1:fp:0.5:0", 40, 40, "rg--"}, {"rs:fit:40:40/ex:1:no/bg:ff0", 40, 40, "rgyy"},
		{"rs:fit:160:160/exar:1:no", 80, 80, "rg--"}, {"rs:fit:160:160/ex:1:nowe", 160, 160, "r---"},
		{"pd:5:0:0:0", 80, 45, "--bw"}, {"pd:0:5:0:0", 85, 40, "r-b-"}, {"pd:5/bg:ffff00", 90, 50, "yyyy"}, {"dpr:2/w:20/pd:5:0:0:0", 40, 30, "--bw"},
		{"pd:5/f:jpg", 90, 50, "wwww"}, {"pd:5/bg:ffff00/f:jpg", 90, 50, "yyyy"},
		{"rs:force:20:40", 20, 40, "rgbw"}, {"rs:fit:10:10/mw:40/g:we", 10, 10, "rrbb"},
		{"pix:20", 80, 40, "rgbw"}, {"z:0.5", 40, 20, "rgbw"}, {"rs:fit:40:40/z:1:2/el:1", 40, 40, "rgbw"},
	} {
		reading, err := read(l, "/unsafe/"+c.options+"/plain/s3://photos/a.png")
		if err != nil {
			t.Errorf("%s: %v", c.options, err)
			continue
		}
		picture, err := render.Renderer{Limits: render.DefaultLimits()}.Render(t.Context(), source,
			render.Job{Edits: reading.Request.Edits, Format: reading.Request.OutputFormat})
		if err != nil {
			t.Errorf("%s: %v", c.options, err)
			continue
		}
		m, _, err := image.Decode(bytes.NewReader(picture.Body))
		if err != nil {
			t.Errorf("%s: %v", c.options, err)
			continue
		}
		b := m.Bounds()
		corners := string([]byte{letter(m.At(1, 1)), letter(m.At(b.Max.X-2, 1)), letter(m.At(1, b.Max.Y-2)), letter(m.At(b.Max.X-2, b.Max.Y-2))})
		if b.Dx() != c.width || b.Dy() != c.height || corners != c.corners {
			t.Errorf("%s: %dx%d %s, want %dx%d %s", c.options, b.Dx(), b.Dy(), corners, c.width, c.height, c.corners)
		}
	}
}
