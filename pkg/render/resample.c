// Resampling as the rows come out of a decoder, in linear light: the picture is
// never held whole, and a row costs a few multiplications for each pixel.
//
// libvips does the same in several passes over float pictures of the full size,
// which took 50 ms where this takes 10 (a 12 MP JPEG decoded at half its size).
#include "native.h"

#include <math.h>
#include <string.h>

// Two versions of what is called most, where x86-64 leaves AVX2 to the processor.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define FAST __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define FAST
#endif

// --- transfer functions ------------------------------------------------------------

// decode_srgb and encode_srgb are the transfer function of IEC 61966-2-1.
static float
decode_srgb(float v)
{
	return v <= 0.04045f ? v / 12.92f : powf((v + 0.055f) / 1.055f, 2.4f);
}

static float
encode_srgb(float v)
{
	return v <= 0.0031308f ? v * 12.92f : 1.055f * powf(v, 1 / 2.4f) - 0.055f;
}

typedef float (*transfer)(float v);

static float
same(float v)
{
	return v;
}

// levels of a sample by its value, made once for each depth and space.
static const float *
decoding(VipsBandFormat format, gboolean linear)
{
	static float *tables[2][2];
	float **table = &tables[format == VIPS_FORMAT_USHORT][linear ? 1 : 0];
	if (g_once_init_enter(table)) {
		int top = format == VIPS_FORMAT_USHORT ? 65535 : 255;
		transfer f = linear ? decode_srgb : same;
		float *made = g_new(float, top + 1);
		for (int i = 0; i <= top; i++)
			made[i] = f((float) i / (float) top);
		g_once_init_leave(table, made);
	}
	return *table;
}

// encoding gives the 8-bit sRGB value for 65536 levels of light. Where the next
// value begins is computed for 256 of them, not looked up for each level.
static const guint8 *
encoding(void)
{
	static guint8 *table;
	if (g_once_init_enter(&table)) {
		guint8 *made = g_new(guint8, 65536);
		int level = 0;
		for (int value = 0; value < 256; value++) {
			int next = value == 255 ? 65536 : (int) ceilf(decode_srgb(((float) value + 0.5f) / 255) * 65535);
			for (; level < next; level++)
				made[level] = (guint8) value;
		}
		g_once_init_leave(&table, made);
	}
	return table;
}

// --- kernels -------------------------------------------------------------------------

static double
sinc(double x)
{
	return x == 0 ? 1 : sin(G_PI * x) / (G_PI * x);
}

// cubic is the family of Mitchell and Netravali, "Reconstruction filters in
// computer graphics" (1988).
static double
cubic(double x, double b, double c)
{
	if (x < 1)
		return ((12 - 9 * b - 6 * c) * x * x * x + (-18 + 12 * b + 6 * c) * x * x + 6 - 2 * b) / 6;
	if (x < 2)
		return ((-b - 6 * c) * x * x * x + (6 * b + 30 * c) * x * x + (-12 * b - 48 * c) * x + 8 * b + 24 * c) / 6;
	return 0;
}

static double
reach(VipsKernel kernel)
{
	return kernel == VIPS_KERNEL_LANCZOS3 ? 3 : 2;
}

static double
weight(VipsKernel kernel, double x)
{
	x = fabs(x);
	if (x >= reach(kernel))
		return 0;
	switch (kernel) {
	case VIPS_KERNEL_LANCZOS2:
		return sinc(x) * sinc(x / 2);
	case VIPS_KERNEL_MITCHELL:
		return cubic(x, 1.0 / 3, 1.0 / 3);
	case VIPS_KERNEL_CUBIC: // Catmull-Rom
		return cubic(x, 0, 0.5);
	default:
		return sinc(x) * sinc(x / 3);
	}
}

// taps are the samples of one axis that each sample of the target is made of.
typedef struct {
	int n;			// at most, for each target
	int *first;		// sample, by target
	int *count;		// of samples, by target
	float *weights; // n by target; they add up to 1
} taps;

static void
free_taps(taps *t)
{
	g_free(t->first);
	g_free(t->count);
	g_free(t->weights);
}

// make_taps for an axis that has size samples and gets so many targets. What lies outside the picture is left out, so that its edge
// weighs more: no border is made up.
static taps
make_taps(int size, int targets, VipsKernel kernel)
{
	double scale = (double) size / targets;
	double wide = MAX(scale, 1);
	double radius = reach(kernel) * wide;
	taps t = { .n = (int) ceil(2 * radius) + 2 };
	t.first = g_new(int, targets);
	t.count = g_new(int, targets);
	t.weights = g_new(float, (gsize) targets * t.n);
	for (int i = 0; i < targets; i++) {
		double centre = (i + 0.5) * scale - 0.5;
		int first = MAX(0, (int) ceil(centre - radius));
		int last = MIN(size - 1, (int) floor(centre + radius));
		float *w = t.weights + (gsize) i * t.n;
		double sum = 0;
		for (int j = first; j <= last; j++) {
			double v = weight(kernel, (j - centre) / wide);
			w[j - first] = (float) v;
			sum += v;
		}
		for (int j = first; j <= last; j++)
			w[j - first] = (float) (w[j - first] / sum);
		t.first[i] = first;
		t.count[i] = last - first + 1;
	}
	return t;
}

