//go:build ignore

// A colour quantiser for libvips: a palette of 2 to 256 RGBA colours and the index
// of each pixel in it. From published algorithms:
//   histogram, locally sorted search  P. Heckbert, Color Image Quantization for
//                                     Frame Buffer Display, 1982
//   variance-based splits             S. Wan, S. Wong, P. Prusinkiewicz, An Algorithm
//                                     for Multidimensional Data Clustering, 1988
//   k-means                           S. Lloyd, Least Squares Quantization in PCM, 1982
//   error diffusion                   R. Floyd, L. Steinberg, An Adaptive Algorithm for
//                                     Spatial Grey Scale, 1976
// No state outside the caller's objects: threads may each use their own.
#include "libimagequant.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_COLOURS = 256,
	MAX_BINS = 1 << 14,  // of the histogram
	TABLE = 2 * MAX_BINS,
	BUCKETS = 64,        // places where a box may be cut
	SOLID = 112,         // cells from here on, alpha 129, don't use the transparent entry
	POOL = 1 << 21,      // bytes of lists of the search
};

// A colour as a point: distance squared is the squared error over a black and a
// white background, on average. With d the difference of a premultiplied channel and
// e that of alpha, that is (d^2 + (d-e)^2)/2 = (d-e/2)^2 + e^2/4 for each of the
// three. All coordinates are within 0 to 255; of opaque colours they are R, G, B.
typedef float vec __attribute__((vector_size(16)));
typedef int32_t ivec __attribute__((vector_size(16)));

static const float alpha_scale = 0.8660254f; // sqrt(3)/2

struct liq_attr {
	int colours, minimum, maximum, speed;
};

struct liq_image {
	const uint8_t *pixels;
	size_t width, height;
	liq_palette fixed;
};

struct liq_result {
	liq_palette palette;
	float level; // of dithering
};

static vec point_of(const uint8_t *p) {
	float a = p[3], s = a / 255, middle = 127.5f - a / 2;
	return (vec){p[0] * s + middle, p[1] * s + middle, p[2] * s + middle, a * alpha_scale};
}

static uint8_t byte_of(float v) { return (uint8_t)(v <= 0 ? 0 : v >= 255 ? 255 : v + 0.5f); }

static liq_color colour_of(vec v) {
	float a = v[3] / alpha_scale, middle = 127.5f - a / 2, s = a > 0.5f ? 255 / a : 0;
	// What is all but opaque gets opaque: a mean must not let a background through.
	return (liq_color){byte_of((v[0] - middle) * s), byte_of((v[1] - middle) * s), byte_of((v[2] - middle) * s),
		a > 250 ? 255 : a < 1 ? 1 : byte_of(a)};
}

static vec splat(float v) { return (vec){v, v, v, v}; }

static vec larger(vec a, vec b) {
	ivec m = a > b;
	return (vec)((m & (ivec)a) | (~m & (ivec)b));
}

static vec clamp(vec v) { return -larger(-larger(v, splat(0)), splat(-255)); }

static float dot(vec a, vec b) {
	vec m = a * b;
	return (m[0] + m[2]) + (m[1] + m[3]);
}

struct total {
	double weight, sum[4];
};

static void add(struct total *t, vec v, double weight) {
	t->weight += weight;
	for (int c = 0; c < 4; c++)
		t->sum[c] += weight * v[c];
}

static void add_total(struct total *t, const struct total *other) {
	t->weight += other->weight;
	for (int c = 0; c < 4; c++)
		t->sum[c] += other->sum[c];
}

static vec mean_of(const struct total *t) {
	vec v;
	for (int c = 0; c < 4; c++)
		v[c] = (float)(t->sum[c] / t->weight);
	return v;
}

// --- histogram -------------------------------------------------------------------

struct bin {
	struct total total;
	uint32_t colour; // as in memory; without its low bits
};

struct histogram {
	uint32_t count, mask, clear; // clear: pixels that are fully transparent
	uint32_t table[TABLE];       // open addressing: 1 + the bin's number; 0 is free
	struct bin bins[MAX_BINS];
};

static struct bin *find_bin(struct histogram *h, uint32_t colour) {
	uint32_t i = (colour * 2654435761u) >> 17; // Knuth's multiplicative hash
	for (; h->table[i]; i = (i + 1) % TABLE)
		if (h->bins[h->table[i] - 1].colour == colour)
			return &h->bins[h->table[i] - 1];
	h->bins[h->count] = (struct bin){.colour = colour};
	h->table[i] = ++h->count;
	return &h->bins[h->count - 1];
}

