// Edits of colour: each pixel by itself.
#include "edits.h"

int
tf_with_colours(VipsImage *in, tf_operation f, void *options, VipsImage **out)
{
	if (!vips_image_hasalpha(in))
		return f(in, options, out);
	INTERMEDIATES(3);
	int failed = vips_extract_band(in, &t[0], 0, "n", in->Bands - 1, NULL) ||
		vips_extract_band(in, &t[1], in->Bands - 1, NULL) ||
		f(t[0], options, &t[2]) ||
		vips_bandjoin2(t[2], t[1], out, NULL);
	g_object_unref(base);
	return failed ? -1 : 0;
}

int
tf_to_rgb(VipsImage *in, VipsImage **out)
{
	return vips_colourspace(in, out, VIPS_INTERPRETATION_sRGB, NULL);
}

int
tf_to_bytes(VipsImage *in, VipsInterpretation space, VipsImage **out)
{
	INTERMEDIATES(2);
	int failed = vips_cast(in, &t[0], VIPS_FORMAT_UCHAR, NULL) ||
		vips_copy(t[0], out, "interpretation", space, NULL);
	g_object_unref(base);
	return failed ? -1 : 0;
}

// --- tint ------------------------------------------------------------------------

// tint looks up 256 greys. They keep their lightness and get the tint's a* and b*,
// less towards black and white, where there is no room for them.
static int
tint(VipsImage *in, void *options, VipsImage **out)
{
	const double *rgb = options;
	float r, g, b, x, y, z, l, hue_a, hue_b;
	guint8 table[256 * 3];
	vips_col_sRGB2scRGB_8((int) rgb[0], (int) rgb[1], (int) rgb[2], &r, &g, &b);
	vips_col_scRGB2XYZ(r, g, b, &x, &y, &z);
	vips_col_XYZ2Lab(x, y, z, &l, &hue_a, &hue_b);
	for (int i = 0; i < 256; i++) {
		float a_star, b_star;
		int red, green, blue;
		vips_col_sRGB2scRGB_8(i, i, i, &r, &g, &b);
		vips_col_scRGB2XYZ(r, g, b, &x, &y, &z);
		vips_col_XYZ2Lab(x, y, z, &l, &a_star, &b_star);
		float half = l / 100 - 0.5f;
		float room = 1 - 4 * half * half;
		vips_col_Lab2XYZ(l, room * hue_a, room * hue_b, &x, &y, &z);
		vips_col_XYZ2scRGB(x, y, z, &r, &g, &b);
		vips_col_scRGB2sRGB_8(r, g, b, &red, &green, &blue, NULL);
		table[i * 3] = (guint8) red;
		table[i * 3 + 1] = (guint8) green;
		table[i * 3 + 2] = (guint8) blue;
	}
	INTERMEDIATES(4);
	t[0] = vips_image_new_from_memory_copy(table, sizeof(table), 256, 1, 3, VIPS_FORMAT_UCHAR);
	int failed = t[0] == NULL || tf_grey(in, &t[1]) ||
		vips_maplut(t[1], &t[2], t[0], NULL) ||
		vips_copy(t[2], out, "interpretation", VIPS_INTERPRETATION_sRGB, NULL);
	g_object_unref(base);
	return failed ? -1 : 0;
}

int
tf_tint(VipsImage *in, const double rgb[3], VipsImage **out)
{
	return tf_with_colours(in, tint, (void *) rgb, out);
}

// --- tone ------------------------------------------------------------------------

static int
invert(VipsImage *in, void *options, VipsImage **out)
{
	return vips_invert(in, out, NULL);
}

int
tf_negate(VipsImage *in, int alpha, VipsImage **out)
{
	return alpha ? invert(in, NULL, out) : tf_with_colours(in, invert, NULL, out);
}

// percentile of lightness, a whole number from 0 to 100.
static int
percentile(VipsImage *lightness, int percent, int *found)
{
	double value;
	if (percent == 0 || percent == 100) {
		if (percent == 0 ? vips_min(lightness, &value, NULL) : vips_max(lightness, &value, NULL))
			return -1;
		*found = (int) value;
		return 0;
	}
	return vips_percent(lightness, percent, found, NULL);
}

