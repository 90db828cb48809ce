//go:build ignore

// The tests of quantise.c; quantise_test.go compiles and runs them.
#include "libimagequant.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *name; // of the running test
static int failures;

static void check(int ok, const char *what) {
	if (ok)
		return;
	failures++;
	printf("%s: %s\n", name, what);
}

// All allocations come here (ld's --wrap); one of them can be made to fail.
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);

static int until_failure = -1;

void *__wrap_malloc(size_t size) { return until_failure-- == 0 ? NULL : __real_malloc(size); }

void *__wrap_calloc(size_t n, size_t size) { return until_failure-- == 0 ? NULL : __real_calloc(n, size); }

static uint32_t state = 1;

static uint32_t noise(void) { return (state = state * 1664525 + 1013904223) >> 8; }

struct output {
	liq_palette palette;
	uint8_t *indices, *pixels; // pixels: RGBA of the indices
	double error;              // mean squared, of premultiplied colour, per channel
};

static int premultiplied(const uint8_t *p, int c) { return c < 3 ? p[c] * p[3] / 255 : p[3]; }

// run quantises as libvips' GIF writer does: to fixed colours, which a second image gets.
static struct output run(const uint8_t *pixels, int width, int height, int colours, int quality, float dither) {
	struct output o = {0};
	size_t n = (size_t)width * (size_t)height;
	liq_attr *attr = liq_attr_create();
	check(!liq_set_max_colors(attr, colours) && !liq_set_quality(attr, 0, quality) && !liq_set_speed(attr, 4), "settings are refused");
	liq_image *image = liq_image_create_rgba(attr, pixels, width, height, 0);
	liq_image *fixed = liq_image_create_rgba(attr, (uint8_t[4]){0}, 1, 1, 0);
	liq_result *first = NULL, *result = NULL;
	check(!liq_image_quantize(image, attr, &first), "quantising fails");
	o.palette = *liq_get_palette(first);
	for (unsigned i = 0; i < o.palette.count; i++)
		check(!liq_image_add_fixed_color(fixed, o.palette.entries[i]), "a fixed colour is refused");
	check(!liq_image_quantize(fixed, attr, &result), "quantising to fixed colours fails");
	check(!memcmp(&o.palette, liq_get_palette(result), sizeof o.palette.count + 4 * o.palette.count), "fixed colours change");
	check(o.palette.count >= 1 && (int)o.palette.count <= colours, "the number of colours is wrong");
	check(!liq_set_dithering_level(result, dither), "a dithering level is refused");
	o.indices = malloc(n);
	o.pixels = malloc(4 * n);
	check(!liq_write_remapped_image(result, image, o.indices, n), "remapping fails");
	check(liq_write_remapped_image(result, image, o.indices, n - 1) == LIQ_BUFFER_TOO_SMALL, "a buffer that is too small passes");
	for (size_t i = 0; i < n; i++) {
		check(o.indices[i] < o.palette.count, "an index is beyond the palette");
		memcpy(o.pixels + 4 * i, &o.palette.entries[o.indices[i]], 4);
		for (int c = 0; c < 4; c++) {
			double d = premultiplied(pixels + 4 * i, c) - premultiplied(o.pixels + 4 * i, c);
			o.error += d * d / (4 * (double)n);
		}
		check((pixels[4 * i + 3] == 0) == (o.pixels[4 * i + 3] == 0) || (pixels[4 * i + 3] > 0 && pixels[4 * i + 3] <= 130),
			"transparent pixels don't stay so, or solid ones get so");
	}
	for (unsigned i = 1; i < o.palette.count; i++)
		check(o.palette.entries[i].a > 0, "a transparent entry is not the first");
	liq_result_destroy(first);
	liq_result_destroy(result);
	liq_image_destroy(image);
	liq_image_destroy(fixed);
	liq_attr_destroy(attr);
	return o;
}

static void done(struct output o) {
	free(o.indices);
	free(o.pixels);
}

enum { W = 160, H = 120 };

// photo is smooth with some noise: more colours than fit.
static void photo(uint8_t *p, int alpha) {
	for (int y = 0; y < H; y++)
		for (int x = 0; x < W; x++, p += 4) {
			p[0] = (uint8_t)(x * 240 / W + (int)(noise() % 12));
			p[1] = (uint8_t)(y * 240 / H + (int)(noise() % 12));
			p[2] = (uint8_t)((x + y) * 120 / (W + H) + (int)(noise() % 12));
			p[3] = (uint8_t)(!alpha || x >= 100 ? 255 : x < 40 ? 0 : (x - 40) * 255 / 60);
		}
}

