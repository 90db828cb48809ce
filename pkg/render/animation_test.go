package render

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

var frameColours = []color.RGBA{{200, 0, 0, 255}, {0, 200, 0, 255}, {0, 0, 200, 255}, {200, 200, 0, 255}}

// moving is a GIF with a frame of each colour, the i-th shown for 10 * (i + 2) ms (10 ms are taken for a mistake by browsers and libvips),
// three times over.
func moving(t *testing.T, width, height int) []byte {
	t.Helper()
	g := &gif.GIF{LoopCount: 2}
	for i, c := range frameColours {
		frame := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{c, color.White})
		g.Image = append(g.Image, frame)
		g.Delay = append(g.Delay, i+2)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// checkMoving decodes a GIF by Go and looks at every frame.
func checkMoving(t *testing.T, body []byte, width, height int) {
	t.Helper()
	g, err := gif.DecodeAll(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Image) != len(frameColours) || g.Config.Width != width || g.Config.Height != height {
		t.Fatalf("%d frames of %dx%d, want %d of %dx%d", len(g.Image), g.Config.Width, g.Config.Height, len(frameColours), width, height)
	}
	for i, frame := range g.Image {
		r, gr, b, _ := frame.At(width/2, height/2).RGBA()
		want := frameColours[i]
		for _, d := range []int{int(r>>8) - int(want.R), int(gr>>8) - int(want.G), int(b>>8) - int(want.B)} {
			if d < -8 || d > 8 { // WebP has less colour than light
				t.Errorf("frame %d is %d,%d,%d, want %v", i, r>>8, gr>>8, b>>8, want)
				break
			}
		}
		if g.Delay[i] != i+2 {
			t.Errorf("frame %d is shown for %d0 ms, want %d0", i, g.Delay[i], i+2)
		}
	}
	if g.LoopCount != 2 {
		t.Errorf("loop count %d, want 2", g.LoopCount)
	}
}

func TestAnimationsKeepTheirFrames(t *testing.T) {
	source := moving(t, 60, 40)
	card := thumburl.Edits{thumburl.Resize{Width: 20, Height: 20}}
	webp, err := renderer.Render(t.Context(), source, Job{Edits: card, Format: thumburl.WebP})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		source []byte
		edits  thumburl.Edits
		job    Job
		format thumburl.Format
		w, h   int
	}{
		"GIF to GIF":                    {source, card, Job{Format: thumburl.GIF}, thumburl.GIF, 20, 20},
		"WebP to GIF":                   {webp.Body, card, Job{Format: thumburl.GIF}, thumburl.GIF, 20, 20},
		"GIF as it is":                  {source, nil, Job{}, thumburl.GIF, 60, 40},
		"for a viewer that says JPEG":   {source, card, Job{Format: thumburl.Auto, Best: thumburl.JPEG}, thumburl.GIF, 20, 20},
		"enlarged":                      {source, thumburl.Edits{thumburl.Resize{Width: 90}}, Job{}, thumburl.GIF, 90, 60},
		"with margins":                  {source, thumburl.Edits{thumburl.Resize{Width: 60, Height: 60, Fit: thumburl.Contain}}, Job{}, thumburl.GIF, 60, 60},
		"turned":                        {source, thumburl.Edits{thumburl.Rotate{Angle: 90}, thumburl.Resize{Height: 30}}, Job{}, thumburl.GIF, 20, 30},
		"cut where the eye is drawn to": {source, thumburl.Edits{thumburl.Resize{Width: 10, Height: 30, Position: thumburl.Attention}}, Job{}, thumburl.GIF, 10, 30},
		"cut out":                       {source, thumburl.Edits{thumburl.Crop{Left: 5, Top: 5, Width: 30, Height: 20}}, Job{}, thumburl.GIF, 30, 20},
	} {
		t.Run(name, func(t *testing.T) {
			c.job.Edits = c.edits
			got, err := renderer.Render(t.Context(), c.source, c.job)
			if err != nil {
				t.Fatal(err)
			}
			if got.Format != c.format || got.Width != c.w || got.Height != c.h {
				t.Errorf("got %v of %dx%d, want %v of %dx%d", got.Format, got.Width, got.Height, c.format, c.w, c.h)
			}
			checkMoving(t, got.Body, c.w, c.h)
		})
	}
}

func TestAnimationsBecomeStill(t *testing.T) {
	source := moving(t, 60, 40)
	narrow := DefaultLimits()
	narrow.OutputPixels = 60*40*len(frameColours) - 1
	for name, c := range map[string]struct {
		limits Limits
		job    Job
		want   thumburl.Format
		code   Code
	}{
		"asked for as JPEG":             {DefaultLimits(), Job{Format: thumburl.JPEG}, thumburl.JPEG, ""},
		"asked for as AVIF":             {DefaultLimits(), Job{Format: thumburl.AVIF}, thumburl.AVIF, ""},
		"too many pixels in all":        {narrow, Job{Format: thumburl.Auto, Best: thumburl.WebP}, thumburl.WebP, ""},
		"too many, and GIF was the ask": {narrow, Job{Format: thumburl.GIF}, 0, CodeOutputTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Renderer{Limits: c.limits}.Render(t.Context(), source, c.job)
			if c.code != "" {
				var e *Error
				if !errors.As(err, &e) || e.Code != c.code {
					t.Fatalf("got %v, want %s", err, c.code)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			header, err := renderer.ReadHeader(got.Body)
			if err != nil || header.Frames != 1 || got.Format != c.want {
				t.Errorf("got %v with %d frames %v, want %v with one", got.Format, header.Frames, err, c.want)
			}
		})
	}
}

func TestAnimatedWebPHasItsFrames(t *testing.T) {
	for _, best := range []thumburl.Format{thumburl.WebP, thumburl.AVIF} {
		got, err := renderer.Render(t.Context(), moving(t, 60, 40), Job{Format: thumburl.Auto, Best: best,
			Edits: thumburl.Edits{thumburl.Resize{Width: 30}}})
		if err != nil {
			t.Fatal(err)
		}
		header, err := renderer.ReadHeader(got.Body)
		if err != nil || got.Format != thumburl.WebP || header.Frames != len(frameColours) || header.Width != 30 || header.Height != 20 {
			t.Errorf("best %v: got %v %+v %v", best, got.Format, header, err)
		}
	}
}
