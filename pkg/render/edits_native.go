package render

// #include "edits.h"
import "C"

import (
	"errors"
	"image"
	"unsafe"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// The calls of edits.h. What they give is not computed yet, but for trim and ellipse.

func (p *pixels) bands() int { return int(p.image.Bands) }

func (p *pixels) tint(c thumburl.Color) error {
	rgba := channelsOf(c)
	var out *C.VipsImage
	return p.replace(C.tf_tint(p.image, &rgba[0], &out), out)
}

// channelsOf gives a colour as libvips takes it.
func channelsOf(c thumburl.Color) [4]C.double {
	r, g, b, a := c.RGBA()
	return [4]C.double{C.double(r), C.double(g), C.double(b), C.double(a)}
}

func (p *pixels) negate(alpha bool) error {
	var out *C.VipsImage
	return p.replace(C.tf_negate(p.image, asInt(alpha), &out), out)
}

func (p *pixels) normalise(lower, upper float64) error {
	var out *C.VipsImage
	return p.replace(C.tf_normalise(p.image, C.int(lower), C.int(upper), &out), out)
}

func (p *pixels) power(exponent float64) error {
	var out *C.VipsImage
	return p.replace(C.tf_power(p.image, C.double(exponent), &out), out)
}

func (p *pixels) modulate(e thumburl.Modulate) error {
	m := C.tf_modulation{brightness: C.double(e.Brightness.Or(1)), saturation: C.double(e.Saturation.Or(1)),
		hue: C.double(e.Hue), lightness: C.double(e.Lightness)}
	var out *C.VipsImage
	return p.replace(C.tf_modulate(p.image, &m, &out), out)
}

// linear has one number for all colours, or one for each channel.
func (p *pixels) linear(a, b []float64) error {
	var out *C.VipsImage
	return p.replace(C.tf_linear(p.image, doubles(a), doubles(b), C.int(len(a)), &out), out)
}

func doubles(list []float64) *C.double { return (*C.double)(unsafe.Pointer(unsafe.SliceData(list))) }

func (p *pixels) recomb(matrix []float64, side int) error {
	var out *C.VipsImage
	return p.replace(C.tf_recomb(p.image, doubles(matrix), C.int(side), &out), out)
}

func (p *pixels) threshold(level int, perChannel bool) error {
	var out *C.VipsImage
	return p.replace(C.tf_threshold(p.image, C.int(level), asInt(perChannel), &out), out)
}

func (p *pixels) blur(sigma float64) error {
	var out *C.VipsImage
	return p.replace(C.tf_blur(p.image, C.double(sigma), &out), out)
}

func (p *pixels) sharpen(e thumburl.Sharpen) error {
	s := C.tf_sharpening{sigma: C.double(e.Sigma), m1: C.double(e.M1.Or(1)), m2: C.double(e.M2.Or(2)),
		x1: C.double(e.X1.Or(2)), y2: C.double(e.Y2.Or(10)), y3: C.double(e.Y3.Or(20))}
	var out *C.VipsImage
	return p.replace(C.tf_sharpen(p.image, &s, &out), out)
}

func (p *pixels) median(size int, stop stopFlag) error {
	var out *C.VipsImage
	return p.replace(C.tf_median(p.image, C.int(size), (*C.int)(unsafe.Pointer(stop.p)), &out), out)
}

func (p *pixels) clahe(e thumburl.CLAHE) error {
	var out *C.VipsImage
	return p.replace(C.tf_clahe(p.image, C.int(e.Width), C.int(e.Height), C.int(e.MaxSlope.Or(3)), &out), out)
}

func (p *pixels) convolve(e thumburl.Convolve, scale float64) error {
	var out *C.VipsImage
	return p.replace(C.tf_convolve(p.image, doubles(e.Kernel), C.int(e.Width), C.int(e.Height),
		C.double(scale), C.double(e.Offset), &out), out)
}

func (p *pixels) pixelate(size int) error {
	var out *C.VipsImage
	return p.replace(C.tf_pixelate(p.image, C.int(size), &out), out)
}

func (p *pixels) toRGB() error {
	var out *C.VipsImage
	return p.replace(C.tf_to_rgb(p.image, &out), out)
}

func (p *pixels) grey() error {
	var out *C.VipsImage
	return p.replace(C.tf_grey(p.image, &out), out)
}

func (p *pixels) unflatten() error {
	var out *C.VipsImage
	return p.replace(C.tf_unflatten(p.image, &out), out)
}

func (p *pixels) removeAlpha() error {
	var out *C.VipsImage
	return p.replace(C.tf_remove_alpha(p.image, &out), out)
}

// ensureAlpha adds alpha, 0 to 1, where there is none.
func (p *pixels) ensureAlpha(alpha float64) error {
	var out *C.VipsImage
	return p.replace(C.tf_ensure_alpha(p.image, C.double(alpha), &out), out)
}

func (p *pixels) extractChannel(band int) error {
	var out *C.VipsImage
	return p.replace(C.tf_extract_channel(p.image, C.int(band), &out), out)
}

var bitwise = map[thumburl.Bitwise]C.VipsOperationBoolean{
	thumburl.And: C.VIPS_OPERATION_BOOLEAN_AND, thumburl.Or: C.VIPS_OPERATION_BOOLEAN_OR, thumburl.ExclusiveOr: C.VIPS_OPERATION_BOOLEAN_EOR,
}

func (p *pixels) bandbool(operator thumburl.Bitwise) error {
	var out *C.VipsImage
	return p.replace(C.tf_bandbool(p.image, bitwise[operator], &out), out)
}

func (p *pixels) boolean(other *pixels, operator thumburl.Bitwise) error {
	var out *C.VipsImage
	return p.replace(C.tf_boolean(p.image, other.image, bitwise[operator], &out), out)
}

// affine shows the given part of the plane that the picture is mapped to.
func (p *pixels) affine(m affineMap, shown image.Rectangle, background thumburl.Color) error {
	rgba := channelsOf(background)
	name := C.CString(m.interpolator.String())
	defer C.free(unsafe.Pointer(name))
	native := C.tf_map{a: C.double(m.a), b: C.double(m.b), c: C.double(m.c), d: C.double(m.d),
		idx: C.double(m.idx), idy: C.double(m.idy), odx: C.double(m.odx), ody: C.double(m.ody),
		left: C.int(shown.Min.X), top: C.int(shown.Min.Y), width: C.int(shown.Dx()), height: C.int(shown.Dy()), interpolator: name}
	var out *C.VipsImage
	return p.replace(C.tf_affine(p.image, &native, &rgba[0], &out), out)
}

var fillings = map[thumburl.ExtendWith]C.VipsExtend{
	thumburl.ExtendCopy: C.VIPS_EXTEND_COPY, thumburl.ExtendRepeat: C.VIPS_EXTEND_REPEAT, thumburl.ExtendMirror: C.VIPS_EXTEND_MIRROR,
}

// extend fills the margins with something else than a colour, for which there is embed.
func (p *pixels) extend(left, top, width, height int, with thumburl.ExtendWith) error {
	var out *C.VipsImage
	return p.replace(C.tf_extend(p.image, C.int(left), C.int(top), C.int(width), C.int(height), fillings[with], &out), out)
}

// findTrim gives what is not border; empty where all is.
func (p *pixels) findTrim(background thumburl.Color, threshold float64, lineArt bool, stop stopFlag) (image.Rectangle, error) {
	var border *C.double
	if background != "" {
		rgba := channelsOf(background)
		border = &rgba[0]
	}
	var area C.tf_area
	if C.tf_find_trim(p.image, border, C.double(threshold), asInt(lineArt), (*C.int)(unsafe.Pointer(stop.p)), &area) != 0 {
		return image.Rectangle{}, nativeError()
	}
	left, top := int(area.left), int(area.top)
	return image.Rect(left, top, left+int(area.width), top+int(area.height)), nil
}

func (p *pixels) ellipse(x, y, rx, ry float64) error {
	var out *C.VipsImage
	return p.replace(C.tf_ellipse(p.image, C.double(x), C.double(y), C.double(rx), C.double(ry), &out), out)
}

func (p *pixels) compose(overlay *pixels, left, top int, blend thumburl.Blend) error {
	var out *C.VipsImage
	return p.replace(C.tf_compose(p.image, overlay.image, C.int(left), C.int(top), blends[blend], &out), out)
}

var blends = map[thumburl.Blend]C.VipsBlendMode{
	thumburl.BlendOver: C.VIPS_BLEND_MODE_OVER, thumburl.BlendClear: C.VIPS_BLEND_MODE_CLEAR, thumburl.BlendSource: C.VIPS_BLEND_MODE_SOURCE,
	thumburl.BlendIn: C.VIPS_BLEND_MODE_IN, thumburl.BlendOut: C.VIPS_BLEND_MODE_OUT, thumburl.BlendAtop: C.VIPS_BLEND_MODE_ATOP,
	thumburl.BlendDest: C.VIPS_BLEND_MODE_DEST, thumburl.BlendDestOver: C.VIPS_BLEND_MODE_DEST_OVER, thumburl.BlendDestIn: C.VIPS_BLEND_MODE_DEST_IN,
	thumburl.BlendDestOut: C.VIPS_BLEND_MODE_DEST_OUT, thumburl.BlendDestAtop: C.VIPS_BLEND_MODE_DEST_ATOP, thumburl.BlendXor: C.VIPS_BLEND_MODE_XOR,
	thumburl.BlendAdd: C.VIPS_BLEND_MODE_ADD, thumburl.BlendSaturate: C.VIPS_BLEND_MODE_SATURATE, thumburl.BlendMultiply: C.VIPS_BLEND_MODE_MULTIPLY,
	thumburl.BlendScreen: C.VIPS_BLEND_MODE_SCREEN, thumburl.BlendOverlay: C.VIPS_BLEND_MODE_OVERLAY, thumburl.BlendDarken: C.VIPS_BLEND_MODE_DARKEN,
	thumburl.BlendLighten: C.VIPS_BLEND_MODE_LIGHTEN, thumburl.BlendColourDodge: C.VIPS_BLEND_MODE_COLOUR_DODGE, thumburl.BlendColourBurn: C.VIPS_BLEND_MODE_COLOUR_BURN,
	thumburl.BlendHardLight: C.VIPS_BLEND_MODE_HARD_LIGHT, thumburl.BlendSoftLight: C.VIPS_BLEND_MODE_SOFT_LIGHT,
	thumburl.BlendDifference: C.VIPS_BLEND_MODE_DIFFERENCE, thumburl.BlendExclusion: C.VIPS_BLEND_MODE_EXCLUSION,
}

// faded is the picture once more, its alpha multiplied, in RGBA and in memory.
func (p *pixels) faded(factor float64) (*pixels, error) {
	out := p.clone()
	if err := errors.Join(out.fade(factor), out.materialise()); err != nil {
		out.close()
		return nil, err
	}
	return out, nil
}

// fade multiplies alpha, which it adds where there is none.
func (p *pixels) fade(factor float64) error {
	var out *C.VipsImage
	return p.replace(C.tf_fade(p.image, C.double(factor), &out), out)
}

// tile repeats the picture over width x height, one of it at left, top.
func (p *pixels) tile(left, top, width, height int) error {
	var out *C.VipsImage
	return p.replace(C.tf_tile(p.image, C.int(left), C.int(top), C.int(width), C.int(height), &out), out)
}
