// The encoders of libvips.
#include "native.h"

int
tf_webp(VipsImage *in, const tf_webp_options *o, void **buf, size_t *len)
{
	return vips_webpsave_buffer(in, buf, len, "Q", o->quality, "effort", o->effort, "lossless", o->lossless,
		"near_lossless", o->near_lossless, "alpha_q", o->alpha_quality, "smart_subsample", o->smart_subsample,
		"strip", TRUE, NULL);
}

int
tf_gif(VipsImage *in, const tf_gif_options *o, void **buf, size_t *len)
{
	return vips_gifsave_buffer(in, buf, len, "effort", o->effort, "bitdepth", o->depth, "dither", o->dither, NULL);
}

int
tf_png(VipsImage *in, const tf_png_options *o, void **buf, size_t *len)
{
	if (!o->palette)
		return vips_pngsave_buffer(in, buf, len, "compression", o->compression, "interlace", o->interlaced,
			"filter", VIPS_FOREIGN_PNG_FILTER_ALL, "strip", TRUE, NULL);
	return vips_pngsave_buffer(in, buf, len, "palette", TRUE, "Q", o->quality, "bitdepth", o->depth,
		"effort", o->effort, "compression", o->compression, "interlace", o->interlaced, "dither", o->dither,
		"strip", TRUE, NULL);
}

static void *
remove_field(VipsImage *in, const char *name, GValue *value, void *data)
{
	// Collected first: what is walked over must not change.
	g_ptr_array_add(data, g_strdup(name));
	return NULL;
}

// bare is the picture without metadata but for the orientation, for encoders that are
// not told to strip.
static int
bare(VipsImage *in, int orientation, VipsImage **out)
{
	if (vips_copy(in, out, NULL))
		return -1;
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	vips_image_map(*out, remove_field, names);
	for (guint i = 0; i < names->len; i++)
		vips_image_remove(*out, g_ptr_array_index(names, i));
	g_ptr_array_free(names, TRUE);
	if (orientation > 0)
		vips_image_set_int(*out, VIPS_META_ORIENTATION, orientation);
	return 0;
}

int
tf_avif(VipsImage *in, const tf_avif_options *o, void **buf, size_t *len)
{
	VipsImage *plain;
	if (bare(in, o->orientation, &plain))
		return -1;
	int failed = vips_heifsave_buffer(plain, buf, len, "compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1,
		"Q", o->quality, "effort", o->effort, "lossless", o->lossless,
		"subsample_mode", o->full_chroma ? VIPS_FOREIGN_SUBSAMPLE_OFF : VIPS_FOREIGN_SUBSAMPLE_AUTO,
		"strip", o->orientation == 0, NULL);
	g_object_unref(plain);
	return failed ? -1 : 0;
}

int
tf_tiff(VipsImage *in, VipsForeignTiffCompression compression, int quality, int orientation, void **buf, size_t *len)
{
	VipsImage *plain;
	if (bare(in, orientation, &plain))
		return -1;
	int failed = vips_tiffsave_buffer(plain, buf, len, "compression", compression, "Q", quality,
		"predictor", VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL, "strip", orientation == 0, NULL);
	g_object_unref(plain);
	return failed ? -1 : 0;
}

void
tf_set_times(VipsImage *in, const int *delays, int n, int loop)
{
	if (n > 0)
		vips_image_set_array_int(in, "delay", delays, n);
	if (loop >= 0)
		vips_image_set_int(in, "loop", loop);
}
