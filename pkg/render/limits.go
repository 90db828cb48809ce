package render

import (
	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"slices"
)

// Header is what is known of an original before a pixel of it is decoded.
type Header struct {
	Kind          Kind
	Width, Height int // pixels as stored, not turned upright
	Frames        int
	Orientation   int // EXIF, 1 to 8; 1 is upright
	Alpha         bool

	sampleBytes, bands int
	interlaced         bool
	profile            bool // of colour
	stripRows          int  // of a TIFF, 0 where it does not say
	lossless           bool // of a WebP: is unpacked as a whole
}

// upright is the size after turning.
func (h Header) upright() (width, height int) {
	if h.Orientation >= 5 {
		return h.Height, h.Width
	}
	return h.Width, h.Height
}

// Limits bound what is accepted, whoever asks. The zero value of a field is no
// limit; [DefaultLimits] is what a deployment starts with.
type Limits struct {
	SourceBytes  int // of the original as it is stored
	SourcePixels int // width x height x frames
	HEIFPixels   int // the same for HEIC and AVIF, which decode in one piece
	SourceFrames int
	OutputSide   int // pixels
	OutputPixels int
	MemoryBytes  int // of the estimate of a render's memory
}

// DefaultLimits are the product's limits; MemoryBytes depends on the machine and
// is left open.
func DefaultLimits() Limits {
	return Limits{
		SourceBytes: 40 << 20, SourcePixels: 100_000_000, HEIFPixels: 50_000_000, SourceFrames: 1000,
		OutputSide: 4096, OutputPixels: 16_000_000,
	}
}

func above(n, limit int) bool { return limit > 0 && n > limit }

// checkSource judges a header.
func (l Limits) checkSource(h Header) error {
	limit := l.SourcePixels
	if h.Kind == KindHEIC || h.Kind == KindAVIF {
		limit = l.HEIFPixels
	}
	if above(h.Width*h.Height*max(1, h.Frames), limit) {
		return failure(CodeSourceTooLarge, nil, "the original declares %dx%d pixels in %d frames; at most %d pixels are allowed for %s",
			h.Width, h.Height, h.Frames, limit, h.Kind)
	}
	if above(h.Frames, l.SourceFrames) {
		return failure(CodeSourceTooLarge, nil, "the original declares %d frames; at most %d are allowed", h.Frames, l.SourceFrames)
	}
	return nil
}

// checkOutput judges a size that follows from the original and the edits.
func (l Limits) checkOutput(width, height int) error {
	if above(width, l.OutputSide) || above(height, l.OutputSide) || above(width*height, l.OutputPixels) {
		return failure(CodeOutputTooLarge, nil, "the answer would have %dx%d pixels; at most %d a side and %d in all are allowed; resize it",
			width, height, l.OutputSide, l.OutputPixels)
	}
	return nil
}

// checkMemory compares an estimate with the limit.
func (l Limits) checkMemory(estimate int) error {
	if above(estimate, l.MemoryBytes) {
		return failure(CodeSourceTooLarge, nil, "the render would take about %d MB of memory; at most %d MB are allowed", estimate>>20, l.MemoryBytes>>20)
	}
	return nil
}

// decodeBytes estimates what a decoder holds at its peak: whole planes for what
// can't be decoded line by line. Streamed is what is resized on the way.
func (h Header) decodeBytes(shrink float64, streamed bool) int {
	stored := h.Width * h.Height
	pixel := h.bands * h.sampleBytes
	given := int(float64(stored)/(shrink*shrink)) * pixel
	lines := h.Width * pixel * min(h.Height, 256) // libvips' strips and the resizer's sums
	if streamed && h.isDirect() {
		lines = h.Width * 4 * 4 * min(h.Height, 8) // the resizer's alone
		switch {
		case h.Kind == KindPNG:
			return lines
		case h.Kind == KindWebP && !h.lossless:
			if h.Alpha { // in a plane of its own
				return given + 2*stored + lines
			}
			return given + lines
		}
	}
	switch h.Kind {
	case KindJPEG:
		if h.interlaced { // 16-bit coefficients of every component
			return stored*h.bands*2 + lines
		}
		return lines
	case KindPNG:
		if h.interlaced {
			return given + lines
		}
		// Measured up to 24 MP: libvips keeps lines of what it has read.
		return h.Width * pixel * min(h.Height, 2400)
	case KindHEIC, KindAVIF: // planes of the codec, then libheif's RGB, then ours
		return stored*3*h.sampleBytes + 2*given
	case KindWebP, KindGIF:
		return stored*4 + given
	default: // TIFF
		if 0 < h.stripRows && h.stripRows < h.Height {
			return lines + 2*h.Width*pixel*h.stripRows
		}
		return given + lines // a strip may be as large as the picture
	}
}

