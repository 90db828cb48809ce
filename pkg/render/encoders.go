package render

// #include "native.h"
import "C"

import (
	"cmp"
	"errors"
	"math"
	"math/bits"
	"unsafe"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// The encoders of libvips that are called without bimg, with what the edits say of their
// formats.

func (t *task) writeWebP() ([]byte, error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	e := t.webp()
	t.setTimes(e.Delay, e.Loop)
	o := C.tf_webp_options{quality: C.int(cmp.Or(e.Quality, defaultWebP)), effort: C.int(e.Effort.Or(float64(t.effort(thumburl.WebP)))),
		lossless: asInt(e.Lossless), near_lossless: asInt(e.NearLossless), alpha_quality: C.int(e.AlphaQuality.Or(100)),
		smart_subsample: asInt(!e.RoughChroma)}
	body, err := encoded(func(buf *unsafe.Pointer, length *C.size_t) C.int { return C.tf_webp(t.pixels.image, &o, buf, length) })
	return stripWebP(body), err
}

func (t *task) writeGIF() ([]byte, error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	e := optionsIn[thumburl.GIFOptions](t.job.Edits)
	t.setTimes(e.Delay, e.Loop)
	o := C.tf_gif_options{effort: C.int(e.Effort.Or(float64(t.effort(thumburl.GIF)))), depth: C.int(depthOf(e.Colours)), dither: C.double(e.Dither.Or(1))}
	body, err := encoded(func(buf *unsafe.Pointer, length *C.size_t) C.int { return C.tf_gif(t.pixels.image, &o, buf, length) })
	if err == nil && t.keepsGIFAlpha() {
		body = markTransparent(body)
	}
	return body, err
}

// depthOf is how many bits tell so many colours apart; 0 is as many as there can be.
func depthOf(colours int) int {
	if colours == 0 {
		return 8
	}
	return bits.Len(uint(colours - 1))
}

// setTimes gives an animation other times than the original's.
func (t *task) setTimes(delays []float64, loop thumburl.Optional) {
	times := make([]C.int, 0, t.header.Frames)
	for i := 0; i < t.header.Frames && len(delays) > 0; i++ {
		times = append(times, C.int(delays[min(i, len(delays)-1)]))
	}
	C.tf_set_times(t.pixels.image, unsafe.SliceData(times), C.int(len(times)), C.int(loop.Or(-1)))
}

// needsOwnPNG reports what bimg has no option for: a palette of a chosen size, or
// dithered otherwise than in full; and a compression of 0, which it takes for none said.
func (t *task) needsOwnPNG() bool { return hasPalette(t.png()) || t.png().CompressionLevel.Set }

func hasPalette(e thumburl.PNGOptions) bool { return e.Palette || e.Colours > 0 || e.Dither.Set }

func (t *task) writePNG() ([]byte, error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	e := t.png()
	depth := depthOf(e.Colours)
	for depth&(depth-1) != 0 { // PNG has 1, 2, 4 and 8
		depth++
	}
	o := C.tf_png_options{palette: asInt(hasPalette(e) || e.Quality > 0), quality: C.int(cmp.Or(e.Quality, 100)), depth: C.int(depth), effort: C.int(t.effort(thumburl.PNG) + 4),
		compression: C.int(t.compression()), interlaced: asInt(e.Progressive), dither: C.double(e.Dither.Or(1))}
	return encoded(func(buf *unsafe.Pointer, length *C.size_t) C.int { return C.tf_png(t.pixels.image, &o, buf, length) })
}

// compression of a PNG, as zlib counts it; 6 is zlib's own default, effort 4.
func (t *task) compression() int {
	return int(t.png().CompressionLevel.Or(float64(t.effort(thumburl.PNG) + 2)))
}

// needsOwnAVIF reports what bimg has no option for.
func (t *task) needsOwnAVIF() bool {
	e := t.avif()
	return e.Effort.Set || e.ChromaSubsampling == thumburl.FullChroma || t.orientation > 1
}

func (t *task) writeAVIF() ([]byte, error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	e := t.avif()
	o := C.tf_avif_options{quality: C.int(cmp.Or(e.Quality, defaultAVIF)), effort: C.int(e.Effort.Or(float64(t.effort(thumburl.AVIF)))),
		lossless: asInt(e.Lossless), full_chroma: asInt(e.ChromaSubsampling == thumburl.FullChroma), orientation: C.int(t.orientation)}
	return encoded(func(buf *unsafe.Pointer, length *C.size_t) C.int { return C.tf_avif(t.pixels.image, &o, buf, length) })
}

var compressions = map[thumburl.Compression]C.VipsForeignTiffCompression{
	thumburl.Deflate: C.VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE, thumburl.NoCompression: C.VIPS_FOREIGN_TIFF_COMPRESSION_NONE,
	thumburl.LZW: C.VIPS_FOREIGN_TIFF_COMPRESSION_LZW, thumburl.PackBits: C.VIPS_FOREIGN_TIFF_COMPRESSION_PACKBITS,
	thumburl.JPEGCompression: C.VIPS_FOREIGN_TIFF_COMPRESSION_JPEG,
}

func (t *task) writeTIFF() ([]byte, error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	e := optionsIn[thumburl.TIFFOptions](t.job.Edits)
	if e.Compression == thumburl.JPEGCompression {
		if err := t.flatten(); err != nil { // which JPEG has no room for
			return nil, err
		}
	}
	return t.pixels.asTIFF(compressions[e.Compression], cmp.Or(e.Quality, 80), t.orientation)
}

func (p *pixels) asTIFF(compression C.VipsForeignTiffCompression, quality, orientation int) ([]byte, error) {
	return encoded(func(buf *unsafe.Pointer, length *C.size_t) C.int {
		return C.tf_tiff(p.image, compression, C.int(quality), C.int(orientation), buf, length)
	})
}

// tiff gives the pixels as an uncompressed TIFF, which is how bimg takes them:
// reading and writing it is little more than a copy.
func (p *pixels) tiff() ([]byte, error) {
	return p.asTIFF(C.VIPS_FOREIGN_TIFF_COMPRESSION_NONE, 80, 0)
}

// encoded takes over what an encoder wrote.
func encoded(encode func(buf *unsafe.Pointer, length *C.size_t) C.int) ([]byte, error) {
	var buf unsafe.Pointer
	var length C.size_t
	if encode(&buf, &length) != 0 {
		return nil, nativeError()
	}
	defer C.g_free(C.gpointer(buf))
	return C.GoBytes(buf, C.int(length)), nil
}

// --- maxBytes --------------------------------------------------------------------

// leastQuality is the one below which MaxBytes does not go: what is left then is
// hardly a picture.
const leastQuality = 10

// fit lowers the quality until the body is short enough, or the quality at its lowest.
func (t *task) fit(body []byte, format thumburl.Format) ([]byte, error) {
	limit := optionsIn[thumburl.MaxBytes](t.job.Edits).Bytes
	quality := t.quality(format)
	for limit > 0 && len(body) > limit && quality > leastQuality {
		if t.stop.isSet() {
			return nil, errors.New("out of time")
		}
		// The farther it is, the larger the step.
		factor := 0.75
		switch over := float64(len(body)) / float64(limit); {
		case over > 3:
			factor = 0.25
		case over > 1.5:
			factor = 0.5
		}
		quality = max(leastQuality, min(quality-1, int(math.Round(float64(quality)*factor))))
		t.setQuality(format, quality)
		var err error
		if body, err = t.encodeAs(format); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// quality that a format is written in; 0 where it has none.
func (t *task) quality(format thumburl.Format) int {
	switch format {
	case thumburl.JPEG:
		return cmp.Or(t.jpeg().Quality, t.defaultJPEG())
	case thumburl.WebP:
		if t.webp().Lossless {
			return 0
		}
		return cmp.Or(t.webp().Quality, defaultWebP)
	case thumburl.AVIF:
		if t.avif().Lossless {
			return 0
		}
		return cmp.Or(t.avif().Quality, defaultAVIF)
	}
	return 0
}

func (t *task) setQuality(format thumburl.Format, quality int) {
	edits := make(thumburl.Edits, 0, len(t.job.Edits)+1)
	jpeg, webp, avif := t.jpeg(), t.webp(), t.avif()
	for _, e := range t.job.Edits {
		switch e.(type) {
		case thumburl.JPEGOptions, thumburl.WebPOptions, thumburl.AVIFOptions:
		default:
			edits = append(edits, e)
		}
	}
	switch format {
	case thumburl.JPEG:
		jpeg.Quality = quality
	case thumburl.WebP:
		webp.Quality = quality
	case thumburl.AVIF:
		avif.Quality = quality
	}
	t.job.Edits = append(edits, jpeg, webp, avif)
}
