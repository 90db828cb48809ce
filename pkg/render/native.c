#include "native.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

static void
say_nothing(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data)
{
}

void
tf_init(void)
{
#ifdef __GLIBC__
	// Each arena keeps what it once had, and a render uses few threads: of a 12 MP JPEG
	// at 800x600, 49 MB are resident with one arena and 95 with two.
	mallopt(M_ARENA_MAX, 1);
#endif
	vips_block_untrusted_set(TRUE);
	// What matters comes back as an error; the rest would fill the log.
	g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG,
		say_nothing, NULL);
}

static int
load(void *buf, size_t len, enum tf_loader loader, double shrink, VipsImage **out)
{
	switch (loader) {
	case TF_JPEG:
		// Damage to the entropy-coded data is a mere warning to libjpeg.
		return vips_jpegload_buffer(buf, len, out,
			"access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_WARNING,
			"shrink", (int) shrink, NULL);
	case TF_PNG:
		return vips_pngload_buffer(buf, len, out,
			"access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
	case TF_WEBP:
		return vips_webpload_buffer(buf, len, out,
			"access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR,
			"scale", 1.0 / shrink, NULL);
	case TF_GIF:
		return vips_gifload_buffer(buf, len, out,
			"access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
	case TF_TIFF:
		return vips_tiffload_buffer(buf, len, out,
			"access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
	case TF_HEIF:
		return vips_heifload_buffer(buf, len, out,
			"access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
	}
	return -1;
}

// unpack gives an 8-bit L*a*b* TIFF three numbers a pixel: libvips packs them into
// 32 bits, which what resizes takes for four colours.
static int
unpack(VipsImage **image)
{
	if ((*image)->Coding != VIPS_CODING_LABQ)
		return 0;
	VipsImage *packed = *image;
	int failed = vips_LabQ2LabS(packed, image, NULL);
	g_object_unref(packed);
	return failed ? -1 : 0;
}

int
tf_open(void *buf, size_t len, enum tf_loader loader, double shrink, VipsImage **out)
{
	if (load(buf, len, loader, shrink, out))
		return -1;
	// Nothing of these is kept, and the less of a stranger's data is carried
	// along, the better.
	vips_image_remove(*out, VIPS_META_EXIF_NAME);
	vips_image_remove(*out, VIPS_META_XMP_NAME);
	vips_image_remove(*out, VIPS_META_IPTC_NAME);
	// heifload of libvips 8.14 frees the profile with the loader while pictures
	// made of it still point there: it needs a copy of its own.
	const void *profile;
	size_t length;
	if (vips_image_get_typeof(*out, VIPS_META_ICC_NAME) &&
		!vips_image_get_blob(*out, VIPS_META_ICC_NAME, &profile, &length))
		vips_image_set_blob_copy(*out, VIPS_META_ICC_NAME, profile, length);
	return unpack(out);
}

int
tf_open_all(void *buf, size_t len, enum tf_loader loader, VipsImage **out)
{
	if (loader == TF_GIF)
		return vips_gifload_buffer(buf, len, out,
			"access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, "n", -1, NULL);
	return vips_webpload_buffer(buf, len, out,
		"access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, "n", -1, NULL);
}

int
tf_join(VipsImage *source, VipsImage **frames, int n, VipsImage **out)
{
	VipsImage *joined;
	if (vips_arrayjoin(frames, &joined, n, "across", 1, NULL))
		return -1;
	// A picture of its own: what arrayjoin gives may be one of the frames.
	int failed = vips_copy(joined, out, NULL);
	g_object_unref(joined);
	if (failed)
		return -1;
	vips_image_set_int(*out, VIPS_META_PAGE_HEIGHT, frames[0]->Ysize);
	int *delays, count, loop;
	if (vips_image_get_typeof(source, "delay") && !vips_image_get_array_int(source, "delay", &delays, &count))
		vips_image_set_array_int(*out, "delay", delays, count);
	if (vips_image_get_typeof(source, "loop") && !vips_image_get_int(source, "loop", &loop))
		vips_image_set_int(*out, "loop", loop);
	return 0;
}

static int
is_set(VipsImage *in, const char *name)
{
	int value = 0;
	return vips_image_get_typeof(in, name) == G_TYPE_INT && !vips_image_get_int(in, name, &value) && value;
}

void
tf_read_header(VipsImage *in, enum tf_loader loader, tf_header *header)
{
	header->width = in->Xsize;
	header->height = in->Ysize;
	// vips_image_get_n_pages takes 10,000 and more for a mistake, and says 1.
	header->frames = 1;
	if (vips_image_get_typeof(in, VIPS_META_N_PAGES))
		vips_image_get_int(in, VIPS_META_N_PAGES, &header->frames);
	header->orientation = vips_image_get_orientation(in);
	header->has_alpha = vips_image_hasalpha(in);
	header->sample_bytes = VIPS_IMAGE_SIZEOF_ELEMENT(in);
	header->bands = in->Bands;
	header->interlaced = is_set(in, "interlaced") || is_set(in, "jpeg-multiscan");
	header->has_profile = vips_image_get_typeof(in, VIPS_META_ICC_NAME) != 0;
	// A HEIF is turned by its irot and imir properties, which libheif has
	// applied; its EXIF orientation only informs (ISO/IEC 23008-12, 6.5.10).
	if (loader == TF_HEIF)
		header->orientation = 1;
}

static void
stop_if_asked(VipsImage *image, VipsProgress *progress, const int *stop)
{
	if (__atomic_load_n(stop, __ATOMIC_RELAXED))
		vips_image_set_kill(image, TRUE);
}

void
tf_watch(VipsImage *in, const int *stop)
{
	vips_image_set_progress(in, TRUE);
	g_signal_connect(in, "eval", G_CALLBACK(stop_if_asked), (gpointer) stop);
}

int
tf_has_memory(size_t bytes)
{
	void *memory = g_try_malloc(bytes);
	g_free(memory);
	return memory != NULL;
}

int
tf_materialise(VipsImage *in, VipsImage **out)
{
	VipsImage *memory = vips_image_copy_memory(in);
	if (memory == NULL)
		return -1;
	*out = memory;
	return 0;
}

int
tf_with_premultiplied(VipsImage *in, tf_operation f, void *options, VipsImage **out)
{
	if (!vips_image_hasalpha(in))
		return f(in, options, out);
	INTERMEDIATES(3);
	int failed = vips_premultiply(in, &t[0], NULL) || f(t[0], options, &t[1]) ||
		vips_unpremultiply(t[1], &t[2], NULL) || vips_cast(t[2], out, in->BandFmt, NULL);
	g_object_unref(base);
	return failed ? -1 : 0;
}

typedef struct {
	int width, height;
	VipsKernel kernel;
} resize_options;

static int
resize(VipsImage *in, void *options, VipsImage **out)
{
	resize_options *o = options;
	VipsImage *resized;
	if (vips_resize(in, &resized, (double) o->width / in->Xsize,
		"vscale", (double) o->height / in->Ysize, "kernel", o->kernel, NULL))
		return -1;
	// A product like 3 * (10.0 / 3) may round away from the size asked for.
	int failed = vips_embed(resized, out, 0, 0, o->width, o->height, "extend", VIPS_EXTEND_COPY, NULL);
	g_object_unref(resized);
	return failed ? -1 : 0;
}

int
tf_resize(VipsImage *in, int width, int height, VipsKernel kernel, VipsImage **out)
{
	resize_options o = { width, height, kernel };
	return tf_with_premultiplied(in, resize, &o, out);
}

int
tf_upright(VipsImage *in, VipsImage **out)
{
	return vips_autorot(in, out, NULL);
}

// lab_to_srgb reads L*a*b* under D50, as TIFF has it (TIFF Technical Note 4), and as
// the profile connection space is; vips_colourspace takes it for D65, which turns
// blues by 20 levels of 255.
static int
lab_to_srgb(VipsImage *in, VipsImage **out)
{
	VipsImage *lab;
	if (vips_colourspace(in, &lab, VIPS_INTERPRETATION_LAB, NULL))
		return -1;
	int failed = vips_icc_export(lab, out, "pcs", VIPS_PCS_LAB, "output_profile", "srgb",
		"intent", VIPS_INTENT_RELATIVE, "depth", 8, NULL);
	g_object_unref(lab);
	return failed ? -1 : 0;
}

static int
to_srgb(VipsImage *in, VipsImage **out)
{
	if (in->Type == VIPS_INTERPRETATION_LAB || in->Type == VIPS_INTERPRETATION_LABS)
		return lab_to_srgb(in, out);
	gboolean cmyk = in->Type == VIPS_INTERPRETATION_CMYK;
	if (vips_image_get_typeof(in, VIPS_META_ICC_NAME) || cmyk) {
		if (!vips_icc_transform(in, out, "srgb", "embedded", TRUE, "input_profile", cmyk ? "cmyk" : "srgb",
			"intent", VIPS_INTENT_PERCEPTUAL, "depth", 8, NULL))
			return 0;
		// A profile that can't be used is no profile.
		vips_error_clear();
	}
	gboolean grey = in->Type == VIPS_INTERPRETATION_B_W || in->Type == VIPS_INTERPRETATION_GREY16;
	gboolean alpha = vips_image_hasalpha(in);
	return vips_colourspace(in, out,
		grey && !alpha ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, NULL);
}

// A conversion by profile leaves 16-bit alpha at 16 bits beside 8-bit colours: it
// goes its own way.
static int
deep_alpha_to_srgb(VipsImage *in, VipsImage **out)
{
	INTERMEDIATES(5);
	int failed = vips_extract_band(in, &t[0], 0, "n", in->Bands - 1, NULL) ||
		to_srgb(t[0], &t[1]) ||
		vips_colourspace(t[1], &t[2], VIPS_INTERPRETATION_sRGB, NULL) ||
		vips_extract_band(in, &t[3], in->Bands - 1, NULL) ||
		vips_linear1(t[3], &t[4], 1.0 / 257, 0.5, "uchar", TRUE, NULL) ||
		vips_bandjoin2(t[2], t[4], out, NULL);
	g_object_unref(base);
	return failed ? -1 : 0;
}

// tf_srgb gives 8-bit sRGB in 3 or 4 bands, or grey in 1.
int
tf_srgb(VipsImage *in, VipsImage **out)
{
	if (in->BandFmt == VIPS_FORMAT_UCHAR && !vips_image_get_typeof(in, VIPS_META_ICC_NAME) &&
		(in->Type == VIPS_INTERPRETATION_sRGB || (in->Type == VIPS_INTERPRETATION_B_W && in->Bands == 1))) {
		g_object_ref(in); // it is, and stays in memory if it was there
		*out = in;
		return 0;
	}
	if (in->BandFmt == VIPS_FORMAT_USHORT && vips_image_hasalpha(in))
		return deep_alpha_to_srgb(in, out);
	VipsImage *converted;
	if (to_srgb(in, &converted))
		return -1;
	int failed = vips_cast(converted, out, VIPS_FORMAT_UCHAR, NULL);
	g_object_unref(converted);
	return failed ? -1 : 0;
}

int
tf_drop_opaque_alpha(VipsImage *in, VipsImage **out)
{
	if (vips_image_hasalpha(in)) {
		VipsImage *alpha;
		double lowest;
		if (vips_extract_band(in, &alpha, in->Bands - 1, NULL))
			return -1;
		int failed = vips_min(alpha, &lowest, NULL);
		g_object_unref(alpha);
		if (failed)
			return -1;
		if (lowest == 255)
			return vips_extract_band(in, out, 0, "n", in->Bands - 1, NULL);
	}
	g_object_ref(in);
	*out = in;
	return 0;
}

int
tf_extract(VipsImage *in, int left, int top, int width, int height, VipsImage **out)
{
	return vips_extract_area(in, out, left, top, width, height, NULL);
}

int
tf_smartcrop(VipsImage *in, int width, int height, VipsInteresting interesting, VipsImage **out)
{
	return vips_smartcrop(in, out, width, height, "interesting", interesting, NULL);
}

int
tf_embed(VipsImage *in, int left, int top, int width, int height, const double rgba[4], VipsImage **out)
{
	INTERMEDIATES(2);
	VipsArrayDouble *background = NULL;
	int failed = vips_colourspace(in, &t[0], VIPS_INTERPRETATION_sRGB, NULL);
	if (!failed && rgba[3] < 255 && !vips_image_hasalpha(t[0])) {
		failed = vips_addalpha(t[0], &t[1], NULL);
		in = t[1];
	}
	else
		in = t[0];
	if (!failed) {
		background = vips_array_double_new(rgba, in->Bands);
		failed = vips_embed(in, out, left, top, width, height,
			"extend", VIPS_EXTEND_BACKGROUND, "background", background, NULL);
		vips_area_unref(VIPS_AREA(background));
	}
	g_object_unref(base);
	return failed ? -1 : 0;
}

int
tf_flatten(VipsImage *in, const double rgb[3], VipsImage **out)
{
	VipsArrayDouble *background = vips_array_double_new(rgb, in->Bands < 3 ? 1 : 3);
	int failed = vips_flatten(in, out, "background", background, NULL);
	vips_area_unref(VIPS_AREA(background));
	return failed ? -1 : 0;
}

int
tf_mosaic(VipsImage **pieces, int n, int across, VipsImage **out)
{
	VipsImage *joined;
	if (vips_arrayjoin(pieces, &joined, n, "across", across, NULL))
		return -1;
	int failed = tf_materialise(joined, out);
	g_object_unref(joined);
	return failed;
}

// tf_opaque_rgb lays what is transparent on a middle grey, where neither light nor dark
// hides its edge.
int
tf_opaque_rgb(VipsImage *in, VipsImage **out)
{
	static const double grey[3] = { 128, 128, 128 };
	INTERMEDIATES(3);
	int failed = tf_srgb(in, &t[0]) || vips_colourspace(t[0], &t[1], VIPS_INTERPRETATION_sRGB, NULL);
	if (!failed && vips_image_hasalpha(t[1]))
		failed = tf_flatten(t[1], grey, &t[2]) || tf_materialise(t[2], out);
	else if (!failed)
		failed = tf_materialise(t[1], out);
	g_object_unref(base);
	return failed ? -1 : 0;
}
