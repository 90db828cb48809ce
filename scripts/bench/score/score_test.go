package score

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// judge without the tools that make native builds: those of these tests are Pillow's.
func judge(t *testing.T) *Judge {
	if exec.Command(python, "-c", "import PIL, numpy").Run() != nil {
		t.Skip("no Pillow; scripts/deps.sh bench installs it")
	}
	prefix := t.TempDir()
	if err := os.Mkdir(filepath.Join(prefix, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"ssimulacra2", "heif-convert"} {
		if err := os.WriteFile(filepath.Join(prefix, "bin", tool), []byte("#!/bin/sh\necho 71.5\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	j, err := New(prefix, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(j.Close)
	return j
}

func write(t *testing.T, picture image.Image) string {
	path := filepath.Join(t.TempDir(), "picture.png")
	f, err := os.Create(path)
	if err == nil {
		err = png.Encode(f, picture)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) image.Image {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// Half of the light is 188 of 255 in sRGB; half of the values is 128.
func TestReferencesOfACheckerboard(t *testing.T) {
	board := image.NewGray(image.Rect(0, 0, 400, 300))
	for y := range 300 {
		for x := range 400 {
			board.SetGray(x, y, color.Gray{Y: uint8(255 * ((x + y) % 2))})
		}
	}
	r, err := judge(t).References(write(t, board), 36, 33)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{r.Linear: 188, r.Gamma: 128} {
		picture := read(t, path)
		if picture.Bounds() != image.Rect(0, 0, 36, 33) {
			t.Errorf("%s is %v", path, picture.Bounds())
		}
		red, _, _, _ := picture.At(18, 16).RGBA()
		if got := int(red >> 8); got < want-1 || got > want+1 {
			t.Errorf("%s is %d in the middle, want %d", path, got, want)
		}
	}
}

// A cover cuts in the middle, aligned to whole pixels.
func TestReferencesCutInTheMiddle(t *testing.T) {
	bars := image.NewGray(image.Rect(0, 0, 400, 100)) // of 100 pixels: black, grey, light, white
	for x := range 400 {
		for y := range 100 {
			bars.SetGray(x, y, color.Gray{Y: uint8(x / 100 * 80)})
		}
	}
	r, err := judge(t).References(write(t, bars), 20, 10) // 40x10, of which the middle 20 stay
	if err != nil {
		t.Fatal(err)
	}
	picture := read(t, r.Gamma)
	for x, want := range map[int]uint32{5: 80, 15: 160} {
		if red, _, _, _ := picture.At(x, 5).RGBA(); red>>8 != want {
			t.Errorf("column %d is %d, want %d", x, red>>8, want)
		}
	}
}

func TestScoreReadsTheTool(t *testing.T) {
	if got, err := judge(t).Score("a.png", "b.png"); err != nil || got != 71.5 {
		t.Errorf("%v, %v; want 71.5", got, err)
	}
}

func TestNewSaysWhoBuildsTheTools(t *testing.T) {
	if _, err := New(t.TempDir(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "make native") {
		t.Errorf("%v; want a word of make native", err)
	}
}
