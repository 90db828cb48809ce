package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/bench/median"
)

// heicResult is our answer for a HEIC against one bare decode of it.
type heicResult struct {
	WarmMS   float64 `json:"heic_warm_ms"`
	DecodeMS float64 `json:"heif_convert_ms"`
	Decoder  string  `json:"heif_convert"`
	Skipped  string  `json:"-"` // why there is no result
}

const maxHEICRatio = 2

func (h heicResult) markdown(b *strings.Builder) {
	if h.Skipped != "" {
		fmt.Fprintf(b, "HEIC: not measured: %s.\n", h.Skipped)
		return
	}
	fmt.Fprintf(b, "HEIC: warm answer %.0f ms, one decode by %s %.0f ms: ratio **%.2f**, to reach %d.\n",
		h.WarmMS, h.Decoder, h.DecodeMS, h.WarmMS/h.DecodeMS, maxHEICRatio)
}

// decoder finds libheif's own program, and says which version it is. That of
// the native prefix has the libheif that we link.
func decoder() (path, words string, err error) {
	prefix := os.Getenv("NATIVE_PREFIX")
	candidates := []string{"heif-dec", "heif-convert"}
	if prefix != "" {
		candidates = append([]string{filepath.Join(prefix, "bin/heif-dec"), filepath.Join(prefix, "bin/heif-convert")}, candidates...)
	}
	for _, candidate := range candidates {
		if path, err = exec.LookPath(candidate); err != nil {
			continue
		}
		// The usage text is all that older ones say their version in.
		usage, _ := exec.Command(path, "--help").CombinedOutput()
		version := "unknown"
		for line := range strings.Lines(string(usage)) {
			if _, after, found := strings.Cut(line, "libheif version:"); found {
				version = strings.TrimSpace(after)
			}
		}
		words = fmt.Sprintf("%s of libheif %s", filepath.Base(path), version)
		if !strings.HasPrefix(path, prefix+"/") || prefix == "" {
			words += " (the system's, not ours)"
		}
		return path, words, nil
	}
	return "", "", err
}

func measureHEIC(ctx context.Context, w *world, c contender, heic []byte, rounds int) (heicResult, error) {
	path, words, err := decoder()
	if err != nil {
		return heicResult{Skipped: "neither heif-dec nor heif-convert is there"}, nil
	}
	dir, err := os.MkdirTemp("", "bench-heic-")
	if err != nil {
		return heicResult{}, err
	}
	defer os.RemoveAll(dir)
	// y4m is the planes as they are: no encoder's time is in the decode's.
	source, decoded := filepath.Join(dir, "source.heic"), filepath.Join(dir, "decoded.y4m")
	if err := os.WriteFile(source, heic, 0o600); err != nil {
		return heicResult{}, err
	}
	const key = "uploads/phone.heic"
	if err := w.put(ctx, key, heic); err != nil {
		return heicResult{}, err
	}
	p, err := c.start(ctx, w)
	if err != nil {
		return heicResult{}, err
	}
	defer p.Close()
	var ours, theirs []float64
	for i := range rounds + 1 {
		event, err := w.event(ctx, thumburl.Request{Key: key, Edits: thumburl.Edits{thumburl.Resize{Width: width, Height: height}}})
		if err != nil {
			return heicResult{}, err
		}
		a, err := p.Invoke(ctx, event)
		if err != nil {
			return heicResult{}, err
		}
		if err := isThumbnail(a, width, height); err != nil {
			return heicResult{}, err
		}
		if _, err := p.Idle(ctx); err != nil {
			return heicResult{}, err
		}
		began := time.Now()
		if out, err := exec.CommandContext(ctx, path, source, decoded).CombinedOutput(); err != nil {
			return heicResult{}, fmt.Errorf("%s: %w\n%s", path, err, out)
		}
		if i > 0 { // the first is no warm one
			ours = append(ours, float64(a.Took())/1e6)
			theirs = append(theirs, float64(time.Since(began))/1e6)
		}
	}
	return heicResult{WarmMS: median.Of(ours), DecodeMS: median.Of(theirs), Decoder: words}, nil
}
