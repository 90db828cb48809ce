package thumburl

import (
	"slices"
	"strings"
)

// Format is an output format. The zero value, Source, keeps the original's own
// format where it is one that we write, else JPEG (PNG where there is alpha); a GIF
// stays one where it moves.
type Format uint8

// The output formats.
const (
	Source Format = iota
	Auto          // the best that the viewer's Accept header names: AVIF, WebP or JPEG
	JPEG
	PNG
	WebP
	AVIF
	GIF
	TIFF
	// Input is the original's own format whatever the edits make of the picture: GIF
	// and TIFF stay what they are, a JPEG loses its alpha. HEIC becomes JPEG.
	Input
)

// Fit says how a picture is fitted into a box of width x height.
type Fit uint8

// The fits, as CSS object-fit and sharp have them.
const (
	Cover   Fit = iota // fills the box, keeps the shape, cuts what stands over
	Contain            // inside the box, keeps the shape, the rest is background
	Fill               // exactly the box, the shape is not kept
	Inside             // as large as fits into the box, keeps the shape
	Outside            // as small as covers the box, keeps the shape
	AutoFit            // Cover where picture and box are both upright or both not, else Inside
)

// Position says which part of a picture Cover keeps, or where in its box
// Contain puts it.
type Position uint8

// The positions. Entropy and Attention choose by content and work with Cover
// alone.
const (
	Centre Position = iota
	Top
	RightTop
	Right
	RightBottom
	Bottom
	LeftBottom
	Left
	LeftTop
	Entropy   // the part with the most detail
	Attention // the part that draws the eye: faces, saturated colours, edges
)

// Kernel is the filter of a reduction.
type Kernel uint8

// The kernels, as libvips has them.
const (
	Lanczos3 Kernel = iota
	Lanczos2
	Mitchell
	Cubic
	Nearest
	Triangle // "linear"
)

// Space says what a reduction averages: light, which is right (a fine checkerboard of
// black and white has half the light of white), or sRGB values, as most software does
// (dark lines on white stay darker). The zero value is the deployment's choice.
type Space uint8

// The spaces.
const (
	DefaultSpace Space = iota
	Linear             // averages light
	Gamma              // averages sRGB values
)

// ChromaSubsampling is the resolution of a JPEG's colour.
type ChromaSubsampling uint8

// The subsamplings.
const (
	HalfChroma ChromaSubsampling = iota // 4:2:0
	FullChroma                          // 4:4:4
)

// ExtendWith is what margins are filled with.
type ExtendWith uint8

// The fillings.
const (
	ExtendBackground ExtendWith = iota // a colour
	ExtendCopy                         // the pixel at the edge
	ExtendRepeat                       // the picture again
	ExtendMirror                       // the picture mirrored
)

// Interpolator is how a pixel between pixels is made.
type Interpolator uint8

// The interpolators, as libvips has them.
const (
	Bilinear Interpolator = iota
	NearestNeighbour
	Bicubic
	LocallyBounded // lbb
	Nohalo
	VertexSplit // vsqbs
)

// Colourspace is a space of colours.
type Colourspace uint8

// The colour spaces. Answers are sRGB of 8 bits, or grey.
const (
	SRGB  Colourspace = iota
	BW                // grey
	ScRGB             // light
	RGB16
	Grey16
	CMYK
	Lab
	LCh
	HSV
)

// Channel of a picture.
type Channel uint8

// The channels.
const (
	RedChannel Channel = iota
	GreenChannel
	BlueChannel
	AlphaChannel
)

// Bitwise is an operator on the bits of values.
type Bitwise uint8

// The operators.
const (
	And Bitwise = iota
	Or
	ExclusiveOr // "eor"
)

// Blend is how a picture is laid on another.
type Blend uint8