// What every render has at its peak, tables of the encoders among it.
const baseBytes = 14 << 20

// encodeBytes is what writing a pixel takes, measured at 2 to 24 MP.
func (t *task) encodeBytes(format thumburl.Format) int {
	bands, alpha := min(4, t.header.bands), t.header.Alpha
	if slices.ContainsFunc(t.job.Edits, addsAlpha) {
		bands, alpha = 4, true
	}
	switch format {
	case thumburl.WebP:
		if alpha { // as a lossless picture of its own
			return 46
		}
		return 20
	case thumburl.AVIF:
		return 48
	case thumburl.JPEG: // 16-bit coefficients, and the picture once more on its background
		laid := 0
		if t.header.Alpha {
			laid = 3
		}
		if t.jpeg().ChromaSubsampling == thumburl.FullChroma {
			return 2*min(3, bands) + 2 + laid
		}
		return 5 + laid
	}
	return 4 * bands // PNG, by way of a TIFF and its copy; TIFF and GIF
}

// memoryFor estimates what tasks that share a decoding hold at their peak, the source
// included; a test compares it with the truth.
func memoryFor(tasks []*task, shrink float64) int {
	first := tasks[0]
	decoded, converting, written := 0, 0, 0
	for _, t := range tasks {
		as, srgb := t.made()
		decoded += as
		converting += as + srgb
		written = max(written, t.written())
	}
	// One picture is encoded at a time, while the others wait.
	return baseBytes + len(first.source) + max(first.header.decodeBytes(shrink, first.resizesOnDecode())+decoded, converting, max(decoded, converting-decoded)+written)
}

// made is what the picture of a task takes as it is decoded, and once more where it is
// turned or its colours are converted. The first resize is done on the way, in rows,
// where it can be.
func (t *task) made() (decoded, converted int) {
	h := t.header
	pixels, sample := h.Width*h.Height, h.sampleBytes
	if t.resizesOnDecode() {
		window := t.target().window
		pixels, sample = window.Dx()*window.Dy(), 1
		if h.profile { // is applied to 16 bits
			sample = 2
		}
	}
	if h.profile || sample > 1 || h.bands == 4 && !h.Alpha || h.Orientation > 1 {
		converted = pixels * min(4, h.bands)
	}
	return pixels * h.bands * sample, converted
}

// written is what encoding the answer takes: the most that any of the edits leaves.
func (t *task) written() int {
	h := t.header
	width, height := h.upright()
	pixels := width * height
	if t.resizesOnDecode() {
		window := t.target().window
		pixels = window.Dx() * window.Dy()
	}
	pixels = max(pixels, t.limits.largest(width, height, t.job.Edits))
	format := t.job.Format
	most := 0
	if format == thumburl.Input {
		format = t.inputFormat()
	}
	for _, f := range []thumburl.Format{thumburl.JPEG, thumburl.PNG, thumburl.WebP, thumburl.AVIF, thumburl.GIF, thumburl.TIFF} {
		if f == format || format == thumburl.Source && f != thumburl.AVIF || format == thumburl.Auto {
			most = max(most, t.encodeBytes(f))
		}
	}
	return pixels*(most+t.editBytes()) + t.seconds(pixels)
}

// editBytes is what edits take for a pixel beside the picture before and after them,
// measured: bimg's passes go by way of a TIFF.
func (t *task) editBytes() int {
	bands := min(4, t.header.bands)
	most := 0
	for _, e := range t.job.Edits {
		switch e := e.(type) {
		case thumburl.Flip, thumburl.Flop:
			most = 3 * bands
		case thumburl.Rotate:
			if e.IsRight() {
				most = 3 * bands
			}
		case thumburl.Blur:
			most = max(most, bands)
		}
	}
	return most
}

// seconds is what second pictures take beside a picture of so many pixels, which they
// fit into: as they are decoded, and as they are laid on it.
func (t *task) seconds(pixels int) (bytes int) {
	if t.found == nil || len(t.job.Edits.Originals()) == 0 {
		return 0
	}
	for _, source := range t.found.seconds {
		bytes += len(source)
	}
	return bytes + 2*4*pixels
}