static void test_photos(void) {
	static uint8_t p[4 * W * H];
	name = "photo";
	photo(p, 0);
	struct output plain = run(p, W, H, 256, 100, 0), again = run(p, W, H, 256, 100, 0), dithered = run(p, W, H, 256, 100, 1);
	struct output few = run(p, W, H, 256, 50, 0), sixteen = run(p, W, H, 16, 100, 0);
	check(plain.palette.count > 250, "colours are left unused");
	check(plain.error < 13.05, "the error is large");
	check(dithered.error < 2 * plain.error, "dithering is noisy");
	check(dithered.error > plain.error, "dithering does nothing");
	check(!memcmp(plain.indices, again.indices, W * H), "two runs differ");
	check(few.palette.count < 200 && few.error > plain.error && few.error < 40, "quality is not heeded");
	check(sixteen.error < 170, "the error of 16 colours is large");
	// Dithered, the mean of an area is that of the picture.
	for (int c = 0; c < 3; c++) {
		long sum = 0;
		for (int y = 40; y < 60; y++)
			for (int x = 40; x < 60; x++)
				sum += p[4 * (y * W + x) + c] - dithered.pixels[4 * (y * W + x) + c];
		check(labs(sum) < 400 / 2, "dithering shifts the mean");
	}
	done(plain), done(again), done(dithered), done(few), done(sixteen);

	name = "alpha";
	photo(p, 1);
	struct output o = run(p, W, H, 256, 100, 1);
	check(o.error < 16, "the error is large");
	check(o.palette.entries[0].a == 0, "there is no transparent entry");
	done(o);
}

// What has no more colours than fit is lossless, at any dithering.
static void test_exact(void) {
	for (int colours = 1; colours <= 256; colours += 17)
		for (int transparent = 0; transparent < 2; transparent++) {
			static uint8_t p[4 * W * H];
			uint32_t palette[256];
			name = "exact";
			for (int i = 0; i < colours; i++)
				palette[i] = noise() << 8 ^ noise();
			for (size_t i = 0; i < W * H; i++) {
				memcpy(p + 4 * i, &palette[noise() % (unsigned)colours], 4);
				p[4 * i + 3] |= 1;
				if (transparent && i % 7 == 0) // and the hidden colours are many
					p[4 * i + 3] = 0;
			}
			if (colours + transparent > 256)
				continue;
			struct output o = run(p, W, H, colours + transparent < 2 ? 2 : colours + transparent, 100, 1);
			for (size_t i = 0; i < W * H; i++)
				check(p[4 * i + 3] == 0 || !memcmp(p + 4 * i, o.pixels + 4 * i, 4), "a pixel changed");
			done(o);
		}
}

// Black is nearer to nothing than to white, but must not turn into a hole.
static void test_solid(void) {
	static uint8_t p[4 * W * H];
	name = "solid";
	for (size_t i = 0; i < W * H; i++) {
		memset(p + 4 * i, i % 49 ? 255 : (int)(noise() % 64), 3);
		p[4 * i + 3] = i % 5 ? 255 : 0;
	}
	done(run(p, W, H, 2, 100, 1));
}

// Errors must not cross what is transparent.
static void test_bleeding(void) {
	static uint8_t p[4 * W * H], q[4 * W * H];
	name = "bleeding";
	photo(p, 0);
	for (int y = 0; y < H; y++)
		memset(p + 4 * (y * W + W / 2), 0, 8);
	memcpy(q, p, sizeof p);
	struct output o = run(p, W, H, 16, 100, 1);
	liq_attr *attr = liq_attr_create();
	liq_result *result;
	liq_image *image = liq_image_create_rgba(attr, p, W, H, 0), *other = liq_image_create_rgba(attr, q, W, H, 0);
	for (unsigned i = 0; i < o.palette.count; i++)
		liq_image_add_fixed_color(image, o.palette.entries[i]);
	for (int y = 0; y < H; y++)
		memset(q + 4 * y * W, 255 * (y & 1), 4 * W / 2);
	for (int y = 0; y < H; y++)
		for (int x = 0; x < W / 2; x++)
			q[4 * (y * W + x) + 3] = 255;
	check(!liq_image_quantize(image, attr, &result), "quantising fails");
	uint8_t *indices = malloc(W * H);
	check(!liq_write_remapped_image(result, other, indices, W * H), "remapping fails");
	for (int y = 0; y < H; y++)
		check(!memcmp(indices + y * W + W / 2, o.indices + y * W + W / 2, W / 2), "the other side changed");
	free(indices);
	liq_result_destroy(result);
	liq_image_destroy(image);
	liq_image_destroy(other);
	liq_attr_destroy(attr);
	done(o);
}

