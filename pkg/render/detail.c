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
	VipsImage *base = vips_image_new();
	VipsImage **t = (VipsImage **) vips_object_local_array(VIPS_OBJECT(base), 4);
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

int
tf_median(VipsImage *in, int size, VipsImage **out)
{
	return vips_median(in, out, size, NULL);
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
	VipsImage *base = vips_image_new();
	VipsImage **t = (VipsImage **) vips_object_local_array(VIPS_OBJECT(base), 4);
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
