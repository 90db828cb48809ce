package render

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// scored gives the SSIMULACRA2 of an answer against the lossless one.
func scored(t *testing.T, source []byte, job Job, p Picture) float64 {
	t.Helper()
	job.Format = thumburl.PNG
	original, err := renderer.Render(t.Context(), source, job)
	if err != nil {
		t.Fatal(err)
	}
	defer pin(original.Body)()
	opened, err := open(original.Body, KindPNG, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.close()
	look, err := opened.look()
	if err != nil {
		t.Fatal(err)
	}
	defer look.free()
	score, err := look.score(p.Body)
	if err != nil {
		t.Fatal(err)
	}
	return score
}

// detailed is a picture with edges, texture and smooth parts, as PNG.
func detailed(t *testing.T, width, height int, alpha bool) []byte {
	t.Helper()
	m := scenery(width, height, alpha)
	for y := range height {
		for x := range width {
			p := m.Pix[y*m.Stride+4*x:]
			if x/24%3 == 0 && y/31%2 == 0 { // sharp edges
				p[0], p[1], p[2] = p[0]/2, p[1]/2, p[2]/2
			}
			if x > width/2 { // texture
				v := byte(20 * (1 + math.Sin(float64(x*y)/500)))
				p[0], p[1], p[2] = p[0]+v/2, p[1]+v, p[2]+v/2
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAutoQuality(t *testing.T) {
	source := detailed(t, 640, 480, false)
	for _, format := range []thumburl.Format{thumburl.JPEG, thumburl.WebP, thumburl.AVIF} {
		var bytes []int
		for _, goal := range []int{55, 70, 85} {
			job := Job{Format: format, Edits: thumburl.Edits{thumburl.Resize{Width: 288, Height: 264}}}
			asked := job
			asked.Edits = append(asked.Edits, thumburl.AutoQuality{Score: goal})
			p, err := renderer.Render(t.Context(), source, asked)
			if err != nil {
				t.Fatal(err)
			}
			score := scored(t, source, job, p)
			t.Logf("%s for %d: %d bytes, %.2f", format, goal, len(p.Body), score)
			// AVIF has four tries, and may be left with a step or two too much.
			spare := 2.0
			if format == thumburl.AVIF {
				spare = 6
			}
			if score < float64(goal) || score > float64(goal)+spare {
				t.Errorf("%s for %d scores %.2f", format, goal, score)
			}
			bytes = append(bytes, len(p.Body))
		}
		if bytes[0] >= bytes[1] || bytes[1] >= bytes[2] {
			t.Errorf("%s: %v bytes for rising scores", format, bytes)
		}
	}
}

// A picture that is larger than a sample gets near the score by a mosaic of it, and one
// with alpha is looked at as well.
func TestAutoQualityOfLargeAndTransparentPictures(t *testing.T) {
	for _, alpha := range []bool{false, true} {
		source := detailed(t, 1500, 1100, alpha)
		job := Job{Format: thumburl.WebP, Effort: 1}
		asked := job
		asked.Edits = thumburl.Edits{thumburl.AutoQuality{Score: 70}}
		p, err := renderer.Render(t.Context(), source, asked)
		if err != nil {
			t.Fatal(err)
		}
		if score := scored(t, source, job, p); score < 67 || score > 76 {
			t.Errorf("alpha %v: scores %.1f, want about 70", alpha, score)
		}
	}
}

// What can't be reached is answered as well as can be; what has no quality as ever.
func TestAutoQualityBeyondReach(t *testing.T) {
	source := detailed(t, 64, 48, false)
	for _, format := range []thumburl.Format{thumburl.JPEG, thumburl.PNG, thumburl.GIF} {
		p, err := renderer.Render(t.Context(), source, Job{Format: format, Edits: thumburl.Edits{thumburl.AutoQuality{Score: 90}}})
		if err != nil || p.Format != format || p.Width != 64 {
			t.Errorf("%s: %+v, %v", format, p.Format, err)
		}
	}
}

func TestSearchNarrowsDown(t *testing.T) {
	// A score that rises by the square root of the quality.
	score := func(quality int) float64 { return 10 * math.Sqrt(float64(quality)) }
	for goal := 45.0; goal < 97; goal += 0.7 {
		s := search{below: leastTried - 1, reached: 96, slope: 0.5}
		tries := 0
		for quality := 72; quality != 0 && tries < 7; tries++ {
			quality = s.next(quality, score(quality), goal)
		}
		want := int(math.Ceil(goal * goal / 100))
		if s.reached < want || s.reached > want+1 {
			t.Errorf("goal %.1f: quality %d after %d tries, want %d", goal, s.reached, tries, want)
		}
	}
}

// Our metric is the JPEG XL project's, whose program is off for pictures so small that
// one of the scales that count is under 16 pixels.
func TestScoreAgainstTool(t *testing.T) {
	tool := filepath.Join(os.Getenv("NATIVE_PREFIX"), "bin", "ssimulacra2")
	if _, err := os.Stat(tool); err != nil {
		t.Skip("no ssimulacra2 (make native)")
	}
	for _, size := range [][2]int{{288, 264}, {128, 160}, {301, 200}} {
		source := detailed(t, size[0], size[1], false)
		for _, quality := range []int{15, 40, 72, 90} {
			job := Job{Format: thumburl.JPEG, Edits: thumburl.Edits{thumburl.JPEGOptions{Quality: quality}}}
			p, err := renderer.Render(t.Context(), source, job)
			if err != nil {
				t.Fatal(err)
			}
			got := scored(t, source, Job{}, p)
			want := toolScore(t, tool, source, p.Body)
			t.Logf("%v at %d: %.2f, by the tool %.2f", size, quality, got, want)
			if math.Abs(got-want) > 0.5 {
				t.Errorf("%v at %d: %.2f, by the tool %.2f", size, quality, got, want)
			}
		}
	}
}

func toolScore(t *testing.T, tool string, original, other []byte) float64 {
	t.Helper()
	dir := t.TempDir()
	files := []string{filepath.Join(dir, "original.png"), filepath.Join(dir, "other.png")}
	// The tool is built without a JPEG decoder.
	decoded, err := renderer.Render(t.Context(), other, Job{Format: thumburl.PNG})
	if err != nil {
		t.Fatal(err)
	}
	for i, body := range [][]byte{original, decoded.Body} {
		if err := os.WriteFile(files[i], body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(tool, files...).CombinedOutput()
	if err != nil {
		t.Fatal(fmt.Errorf("%w: %s", err, out))
	}
	score, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		t.Fatal(err)
	}
	return score
}