// coarsen drops one more bit of each channel: memory and time stay bounded.
static void coarsen(struct histogram *h) {
	uint32_t n = h->count;
	h->mask = (h->mask << 1) & 0xfefefefe;
	h->count = 0;
	memset(h->table, 0, sizeof h->table);
	for (uint32_t i = 0; i < n; i++) { // in place: never more new bins than old ones
		struct bin old = h->bins[i];
		add_total(&find_bin(h, old.colour & h->mask)->total, &old.total);
	}
}

static void fill_histogram(struct histogram *h, const liq_image *image) {
	const uint8_t *p = image->pixels;
	h->mask = 0xffffffff;
	for (size_t n = image->width * image->height; n > 0; n--, p += 4) {
		uint32_t colour;
		memcpy(&colour, p, 4);
		if (p[3] == 0) {
			h->clear = 1;
			continue;
		}
		add(&find_bin(h, colour & h->mask)->total, point_of(p), 1);
		while (h->count == MAX_BINS)
			coarsen(h);
	}
}

// --- search ----------------------------------------------------------------------

// A finder knows, for each cell of space that was asked for, which entries can be the
// nearest of a point in it: those no farther than another entry surely is. A list is a
// byte, the count less one, and the numbers. Lists of small cells come from those of
// large ones. What is in a table and not above base is not made, or out of date.
struct finder {
	int count;
	bool has_clear; // the first entry is transparent
	vec at[MAX_COLOURS];
	uint32_t base, used;          // base: where in the pool the list of all entries is
	uint32_t large[8 * 8 * 8 * 8], small[32 * 32 * 32 * 32];
	uint8_t pool[POOL];
};

// reset_finder must follow a change of the entries. A new finder is all zero.
static void reset_finder(struct finder *f) {
	if (f->used + 3 * (MAX_COLOURS + 1) > POOL) { // forgetting is simpler than growing
		memset(f->large, 0, sizeof f->large);
		memset(f->small, 0, sizeof f->small);
		f->used = 0;
	}
	f->base = f->used;
	f->pool[f->used++] = (uint8_t)(f->count - 1);
	for (int i = 0; i < f->count; i++)
		f->pool[f->used++] = (uint8_t)i;
}

// narrow makes the list of the cell that x is in, from the list of what holds the cell.
static uint32_t narrow(struct finder *f, uint32_t from, vec x, int width) {
	vec low, high, zero = splat(0);
	for (int c = 0; c < 4; c++)
		low[c] = (float)((int)x[c] / width * width);
	high = low + splat((float)width);
	const uint8_t *old = f->pool + from;
	uint8_t *list = f->pool + f->used;
	float near[MAX_COLOURS], bound = INFINITY;
	for (int i = 0; i <= old[0]; i++) {
		vec below = low - f->at[old[i + 1]], above = f->at[old[i + 1]] - high;
		vec n = larger(larger(below, above), zero), far = larger(-below, -above);
		float farthest = dot(far, far);
		near[i] = dot(n, n);
		bool is_clear = f->has_clear && f->count > 1 && old[i + 1] == 0;
		if (is_clear && low[3] >= SOLID)
			near[i] = INFINITY;
		if (farthest < bound && !is_clear)
			bound = farthest;
	}
	uint32_t n = 0;
	for (int i = 0; i <= old[0]; i++)
		if (near[i] <= bound)
			list[++n] = old[i + 1];
	list[0] = (uint8_t)(n - 1);
	f->used += n + 1;
	return f->used - n - 1;
}

static const uint8_t *candidates(struct finder *f, vec x) {
	uint32_t r = (uint32_t)x[0], g = (uint32_t)x[1], b = (uint32_t)x[2], a = (uint32_t)x[3];
	uint32_t *small = &f->small[((a / 8 * 32 + r / 8) * 32 + g / 8) * 32 + b / 8];
	if (*small <= f->base) {
		if (f->used + 2 * (MAX_COLOURS + 1) > POOL)
			reset_finder(f);
		uint32_t *large = &f->large[((a / 32 * 8 + r / 32) * 8 + g / 32) * 8 + b / 32];
		if (*large <= f->base)
			*large = narrow(f, f->base, x, 32);
		*small = narrow(f, *large, x, 8);
	}
	return f->pool + *small;
}

// nearest returns the number of the entry nearest to x and its squared distance.
static int nearest(struct finder *f, vec x, float *distance) {
	const uint8_t *list = candidates(f, x), *end = list + list[0] + 2;
	int best = 0;
	float least = INFINITY;
	while (++list < end) {
		vec d = x - f->at[*list];
		float square = dot(d, d);
		best = square < least ? *list : best;
		least = square < least ? square : least;
	}
	*distance = least;
	return best;
}

