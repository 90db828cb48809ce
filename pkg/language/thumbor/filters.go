package thumbor

import (
	"math"
	"regexp"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/language/sih"
)

// filterTranslators by the names of filters. format is the extension of the path.
var filterTranslators = map[string]func(edits *sih.Object, value, format string) error{
	"autojpg":          set("toFormat", "jpeg"),
	"equalize":         set("normalize", true),
	"grayscale":        set("grayscale", true),
	"strip_exif":       set("stripExif", true),
	"strip_icc":        set("stripIcc", true),
	"no_upscale":       setResize("withoutEnlargement", true),
	"upscale":          setResize("fit", "inside"),
	"stretch":          stretch,
	"background_color": backgroundColor,
	"fill":             fill,
	"blur":             blur,
	"convolution":      convolution,
	"format":           format,
	"quality":          quality,
	"proportion":       proportion,
	"rgb":              rgb,
	"rotate":           rotate,
	"sharpen":          sharpen,
	"watermark":        watermark,
	"animated":         animated,
	"smart_crop":       smartCrop,
}

func set(name string, value any) func(*sih.Object, string, string) error {
	return func(edits *sih.Object, _, _ string) error {
		edits.Set(name, value)
		return nil
	}
}

func setResize(name string, value any) func(*sih.Object, string, string) error {
	return func(edits *sih.Object, _, _ string) error {
		edits.Object("resize").Set(name, value)
		return nil
	}
}

// stretch fills the box, but where fit-in was said.
func stretch(edits *sih.Object, _, _ string) error {
	resize := edits.Object("resize")
	if fit, _ := resize.Get("fit"); fit != "inside" {
		resize.Set("fit", "fill")
	}
	return nil
}

// color is a name of CSS, or hexadecimal digits.
func color(value string) (string, error) {
	if _, ok := sih.ParseColor("#" + value); ok {
		return "#" + value, nil
	}
	if _, ok := sih.ParseColor(value); ok {
		return value, nil
	}
	return "", sih.BadRequest(sih.CodeCannotParseEdits, "filters: got the colour %q, want a name such as red, or hexadecimal digits such as ff0000", value)
}

func backgroundColor(edits *sih.Object, value, _ string) error {
	c, err := color(value)
	if err == nil {
		edits.Set("flatten", sih.NewObject("background", c))
	}
	return err
}

func fill(edits *sih.Object, value, _ string) error {
	c, err := color(value)
	if err == nil {
		resize := edits.Object("resize")
		resize.Set("fit", "contain")
		resize.Set("background", c)
	}
	return err
}

// numbers reads values between commas; what is none, or empty, is NaN.
func numbers(value, separator string) []float64 {
	var list []float64
	for part := range strings.SplitSeq(value, separator) {
		n := math.NaN()
		if part != "" {
			n = sih.Number(part)
		}
		list = append(list, n)
	}
	return list
}

// blur has a radius and a sigma, which is half the radius where it is left out.
func blur(edits *sih.Object, value, _ string) error {
	list := numbers(value, ",")
	sigma := list[0] / 2
	if len(list) > 1 && !math.IsNaN(list[1]) {
		sigma = list[1]
	}
	edits.Set("blur", sigma)
	return nil
}

func convolution(edits *sih.Object, value, _ string) error {
	parts := strings.Split(value, ",")
	matrix := numbers(parts[0], ";")
	width := math.NaN()
	if len(parts) > 1 {
		width = sih.Number(parts[1])
	}
	kernel := make([]any, len(matrix))
	for i, v := range matrix {
		kernel[i] = v
	}
	edits.Set("convolve", sih.NewObject("width", width, "height", math.Ceil(float64(len(matrix))/width), "kernel", kernel))
	return nil
}

var notInFormats = regexp.MustCompile(`(?i)[^0-9a-z]`)

