// Edits of channels.
#include "edits.h"
#include "srgb.h"

// luminance is the grey of a colour, by light: the weights of ITU-R BT.709. (libvips
// 8.14 has 0.2, 0.7 and 0.1.)
static VipsPel
luminance(const float *light, const VipsPel *p)
{
	float y = 0.2126f * light[p[0]] + 0.7152f * light[p[1]] + 0.0722f * light[p[2]];
	return (VipsPel) (tf_srgb_encode(y) * 255 + 0.5f);
}

int
tf_grey(VipsImage *in, VipsImage **out)
{
	if (in->Bands < 3) {
		g_object_ref(in);
		*out = in;
		return 0;
	}
	VipsImage *pixels = vips_image_copy_memory(in);
	if (pixels == NULL)
		return -1;
	float light[256];
	for (int i = 0; i < 256; i++)
		light[i] = tf_srgb_decode((float) i / 255);
	int bands = in->Bands - 2;
	VipsImage *made = vips_image_new_memory();
	vips_image_init_fields(made, in->Xsize, in->Ysize, bands, VIPS_FORMAT_UCHAR, VIPS_CODING_NONE,
		VIPS_INTERPRETATION_B_W, 1, 1);
	if (vips_image_write_prepare(made)) {
		g_object_unref(pixels);
		g_object_unref(made);
		return -1;
	}
	for (int y = 0; y < in->Ysize; y++) {
		const VipsPel *p = VIPS_IMAGE_ADDR(pixels, 0, y);
		VipsPel *to = VIPS_IMAGE_ADDR(made, 0, y);
		for (int x = 0; x < in->Xsize; x++, p += in->Bands, to += bands) {
			to[0] = luminance(light, p);
			if (bands == 2)
				to[1] = p[3];
		}
	}
	g_object_unref(pixels);
	*out = made;
	return 0;
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
	return vips_bandjoin_const1(in, out, (int) (alpha * 255), NULL);
}

int
tf_unflatten(VipsImage *in, VipsImage **out)
{
	INTERMEDIATES(5);
	int failed = tf_remove_alpha(in, &t[0]) ||
		tf_grey(t[0], &t[1]) ||
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