// --- rows ------------------------------------------------------------------------------

// Pixels of a row while it is worked on: four floats each, colours multiplied by
// alpha, or one float where the picture is grey without alpha.
typedef float pixel __attribute__((vector_size(16)));

typedef struct {
	VipsImage *in;
	int lanes;			 // floats for each pixel: 4 or 1
	int alpha;			 // has it
	gboolean linear;
	const float *levels; // of samples
	float alpha_top;
} rows;

// read_pixels decodes count pixels from the given one on.
#define READ_PIXELS(TYPE) \
	{ \
		const TYPE *p = (const TYPE *) line + (gsize) from * bands; \
		if (bands == 3) \
			for (int i = 0; i < count; i++, p += 3, to += 4) { \
				to[0] = levels[p[0]]; \
				to[1] = levels[p[1]]; \
				to[2] = levels[p[2]]; \
				to[3] = 1; \
			} \
		else if (bands == 1) \
			for (int i = 0; i < count; i++) \
				to[i] = levels[p[i]]; \
		else \
			for (int i = 0; i < count; i++, p += bands, to += 4) { \
				float a = (float) p[bands - 1] * (1 / r->alpha_top); \
				to[0] = levels[p[0]] * a; \
				to[1] = levels[p[bands == 4 ? 1 : 0]] * a; \
				to[2] = levels[p[bands == 4 ? 2 : 0]] * a; \
				to[3] = a; \
			} \
	}

static void
read_pixels(const rows *r, const VipsPel *line, int from, int count, float *to)
{
	int bands = r->in->Bands;
	const float *levels = r->levels;
	if (r->in->BandFmt == VIPS_FORMAT_USHORT)
		READ_PIXELS(guint16)
	else
		READ_PIXELS(guint8)
}

FAST static void
add_scaled(float *restrict sum, const float *restrict row, float w, int n)
{
	for (int i = 0; i < n; i++)
		sum[i] += w * row[i];
}

FAST static void
set_scaled(float *restrict sum, const float *restrict row, float w, int n)
{
	for (int i = 0; i < n; i++)
		sum[i] = w * row[i];
}

// across resamples a finished row along its width.
FAST static void
across(const float *row, const taps *t, int lanes, int targets, float *to)
{
	for (int x = 0; x < targets; x++) {
		const float *w = t->weights + (gsize) x * t->n;
		int count = t->count[x];
		if (lanes == 4) {
			const pixel *p = (const pixel *) row + t->first[x];
			pixel sum = { 0 };
			for (int i = 0; i < count; i++)
				sum += p[i] * w[i];
			((pixel *) to)[x] = sum;
		}
		else {
			const float *p = row + t->first[x];
			float sum = 0;
			for (int i = 0; i < count; i++)
				sum += p[i] * w[i];
			to[x] = sum;
		}
	}
}

static float
within(float v)
{
	return v > 0 ? (v < 1 ? v : 1) : 0;
}

// write_pixels encodes a resampled row; deep is for what a colour profile is still
// to be applied to.
static void
write_pixels(const rows *r, const float *row, int targets, gboolean deep, VipsPel *line)
{
	const guint8 *light = encoding();
	int bands = r->in->Bands;
	int colours = bands - r->alpha;
	for (int x = 0; x < targets; x++, row += r->lanes)
		for (int band = 0; band < bands; band++) {
			float v = row[band];
			if (r->alpha) {
				float a = row[3];
				v = band == colours ? a : a > 0 ? v / a : 0;
			}
			v = within(v);
			gboolean is_light = r->linear && band < colours;
			if (deep)
				((guint16 *) line)[(gsize) x * bands + band] = (guint16) ((is_light ? encode_srgb(v) : v) * 65535 + 0.5f);
			else
				line[(gsize) x * bands + band] = is_light ? light[(int) (v * 65535 + 0.5f)] : (VipsPel) (v * 255 + 0.5f);
		}
}

// --- the whole ---------------------------------------------------------------------------

enum { BLOCK = 256 }; // pixels that are worked on at a time, to stay in the first cache
enum { STRIP = 16 };  // rows that are asked of the decoder at a time

// most_at_once is how many targets some sample counts for.
static int
most_at_once(const taps *t, int targets)
{
	int most = 1;
	for (int i = 0, done = 0; i < targets; i++) {
		while (t->first[done] + t->count[done] <= t->first[i])
			done++;
		most = MAX(most, i - done + 1);
	}
	return most;
}