// format ignores what is no format. heic, heif and raw are those that the original
// knows and cannot write.
func format(edits *sih.Object, value, _ string) error {
	name := notInFormats.ReplaceAllString(value, "")
	if at := strings.Index(strings.ToLower(name), "jpg"); at >= 0 {
		name = name[:at] + "jpeg" + name[at+3:]
	}
	switch name {
	case "heic", "heif", "jpeg", "png", "raw", "tiff", "webp", "gif", "avif":
		edits.Set("toFormat", name)
	}
	return nil
}

// quality is that of the format of the path's name, else of the format that was
// asked for: filters come in the order of their text.
func quality(edits *sih.Object, value, extension string) error {
	name := supported(extension)
	if name == "" {
		to, _ := edits.Get("toFormat")
		s, _ := to.(string)
		name = supported(s)
	}
	if name != "" {
		edits.Set(name, sih.NewObject("quality", sih.Number(value)))
	}
	return nil
}

func supported(format string) string {
	switch format {
	case "jpg", "jpeg":
		return "jpeg"
	case "tif", "tiff":
		return "tiff"
	case "png", "webp", "heif", "gif", "avif":
		return format
	}
	return ""
}

func proportion(edits *sih.Object, value, _ string) error {
	resize := edits.Object("resize")
	ratio := sih.Number(value)
	width, _ := resize.Get("width")
	height, _ := resize.Get("height")
	w, hasWidth := width.(float64)
	h, hasHeight := height.(float64)
	if hasWidth && hasHeight {
		resize.Set("width", w*ratio)
		resize.Set("height", h*ratio)
	} else {
		resize.Set("ratio", ratio)
	}
	return nil
}

// rgb is in percent.
func rgb(edits *sih.Object, value, _ string) error {
	tint := &sih.Object{}
	for i, share := range numbers(value, ",") {
		if i < 3 {
			tint.Set([]string{"r", "g", "b"}[i], 255*share/100)
		}
	}
	edits.Set("tint", tint)
	return nil
}

// rotate without an angle turns upright.
func rotate(edits *sih.Object, value, _ string) error {
	if value == "" {
		edits.Set("rotate", nil)
	} else {
		edits.Set("rotate", sih.Number(value))
	}
	return nil
}

// sharpen has an amount, a radius and whether luminance alone counts.
func sharpen(edits *sih.Object, value, _ string) error {
	radius := math.NaN()
	if list := numbers(value, ","); len(list) > 1 {
		radius = list[1]
	}
	edits.Set("sharpen", 1+radius/2)
	return nil
}

var share = regexp.MustCompile(`^(100|[1-9]?[0-9]|-(100|[1-9][0-9]?))p$`)

func watermark(edits *sih.Object, value, _ string) error {
	parts := strings.Split(strings.Join(strings.Fields(value), ""), ",")
	overlay, options := &sih.Object{}, &sih.Object{}
	for i, name := range []string{"bucket", "key", "left", "top", "alpha", "wRatio", "hRatio"} {
		if i >= len(parts) {
			break
		}
		switch {
		case name != "left" && name != "top":
			overlay.Set(name, parts[i])
		case share.MatchString(parts[i]) || !math.IsNaN(sih.Number(parts[i])):
			options.Set(name, parts[i])
		}
	}
	overlay.Set("options", options)
	edits.Set("overlayWith", overlay)
	return nil
}

func animated(edits *sih.Object, value, _ string) error {
	edits.Set("animated", strings.ToLower(value) != "false")
	return nil
}

func smartCrop(edits *sih.Object, value, _ string) error {
	crop := &sih.Object{}
	for i, part := range strings.Split(value, ",") {
		if n, ok := sih.ParseInt(part); i < 2 && part != "" {
			if !ok {
				return sih.BadRequest(sih.CodeCannotParseEdits, "filters:smart_crop: got %q, want a face's number and a padding", part)
			}
			crop.Set([]string{"faceIndex", "padding"}[i], float64(n))
		}
	}
	edits.Set("smartCrop", crop)
	return nil
}