// --- palette ---------------------------------------------------------------------

struct point {
	vec at;
	double weight;
};

struct box {
	struct point *points;
	size_t count;
	vec mean;
	double error, gain; // squared error of all its points; what the best cut saves
	int axis;           // of the cut, which is what the variance is largest along
	float cut;
};

// measure finds a box's mean, its error and its best cut.
static void measure(struct box *b) {
	struct total all = {0};
	vec low = splat(INFINITY), high = splat(-INFINITY);
	double squares[4] = {0};
	for (size_t n = 0; n < b->count; n++) {
		vec v = b->points[n].at;
		add(&all, v, b->points[n].weight);
		for (int c = 0; c < 4; c++)
			squares[c] += b->points[n].weight * v[c] * v[c];
		low = -larger(-low, -v);
		high = larger(high, v);
	}
	b->mean = mean_of(&all);
	b->error = b->gain = 0;
	b->axis = 0;
	for (int c = 0; c < 4; c++) {
		squares[c] -= all.sum[c] * all.sum[c] / all.weight;
		b->error += squares[c];
		if (squares[c] > squares[b->axis])
			b->axis = c;
	}
	float from = low[b->axis], width = high[b->axis] - from;
	if (!(width > 0))
		return;
	struct total buckets[BUCKETS] = {{0}}, left = {0};
	float scale = BUCKETS * 0.9999f / width;
	for (size_t n = 0; n < b->count; n++) {
		vec v = b->points[n].at;
		add(&buckets[(int)((v[b->axis] - from) * scale)], v, b->points[n].weight);
	}
	for (int k = 0; k < BUCKETS - 1; k++) {
		add_total(&left, &buckets[k]);
		double right = all.weight - left.weight, apart = 0; // of the two means, squared
		if (left.weight <= 0 || right <= 0)
			continue;
		for (int c = 0; c < 4; c++) {
			double d = left.sum[c] / left.weight - (all.sum[c] - left.sum[c]) / right;
			apart += d * d;
		}
		double gain = apart * left.weight * right / all.weight;
		if (gain > b->gain) {
			b->gain = gain;
			b->cut = from + (float)(k + 1) / scale;
		}
	}
}

// split moves what is beyond a box's cut into another box. It says whether it could.
static bool split(struct box *b, struct box *other) {
	size_t n = 0;
	for (size_t i = 0; i < b->count; i++)
		if (b->points[i].at[b->axis] < b->cut) {
			struct point p = b->points[i];
			b->points[i] = b->points[n];
			b->points[n++] = p;
		}
	if (n == 0 || n == b->count) { // by rounding
		b->gain = 0;
		return false;
	}
	*other = (struct box){.points = b->points + n, .count = b->count - n};
	b->count = n;
	measure(b);
	measure(other);
	return true;
}

// seed splits until there are enough colours, or until the error is small enough, and
// returns the number of colours.
static int seed(struct point *points, size_t n, int colours, double enough, vec *at) {
	struct box boxes[MAX_COLOURS] = {{.points = points, .count = n}};
	int count = 1;
	measure(boxes);
	double error = boxes[0].error;
	while (count < colours && error > enough) {
		struct box *b = boxes;
		for (int i = 1; i < count; i++)
			if (boxes[i].gain > b->gain)
				b = &boxes[i];
		if (b->gain <= 0)
			break;
		double before = b->error;
		if (split(b, &boxes[count])) {
			error += b->error + boxes[count].error - before;
			count++;
		}
	}
	for (int k = 0; k < count; k++)
		at[k] = boxes[k].mean;
	return count;
}

// refine is k-means; an entry that lost all its points goes to the worst one. It
// returns the squared error before the last round.
static double refine(struct finder *f, const struct point *points, size_t n, int rounds) {
	double before = INFINITY, error = INFINITY;
	while (rounds-- > 0) {
		struct total totals[MAX_COLOURS] = {{0}};
		double worst = 0;
		size_t worst_at = 0;
		reset_finder(f);
		error = 0;
		for (size_t i = 0; i < n; i++) {
			float distance;
			double w = points[i].weight;
			add(&totals[nearest(f, points[i].at, &distance)], points[i].at, w);
			error += w * distance;
			if (w * distance > worst) {
				worst = w * distance;
				worst_at = i;
			}
		}
		for (int k = 0; k < f->count; k++)
			if (totals[k].weight > 0)
				f->at[k] = mean_of(&totals[k]);
			else if (worst > 0) {
				f->at[k] = points[worst_at].at;
				worst = 0;
			}
		if (error > before * 0.999)
			break;
		before = error;
	}
	return error;
}

