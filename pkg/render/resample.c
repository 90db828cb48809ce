// Resampling as the rows come out of a decoder, in linear light: the picture is
// never held whole, and a row costs a few multiplications for each pixel.
//
// libvips does the same in several passes over float pictures of the full size,
// which took 50 ms where this takes 10 (a 12 MP JPEG decoded at half its size).
#include "fast.h"
#include "rows.h"
#include "srgb.h"

#include <math.h>
#include <string.h>

// --- transfer functions ------------------------------------------------------------

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
		transfer f = linear ? tf_srgb_decode : same;
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
			int next = value == 255 ? 65536 : (int) ceilf(tf_srgb_decode(((float) value + 0.5f) / 255) * 65535);
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
	return kernel == VIPS_KERNEL_LANCZOS3 ? 3 : kernel == VIPS_KERNEL_LINEAR ? 1 : 2;
}

static double
weight(VipsKernel kernel, double x)
{
	x = fabs(x);
	if (x >= reach(kernel))
		return 0;
	switch (kernel) {
	case VIPS_KERNEL_LINEAR:
		return 1 - x;
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

enum { SHADES = 512 }; // of a kernel, for each of the samples that it reaches over

// weights of a kernel by the distance in SHADES of a sample, made once: sines would
// take as long as resampling a small picture.
static const float *
weights(VipsKernel kernel)
{
	static float *tables[VIPS_KERNEL_LAST];
	float **table = &tables[kernel];
	if (g_once_init_enter(table)) {
		int n = (int) reach(kernel) * SHADES;
		float *made = g_new(float, n + 2);
		for (int i = 0; i < n + 2; i++)
			made[i] = (float) weight(kernel, (double) i / SHADES);
		g_once_init_leave(table, made);
	}
	return *table;
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

// make_taps for an axis of size samples, the last of which may be a part of one, that is
// scaled to so many; made are those targets from the given one on. What lies outside the picture is left out, so that
// its edge weighs more: no border is made up.
static taps
make_taps(double size, int scaled, int from, int targets, VipsKernel kernel)
{
	double scale = size / scaled;
	double wide = MAX(scale, 1);
	double radius = reach(kernel) * wide;
	const float *shades = weights(kernel);
	taps t = { .n = (int) ceil(2 * radius) + 2 };
	t.first = g_new(int, targets);
	t.count = g_new(int, targets);
	t.weights = g_new(float, (gsize) targets * t.n);
	for (int i = 0; i < targets; i++) {
		double centre = (from + i + 0.5) * scale - 0.5;
		int first = MAX(0, (int) ceil(centre - radius));
		int last = MIN((int) ceil(size) - 1, (int) floor(centre + radius));
		float *w = t.weights + (gsize) i * t.n;
		double sum = 0;
		for (int j = first; j <= last; j++) {
			double at = MIN(fabs(j - centre) / wide, reach(kernel)) * SHADES;
			int shade = (int) at;
			w[j - first] = shades[shade] + (float) (at - shade) * (shades[shade + 1] - shades[shade]);
			sum += w[j - first];
		}
		for (int j = first; j <= last; j++)
			w[j - first] = (float) (w[j - first] / sum);
		t.first[i] = first;
		t.count[i] = last - first + 1;
	}
	return t;
}

// --- rows ------------------------------------------------------------------------------

// Pixels of a row while it is worked on: floats, colours multiplied by alpha. Alpha
// makes four of grey too, so that there are three layouts: 1, 3 and 4.
typedef float pixel __attribute__((vector_size(16)));
typedef float loose_pixel __attribute__((vector_size(16), aligned(4)));

static int
lanes_of(const tf_rows *r)
{
	return r->alpha ? 4 : r->bands;
}

// read_pixels decodes count pixels from the given one on.
#define READ_PIXELS(TYPE, TOP) \
	{ \
		const TYPE *p = (const TYPE *) line + (gsize) from * bands; \
		if (!r->alpha) \
			for (int i = 0; i < count * bands; i++) \
				to[i] = levels[p[i]]; \
		else \
			for (int i = 0; i < count; i++, p += bands, to += 4) { \
				float a = (float) p[bands - 1] * (1.0f / TOP); \
				to[0] = levels[p[0]] * a; \
				to[1] = levels[p[bands == 4 ? 1 : 0]] * a; \
				to[2] = levels[p[bands == 4 ? 2 : 0]] * a; \
				to[3] = a; \
			} \
	}

static void
read_pixels(const tf_rows *r, gboolean linear, const VipsPel *line, int from, int count, float *to)
{
	int bands = r->bands;
	const float *levels = decoding(r->format, linear);
	if (r->format == VIPS_FORMAT_USHORT)
		READ_PIXELS(guint16, 65535)
	else
		READ_PIXELS(guint8, 255)
}

// read_halved decodes a row without alpha and adds pairs of pixels to a row of half as
// many, weighed; the last pixel may stand for two.
#define READ_HALVED(TYPE, BANDS) \
	{ \
		const TYPE *p = (const TYPE *) line; \
		for (int i = 0; i < r->width / 2; i++, p += 2 * BANDS, to += BANDS) \
			for (int c = 0; c < BANDS; c++) { \
				float v = (levels[p[c]] + levels[p[c + BANDS]]) * weight; \
				to[c] = first ? v : to[c] + v; \
			} \
		if (r->width % 2) \
			for (int c = 0; c < BANDS; c++) { \
				float v = 2 * levels[p[c]] * weight; \
				to[c] = first ? v : to[c] + v; \
			} \
	}

static void
read_halved(const tf_rows *r, gboolean linear, const VipsPel *line, float weight, gboolean first, float *restrict to)
{
	const float *levels = decoding(r->format, linear);
	if (r->format == VIPS_FORMAT_USHORT && r->bands == 3)
		READ_HALVED(guint16, 3)
	else if (r->format == VIPS_FORMAT_USHORT)
		READ_HALVED(guint16, 1)
	else if (r->bands == 3)
		READ_HALVED(guint8, 3)
	else
		READ_HALVED(guint8, 1)
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

// across resamples a finished row along its width. Three lanes are read as four, the
// last of which is the next pixel's and of no use.
FAST static void
across(const float *row, const taps *t, int lanes, int targets, float *to)
{
	for (int x = 0; x < targets; x++) {
		const float *w = t->weights + (gsize) x * t->n;
		const float *p = row + (gsize) t->first[x] * lanes;
		int count = t->count[x];
		if (lanes == 1) {
			float sum = 0;
			for (int i = 0; i < count; i++)
				sum += p[i] * w[i];
			to[x] = sum;
		}
		else {
			pixel even = { 0 }, odd = { 0 }; // of two sums neither waits for the other
			int i = 0;
			for (; i + 1 < count; i += 2) {
				even += *(const loose_pixel *) (p + (gsize) i * lanes) * w[i];
				odd += *(const loose_pixel *) (p + (gsize) (i + 1) * lanes) * w[i + 1];
			}
			if (i < count)
				even += *(const loose_pixel *) (p + (gsize) i * lanes) * w[i];
			((pixel *) to)[x] = even + odd;
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
write_pixels(const tf_rows *r, const float *row, gboolean linear, int targets, gboolean deep, VipsPel *line)
{
	const guint8 *light = encoding();
	int bands = r->bands;
	int colours = bands - r->alpha;
	int step = lanes_of(r) == 1 ? 1 : 4;
	if (linear && !deep && !r->alpha) { // as most are
		for (int x = 0; x < targets; x++, row += step, line += bands)
			for (int band = 0; band < bands; band++)
				line[band] = light[(int) (within(row[band]) * 65535 + 0.5f)];
		return;
	}
	for (int x = 0; x < targets; x++, row += step)
		for (int band = 0; band < bands; band++) {
			float v = row[band];
			if (r->alpha) {
				float a = row[3];
				v = band == colours ? a : a > 0 ? v / a : 0;
			}
			v = within(v);
			gboolean is_light = linear && band < colours;
			if (deep)
				((guint16 *) line)[(gsize) x * bands + band] = (guint16) ((is_light ? tf_srgb_encode(v) : v) * 65535 + 0.5f);
			else
				line[(gsize) x * bands + band] = is_light ? light[(int) (v * 65535 + 0.5f)] : (VipsPel) (v * 255 + 0.5f);
		}
}

// --- targets -----------------------------------------------------------------------------

enum { BLOCK = 256 }; // pixels that are worked on at a time, to stay in the first cache

// work is a target while its rows are summed up.
typedef struct {
	tf_target *target;
	int level;			// that it is made of
	taps x, y;
	int ring;			// targets that are under way at once, at most
	int done, begun;	// targets
	gsize stride;		// floats of a row of sums
	float *sums;		// a row for each that is under way
	float *row;			// resampled
} work;

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

enum { LEVELS = 8 };

// level_of is how often the source is halved for a target. At least so many times its size
// is left to the kernel: a card of a 12 MP photo scores 72.3 with 2.8, and 72.4 without
// halving, which takes an eighth more of the whole render.
static const double left = 2.8;

static int
level_of(const tf_rows *r, const tf_target *target)
{
	double reduction = MIN((double) r->width / target->width, (double) r->height / target->height);
	int level = 0;
	for (; level < LEVELS - 1 && reduction >= 2 * left; reduction /= 2)
		level++;
	return level;
}

// size_of a side of a level: a rest at its end is a part of a pixel.
static double
size_of(int side, int level)
{
	return (double) side / (1 << level);
}

static void
begin_work(work *w, tf_target *target, const tf_rows *r)
{
	int lanes = lanes_of(r);
	w->target = target;
	w->level = level_of(r, target);
	w->x = make_taps(size_of(r->width, w->level), target->width, target->left, target->columns, target->kernel);
	w->y = make_taps(size_of(r->height, w->level), target->height, target->top, target->lines, target->kernel);
	w->ring = most_at_once(&w->y, target->lines);
	w->stride = (gsize) ceil(size_of(r->width, w->level)) * lanes;
	w->sums = g_new(float, w->stride * w->ring + 1); // one more: see across
	w->row = g_new(float, (gsize) target->columns * 4);
}

static void
end_work(work *w)
{
	free_taps(&w->x);
	free_taps(&w->y);
	g_free(w->sums);
	g_free(w->row);
}

// add_block adds pixels of row j of its level to the targets that they count for.
static void
add_block(work *w, const float *block, int lanes, int from, int count, int j)
{
	int last = w->target->columns - 1;
	int to = MIN(from + count, w->x.first[last] + w->x.count[last]);
	int skipped = MAX(0, w->x.first[0] - from);
	count = to - from - skipped;
	if (count <= 0)
		return;
	for (int i = w->done; i < w->begun; i++) {
		float *sum = w->sums + (i % w->ring) * w->stride + (gsize) (from + skipped) * lanes;
		float weight = w->y.weights[(gsize) i * w->y.n + j - w->y.first[i]];
		if (j == w->y.first[i])
			set_scaled(sum, block + (gsize) skipped * lanes, weight, count * lanes);
		else
			add_scaled(sum, block + (gsize) skipped * lanes, weight, count * lanes);
	}
}

// --- levels ------------------------------------------------------------------------------

// pyramid is the source in one space, halved again and again by averages of four
// pixels: a target that is much smaller is made of a smaller level, for a fraction of
// the work, and a source that many targets share is read once for all.
typedef struct {
	const tf_rows *rows;
	int lanes;
	gboolean linear;
	work **works; // of this space
	int n;
	int deepest;		 // level that a work is made of, -1 where there is no work
	float *half[LEVELS]; // row of the level while its two rows above are added up
	float *block;
} pyramid;

static void
begin_pyramid(pyramid *p, const tf_rows *r, gboolean linear, work *works, int n)
{
	*p = (pyramid) { .rows = r, .lanes = lanes_of(r), .linear = linear, .works = g_new(work *, n), .deepest = -1, .block = g_new(float, BLOCK * 4) };
	for (int i = 0; i < n; i++)
		if (!works[i].target->linear == !linear) {
			p->works[p->n++] = &works[i];
			p->deepest = MAX(p->deepest, works[i].level);
		}
	for (int level = 1; level <= p->deepest; level++)
		p->half[level] = g_new(float, (gsize) ceil(size_of(r->width, level)) * p->lanes + 1);
}

static void
end_pyramid(pyramid *p)
{
	for (int level = 1; level <= p->deepest; level++)
		g_free(p->half[level]);
	g_free(p->works);
	g_free(p->block);
}

// begin_row brings the works of a level to row j; it reports whether one needs it.
static gboolean
begin_row(pyramid *p, int level, int j)
{
	gboolean needed = FALSE;
	for (int i = 0; i < p->n; i++) {
		work *w = p->works[i];
		if (w->level != level)
			continue;
		while (w->begun < w->target->lines && w->y.first[w->begun] <= j)
			w->begun++;
		needed = needed || w->done < w->begun;
	}
	return needed;
}

static void
add_to_works(pyramid *p, int level, const float *block, int from, int count, int j)
{
	for (int i = 0; i < p->n; i++)
		if (p->works[i]->level == level)
			add_block(p->works[i], block, p->lanes, from, count, j);
}

// end_row writes the targets that row j of a level completed.
static void
end_row(pyramid *p, int level, int j)
{
	for (int i = 0; i < p->n; i++) {
		work *w = p->works[i];
		if (w->level != level)
			continue;
		for (; w->done < w->begun && w->y.first[w->done] + w->y.count[w->done] == j + 1; w->done++) {
			VipsImage *out = w->target->out;
			across(w->sums + (w->done % w->ring) * w->stride, &w->x, p->lanes, out->Xsize, w->row);
			write_pixels(p->rows, w->row, p->linear, out->Xsize, out->BandFmt == VIPS_FORMAT_USHORT, VIPS_IMAGE_ADDR(out, 0, w->done));
		}
	}
}

// add_halved adds pairs of pixels to a row of half as many, weighed; count is even but
// at the end of a row, where the last pixel stands for two.
FAST static void
add_halved(const float *restrict from, int count, int lanes, float weight, gboolean first, float *restrict to)
{
	int n = count / 2 * lanes;
	for (int i = 0; i < n; i += lanes)
		for (int c = 0; c < lanes; c++) {
			float v = (from[2 * i + c] + from[2 * i + lanes + c]) * weight;
			to[i + c] = first ? v : to[i + c] + v;
		}
	if (count % 2)
		for (int c = 0; c < lanes; c++) {
			float v = 2 * from[2 * n + c] * weight;
			to[n + c] = first ? v : to[n + c] + v;
		}
}

// weight_of row j of a level in the average of four pixels; the last row may stand for
// two.
static float
weight_of(const pyramid *p, int level, int j)
{
	return j % 2 == 0 && j + 1 >= size_of(p->rows->height, level) ? 0.5f : 0.25f;
}

// halve adds row j of a level, or a block of it, to the level below.
static void
halve(pyramid *p, int level, const float *block, int from, int count, int j)
{
	add_halved(block, count, p->lanes, weight_of(p, level, j), j % 2 == 0, p->half[level + 1] + (gsize) from / 2 * p->lanes);
}

// is_pair_complete reports whether row j of a level completes one of the level below.
static gboolean
is_pair_complete(const pyramid *p, int level, int j)
{
	return level < p->deepest && (j % 2 == 1 || j + 1 >= size_of(p->rows->height, level));
}

// add_level adds row j of a level below the source.
static void
add_level(pyramid *p, int level, int j)
{
	int width = (int) ceil(size_of(p->rows->width, level));
	if (begin_row(p, level, j))
		for (int from = 0; from < width; from += BLOCK)
			add_to_works(p, level, p->half[level] + (gsize) from * p->lanes, from, MIN(BLOCK, width - from), j);
	if (level < p->deepest)
		halve(p, level, p->half[level], 0, width, j);
	end_row(p, level, j);
	if (is_pair_complete(p, level, j))
		add_level(p, level + 1, j / 2);
}

// add_blocks adds row j of the source, block by block.
static void
add_blocks(pyramid *p, gboolean needed, const VipsPel *line, int j)
{
	for (int from = 0; from < p->rows->width; from += BLOCK) {
		int count = MIN(BLOCK, p->rows->width - from);
		read_pixels(p->rows, p->linear, line, from, count, p->block);
		if (needed)
			add_to_works(p, 0, p->block, from, count, j);
		if (p->deepest > 0)
			halve(p, 0, p->block, from, count, j);
	}
}

// add_row adds row j of the source.
static void
add_row(pyramid *p, const VipsPel *line, int j)
{
	gboolean needed = begin_row(p, 0, j);
	if (!needed && p->deepest < 1)
		return;
	if (!needed && !p->rows->alpha)
		read_halved(p->rows, p->linear, line, weight_of(p, 0, j), j % 2 == 0, p->half[1]);
	else
		add_blocks(p, needed, line, j);
	end_row(p, 0, j);
	if (is_pair_complete(p, 0, j))
		add_level(p, 1, j / 2);
}

// --- the whole ---------------------------------------------------------------------------

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

// make_picture in memory. A colour profile is applied to what comes out: 16 bits lose
// nothing before that.
static VipsImage *
make_picture(int width, int height, int bands, VipsImage *meta)
{
	gboolean deep = vips_image_get_typeof(meta, VIPS_META_ICC_NAME) != 0;
	VipsInterpretation grey = deep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W;
	VipsInterpretation colour = deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
	VipsImage *made = vips_image_new_memory();
	vips_image_init_fields(made, width, height, bands, deep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR,
		VIPS_CODING_NONE, bands <= 2 ? grey : colour, 1, 1);
	copy_meta(meta, made);
	return made;
}

int
tf_resample(tf_rows *r, VipsImage *meta, tf_target *targets, int n)
{
	int failed = 0;
	work *works = g_new0(work, n);
	for (int i = 0; i < n; i++) {
		targets[i].out = make_picture(targets[i].columns, targets[i].lines, r->bands, meta);
		failed = vips_image_write_prepare(targets[i].out) || failed;
		begin_work(&works[i], &targets[i], r);
	}
	pyramid spaces[2];
	for (int linear = 0; linear < 2; linear++)
		begin_pyramid(&spaces[linear], r, linear, works, n);
	// To the last row, also where no target needs it: a file that is cut off must
	// not go unnoticed.
	for (int j = 0; j < r->height && !failed; j++) {
		const VipsPel *line = r->next(r);
		if (line == NULL) {
			failed = -1;
			break;
		}
		for (int linear = 0; linear < 2; linear++)
			add_row(&spaces[linear], line, j);
	}
	for (int linear = 0; linear < 2; linear++)
		end_pyramid(&spaces[linear]);
	for (int i = 0; i < n; i++) {
		end_work(&works[i]);
		if (failed) {
			g_object_unref(targets[i].out);
			targets[i].out = NULL;
		}
	}
	g_free(works);
	return failed ? -1 : 0;
}

// --- what libvips decodes ----------------------------------------------------------------

enum { STRIP = 16 }; // rows that are asked of a decoder at a time

typedef struct {
	tf_rows rows;
	VipsRegion *region;
	int next;
	const int *stop;
} region_rows;

static const VipsPel *
next_of_region(tf_rows *rows)
{
	region_rows *r = (region_rows *) rows;
	if (r->next % STRIP == 0) {
		VipsRect strip = { 0, r->next, rows->width, MIN(STRIP, rows->height - r->next) };
		if (__atomic_load_n(r->stop, __ATOMIC_RELAXED) || vips_region_prepare(r->region, &strip))
			return NULL;
	}
	return VIPS_REGION_ADDR(r->region, 0, r->next++);
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

int
tf_shrink(VipsImage *in, tf_target *targets, int n, const int *stop)
{
	VipsImage *source;
	if (plain(in, &source))
		return -1;
	region_rows r = {
		.rows = { source->Xsize, source->Ysize, source->Bands, vips_image_hasalpha(source), source->BandFmt, next_of_region },
		.region = vips_region_new(source),
		.stop = stop,
	};
	int failed = tf_resample(&r.rows, source, targets, n);
	g_object_unref(r.region);
	g_object_unref(source);
	return failed;
}
