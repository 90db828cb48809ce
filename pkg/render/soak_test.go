package render

import (
	"bytes"
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// renders is how many TestSoak does: THUMBFRONT_SOAK, or a few in the everyday tests.
func renders(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("THUMBFRONT_SOAK"))
	if os.Getenv("THUMBFRONT_SOAK") == "" {
		return 300
	}
	if err != nil || n < 100 {
		t.Fatalf("THUMBFRONT_SOAK is %q, want a number from 100", os.Getenv("THUMBFRONT_SOAK"))
	}
	return n
}

// Mixed renders on two threads, good and bad ones, leave nothing behind: neither memory
// nor descriptors nor goroutines grow from the first fifth to the end.
func TestSoak(t *testing.T) {
	n := renders(t)
	originals := sources(t)
	originals["photo.png"] = detailed(t, 900, 700, false)
	originals["alpha.png"] = detailed(t, 500, 300, true)
	for _, name := range []string{"quad.jpg", "quad.png", "quad.heic", "quad.webp", "quad.tif"} {
		originals["cut "+name] = originals[name][:len(originals[name])*6/10]
		originals["damaged "+name] = bytes.ReplaceAll(originals[name], []byte{0}, []byte{0x55})
	}
	names := slices.Sorted(maps.Keys(originals))
	formats := []thumburl.Format{thumburl.JPEG, thumburl.WebP, thumburl.PNG, thumburl.JPEG, thumburl.AVIF, thumburl.GIF}
	edits := []thumburl.Edits{
		{thumburl.Resize{Width: 288, Height: 264}},
		{thumburl.Resize{Width: 100}, thumburl.Rotate{Angle: 90}, thumburl.Grayscale{}},
		{thumburl.Crop{Width: 60, Height: 40}, thumburl.Blur{Sigma: 2}, thumburl.Sharpen{}},
		{thumburl.Resize{Width: 64, Height: 64, Fit: thumburl.Contain, Background: "#00ff0080"}, thumburl.AutoQuality{Score: 60}},
		nil,
	}
	var next, good atomic.Int64
	renderUpTo := func(most int) {
		var threads sync.WaitGroup
		for range 2 {
			threads.Go(func() {
				for i := int(next.Add(1)) - 1; i < most; i = int(next.Add(1)) - 1 {
					job := Job{Format: formats[i%len(formats)], Edits: edits[i/7%len(edits)], Effort: 1}
					if _, err := renderer.Render(t.Context(), originals[names[i%len(names)]], job); err == nil {
						good.Add(1)
					}
				}
			})
		}
		threads.Wait()
		next.Store(int64(most))
	}
	type held struct{ memory, descriptors, goroutines int }
	measure := func() held {
		runtime.GC()
		debug.FreeOSMemory()
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return held{memory("VmRSS:"), len(open), runtime.NumGoroutine()}
	}
	renderUpTo(n / 5)
	before := measure()
	renderUpTo(n)
	after := measure()
	t.Logf("%d renders, %d of them good; resident %d MB after a fifth, %d MB at the end", n, good.Load(), before.memory>>20, after.memory>>20)
	if good.Load() < int64(n)/2 || good.Load() == int64(n) {
		t.Errorf("%d of %d renders were good", good.Load(), n)
	}
	// The libraries' own tables and arenas take a thousand renders to fill.
	if !raced && n >= 5000 && after.memory > before.memory*11/10+8<<20 {
		t.Errorf("resident memory grew from %d to %d MB", before.memory>>20, after.memory>>20)
	}
	if after.descriptors > before.descriptors {
		t.Errorf("descriptors grew from %d to %d", before.descriptors, after.descriptors)
	}
	if after.goroutines > before.goroutines {
		t.Errorf("goroutines grew from %d to %d", before.goroutines, after.goroutines)
	}
}