static int by_alpha(const void *a, const void *b) {
	const liq_color *x = a, *y = b;
	if (x->a != y->a)
		return x->a - y->a;
	int light = (2 * x->r + 5 * x->g + x->b) - (2 * y->r + 5 * y->g + y->b);
	return light ? light : memcmp(x, y, sizeof *x);
}

// order sorts a palette by alpha, which shortens PNG's tRNS and puts the transparent
// entry first, then by lightness, so that indices of alike colours are alike, and
// drops what is there twice.
static void order(liq_palette *p) {
	unsigned n = 0;
	qsort(p->entries, p->count, sizeof p->entries[0], by_alpha);
	for (unsigned i = 0; i < p->count; i++)
		if (n == 0 || memcmp(&p->entries[n - 1], &p->entries[i], sizeof p->entries[0]))
			p->entries[n++] = p->entries[i];
	p->count = n;
}

// error_at is the mean squared error per channel that a quality stands for: about what
// libimagequant's scale gives on photos, so that the same setting gives as many colours.
static double error_at(int quality) { return (100 - quality) * (0.4 + 0.002 * (100 - quality)); }

// make_palette fills the palette for a histogram.
static liq_error make_palette(struct histogram *h, const liq_attr *attr, liq_palette *palette) {
	int colours = attr->colours - (int)h->clear;
	if (h->clear)
		palette->entries[palette->count++] = (liq_color){0, 0, 0, 0};
	if (h->count == 0)
		return LIQ_OK;
	if (h->mask == 0xffffffff && h->count <= (uint32_t)colours) { // all fit: lossless
		for (uint32_t i = 0; i < h->count; i++)
			memcpy(&palette->entries[palette->count++], &h->bins[i].colour, 4);
		return LIQ_OK;
	}
	struct point *points = malloc(h->count * sizeof *points);
	struct finder *f = calloc(1, sizeof *f);
	liq_error status = LIQ_OUT_OF_MEMORY;
	if (points && f) {
		double weight = 0, error;
		for (uint32_t i = 0; i < h->count; i++) {
			const struct bin *b = &h->bins[i];
			weight += b->total.weight;
			points[i] = (struct point){mean_of(&b->total), b->total.weight};
		}
		f->has_clear = false;
		f->count = seed(points, h->count, colours, 3 * weight * error_at(attr->maximum), f->at);
		error = refine(f, points, h->count, 10 / attr->speed);
		for (int i = 0; i < f->count; i++)
			palette->entries[palette->count++] = colour_of(f->at[i]);
		status = attr->minimum > 0 && error > 3 * weight * error_at(attr->minimum) ? LIQ_QUALITY_TOO_LOW : LIQ_OK;
	}
	free(points);
	free(f);
	return status;
}

// --- interface -------------------------------------------------------------------

liq_attr *liq_attr_create(void) {
	liq_attr *attr = malloc(sizeof *attr);
	if (attr)
		*attr = (liq_attr){.colours = MAX_COLOURS, .minimum = 0, .maximum = 100, .speed = 4};
	return attr;
}

void liq_attr_destroy(liq_attr *attr) { free(attr); }

liq_error liq_set_max_colors(liq_attr *attr, int colors) {
	if (!attr)
		return LIQ_INVALID_POINTER;
	if (colors < 2 || colors > MAX_COLOURS)
		return LIQ_VALUE_OUT_OF_RANGE;
	attr->colours = colors;
	return LIQ_OK;
}

liq_error liq_set_quality(liq_attr *attr, int minimum, int maximum) {
	if (!attr)
		return LIQ_INVALID_POINTER;
	if (minimum < 0 || minimum > maximum || maximum > 100)
		return LIQ_VALUE_OUT_OF_RANGE;
	attr->minimum = minimum;
	attr->maximum = maximum;
	return LIQ_OK;
}

liq_error liq_set_speed(liq_attr *attr, int speed) {
	if (!attr)
		return LIQ_INVALID_POINTER;
	if (speed < 1 || speed > 10)
		return LIQ_VALUE_OUT_OF_RANGE;
	attr->speed = speed;
	return LIQ_OK;
}