static int
resample(const rows *r, const taps *x, const taps *y, const int *stop, VipsImage *out)
{
	VipsImage *in = r->in;
	gboolean deep = out->BandFmt == VIPS_FORMAT_USHORT;
	int columns = in->Xsize;
	// The targets under way have a row of sums each.
	int ring = most_at_once(y, out->Ysize);
	gsize stride = (gsize) columns * r->lanes;
	float *sums = g_new(float, stride * ring);
	float *block = g_new(float, BLOCK * 4);
	float *row = g_new(float, (gsize) out->Xsize * 4);
	VipsRegion *region = vips_region_new(in);
	int done = 0, begun = 0; // targets
	int failed = 0;
	// To the last row, also where no target needs it: a file that is cut off must
	// not go unnoticed.
	for (int top = 0; top < in->Ysize && !failed; top += STRIP) {
		VipsRect strip = { 0, top, columns, MIN(STRIP, in->Ysize - top) };
		if (__atomic_load_n(stop, __ATOMIC_RELAXED) || vips_region_prepare(region, &strip)) {
			failed = -1;
			break;
		}
		for (int j = top; j < top + strip.height; j++) {
			const VipsPel *line = VIPS_REGION_ADDR(region, 0, j);
			while (begun < out->Ysize && y->first[begun] <= j)
				begun++;
			for (int from = 0; from < columns && done < begun; from += BLOCK) {
				int count = MIN(BLOCK, columns - from);
				read_pixels(r, line, from, count, block);
				for (int i = done; i < begun; i++) {
					float *sum = sums + (i % ring) * stride + (gsize) from * r->lanes;
					float w = y->weights[(gsize) i * y->n + j - y->first[i]];
					if (j == y->first[i])
						set_scaled(sum, block, w, count * r->lanes);
					else
						add_scaled(sum, block, w, count * r->lanes);
				}
			}
			for (; done < begun && y->first[done] + y->count[done] == j + 1; done++) {
				across(sums + (done % ring) * stride, x, r->lanes, out->Xsize, row);
				write_pixels(r, row, out->Xsize, deep, VIPS_IMAGE_ADDR(out, 0, done));
			}
		}
	}
	g_object_unref(region);
	g_free(row);
	g_free(block);
	g_free(sums);
	return failed;
}

// plain gives samples that the tables know: 8 or 16 bits of grey or RGB, with or
// without alpha.
static int
plain(VipsImage *in, VipsImage **out)
{
	gboolean known = (in->BandFmt == VIPS_FORMAT_UCHAR || in->BandFmt == VIPS_FORMAT_USHORT) && in->Bands <= 4;
	switch (in->Type) {
	case VIPS_INTERPRETATION_B_W:
	case VIPS_INTERPRETATION_GREY16:
		known = known && in->Bands <= 2;
		break;
	case VIPS_INTERPRETATION_sRGB:
	case VIPS_INTERPRETATION_RGB:
	case VIPS_INTERPRETATION_RGB16:
		known = known && in->Bands >= 3;
		break;
	default:
		known = FALSE;
	}
	if (!known)
		return tf_srgb(in, out);
	g_object_ref(in);
	*out = in;
	return 0;
}

// copy_meta copies what the next steps need. A picture that vips_image_pipelinev made
// would go on pointing at its source.
static void
copy_meta(VipsImage *from, VipsImage *to)
{
	const char *names[] = { VIPS_META_ORIENTATION, VIPS_META_ICC_NAME };
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		GValue value = G_VALUE_INIT;
		if (vips_image_get_typeof(from, names[i]) && !vips_image_get(from, names[i], &value)) {
			vips_image_set(to, names[i], &value);
			g_value_unset(&value);
		}
	}
}

int
tf_shrink(VipsImage *in, int width, int height, VipsKernel kernel, int linear, const int *stop, VipsImage **out)
{
	VipsImage *source;
	if (plain(in, &source))
		return -1;
	// A colour profile is applied to what comes out: 16 bits lose nothing before that.
	gboolean deep = vips_image_get_typeof(source, VIPS_META_ICC_NAME) != 0;
	VipsInterpretation grey = deep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W;
	VipsInterpretation colour = deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
	VipsImage *made = vips_image_new_memory();
	vips_image_init_fields(made, width, height, source->Bands, deep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR,
		VIPS_CODING_NONE, source->Bands <= 2 ? grey : colour, 1, 1);
	copy_meta(source, made);
	rows r = {
		.in = source,
		.alpha = vips_image_hasalpha(source),
		.lanes = source->Bands == 1 ? 1 : 4,
		.linear = linear,
		.levels = decoding(source->BandFmt, linear),
		.alpha_top = source->BandFmt == VIPS_FORMAT_USHORT ? 65535 : 255,
	};
	taps x = make_taps(source->Xsize, width, kernel);
	taps y = make_taps(source->Ysize, height, kernel);
	int failed = vips_image_write_prepare(made) || resample(&r, &x, &y, stop, made);
	free_taps(&x);
	free_taps(&y);
	g_object_unref(source);
	if (failed) {
		g_object_unref(made);
		return -1;
	}
	*out = made;
	return 0;
}