// The blends, as libvips and sharp have them; Porter and Duff's first, then those of
// PDF.
const (
	BlendOver Blend = iota
	BlendClear
	BlendSource
	BlendIn
	BlendOut
	BlendAtop
	BlendDest
	BlendDestOver
	BlendDestIn
	BlendDestOut
	BlendDestAtop
	BlendXor
	BlendAdd
	BlendSaturate
	BlendMultiply
	BlendScreen
	BlendOverlay
	BlendDarken
	BlendLighten
	BlendColourDodge
	BlendColourBurn
	BlendHardLight
	BlendSoftLight
	BlendDifference
	BlendExclusion
)

// Compression of a TIFF.
type Compression uint8

// The compressions.
const (
	Deflate Compression = iota
	NoCompression
	LZW
	PackBits
	JPEGCompression
)

// The names are the Serverless Image Handler's, which are sharp's.
var (
	formatNames   = []string{"", "auto", "jpeg", "png", "webp", "avif", "gif", "tiff", "input"}
	fitNames      = []string{"cover", "contain", "fill", "inside", "outside", "auto"}
	positionNames = []string{"centre", "top", "right top", "right", "right bottom", "bottom",
		"left bottom", "left", "left top", "entropy", "attention"}
	gravityNames      = positionNames[:Entropy] // without those that look at the picture
	kernelNames       = []string{"lanczos3", "lanczos2", "mitchell", "cubic", "nearest", "linear"}
	spaceNames        = []string{"", "linear", "gamma"}
	chromaNames       = []string{"4:2:0", "4:4:4"}
	extendNames       = []string{"background", "copy", "repeat", "mirror"}
	interpolatorNames = []string{"bilinear", "nearest", "bicubic", "lbb", "nohalo", "vsqbs"}
	colourspaceNames  = []string{"srgb", "b-w", "scrgb", "rgb16", "grey16", "cmyk", "lab", "lch", "hsv"}
	channelNames      = []string{"red", "green", "blue", "alpha"}
	bitwiseNames      = []string{"and", "or", "eor"}
	blendNames        = []string{"over", "clear", "source", "in", "out", "atop", "dest", "dest-over", "dest-in", "dest-out",
		"dest-atop", "xor", "add", "saturate", "multiply", "screen", "overlay", "darken", "lighten", "colour-dodge",
		"colour-burn", "hard-light", "soft-light", "difference", "exclusion"}
	compressionNames = []string{"deflate", "none", "lzw", "packbits", "jpeg"}
)

// String is the format's name in a request, empty for Source.
func (f Format) String() string { return nameOf(formatNames, f) }

// String is the fit's name in a request.
func (f Fit) String() string { return nameOf(fitNames, f) }

// String is the position's name in a request.
func (p Position) String() string { return nameOf(positionNames, p) }

// String is the kernel's name in a request.
func (k Kernel) String() string { return nameOf(kernelNames, k) }

// String is the space's name in a request, empty for DefaultSpace.
func (s Space) String() string { return nameOf(spaceNames, s) }

// String is the subsampling's name in a request.
func (c ChromaSubsampling) String() string { return nameOf(chromaNames, c) }

// String is the interpolator's name in a request.
func (i Interpolator) String() string { return nameOf(interpolatorNames, i) }

// ParseFormat reads the name of a format; empty is Source.
func ParseFormat(name string) (Format, error) {
	return parseName[Format]("outputFormat", formatNames, name)
}

// ParseFit reads the name of a fit; empty is Cover.
func ParseFit(name string) (Fit, error) { return parseName[Fit]("fit", fitNames, name) }

// ParsePosition reads the name of a position; empty is Centre. The compass names
// of sharp's gravity mean the same and are read, never written.
func ParsePosition(name string) (Position, error) {
	if p, ok := gravities[name]; ok {
		return p, nil
	}
	return parseName[Position]("position", positionNames, name)
}

var gravities = map[string]Position{
	"center": Centre, "north": Top, "northeast": RightTop, "east": Right, "southeast": RightBottom,
	"south": Bottom, "southwest": LeftBottom, "west": Left, "northwest": LeftTop,
}

