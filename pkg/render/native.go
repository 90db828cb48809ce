package render

/*
#cgo pkg-config: vips
#cgo CFLAGS: -O3
#cgo LDFLAGS: -ljpeg -lpng -lwebp -lm
#include "native.h"
*/
import "C"

import (
	"image"
	"math"
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/h2non/bimg"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// The native stage goes from source bytes to a small upright sRGB picture. bimg
// rotates a JPEG by EXIF through a second JPEG at full size, shrinks with a box
// filter, does not premultiply alpha and gives a grey picture for a truncated
// file; libvips itself does none of this, so the stage calls it directly.

func init() {
	C.tf_init()
	// A result is never asked for twice; the cache would only hold memory.
	bimg.VipsCacheSetMax(0)
	bimg.VipsCacheSetMaxMem(0)
}

// pixels is a picture in libvips, possibly not computed yet. It is owned by one
// goroutine and closed by it.
type pixels struct{ image *C.VipsImage }

func (p *pixels) close() {
	if p.image != nil {
		C.g_object_unref(C.gpointer(p.image))
		p.image = nil
	}
}

func (p *pixels) width() int     { return int(p.image.Xsize) }
func (p *pixels) height() int    { return int(p.image.Ysize) }
func (p *pixels) hasAlpha() bool { return C.vips_image_hasalpha(p.image) != 0 }

// isGrey reports a picture without colours, with or without alpha.
func (p *pixels) isGrey() bool { return p.image.Bands <= 2 }

// clone is the same picture for another owner, to be closed by itself.
func (p *pixels) clone() *pixels {
	C.g_object_ref(C.gpointer(p.image))
	return &pixels{p.image}
}

// openAll reads the header of all frames, one below the other.
func openAll(source []byte, kind Kind) (*pixels, error) {
	var out *C.VipsImage
	if C.tf_open_all(unsafe.Pointer(unsafe.SliceData(source)), C.size_t(len(source)), loaders[kind], &out) != 0 {
		return nil, nativeError()
	}
	return &pixels{out}, nil
}

// frame is one of the frames of openAll.
func (p *pixels) frame(i, width, height int) (*pixels, error) {
	var out *C.VipsImage
	if C.tf_extract(p.image, 0, C.int(i*height), C.int(width), C.int(height), &out) != 0 {
		return nil, nativeError()
	}
	return &pixels{out}, nil
}

// join makes an animation of frames of one size, as fast as the source and as often.
func (p *pixels) join(source *pixels, frames []*pixels) error {
	images := make([]*C.VipsImage, len(frames))
	for i, frame := range frames {
		images[i] = frame.image
	}
	var out *C.VipsImage
	if C.tf_join(source.image, &images[0], C.int(len(images)), &out) != 0 {
		return nativeError()
	}
	p.image = out
	return nil
}

// replace puts the result of a native call in the place of its input.
func (p *pixels) replace(failed C.int, out *C.VipsImage) error {
	if failed != 0 {
		return nativeError()
	}
	p.close()
	p.image = out
	return nil
}

// nativeError takes libvips' text of the last error. It is process-global, so
// another render's text may come: it goes to the log and decides nothing.
func nativeError() error {
	text := C.GoString(C.vips_error_buffer())
	C.vips_error_clear()
	return vipsError(text)
}

type vipsError string

func (e vipsError) Error() string { return "libvips: " + string(e) }

// hasMemory tells whether so many bytes can be had.
func hasMemory(bytes int) bool { return C.tf_has_memory(C.size_t(bytes)) != 0 }

// stopFlag tells the watched evaluations of one render to stop.
type stopFlag struct{ p *int32 }

func newStopFlag() stopFlag {
	return stopFlag{(*int32)(C.calloc(1, C.size_t(unsafe.Sizeof(int32(0)))))}
}

func (s stopFlag) set() { atomic.StoreInt32(s.p, 1) }

func (s stopFlag) isSet() bool { return atomic.LoadInt32(s.p) != 0 }

func (s stopFlag) free() { C.free(unsafe.Pointer(s.p)) }

var loaders = map[Kind]C.enum_tf_loader{
	KindJPEG: C.TF_JPEG, KindPNG: C.TF_PNG, KindWebP: C.TF_WEBP, KindGIF: C.TF_GIF,
	KindTIFF: C.TF_TIFF, KindHEIC: C.TF_HEIF, KindAVIF: C.TF_HEIF,
}

// open reads the header of source, which must be pinned and stay so until the
// pixels are closed.
func open(source []byte, kind Kind, shrink float64) (*pixels, error) {
	var out *C.VipsImage
	if C.tf_open(unsafe.Pointer(unsafe.SliceData(source)), C.size_t(len(source)), loaders[kind], C.double(shrink), &out) != 0 {
		return nil, nativeError()
	}
	return &pixels{out}, nil
}

func (p *pixels) header(kind Kind) Header {
	var h C.tf_header
	C.tf_read_header(p.image, loaders[kind], &h)
	return Header{
		Kind: kind, Width: int(h.width), Height: int(h.height), Frames: int(h.frames),
		Orientation: int(h.orientation), Alpha: h.has_alpha != 0,
		sampleBytes: int(h.sample_bytes), bands: int(h.bands), interlaced: h.interlaced != 0,
		profile: h.has_profile != 0,
	}
}

func (p *pixels) watch(stop stopFlag) { C.tf_watch(p.image, (*C.int)(unsafe.Pointer(stop.p))) }

func (p *pixels) materialise() error {
	var out *C.VipsImage
	return p.replace(C.tf_materialise(p.image, &out), out)
}

var kernels = map[thumburl.Kernel]C.VipsKernel{
	thumburl.Lanczos3: C.VIPS_KERNEL_LANCZOS3, thumburl.Lanczos2: C.VIPS_KERNEL_LANCZOS2,
	thumburl.Mitchell: C.VIPS_KERNEL_MITCHELL, thumburl.Cubic: C.VIPS_KERNEL_CUBIC,
	thumburl.Nearest: C.VIPS_KERNEL_NEAREST, thumburl.Triangle: C.VIPS_KERNEL_LINEAR,
}

func (p *pixels) resize(width, height int, kernel thumburl.Kernel) error {
	var out *C.VipsImage
	return p.replace(C.tf_resize(p.image, C.int(width), C.int(height), kernels[kernel], &out), out)
}

// target is what a source is resampled to while it is decoded: a window of the picture
// as it lies, scaled.
type target struct {
	scaled image.Point
	window image.Rectangle
	kernel thumburl.Kernel // any but Nearest
	linear bool
}

// shrink resamples a source for all targets in one decoding, reading all of it. p is
// what open gave, not decoded yet: of a kind that isDirect only its header counts, any
// other must have been opened with the same factor.
func (p *pixels) shrink(source []byte, h Header, factor float64, targets []target, stop stopFlag) ([]*pixels, error) {
	made := make([]C.tf_target, len(targets))
	for i, t := range targets {
		made[i] = C.tf_target{
			width: C.int(t.scaled.X), height: C.int(t.scaled.Y),
			left: C.int(t.window.Min.X), top: C.int(t.window.Min.Y), columns: C.int(t.window.Dx()), lines: C.int(t.window.Dy()),
			kernel: kernels[t.kernel], linear: asInt(t.linear),
		}
	}
	buf, length := unsafe.Pointer(unsafe.SliceData(source)), C.size_t(len(source))
	first, n, stopped := &made[0], C.int(len(made)), (*C.int)(unsafe.Pointer(stop.p))
	var failed C.int
	switch {
	case !h.isDirect():
		failed = C.tf_shrink(p.image, first, n, stopped)
	case h.Kind == KindJPEG:
		failed = C.tf_shrink_jpeg(p.image, buf, length, C.int(math.Round(8/factor)), first, n, stopped)
	case h.Kind == KindPNG:
		failed = C.tf_shrink_png(p.image, buf, length, first, n, stopped)
	default:
		failed = C.tf_shrink_webp(p.image, buf, length, C.double(factor), first, n, stopped)
	}
	if failed != 0 {
		return nil, nativeError()
	}
	out := make([]*pixels, len(made))
	for i := range made {
		out[i] = &pixels{made[i].out}
	}
	return out, nil
}

// isDirect reports whether the rows come from the codec's own library, not by way of
// libvips.
func (h Header) isDirect() bool {
	switch h.Kind {
	case KindJPEG: // grey and RGB: the library converts from no other
		return h.bands == 1 || h.bands == 3
	case KindPNG:
		return !h.interlaced
	case KindWebP:
		return h.Frames == 1
	}
	return false
}

func (p *pixels) upright() error {
	var out *C.VipsImage
	return p.replace(C.tf_upright(p.image, &out), out)
}

func (p *pixels) srgb() error {
	var out *C.VipsImage
	return p.replace(C.tf_srgb(p.image, &out), out)
}

func (p *pixels) dropOpaqueAlpha() error {
	var out *C.VipsImage
	return p.replace(C.tf_drop_opaque_alpha(p.image, &out), out)
}

func (p *pixels) extract(left, top, width, height int) error {
	var out *C.VipsImage
	return p.replace(C.tf_extract(p.image, C.int(left), C.int(top), C.int(width), C.int(height), &out), out)
}

// smartCrop finds the part of the given size by Entropy or Attention.
func (p *pixels) smartCrop(width, height int, position thumburl.Position) error {
	interesting := C.VipsInteresting(C.VIPS_INTERESTING_ENTROPY)
	if position == thumburl.Attention {
		interesting = C.VIPS_INTERESTING_ATTENTION
	}
	var out *C.VipsImage
	return p.replace(C.tf_smartcrop(p.image, C.int(width), C.int(height), interesting, &out), out)
}

func (p *pixels) embed(left, top, width, height int, rgba [4]float64) error {
	var out *C.VipsImage
	return p.replace(C.tf_embed(p.image, C.int(left), C.int(top), C.int(width), C.int(height), (*C.double)(&rgba[0]), &out), out)
}

// flatten lays the picture on an opaque colour.
func (p *pixels) flatten(rgb [3]uint8) error {
	background := [3]C.double{C.double(rgb[0]), C.double(rgb[1]), C.double(rgb[2])}
	if p.isGreyWithAlpha() {
		// One number is all a grey picture can be laid on.
		background[0] = 0.2126*background[0] + 0.7152*background[1] + 0.0722*background[2]
	}
	var out *C.VipsImage
	return p.replace(C.tf_flatten(p.image, &background[0], &out), out)
}

func (p *pixels) isGreyWithAlpha() bool { return p.image.Bands == 2 }

// HasJPEGli reports whether jpegli is linked, which is so with the libraries of
// scripts/native. Else libjpeg-turbo encodes JPEG, in more bytes.
func HasJPEGli() bool { return C.tf_has_jpegli() != 0 }

// jpegOptions of both encoders.
type jpegOptions struct {
	quality                            int
	progressive, subsampled, optimized bool
}

// jpeg encodes a picture without alpha, by jpegli or by libjpeg-turbo.
func (p *pixels) jpeg(byJPEGli bool, options jpegOptions) ([]byte, error) {
	o := C.tf_jpeg_options{quality: C.int(options.quality), progressive: asInt(options.progressive),
		subsampled: asInt(options.subsampled), optimized: asInt(options.optimized)}
	return encoded(func(buf *unsafe.Pointer, length *C.size_t) C.int {
		if byJPEGli {
			return C.tf_jpegli(p.image, &o, buf, length)
		}
		return C.tf_jpeg(p.image, &o, buf, length)
	})
}

func asInt(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

// pin keeps bytes where they are until the function that it gives is called:
// libvips reads them later than the call that takes them.
func pin(b []byte) (unpin func()) {
	var p runtime.Pinner
	if len(b) > 0 {
		p.Pin(&b[0])
	}
	return p.Unpin
}

// onOneThread runs f on one operating-system thread and frees what libvips
// keeps for a thread.
func onOneThread(f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer C.vips_thread_shutdown()
	f()
}