static int
normalise(VipsImage *in, void *options, VipsImage **out)
{
	const int *bounds = options;
	int low, high;
	INTERMEDIATES(6);
	int failed = vips_colourspace(in, &t[0], VIPS_INTERPRETATION_LAB, NULL) ||
		vips_extract_band(t[0], &t[1], 0, NULL) ||
		vips_extract_band(t[0], &t[2], 1, "n", 2, NULL) ||
		percentile(t[1], bounds[0], &low) || percentile(t[1], bounds[1], &high);
	if (!failed && high - low <= 1) { // one lightness has no range
		g_object_ref(in);
		*out = in;
	}
	else if (!failed) {
		double factor = 100.0 / (high - low);
		failed = vips_linear1(t[1], &t[3], factor, -low * factor, NULL) ||
			vips_bandjoin2(t[3], t[2], &t[4], NULL) ||
			vips_colourspace(t[4], out, in->Type, NULL);
	}
	g_object_unref(base);
	return failed ? -1 : 0;
}

int
tf_normalise(VipsImage *in, int lower, int upper, VipsImage **out)
{
	int bounds[2] = { lower, upper };
	return tf_with_colours(in, normalise, bounds, out);
}

static int
power(VipsImage *in, void *exponent, VipsImage **out)
{
	return vips_gamma(in, out, "exponent", 1 / *(double *) exponent, NULL);
}

int
tf_power(VipsImage *in, double exponent, VipsImage **out)
{
	return tf_with_colours(in, power, &exponent, out);
}

static int
modulate(VipsImage *in, void *options, VipsImage **out)
{
	const tf_modulation *m = options;
	double a[3] = { m->brightness, m->saturation, 1 };
	double b[3] = { m->lightness, 0, m->hue };
	INTERMEDIATES(2);
	int failed = vips_colourspace(in, &t[0], VIPS_INTERPRETATION_LCH, NULL) ||
		vips_linear(t[0], &t[1], a, b, 3, NULL) ||
		vips_colourspace(t[1], out, in->Type, NULL);
	g_object_unref(base);
	return failed ? -1 : 0;
}

int
tf_modulate(VipsImage *in, const tf_modulation *m, VipsImage **out)
{
	return tf_with_colours(in, modulate, (void *) m, out);
}

// --- sums of channels ------------------------------------------------------------

typedef struct {
	const double *a, *b;
	int n;
} factors;

static int
linear(VipsImage *in, void *options, VipsImage **out)
{
	const factors *f = options;
	return vips_linear(in, out, f->a, f->b, f->n, "uchar", TRUE, NULL);
}

int
tf_linear(VipsImage *in, const double *a, const double *b, int n, VipsImage **out)
{
	factors f = { a, b, n };
	if (n == in->Bands)
		return linear(in, &f, out);
	return tf_with_colours(in, linear, &f, out);
}

int
tf_recomb(VipsImage *in, const double *matrix, int side, VipsImage **out)
{
	double whole[16] = { 0 };
	int bands = in->Bands;
	for (int i = 0; i < bands; i++)
		for (int j = 0; j < bands; j++)
			whole[i * bands + j] = i < side && j < side ? matrix[i * side + j] : i == j;
	INTERMEDIATES(3);
	t[0] = vips_image_new_matrix_from_array(bands, bands, whole, bands * bands);
	int failed = t[0] == NULL || vips_recomb(in, &t[1], t[0], NULL) || tf_to_bytes(t[1], in->Type, out);
	g_object_unref(base);
	return failed ? -1 : 0;
}

int
tf_threshold(VipsImage *in, int level, int per_channel, VipsImage **out)
{
	if (per_channel)
		return vips_moreeq_const1(in, out, level, NULL);
	INTERMEDIATES(1);
	int failed = tf_grey(in, &t[0]) ||
		vips_moreeq_const1(t[0], out, level, NULL);
	g_object_unref(base);
	return failed ? -1 : 0;
}
