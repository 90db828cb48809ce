// Edits of detail: each pixel by those around it.
#include "edits.h"

#include <math.h>

enum { WIDEST = 20 }; // sigma that is blurred as it is, pixels

static int
blur(VipsImage *in, void *options, VipsImage **out)
{
	double sigma = *(double *) options;
	if (sigma <= WIDEST)
		return vips_gaussblur(in, out, sigma, NULL);
	// Of what is that blurred a smaller picture says all: a mask of some thousand
	// pixels is not needed.
	double shrink = sigma / (WIDEST / 2);
	int width = VIPS_MAX(1, (int) (in->Xsize / shrink));
	int height = VIPS_MAX(1, (int) (in->Ysize / shrink));
	INTERMEDIATES(4);
	int failed = vips_resize(in, &t[0], (double) width / in->Xsize, "vscale", (double) height / in->Ysize,
					 "kernel", VIPS_KERNEL_LINEAR, NULL) ||
		vips_gaussblur(t[0], &t[1], sigma / shrink, NULL) ||
		vips_resize(t[1], &t[2], (double) in->Xsize / width, "vscale", (double) in->Ysize / height,
			"kernel", VIPS_KERNEL_CUBIC, NULL) ||
		vips_embed(t[2], out, 0, 0, in->Xsize, in->Ysize, "extend", VIPS_EXTEND_COPY, NULL);
	g_object_unref(base);
	return failed ? -1 : 0;
}

int
tf_blur(VipsImage *in, double sigma, VipsImage **out)
{
	return tf_with_premultiplied(in, blur, &sigma, out);
}

static int
sharpen(VipsImage *in, void *options, VipsImage **out)
{
	const tf_sharpening *s = options;
	VipsImage *sharp;
	if (vips_sharpen(in, &sharp, "sigma", s->sigma, "m1", s->m1, "m2", s->m2, "x1", s->x1, "y2", s->y2, "y3", s->y3, NULL))
		return -1;
	int failed = vips_colourspace(sharp, out, in->Type, NULL);
	g_object_unref(sharp);
	return failed ? -1 : 0;
}

int
tf_sharpen(VipsImage *in, const tf_sharpening *s, VipsImage **out)
{
	return tf_with_premultiplied(in, sharpen, (void *) s, out);
}

// --- median ------------------------------------------------------------------------

// counted are the values of one channel within a window, by value and by 16 values, to
// find the one in the middle quickly.
typedef struct {
	int by_value[256], by_16[16];
} counted;

static void
count(counted *c, VipsPel value, int by)
{
	c->by_value[value] += by;
	c->by_16[value >> 4] += by;
}

static VipsPel
middle(const counted *c, int rank)
{
	int block = 0;
	for (; rank >= c->by_16[block]; block++)
		rank -= c->by_16[block];
	int value = block << 4;
	for (; rank >= c->by_value[value]; value++)
		rank -= c->by_value[value];
	return (VipsPel) value;
}

// tf_median slides a window of counts along each row (Huang, "A fast two-dimensional
// median filtering algorithm", 1979). libvips 8.14 is wrong for windows of 7 and more.
// Beyond the edges is what is at them.
int
tf_median(VipsImage *in, int size, const int *stop, VipsImage **out)
{
	if (vips_image_wio_input(in))
		return -1;
	VipsImage *made = vips_image_new_memory();
	if (vips_image_pipelinev(made, VIPS_DEMAND_STYLE_ANY, in, NULL) || vips_image_write_prepare(made)) {
		g_object_unref(made);
		return -1;
	}
	int before = size / 2, rank = size * size / 2, bands = in->Bands;
	const VipsPel *rows[256]; // of the window
	for (int y = 0; y < in->Ysize; y++) {
		if (__atomic_load_n(stop, __ATOMIC_RELAXED)) {
			vips_error("median", "stopped");
			g_object_unref(made);
			return -1;
		}
		for (int j = 0; j < size; j++)
			rows[j] = VIPS_IMAGE_ADDR(in, 0, VIPS_CLIP(0, y - before + j, in->Ysize - 1));
		VipsPel *to = VIPS_IMAGE_ADDR(made, 0, y);
		for (int band = 0; band < bands; band++) {
			counted c = { 0 };
			for (int i = 0; i < size; i++)
				for (int j = 0; j < size; j++)
					count(&c, rows[j][VIPS_CLIP(0, i - before, in->Xsize - 1) * bands + band], 1);
			for (int x = 0;; x++) {
				to[x * bands + band] = middle(&c, rank);
				if (x + 1 == in->Xsize)
					break;
				int leaves = VIPS_MAX(0, x - before) * bands + band;
				int enters = VIPS_MIN(x + size - before, in->Xsize - 1) * bands + band;
				for (int j = 0; j < size; j++) {
					count(&c, rows[j][leaves], -1);
					count(&c, rows[j][enters], 1);
				}
			}
		}
	}
	*out = made;
	return 0;
}

static int
clahe(VipsImage *in, void *options, VipsImage **out)
{
	const int *o = options;
	return vips_hist_local(in, out, o[0], o[1], "max_slope", o[2], NULL);
}

int
tf_clahe(VipsImage *in, int width, int height, int max_slope, VipsImage **out)
{
	int options[3] = { width, height, max_slope };
	return tf_with_colours(in, clahe, options, out);
}

static int
convolve(VipsImage *in, void *kernel, VipsImage **out)
{
	return vips_conv(in, out, kernel, NULL);
}

int
tf_convolve(VipsImage *in, const double *kernel, int width, int height, double scale, double offset, VipsImage **out)
{
	VipsImage *matrix = vips_image_new_matrix_from_array(width, height, kernel, width * height);
	if (matrix == NULL)
		return -1;
	vips_image_set_double(matrix, "scale", scale);
	vips_image_set_double(matrix, "offset", offset);
	VipsImage *sums;
	int failed = tf_with_premultiplied(in, convolve, matrix, &sums);
	g_object_unref(matrix);
	if (failed)
		return -1;
	failed = tf_to_bytes(sums, in->Type, out);
	g_object_unref(sums);
	return failed ? -1 : 0;
}

static int
pixelate(VipsImage *in, void *options, VipsImage **out)
{
	int size = *(int *) options;
	int across = (in->Xsize + size - 1) / size, down = (in->Ysize + size - 1) / size;
	INTERMEDIATES(4);
	// Squares at the right and the bottom reach beyond the picture.
	int failed = vips_embed(in, &t[0], 0, 0, across * size, down * size, "extend", VIPS_EXTEND_COPY, NULL) ||
		vips_shrink(t[0], &t[1], size, size, NULL) ||
		vips_zoom(t[1], &t[2], size, size, NULL) ||
		vips_extract_area(t[2], out, 0, 0, in->Xsize, in->Ysize, NULL);
	g_object_unref(base);
	return failed ? -1 : 0;
}

int
tf_pixelate(VipsImage *in, int size, VipsImage **out)
{
	return tf_with_premultiplied(in, pixelate, &size, out);
}
