package render

// Header is what is known of an original before a pixel of it is decoded.
type Header struct {
	Kind          Kind
	Width, Height int // pixels as stored, not turned upright
	Frames        int
	Orientation   int // EXIF, 1 to 8; 1 is upright
	Alpha         bool

	sampleBytes, bands int
	interlaced         bool
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

// decodeBytes estimates what a decoder holds at its peak, beside the picture
// that it gives: whole planes for what can't be decoded line by line.
func (h Header) decodeBytes(shrink float64) int {
	stored := h.Width * h.Height
	given := int(float64(stored)/(shrink*shrink)) * h.bands * h.sampleBytes
	lines := h.Width * h.bands * h.sampleBytes * 256 // strips and the resizer's window
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
		return lines
	case KindHEIC, KindAVIF: // planes of the codec, then libheif's RGB, then ours
		return stored*3*h.sampleBytes + 2*given
	case KindWebP, KindGIF:
		return stored*4 + given
	default: // TIFF: strips may be as large as the picture
		return given + lines
	}
}
