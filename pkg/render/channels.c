// Edits of channels.
#include "edits.h"

int
tf_grey(VipsImage *in, VipsImage **out)
{
	return vips_colourspace(in, out, VIPS_INTERPRETATION_B_W, NULL);
}

int
tf_remove_alpha(VipsImage *in, VipsImage **out)
{
	return vips_extract_band(in, out, 0, "n", in->Bands - (vips_image_hasalpha(in) ? 1 : 0), NULL);
}

int
tf_ensure_alpha(VipsImage *in, double alpha, VipsImage **out)
{
	if (vips_image_hasalpha(in))
		return vips_copy(in, out, NULL);
	return vips_bandjoin_const1(in, out, (int) (alpha * 255 + 0.5), NULL);
}

int
tf_unflatten(VipsImage *in, VipsImage **out)
{
	VipsImage *base = vips_image_new();
	VipsImage **t = (VipsImage **) vips_object_local_array(VIPS_OBJECT(base), 5);
	int failed = tf_remove_alpha(in, &t[0]) ||
		vips_colourspace(t[0], &t[1], VIPS_INTERPRETATION_B_W, NULL) ||
		vips_less_const1(t[1], &t[2], 255, NULL);
	if (!failed && vips_image_hasalpha(in))
		failed = vips_extract_band(in, &t[3], in->Bands - 1, NULL) ||
			vips_andimage(t[2], t[3], &t[4], NULL);
	failed = failed || vips_bandjoin2(t[0], t[4] ? t[4] : t[2], out, NULL);
	g_object_unref(base);
	return failed ? -1 : 0;
}

// one_band gives a picture of one band the interpretation of grey.
static int
one_band(VipsImage *in, VipsImage **out)
{
	return vips_copy(in, out, "interpretation", VIPS_INTERPRETATION_B_W, NULL);
}

int
tf_extract_channel(VipsImage *in, int band, VipsImage **out)
{
	VipsImage *channel;
	if (vips_extract_band(in, &channel, band, NULL))
		return -1;
	int failed = one_band(channel, out);
	g_object_unref(channel);
	return failed ? -1 : 0;
}

int
tf_bandbool(VipsImage *in, VipsOperationBoolean operator, VipsImage **out)
{
	VipsImage *combined;
	if (vips_bandbool(in, &combined, operator, NULL))
		return -1;
	int failed = one_band(combined, out);
	g_object_unref(combined);
	return failed ? -1 : 0;
}
