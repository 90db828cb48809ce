package render

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// widths of a srcset.
var widths = []int{160, 320, 480, 640, 960, 1280}

func several() []Job {
	var jobs []Job
	for _, width := range widths {
		jobs = append(jobs, Job{Format: thumburl.JPEG, Edits: thumburl.Edits{thumburl.Resize{Width: width}}})
	}
	return jobs
}

// What comes of one decoding is what comes of decodings of their own: to the byte where
// the decoder does nothing on its own, and close where it shrinks less for all.
func TestRenderAll(t *testing.T) {
	jobs := []Job{
		{Format: thumburl.PNG, Edits: thumburl.Edits{thumburl.Resize{Width: 80, Height: 80}}},
		{Format: thumburl.PNG, Edits: thumburl.Edits{thumburl.Resize{Width: 60, Height: 40, Space: thumburl.Gamma}, thumburl.Rotate{Angle: 90}}},
		{Format: thumburl.PNG, Edits: thumburl.Edits{thumburl.Crop{Left: 10, Top: 5, Width: 20, Height: 30}}},
		{Format: thumburl.PNG, Edits: thumburl.Edits{thumburl.Resize{Width: 300, Height: 200, Fit: thumburl.Fill}}}, // larger
		{Format: thumburl.PNG},
		{Format: thumburl.PNG, Edits: thumburl.Edits{thumburl.Resize{Width: 21, Kernel: thumburl.Nearest}}},
	}
	for name, source := range sources(t) {
		if name == "quad.gif" {
			source = encodeGIF(t, 1, quad(128, 96))
		}
		together, err := renderer.RenderAll(t.Context(), source, jobs)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, job := range jobs {
			alone, err := renderer.Render(t.Context(), source, job)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if bytes.Equal(alone.Body, together[i].Body) {
				continue
			}
			if _, worst := difference(decode(t, alone), decode(t, together[i])); worst > 12 {
				t.Errorf("%s, job %d: another picture than on its own", name, i)
			}
		}
	}
}

// An animation may stand beside a still of the same original.
func TestRenderAllOfAnAnimation(t *testing.T) {
	source := moving(t, 128, 96)
	edits := thumburl.Edits{thumburl.Resize{Width: 64}}
	pictures, err := renderer.RenderAll(t.Context(), source, []Job{{Format: thumburl.GIF, Edits: edits}, {Format: thumburl.JPEG, Edits: edits}})
	if err != nil {
		t.Fatal(err)
	}
	checkMoving(t, pictures[0].Body, 64, 48)
	if pictures[1].Format != thumburl.JPEG || pictures[1].Width != 64 {
		t.Errorf("%v of %d pixels", pictures[1].Format, pictures[1].Width)
	}
}

func TestRenderAllFailsWhole(t *testing.T) {
	source := encodePNG(t, quad(64, 48))
	_, err := renderer.RenderAll(t.Context(), source, []Job{{Format: thumburl.PNG}, {Edits: thumburl.Edits{thumburl.Crop{Left: 60, Width: 10, Height: 10}}}})
	var e *Error
	if !errors.As(err, &e) || e.Code != CodeCropOutside {
		t.Errorf("%v", err)
	}
}

// BenchmarkSixWidths tells what six widths of a 12 MP JPEG cost, in CPU time of the
// largest of them alone.
func BenchmarkSixWidths(b *testing.B) {
	source, err := os.ReadFile("../../../shared/images/12mp.jpg")
	if err != nil {
		b.Skip("no ../shared/images")
	}
	jobs := several()
	timed := func(jobs []Job) time.Duration {
		began := cpu()
		if _, err := renderer.RenderAll(b.Context(), source, jobs); err != nil {
			b.Fatal(err)
		}
		return cpu() - began
	}
	timed(jobs)
	var all, one time.Duration
	for b.Loop() {
		all += timed(jobs)
		one += timed(jobs[len(jobs)-1:])
	}
	b.ReportMetric(float64(all)/float64(one), "of-one")
	b.ReportMetric(float64(all.Milliseconds())/float64(b.N), "ms-CPU")
}