// Grey of two fixed colours comes out about as light as it was.
static void test_grey(void) {
	static uint8_t p[4 * W * H], indices[W * H];
	name = "grey";
	for (size_t i = 0; i < W * H; i++)
		memcpy(p + 4 * i, (uint8_t[4]){100, 100, 100, 255}, 4);
	liq_attr *attr = liq_attr_create();
	liq_image *image = liq_image_create_rgba(attr, p, W, H, 0);
	liq_result *result;
	liq_image_add_fixed_color(image, (liq_color){255, 255, 255, 255});
	liq_image_add_fixed_color(image, (liq_color){0, 0, 0, 255});
	check(!liq_image_quantize(image, attr, &result) && !liq_write_remapped_image(result, image, indices, W * H), "it fails");
	double sum = 0;
	for (size_t i = 0; i < W * H; i++)
		sum += liq_get_palette(result)->entries[indices[i]].r;
	check(sum / (W * H) > 92 && sum / (W * H) < 105, "it gets darker or lighter");
	liq_result_destroy(result);
	liq_image_destroy(image);
	liq_attr_destroy(attr);
}

// Whichever allocation fails, libvips is told, and nothing leaks.
static void test_memory(void) {
	static uint8_t p[4 * W * H], indices[W * H];
	int succeeded = 0;
	name = "memory";
	photo(p, 0);
	for (int fail = 0; fail < 20 && !succeeded; fail++) {
		liq_result *result = NULL;
		until_failure = fail;
		liq_attr *attr = liq_attr_create();
		liq_image *image = liq_image_create_rgba(attr, p, W, H, 0);
		liq_error status = liq_image_quantize(image, attr, &result);
		if (!status)
			status = liq_write_remapped_image(result, image, indices, W * H);
		check(status == LIQ_OK || status == LIQ_OUT_OF_MEMORY || !image, "the error is another one");
		succeeded = status == LIQ_OK;
		check(!succeeded || fail > 5, "a failure is not noticed");
		until_failure = -1;
		liq_result_destroy(result);
		liq_image_destroy(image);
		liq_attr_destroy(attr);
	}
	check(succeeded, "it never succeeds");
}

static void test_random(void) {
	for (int i = 0; i < 60; i++) {
		int width = 1 + (int)(noise() % (i % 3 ? 90 : 2)), height = 1 + (int)(noise() % (i % 2 ? 90 : 2));
		size_t n = 4 * (size_t)width * (size_t)height;
		uint8_t *p = malloc(n); // no byte more: the sanitizer watches its ends
		uint32_t alpha = noise() % 4;
		for (size_t k = 0; k < n; k++)
			p[k] = k % 4 < 3 || alpha == 0 ? (uint8_t)noise() : alpha == 1 ? 255 : alpha == 2 ? (uint8_t)(noise() % 2 * 255) : 0;
		name = "random";
		done(run(p, width, height, 2 + (int)(noise() % 255), (int)(noise() % 101), (float)(noise() % 3) / 2));
		free(p);
	}
}

static void test_mistakes(void) {
	name = "mistakes";
	uint8_t pixels[8] = {0}, index;
	liq_attr *attr = liq_attr_create();
	liq_result *result;
	check(!liq_image_create_rgba(attr, pixels, 0, 1, 0) && !liq_image_create_rgba(attr, NULL, 1, 1, 0) &&
		!liq_image_create_rgba(NULL, pixels, 1, 1, 0), "an image that can't be is made");
	check(liq_set_max_colors(attr, 1) && liq_set_max_colors(attr, 257) && liq_set_quality(attr, 50, 40) && liq_set_speed(attr, 11), "a bad setting passes");
	check(liq_image_quantize(NULL, attr, &result) && liq_write_remapped_image(NULL, NULL, &index, 1) && !liq_get_palette(NULL), "NULL passes");
	liq_attr_destroy(NULL);
	liq_image_destroy(NULL);
	liq_result_destroy(NULL);

	static uint8_t p[4 * W * H];
	photo(p, 0);
	liq_image *image = liq_image_create_rgba(attr, p, W, H, 0);
	liq_set_max_colors(attr, 4);
	liq_set_quality(attr, 90, 100);
	check(liq_image_quantize(image, attr, &result) == LIQ_QUALITY_TOO_LOW && !result, "4 colours are quality 90");
	liq_image_destroy(image);
	liq_attr_destroy(attr);
}

int main(void) {
	test_photos();
	test_exact();
	test_solid();
	test_bleeding();
	test_grey();
	test_memory();
	test_random();
	test_mistakes();
	return failures > 0;
}