liq_image *liq_image_create_rgba(const liq_attr *attr, const void *pixels, int width, int height, double gamma) {
	(void)gamma;
	if (!attr || !pixels || width < 1 || height < 1 || (size_t)width > SIZE_MAX / 4 / (size_t)height)
		return NULL;
	liq_image *image = calloc(1, sizeof *image);
	if (image) {
		image->pixels = pixels;
		image->width = (size_t)width;
		image->height = (size_t)height;
	}
	return image;
}

void liq_image_destroy(liq_image *image) { free(image); }

liq_error liq_image_add_fixed_color(liq_image *image, liq_color color) {
	if (!image)
		return LIQ_INVALID_POINTER;
	if (image->fixed.count == MAX_COLOURS)
		return LIQ_UNSUPPORTED;
	if (color.a == 0)
		color = (liq_color){0, 0, 0, 0};
	image->fixed.entries[image->fixed.count++] = color;
	return LIQ_OK;
}

liq_error liq_image_quantize(liq_image *image, liq_attr *attr, liq_result **result) {
	if (!image || !attr || !result)
		return LIQ_INVALID_POINTER;
	*result = NULL;
	liq_result *r = calloc(1, sizeof *r);
	if (!r)
		return LIQ_OUT_OF_MEMORY;
	liq_error status = LIQ_OK;
	if (image->fixed.count > 0) {
		r->palette = image->fixed;
	} else {
		struct histogram *h = calloc(1, sizeof *h);
		status = LIQ_OUT_OF_MEMORY;
		if (h) {
			fill_histogram(h, image);
			status = make_palette(h, attr, &r->palette);
		}
		free(h);
	}
	order(&r->palette);
	r->level = 1;
	if (status != LIQ_OK)
		free(r);
	else
		*result = r;
	return status;
}

liq_error liq_set_dithering_level(liq_result *result, float level) {
	if (!result)
		return LIQ_INVALID_POINTER;
	if (!(level >= 0 && level <= 1))
		return LIQ_VALUE_OUT_OF_RANGE;
	result->level = level;
	return LIQ_OK;
}

const liq_palette *liq_get_palette(liq_result *result) { return result ? &result->palette : NULL; }

// strength of full dithering: diffusing all of the error costs twice the noise of this
// for what the eye, which takes the mean of some pixels, hardly tells.
static const float strength = 0.75f;

// remap_row finds the indices of a row, from left to right or back. Of the two rows
// of errors, the second is for the row below; each has a spare place at both ends.
static void remap_row(struct finder *f, const uint8_t *pixels, uint8_t *indices, ptrdiff_t width, bool back, float level, vec *here, vec *below) {
	ptrdiff_t step = back ? -1 : 1;
	for (ptrdiff_t n = 0, x = back ? width - 1 : 0; n < width; n++, x += step) {
		if (pixels[4 * x + 3] == 0 && f->has_clear) { // errors end here
			indices[x] = 0;
			continue;
		}
		vec want = clamp(point_of(pixels + 4 * x) + here[x + 1]);
		float distance;
		int i = nearest(f, want, &distance);
		indices[x] = (uint8_t)i;
		vec error = (want - f->at[i]) * splat(level * strength / 16);
		here[x + 1 + step] += error * splat(7);
		below[x + 1 - step] += error * splat(3);
		below[x + 1] += error * splat(5);
		below[x + 1 + step] += error;
	}
}

liq_error liq_write_remapped_image(liq_result *result, liq_image *image, void *buffer, size_t size) {
	if (!result || !image || !buffer)
		return LIQ_INVALID_POINTER;
	if (size < image->width * image->height)
		return LIQ_BUFFER_TOO_SMALL;
	size_t row = image->width + 2;
	struct finder *f = calloc(1, sizeof *f);
	vec *rows = calloc(2 * row, sizeof *rows);
	liq_error status = f && rows ? LIQ_OK : LIQ_OUT_OF_MEMORY;
	if (status == LIQ_OK) {
		f->count = (int)result->palette.count;
		f->has_clear = result->palette.entries[0].a == 0;
		for (int i = 0; i < f->count; i++)
			f->at[i] = point_of(&result->palette.entries[i].r);
		reset_finder(f);
		for (size_t y = 0; y < image->height; y++) {
			vec *here = rows + (y & 1) * row, *below = rows + (~y & 1) * row;
			memset(below, 0, row * sizeof *below);
			remap_row(f, image->pixels + 4 * y * image->width, (uint8_t *)buffer + y * image->width,
				(ptrdiff_t)image->width, y & 1, result->level, here, below);
		}
	}
	free(rows);
	free(f);
	return status;
}

void liq_result_destroy(liq_result *result) { free(result); }
