package imgproxy

import (
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// ResizingType says how a picture is brought to a size.
type ResizingType uint8

// The resizing types.
const (
	Fit      ResizingType = iota // inside the box, the shape kept
	Fill                         // fills the box, what stands over is cut
	FillDown                     // as Fill; of a picture that is too small, the shape of the box
	Force                        // exactly the box, the shape is not kept
	Auto                         // Fill where picture and box lie or stand alike, else Fit
)

var resizingTypes = map[string]ResizingType{"fit": Fit, "fill": Fill, "fill-down": FillDown, "force": Force, "auto": Auto}

// GravityType is the side or corner that a gravity keeps to.
type GravityType uint8

// The gravities. The zero value is none.
const (
	NoGravity GravityType = iota
	Center
	North
	East
	South
	West
	NorthWest
	NorthEast
	SouthWest
	SouthEast
	Smart      // by content
	FocusPoint // around a point, given as shares of the sides
	Replicate  // of a watermark: everywhere
)

var gravityTypes = map[string]GravityType{
	"ce": Center, "no": North, "ea": East, "so": South, "we": West, "nowe": NorthWest, "noea": NorthEast,
	"sowe": SouthWest, "soea": SouthEast, "sm": Smart, "fp": FocusPoint, "re": Replicate,
}

// Gravity is a place of a picture. X and Y are offsets from it towards the middle (right
// and down for Center): pixels from 1 and up to -1, else shares of the sides; of
// FocusPoint they are the point itself.
type Gravity struct {
	Type GravityType
	X, Y float64
}

// Extension is a canvas that is larger than the picture on it.
type Extension struct {
	Enabled bool
	Gravity Gravity
}

// Crop is a part of the picture that alone is processed: pixels from 1 up, shares of the
// sides below, 0 for the whole side.
type Crop struct {
	Width, Height float64
	Gravity       Gravity // of NoGravity: the gravity of all
}

// Trim cuts uniform edges off.
type Trim struct {
	Enabled            bool
	Threshold          float64        // distance of colours that still counts as the same
	Color              thumburl.Color // of the edges; empty is that of the left top pixel
	EqualHor, EqualVer bool           // as much left as right, as much top as bottom
}

// Padding is what is put around a picture, in pixels before Dpr.
type Padding struct{ Top, Right, Bottom, Left int }

// Watermark is the deployment's watermark on a picture. An Opacity of 0 is none.
type Watermark struct {
	Opacity  float64
	Position Gravity
	Scale    float64 // of the picture's size; 0 leaves the watermark's own
}

// Format is a format by imgproxy's name.
type Format string

// formats of imgproxy, and those of ours that they are. One without is not written here.
var formats = map[Format]thumburl.Format{
	"jpg": thumburl.JPEG, "jpeg": thumburl.JPEG, "png": thumburl.PNG, "webp": thumburl.WebP, "avif": thumburl.AVIF, "gif": thumburl.GIF,
	"tiff": thumburl.TIFF,
	"jxl":  thumburl.Source, "ico": thumburl.Source, "svg": thumburl.Source, "heic": thumburl.Source, "bmp": thumburl.Source,
}

// Options are what the options of a URL come to, in the order in which they stand: a
// later one takes the place of an earlier one. The zero value is no option at all; see
// newOptions for the defaults.
type Options struct {
	ResizingType          ResizingType
	Width, Height         int // pixels before Dpr and zoom; 0 follows from the other
	MinWidth, MinHeight   int // pixels
	ZoomWidth, ZoomHeight float64
	Dpr                   float64
	Enlarge               bool
	Extend                Extension
	ExtendAspectRatio     Extension
	Gravity               Gravity
	Crop                  Crop
	Trim                  Trim
	Padding               Padding
	AutoRotate            bool
	Rotate                int // degrees clockwise, a multiple of 90
	FlipHorizontal        bool
	FlipVertical          bool
	Background            thumburl.Color // empty leaves what is transparent
	Blur, Sharpen         float64        // sigma in pixels; 0 is none
	Pixelate              int            // side of a block in pixels; up to 1 is none
	Watermark             Watermark
	StripMetadata         bool
	KeepCopyright         bool
	StripColorProfile     bool
	EnforceThumbnail      bool
	Quality               int // 1 to 100; 0 is unsaid
	FormatQuality         map[thumburl.Format]int
	MaxBytes              int             // of the answer; 0 is any
	Format                thumburl.Format // Source is unsaid
	SkipProcessing        []Format        // formats of originals that are answered as they are
	Raw                   bool
	CacheBuster           string
	Expires               time.Time // zero is never
	Filename              string
	ReturnAttachment      bool
	// The limits that a URL may change where the settings allow it; 0 is the deployment's.
	MaxSrcPixels, MaxSrcBytes, MaxFrames, MaxFramePixels, MaxResultSide int
}
