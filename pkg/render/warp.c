// Edits that move pixels or look where the picture ends.
#include "edits.h"

#include <math.h>

// in_colour gives the picture the bands that a colour needs, and says the colour in
// them: a grey picture stays grey on a grey.
static int
in_colour(VipsImage *in, const double rgba[4], VipsImage **out)
{
	INTERMEDIATES(1);
	int failed = tf_to_rgb(in, &t[0]) ||
		(rgba[3] < 255 ? tf_ensure_alpha(t[0], 1, out) : vips_copy(t[0], out, NULL));
	g_object_unref(base);
	return failed ? -1 : 0;
}

int
tf_affine(VipsImage *in, const tf_map *m, const double rgba[4], VipsImage **out)
{
	INTERMEDIATES(2);
	int failed = in_colour(in, rgba, &t[0]);
	if (!failed) {
		VipsArrayDouble *background = vips_array_double_new(rgba, t[0]->Bands);
		int sides[4] = { m->left, m->top, m->width, m->height };
		VipsArrayInt *area = vips_array_int_new(sides, 4);
		VipsInterpolate *interpolate = vips_interpolate_new(m->interpolator);
		failed = interpolate == NULL || vips_affine(t[0], &t[1], m->a, m->b, m->c, m->d,
			"idx", m->idx, "idy", m->idy, "odx", m->odx, "ody", m->ody, "oarea", area,
			"background", background, "interpolate", interpolate, NULL) ||
			tf_to_bytes(t[1], VIPS_INTERPRETATION_sRGB, out);
		VIPS_UNREF(interpolate);
		vips_area_unref(VIPS_AREA(area));
		vips_area_unref(VIPS_AREA(background));
	}
	g_object_unref(base);
	return failed ? -1 : 0;
}

int
tf_extend(VipsImage *in, int left, int top, int width, int height, VipsExtend with, VipsImage **out)
{
	return vips_embed(in, out, left, top, width, height, "extend", with, NULL);
}

// --- trim ------------------------------------------------------------------------

// is_border compares a pixel, laid on the border's colour, with that colour, and its
// alpha with the colour's.
static gboolean
is_border(const VipsPel *p, int bands, gboolean alpha, const double *border, double threshold)
{
	int colours = alpha ? bands - 1 : bands;
	double seen = alpha ? p[colours] / 255.0 : 1;
	for (int i = 0; i < colours; i++)
		if (fabs((p[i] - border[i]) * seen) > threshold)
			return FALSE;
	return !alpha || fabs(p[colours] - border[colours]) <= threshold;
}

int
tf_find_trim(VipsImage *in, const double *rgba, double threshold, int line_art, const int *stop, tf_area *area)
{
	VipsImage *smooth, *pixels;
	// Of the picture as it is: the median has no corner of its own.
	double border[4];
	double *corner;
	int n;
	if (vips_getpoint(in, &corner, &n, 0, 0, NULL))
		return -1;
	for (int i = 0; i < n && i < 4; i++)
		border[i] = corner[i];
	g_free(corner);
	if (rgba)
		for (int i = 0; i < in->Bands; i++)
			border[i] = in->Bands > 2 ? rgba[i] : i == 1 ? rgba[3] : 0.2126 * rgba[0] + 0.7152 * rgba[1] + 0.0722 * rgba[2];
	if (line_art || in->Xsize < 3 || in->Ysize < 3) {
		smooth = in;
		g_object_ref(in);
	}
	else if (tf_median(in, 3, stop, &smooth))
		return -1;
	pixels = vips_image_copy_memory(smooth);
	g_object_unref(smooth);
	if (pixels == NULL)
		return -1;
	int left = in->Xsize, top = in->Ysize, right = -1, bottom = -1;
	gboolean alpha = vips_image_hasalpha(in);
	for (int y = 0; y < in->Ysize; y++) {
		const VipsPel *row = VIPS_IMAGE_ADDR(pixels, 0, y);
		for (int x = 0; x < in->Xsize; x++) {
			if (is_border(row + x * in->Bands, in->Bands, alpha, border, threshold))
				continue;
			left = VIPS_MIN(left, x);
			right = VIPS_MAX(right, x);
			top = VIPS_MIN(top, y);
			bottom = y;
		}
	}
	g_object_unref(pixels);
	*area = (tf_area){ left, top, right < 0 ? 0 : right - left + 1, right < 0 ? 0 : bottom - top + 1 };
	return 0;
}

// --- ellipse -----------------------------------------------------------------------

// covered is how much of a pixel lies in the ellipse, 0 to 1, by 8x8 samples.
static double
covered(double x, double y, double rx, double ry)
{
	// The corner farthest from the middle decides what lies within as a whole, the
	// nearest what lies without.
	double far_x = fmax(fabs(x), fabs(x + 1)) / rx, far_y = fmax(fabs(y), fabs(y + 1)) / ry;
	if (far_x * far_x + far_y * far_y <= 1)
		return 1;
	double near_x = x > 0 ? x / rx : x < -1 ? (x + 1) / rx : 0;
	double near_y = y > 0 ? y / ry : y < -1 ? (y + 1) / ry : 0;
	if (near_x * near_x + near_y * near_y >= 1)
		return 0;
	int in = 0;
	for (int i = 0; i < 8; i++)
		for (int j = 0; j < 8; j++) {
			double sx = (x + (i + 0.5) / 8) / rx, sy = (y + (j + 0.5) / 8) / ry;
			in += sx * sx + sy * sy <= 1;
		}
	return in / 64.0;
}

int
tf_ellipse(VipsImage *in, double x, double y, double rx, double ry, VipsImage **out)
{
	INTERMEDIATES(2);
	if (tf_to_rgb(in, &t[0]) || tf_ensure_alpha(t[0], 1, &t[1])) {
		g_object_unref(base);
		return -1;
	}
	// A copy of its own, for the pixels may be another's as well.
	size_t size;
	void *pixels = vips_image_write_to_memory(t[1], &size);
	VipsImage *made = pixels == NULL ? NULL
		: vips_image_new_from_memory_copy(pixels, size, in->Xsize, in->Ysize, 4, VIPS_FORMAT_UCHAR);
	g_free(pixels);
	g_object_unref(base);
	if (made == NULL)
		return -1;
	made->Type = VIPS_INTERPRETATION_sRGB;
	for (int j = 0; j < made->Ysize; j++) {
		VipsPel *row = VIPS_IMAGE_ADDR(made, 0, j);
		for (int i = 0; i < made->Xsize; i++)
			row[i * 4 + 3] = (VipsPel) (row[i * 4 + 3] * covered(i - x, j - y, rx, ry) + 0.5);
	}
	*out = made;
	return 0;
}
