package thumburl

import (
	"fmt"
	"strconv"
)

// Resize fits the picture into a box. One of Width and Height may be 0: it then
// follows from the other and the picture's shape. The answer has exactly the
// size asked for; see WithoutEnlargement for the one exception.
type Resize struct {
	Width, Height int // pixels, 1 to MaxSide; 0 for "follows"
	Fit           Fit
	Position      Position
	// Background of Contain's margins, and of what was transparent where the
	// format has no alpha. Empty is white; margins are transparent where the
	// picture has alpha.
	Background Color
	Kernel     Kernel
	// WithoutEnlargement answers a source that is smaller than the box at the
	// largest box of the asked shape that needs no enlargement.
	WithoutEnlargement bool
	Space              Space
}

// Crop cuts a rectangle out of the picture as it is at this step: before a
// Resize in the original's pixels (turned upright), after it in the resized
// ones. What lies outside the picture is an error.
type Crop struct {
	Left, Top     int // pixels, from 0
	Width, Height int // pixels, from 1
}

// Rotate turns clockwise by 90, 180 or 270 degrees.
type Rotate int

// Flip mirrors top to bottom.
type Flip struct{}

// Flop mirrors left to right.
type Flop struct{}

// Grayscale takes the colour out.
type Grayscale struct{}

// Blur is a Gaussian blur.
type Blur struct {
	Sigma float64 // pixels, 0.3 to 100; 0 is a mild blur, written as true
}

// Sharpen sharpens edges and leaves flat areas alone.
type Sharpen struct {
	Sigma float64 // pixels, 0.3 to 10; 0 is a mild sharpening, written as true
}

// JPEGOptions are used where the answer is a JPEG. Zero values are the defaults, for
// all formats.
type JPEGOptions struct {
	Quality           int               // 1 to 100
	Baseline          bool              // one scan from top to bottom, "progressive":false; progressive shows coarse first and is smaller
	ChromaSubsampling ChromaSubsampling // HalfChroma
}

// PNGOptions are used where the answer is a PNG.
type PNGOptions struct {
	Quality     int  // 1 to 100: a palette as large as that needs; 0 is lossless
	Progressive bool // interlaced
}

// WebPOptions are used where the answer is a WebP.
type WebPOptions struct {
	Quality  int  // 1 to 100
	Lossless bool // quality is then how hard the encoder tries
}

// AVIFOptions are used where the answer is an AVIF. From quality 90 on, colour has
// the full resolution.
type AVIFOptions struct {
	Quality  int // 1 to 100
	Lossless bool
}

func (Resize) name() string      { return "resize" }
func (Crop) name() string        { return "crop" }
func (Rotate) name() string      { return "rotate" }
func (Flip) name() string        { return "flip" }
func (Flop) name() string        { return "flop" }
func (Grayscale) name() string   { return "grayscale" }
func (Blur) name() string        { return "blur" }
func (Sharpen) name() string     { return "sharpen" }
func (JPEGOptions) name() string { return "jpeg" }
func (PNGOptions) name() string  { return "png" }
func (WebPOptions) name() string { return "webp" }
func (AVIFOptions) name() string { return "avif" }

func (e Resize) validate() error {
	if e.Width == 0 && e.Height == 0 {
		return invalidField("edits.resize", "neither width nor height", `width, height or both, such as {"height":264,"width":288}`)
	}
	if err := validateSide("edits.resize.width", e.Width); err != nil {
		return err
	}
	if err := validateSide("edits.resize.height", e.Height); err != nil {
		return err
	}
	if e.Width*e.Height > MaxPixels {
		return invalidField("edits.resize", fmt.Sprintf("%dx%d", e.Width, e.Height), fmt.Sprintf("at most %d pixels", MaxPixels))
	}
	if int(e.Fit) >= len(fitNames) {
		return invalidField("edits.resize.fit", fmt.Sprint(uint8(e.Fit)), oneOf(fitNames))
	}
	if int(e.Position) >= len(positionNames) {
		return invalidField("edits.resize.position", fmt.Sprint(uint8(e.Position)), oneOf(positionNames))
	}
	if int(e.Kernel) >= len(kernelNames) {
		return invalidField("edits.resize.kernel", fmt.Sprint(uint8(e.Kernel)), oneOf(kernelNames))
	}
	if int(e.Space) >= len(spaceNames) {
		return invalidField("edits.resize.space", fmt.Sprint(uint8(e.Space)), oneOf(spaceNames))
	}
	return e.Background.validate("edits.resize.background")
}

func validateSide(field string, pixels int) error {
	if pixels < 0 || pixels > MaxSide {
		return invalidField(field, strconv.Itoa(pixels), fmt.Sprintf("a whole number from 1 to %d", MaxSide))
	}
	return nil
}

// maxCoordinate bounds a crop: no source that is accepted has a longer side.
const maxCoordinate = 100_000_000

func (e Crop) validate() error {
	for _, f := range []struct {
		field      string
		value, min int
	}{
		{"edits.crop.left", e.Left, 0}, {"edits.crop.top", e.Top, 0},
		{"edits.crop.width", e.Width, 1}, {"edits.crop.height", e.Height, 1},
	} {
		if f.value < f.min || f.value > maxCoordinate {
			return invalidField(f.field, strconv.Itoa(f.value), fmt.Sprintf("a whole number from %d to %d", f.min, maxCoordinate))
		}
	}
	return nil
}

func (e Rotate) validate() error {
	if e != 90 && e != 180 && e != 270 {
		return invalidField("edits.rotate", strconv.Itoa(int(e)), "90, 180 or 270")
	}
	return nil
}

func (Flip) validate() error      { return nil }
func (Flop) validate() error      { return nil }
func (Grayscale) validate() error { return nil }

func (e Blur) validate() error    { return validateSigma("edits.blur", e.Sigma, 100) }
func (e Sharpen) validate() error { return validateSigma("edits.sharpen", e.Sigma, 10) }

func validateSigma(field string, sigma, most float64) error {
	// Written so that NaN is refused as well.
	if sigma == 0 || sigma >= 0.3 && sigma <= most {
		return nil
	}
	return invalidField(field, strconv.FormatFloat(sigma, 'g', -1, 64), fmt.Sprintf("true, or a number from 0.3 to %g", most))
}

func (e JPEGOptions) validate() error {
	if int(e.ChromaSubsampling) >= len(chromaNames) {
		return invalidField("edits.jpeg.chromaSubsampling", fmt.Sprint(uint8(e.ChromaSubsampling)), oneOf(chromaNames))
	}
	return validateOptions("edits.jpeg", e == JPEGOptions{}, e.Quality)
}

func (e PNGOptions) validate() error {
	return validateOptions("edits.png", e == PNGOptions{}, e.Quality)
}
func (e WebPOptions) validate() error {
	return validateOptions("edits.webp", e == WebPOptions{}, e.Quality)
}
func (e AVIFOptions) validate() error {
	return validateOptions("edits.avif", e == AVIFOptions{}, e.Quality)
}

// validateOptions refuses options that say nothing: they would be a second
// spelling of the same request.
func validateOptions(field string, empty bool, quality int) error {
	if empty {
		return invalidField(field, "no option", `options such as {"quality":70}`)
	}
	if quality == 0 {
		return nil
	}
	return validateQuality(field+".quality", quality)
}

func validateQuality(field string, q int) error {
	if q < 1 || q > 100 {
		return invalidField(field, strconv.Itoa(q), "a whole number from 1 to 100")
	}
	return nil
}
