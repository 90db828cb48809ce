// The native stage: what bimg can't do or does wrong (see native.go). Every
// function takes its input by reference, gives a new reference in *out and
// returns 0, or returns -1 and leaves *out untouched.
#ifndef THUMBFRONT_NATIVE_H
#define THUMBFRONT_NATIVE_H

#include <stdlib.h>
#include <vips/vips.h>

// Pictures on the way to *out are t[0] to t[N - 1], which are freed with base.
#define INTERMEDIATES(N) \
	VipsImage *base = vips_image_new(); \
	VipsImage **t = (VipsImage **) vips_object_local_array(VIPS_OBJECT(base), N)

enum tf_loader { TF_JPEG, TF_PNG, TF_WEBP, TF_GIF, TF_TIFF, TF_HEIF };

// What a header says. Width and height are as stored, not turned upright.
typedef struct {
	int width, height;
	int frames;
	int orientation; // EXIF, 1 to 8
	int has_alpha;
	int sample_bytes;
	int bands;
	int interlaced;
	int has_profile;
} tf_header;

void tf_init(void);

// tf_open reads the header and decodes nothing. shrink is what the decoder
// itself shrinks by: 1, 2, 4 or 8 for JPEG, any factor from 1 for WebP, else 1.
// buf must stay where it is while the image or what is made of it lives.
int tf_open(void *buf, size_t len, enum tf_loader loader, double shrink, VipsImage **out);

// tf_open_all opens a GIF or WebP with all its frames, one below the other.
int tf_open_all(void *buf, size_t len, enum tf_loader loader, VipsImage **out);

// tf_join puts frames one below the other, with the times of the source.
int tf_join(VipsImage *source, VipsImage **frames, int n, VipsImage **out);

void tf_read_header(VipsImage *in, enum tf_loader loader, tf_header *header);

// tf_watch makes every evaluation of what is derived from the image stop with
// an error soon after *stop became non-zero.
void tf_watch(VipsImage *in, const int *stop);

// tf_has_memory tells whether so many bytes can be had.
int tf_has_memory(size_t bytes);

// tf_materialise decodes and computes everything up to here into memory.
int tf_materialise(VipsImage *in, VipsImage **out);

// A picture that a source is resampled to, by any kernel but VIPS_KERNEL_NEAREST: a
// window of what it is when it is scaled to width x height.
typedef struct {
	int width, height;
	int left, top, columns, lines;
	VipsKernel kernel;
	int linear;		// averages light, not sRGB values
	VipsImage *out; // in memory; made by the functions below
} tf_target;

// tf_shrink resamples what comes out of a decoder. It reads the source to its end and
// gives up soon after *stop became non-zero.
int tf_shrink(VipsImage *in, tf_target *targets, int n, const int *stop);

// tf_shrink_jpeg does the same with a JPEG of one or three components, decoded at so
// many eighths of its size, 1 to 8. header is what tf_open gave for it.
int tf_shrink_jpeg(VipsImage *header, const void *buf, size_t len, int eighths, tf_target *targets, int n, const int *stop);

// tf_shrink_png does it with a PNG that is not interlaced.
int tf_shrink_png(VipsImage *header, const void *buf, size_t len, tf_target *targets, int n, const int *stop);

// tf_shrink_webp does it with a WebP that does not move, which its decoder shrinks by
// any factor from 1.
int tf_shrink_webp(VipsImage *header, const void *buf, size_t len, double shrink, tf_target *targets, int n, const int *stop);

// tf_with_premultiplied runs an operation that averages neighbours on colours that
// weigh as much as they are seen: else transparent pixels bleed their colour. What it
// gives is cast to the format of in.
typedef int (*tf_operation)(VipsImage *in, void *options, VipsImage **out);
int tf_with_premultiplied(VipsImage *in, tf_operation f, void *options, VipsImage **out);

int tf_resize(VipsImage *in, int width, int height, VipsKernel kernel, VipsImage **out);
int tf_upright(VipsImage *in, VipsImage **out);
int tf_srgb(VipsImage *in, VipsImage **out);
int tf_drop_opaque_alpha(VipsImage *in, VipsImage **out);
int tf_extract(VipsImage *in, int left, int top, int width, int height, VipsImage **out);
int tf_smartcrop(VipsImage *in, int width, int height, VipsInteresting interesting, VipsImage **out);
int tf_embed(VipsImage *in, int left, int top, int width, int height, const double rgba[4], VipsImage **out);
// tf_flatten lays a picture with alpha on an opaque colour.
int tf_flatten(VipsImage *in, const double rgb[3], VipsImage **out);

// tf_mosaic lays pictures of one size side by side, so many in a row, in memory.
int tf_mosaic(VipsImage **pieces, int n, int across, VipsImage **out);

// tf_opaque_rgb gives 8-bit sRGB in memory.
int tf_opaque_rgb(VipsImage *in, VipsImage **out);

// Encoders give a buffer that is the caller's to free by g_free, which is free.
typedef struct {
	int quality;	 // 1 to 100
	int progressive; // in scans from coarse to fine
	int subsampled;	 // colour at half the resolution
	int optimized;	 // codes of its own, for 5 % of the bytes and a second pass
} tf_jpeg_options;

// Both take 8-bit grey or RGB in memory: libjpeg-turbo's encoder, and jpegli where
// tf_has_jpegli says that it is there.
int tf_jpeg(VipsImage *in, const tf_jpeg_options *o, void **buf, size_t *len);
int tf_has_jpegli(void);
int tf_jpegli(VipsImage *in, const tf_jpeg_options *o, void **buf, size_t *len);

typedef struct {
	int quality;  // 1 to 100
	int effort;	  // 0 to 6
	int lossless;
	int near_lossless;
	int alpha_quality;	  // 0 to 100
	int smart_subsample; // weighs colour by light where it is halved: red text stays sharp
} tf_webp_options;

int tf_webp(VipsImage *in, const tf_webp_options *o, void **buf, size_t *len);

typedef struct {
	int effort;	   // 1 to 10
	int depth;	   // bits for each pixel, 1 to 8
	double dither; // 0 to 1
} tf_gif_options;

int tf_gif(VipsImage *in, const tf_gif_options *o, void **buf, size_t *len);

typedef struct {
	int palette; // of 2 to the power of depth colours; what is about it means nothing else
	int quality; // 1 to 100
	int depth;	 // bits for each pixel: 1, 2, 4 or 8
	int effort;	 // 1 to 10
	int compression; // 0 to 9
	int interlaced;
	double dither; // 0 to 1
} tf_png_options;

int tf_png(VipsImage *in, const tf_png_options *o, void **buf, size_t *len);

typedef struct {
	int quality; // 1 to 100
	int effort;	 // 0 to 9
	int lossless;
	int full_chroma;
	int orientation; // EXIF; 0 is none
} tf_avif_options;

int tf_avif(VipsImage *in, const tf_avif_options *o, void **buf, size_t *len);

int tf_tiff(VipsImage *in, VipsForeignTiffCompression compression, int quality, int orientation, void **buf, size_t *len);

// tf_set_times sets the time of each frame, ms, and how often they run; n of 0 and loop
// below 0 leave them.
void tf_set_times(VipsImage *in, const int *delays, int n, int loop);

#endif
