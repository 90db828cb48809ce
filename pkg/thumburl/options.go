package thumburl

import (
	"encoding/json"
	"fmt"
)

// Still shows an animation by its first frame; "animated":false in JSON.
type Still struct{}

func (Still) name() string { return "animated" }
func (*Still) form() form  { return switchForm(false) }

// MaxBytes lowers the quality until the answer is at most so long. Formats without a
// quality, and answers that are too long at the lowest one, are sent as they are.
type MaxBytes struct {
	Bytes int // 1 to 100,000,000
}

func (MaxBytes) name() string  { return "maxBytes" }
func (e *MaxBytes) form() form { return required(&e.Bytes, 1, 100_000_000) }

// AutoQuality finds the lowest quality at which the answer looks as much like the
// picture as asked for, and so the smallest file. Formats without a quality, lossless
// answers and animations don't heed it; a quality that the options name is where the
// search begins.
type AutoQuality struct {
	Score int // SSIMULACRA2, 30 (poor) to 90 (hardly to be told apart)
}

func (AutoQuality) name() string  { return "autoquality" }
func (e *AutoQuality) form() form { return required(&e.Score, 30, 90) }

// JPEGOptions are used where the answer is a JPEG. Zero values are the defaults, for
// all formats.
type JPEGOptions struct {
	Quality           int               // 1 to 100
	Baseline          bool              // one scan from top to bottom, "progressive":false; progressive shows coarse first and is smaller
	ChromaSubsampling ChromaSubsampling // HalfChroma
}

func (JPEGOptions) name() string { return "jpeg" }

func (e *JPEGOptions) form() form {
	return object(
		field{"chromaSubsampling", named(&e.ChromaSubsampling, chromaNames)},
		field{"progressive", no(&e.Baseline)},
		field{"quality", quality(&e.Quality)},
	)
}

func quality(at *int) form { return whole(at, 1, 100, 0) }

// PNGOptions are used where the answer is a PNG. Quality, Colours and Dither mean a
// palette; without one a PNG is lossless.
type PNGOptions struct {
	Quality          int      // 1 to 100: a palette as large as that needs
	Palette          bool     // of up to 256 colours
	Colours          int      // of the palette, at most: 2 to 256
	Dither           Optional // of the palette, 0 to 1; 1
	CompressionLevel Optional // 0 (fast) to 9 (small), whole; by the effort
	Progressive      bool     // interlaced
}

func (PNGOptions) name() string { return "png" }

func (e *PNGOptions) form() form {
	return object(
		field{"colours", whole(&e.Colours, 2, 256, 256)},
		field{"compressionLevel", optionalWhole(&e.CompressionLevel, 0, 9, never)},
		field{"dither", optional(&e.Dither, 0, 1, 1)},
		field{"palette", yes(&e.Palette)},
		field{"progressive", yes(&e.Progressive)},
		field{"quality", quality(&e.Quality)},
	)
}

// WebPOptions are used where the answer is a WebP.
type WebPOptions struct {
	Quality      int      // 1 to 100
	Lossless     bool     // quality is then how hard the encoder tries
	NearLossless bool     // quality is then how much is smoothed before
	AlphaQuality Optional // 0 to 100, whole; 100
	// RoughChroma halves the resolution of colour by plain averages,
	// "smartSubsample":false: faster, and red text gets blurred.
	RoughChroma bool
	Effort      Optional // 0 (fast) to 6 (small), whole; the request's
	Delay       []float64
	Loop        Optional // times an animation runs, 0 (for good) to 65535, whole; the original's
}

func (WebPOptions) name() string { return "webp" }

func (e *WebPOptions) form() form {
	return object(
		field{"alphaQuality", optionalWhole(&e.AlphaQuality, 0, 100, 100)},
		field{"delay", delays(&e.Delay)},
		field{"effort", optionalWhole(&e.Effort, 0, 6, never)},
		field{"loop", optionalWhole(&e.Loop, 0, 65535, never)},
		field{"lossless", yes(&e.Lossless)},
		field{"nearLossless", yes(&e.NearLossless)},
		field{"quality", quality(&e.Quality)},
		field{"smartSubsample", no(&e.RoughChroma)},
	)
}

// GIFOptions are used where the answer is a GIF.
type GIFOptions struct {
	Colours int       // 2 to 256; 0 is 256
	Effort  Optional  // 1 (fast) to 10 (small), whole; by the request's
	Dither  Optional  // 0 to 1; 1
	Delay   []float64 // between frames, ms, 0 to 65535, whole: one for all or one for each, the last for those that are left; the original's
	Loop    Optional  // times an animation runs, 0 (for good) to 65535, whole; the original's
}

func (GIFOptions) name() string { return "gif" }

func (e *GIFOptions) form() form {
	return object(
		field{"colours", whole(&e.Colours, 2, 256, 256)},
		field{"delay", delays(&e.Delay)},
		field{"dither", optional(&e.Dither, 0, 1, 1)},
		field{"effort", optionalWhole(&e.Effort, 1, 10, never)},
		field{"loop", optionalWhole(&e.Loop, 0, 65535, never)},
	)
}

// AVIFOptions are used where the answer is an AVIF. From quality 90 on, colour has
// the full resolution.
type AVIFOptions struct {
	Quality           int // 1 to 100
	Lossless          bool
	Effort            Optional          // 0 (fast) to 9 (small), whole; by the request's
	ChromaSubsampling ChromaSubsampling // FullChroma below quality 90 too
}

func (AVIFOptions) name() string { return "avif" }

func (e *AVIFOptions) form() form {
	return object(
		field{"chromaSubsampling", named(&e.ChromaSubsampling, chromaNames)},
		field{"effort", optionalWhole(&e.Effort, 0, 9, never)},
		field{"lossless", yes(&e.Lossless)},
		field{"quality", quality(&e.Quality)},
	)
}

// TIFFOptions are used where the answer is a TIFF.
type TIFFOptions struct {
	Compression Compression // Deflate
	Quality     int         // 1 to 100, of JPEGCompression; 0 is 80
}

func (TIFFOptions) name() string { return "tiff" }

func (e *TIFFOptions) form() form {
	return object(
		field{"compression", named(&e.Compression, compressionNames)},
		field{"quality", whole(&e.Quality, 1, 100, 80)},
	)
}

// delays are whole milliseconds.
func delays(at *[]float64) form {
	return wholeNumbers{numbersForm{at: at, counts: upToMaxDelays, scalar: true, min: 0, max: 65535}}
}

// maxDelays is more than fit into a request.
const maxDelays = 300

var upToMaxDelays = upTo(maxDelays)

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i + 1
	}
	return list
}

// wholeNumbers is a list of whole numbers.
type wholeNumbers struct{ numbersForm }

func (f wholeNumbers) validate(field string) error {
	for _, v := range *f.at {
		if v != float64(int(v)) || !within(v, f.min, f.max) {
			return invalidField(field, fmt.Sprint(v), fmt.Sprintf("whole numbers from %g to %g, such as 100", f.min, f.max))
		}
	}
	if len(*f.at) > len(f.counts) {
		return invalidField(field, fmt.Sprintf("%d numbers", len(*f.at)), fmt.Sprintf("at most %d", len(f.counts)))
	}
	return nil
}

func (f wholeNumbers) parse(field string, data json.RawMessage) error {
	list, err := parseNumbers(field, data, "whole numbers from 0 to 65535, such as 100", true)
	if err != nil {
		return err
	}
	*f.at = list
	return f.validate(field)
}
