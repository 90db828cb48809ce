// A second picture on the first.
#include "edits.h"

int
tf_compose(VipsImage *in, VipsImage *overlay, int left, int top, VipsBlendMode mode, VipsImage **out)
{
	INTERMEDIATES(3);
	int failed = tf_to_rgb(in, &t[0]) || tf_to_rgb(overlay, &t[1]) ||
		vips_composite2(t[0], t[1], &t[2], mode, "x", left, "y", top,
			"compositing_space", VIPS_INTERPRETATION_sRGB, NULL) ||
		tf_to_bytes(t[2], VIPS_INTERPRETATION_sRGB, out);
	g_object_unref(base);
	return failed ? -1 : 0;
}

int
tf_fade(VipsImage *in, double factor, VipsImage **out)
{
	INTERMEDIATES(2);
	double a[4] = { 1, 1, 1, factor }, b[4] = { 0, 0, 0, 0.5 };
	int failed = tf_to_rgb(in, &t[0]) || tf_ensure_alpha(t[0], 1, &t[1]) ||
		vips_linear(t[1], out, a, b, 4, "uchar", TRUE, NULL);
	g_object_unref(base);
	return failed ? -1 : 0;
}

int
tf_tile(VipsImage *in, int left, int top, int width, int height, VipsImage **out)
{
	// The first tile that reaches the corner is as far to the left and above it.
	int x = ((-left) % in->Xsize + in->Xsize) % in->Xsize;
	int y = ((-top) % in->Ysize + in->Ysize) % in->Ysize;
	int across = (x + width + in->Xsize - 1) / in->Xsize;
	int down = (y + height + in->Ysize - 1) / in->Ysize;
	VipsImage *tiles;
	if (vips_replicate(in, &tiles, across, down, NULL))
		return -1;
	int failed = vips_extract_area(tiles, out, x, y, width, height, NULL);
	g_object_unref(tiles);
	return failed ? -1 : 0;
}

int
tf_boolean(VipsImage *in, VipsImage *other, VipsOperationBoolean operator, VipsImage **out)
{
	INTERMEDIATES(4);
	// With as many bands, of which no one is made up: alpha stays that of in.
	int failed = tf_to_rgb(in, &t[0]) || tf_to_rgb(other, &t[1]);
	if (!failed && vips_image_hasalpha(t[0]))
		failed = tf_ensure_alpha(t[1], 1, &t[2]);
	else if (!failed)
		failed = tf_remove_alpha(t[1], &t[2]);
	failed = failed || vips_boolean(t[0], t[2], out, operator, NULL);
	g_object_unref(base);
	return failed ? -1 : 0;
}
