// The part of the imagequant interface that libvips calls (foreign/quantise.c of
// 8.16.1), implemented by quantise.c: no code of libimagequant's.
#ifndef LIBIMAGEQUANT_H
#define LIBIMAGEQUANT_H

#include <stddef.h>

typedef struct liq_attr liq_attr;
typedef struct liq_image liq_image;
typedef struct liq_result liq_result;

typedef struct liq_color {
	unsigned char r, g, b, a; // not premultiplied
} liq_color;

typedef struct liq_palette {
	unsigned int count;
	liq_color entries[256]; // a fully transparent entry is the first
} liq_palette;

typedef enum liq_error {
	LIQ_OK = 0,
	LIQ_QUALITY_TOO_LOW = 99,
	LIQ_VALUE_OUT_OF_RANGE = 100,
	LIQ_OUT_OF_MEMORY,
	LIQ_ABORTED,
	LIQ_BITMAP_NOT_AVAILABLE,
	LIQ_BUFFER_TOO_SMALL,
	LIQ_INVALID_POINTER,
	LIQ_UNSUPPORTED,
} liq_error;

liq_attr *liq_attr_create(void);
void liq_attr_destroy(liq_attr *attr);
liq_error liq_set_max_colors(liq_attr *attr, int colors);               // 2 to 256
liq_error liq_set_quality(liq_attr *attr, int minimum, int maximum);    // 0 to 100
liq_error liq_set_speed(liq_attr *attr, int speed);                     // 1, best, to 10

// The pixels are the caller's and must outlive the image. gamma is not used.
liq_image *liq_image_create_rgba(const liq_attr *attr, const void *pixels, int width, int height, double gamma);
void liq_image_destroy(liq_image *image);
// An image with fixed colours gets just these as its palette.
liq_error liq_image_add_fixed_color(liq_image *image, liq_color color);

liq_error liq_image_quantize(liq_image *image, liq_attr *attr, liq_result **result);
liq_error liq_set_dithering_level(liq_result *result, float level);     // 0 to 1
const liq_palette *liq_get_palette(liq_result *result);
liq_error liq_write_remapped_image(liq_result *result, liq_image *image, void *buffer, size_t size);
void liq_result_destroy(liq_result *result);

#endif