// ParseKernel reads the name of a kernel; empty is Lanczos3.
func ParseKernel(name string) (Kernel, error) { return parseName[Kernel]("kernel", kernelNames, name) }

// ParseSpace reads the name of a space; empty is DefaultSpace.
func ParseSpace(name string) (Space, error) { return parseName[Space]("space", spaceNames, name) }

// ParseChromaSubsampling reads the name of a subsampling; empty is HalfChroma.
func ParseChromaSubsampling(name string) (ChromaSubsampling, error) {
	return parseName[ChromaSubsampling]("chromaSubsampling", chromaNames, name)
}

// ParseExtendWith reads the name of a filling; empty is ExtendBackground.
func ParseExtendWith(name string) (ExtendWith, error) {
	return parseName[ExtendWith]("extendWith", extendNames, name)
}

// ParseColourspace reads the name of a colour space; empty is SRGB.
func ParseColourspace(name string) (Colourspace, error) {
	return parseName[Colourspace]("colourspace", colourspaceNames, name)
}

// ParseChannel reads the name of a channel; empty is RedChannel.
func ParseChannel(name string) (Channel, error) {
	return parseName[Channel]("channel", channelNames, name)
}

// ParseBitwise reads the name of an operator; empty is And.
func ParseBitwise(name string) (Bitwise, error) {
	return parseName[Bitwise]("operator", bitwiseNames, name)
}

// ParseBlend reads the name of a blend; empty is Over. The American spellings of
// sharp are read, never written.
func ParseBlend(name string) (Blend, error) {
	return parseName[Blend]("blend", blendNames, strings.Replace(name, "color-", "colour-", 1))
}

// ParseCompression reads the name of a compression; empty is Deflate.
func ParseCompression(name string) (Compression, error) {
	return parseName[Compression]("compression", compressionNames, name)
}

func nameOf[T ~uint8](names []string, v T) string {
	if int(v) < len(names) {
		return names[v]
	}
	return "invalid"
}

func parseName[T ~uint8](field string, names []string, name string) (T, error) {
	if name == "" {
		return 0, nil
	}
	if i := slices.Index(names, name); i >= 0 {
		return T(i), nil
	}
	return 0, invalidField(field, quote(name), oneOf(names))
}

func oneOf(names []string) string {
	var quoted []string
	for _, n := range names {
		if n != "" {
			quoted = append(quoted, `"`+n+`"`)
		}
	}
	return "one of " + strings.Join(quoted, ", ")
}

// Color is "#rrggbb", or "#rrggbbaa" where it is not opaque, in lower case.
// The empty string is the default of the field that it stands in.
type Color string

// RGBA gives the four channels, 0 to 255, not premultiplied; a bad colour is
// opaque black.
func (c Color) RGBA() (r, g, b, a uint8) {
	if c.validate("") != nil || c == "" {
		return 0, 0, 0, 255
	}
	at := func(i int) uint8 { return hexDigit(c[i])<<4 | hexDigit(c[i+1]) }
	a = 255
	if len(c) == 9 {
		a = at(7)
	}
	return at(1), at(3), at(5), a
}

const colorAllowed = `"#rrggbb" or "#rrggbbaa", such as "#ffffff"`

func (c Color) validate(field string) error {
	if c == "" {
		return nil
	}
	if len(c) != 7 && len(c) != 9 || c[0] != '#' {
		return invalidField(field, quote(string(c)), colorAllowed)
	}
	for i := 1; i < len(c); i++ {
		if hexDigit(c[i]) > 15 {
			return invalidField(field, quote(string(c)), colorAllowed)
		}
	}
	return nil
}

// canonical is the one spelling of a colour: lower case, alpha only where it
// says something.
func (c Color) canonical() Color {
	s := strings.ToLower(string(c))
	if len(s) == 9 {
		s = strings.TrimSuffix(s, "ff")
	}
	return Color(s)
}

func hexDigit(c byte) uint8 {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
