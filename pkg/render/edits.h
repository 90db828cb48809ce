// What the edits do to pixels. Pictures are 8 bits deep here, in 1 band (grey), 2
// (grey and alpha), 3 (sRGB) or 4 (sRGB and alpha), and so is what comes out; as in native.h, a new
// reference is given in *out.
#ifndef THUMBFRONT_EDITS_H
#define THUMBFRONT_EDITS_H

#include "native.h"

// colour.c: each pixel by itself.

// tf_with_colours runs an operation on the colours alone and puts alpha back.
int tf_with_colours(VipsImage *in, tf_operation f, void *options, VipsImage **out);
// tf_to_rgb gives a grey picture three bands.
int tf_to_rgb(VipsImage *in, VipsImage **out);
// tf_to_bytes gives 8 bits, cut to their range, in a colour space of ours.
int tf_to_bytes(VipsImage *in, VipsInterpretation space, VipsImage **out);

int tf_tint(VipsImage *in, const double rgb[3], VipsImage **out);
int tf_negate(VipsImage *in, int alpha, VipsImage **out);
int tf_normalise(VipsImage *in, int lower, int upper, VipsImage **out);
// tf_power gives v to the power of exponent, for v from 0 to 1.
int tf_power(VipsImage *in, double exponent, VipsImage **out);
typedef struct {
	double brightness, saturation, hue, lightness;
} tf_modulation;
int tf_modulate(VipsImage *in, const tf_modulation *m, VipsImage **out);
// tf_linear has one factor and one addend for all colours, or one for each of n bands.
int tf_linear(VipsImage *in, const double *a, const double *b, int n, VipsImage **out);
// tf_recomb has a matrix of side x side.
int tf_recomb(VipsImage *in, const double *matrix, int side, VipsImage **out);
int tf_threshold(VipsImage *in, int level, int per_channel, VipsImage **out);

// detail.c: each pixel by those around it.

int tf_blur(VipsImage *in, double sigma, VipsImage **out);
typedef struct {
	double sigma, m1, m2, x1, y2, y3;
} tf_sharpening;
int tf_sharpen(VipsImage *in, const tf_sharpening *s, VipsImage **out);
int tf_median(VipsImage *in, int size, const int *stop, VipsImage **out);
int tf_clahe(VipsImage *in, int width, int height, int max_slope, VipsImage **out);
int tf_convolve(VipsImage *in, const double *kernel, int width, int height, double scale, double offset, VipsImage **out);
int tf_pixelate(VipsImage *in, int size, VipsImage **out);

// channels.c

// tf_grey takes the colour out, and leaves alpha.
int tf_grey(VipsImage *in, VipsImage **out);
int tf_unflatten(VipsImage *in, VipsImage **out);
int tf_remove_alpha(VipsImage *in, VipsImage **out);
int tf_ensure_alpha(VipsImage *in, double alpha, VipsImage **out);
int tf_extract_channel(VipsImage *in, int band, VipsImage **out);
int tf_bandbool(VipsImage *in, VipsOperationBoolean operator, VipsImage **out);

// warp.c

typedef struct {
	double a, b, c, d, idx, idy, odx, ody;
	int left, top, width, height; // what is shown of the target's plane
	const char *interpolator;
} tf_map;
int tf_affine(VipsImage *in, const tf_map *m, const double rgba[4], VipsImage **out);
// tf_extend is tf_embed with another filling than a colour.
int tf_extend(VipsImage *in, int left, int top, int width, int height, VipsExtend with, VipsImage **out);
typedef struct {
	int left, top, width, height; // no width: nothing but border
} tf_area;
// tf_find_trim finds what is not border; rgba is the border's colour, or the left top
// pixel's where it is NULL.
int tf_find_trim(VipsImage *in, const double *rgba, double threshold, int line_art, const int *stop, tf_area *area);
// tf_ellipse makes transparent what lies outside.
int tf_ellipse(VipsImage *in, double x, double y, double rx, double ry, VipsImage **out);

// compose.c

int tf_compose(VipsImage *in, VipsImage *overlay, int left, int top, VipsBlendMode mode, VipsImage **out);
// tf_fade multiplies alpha.
int tf_fade(VipsImage *in, double factor, VipsImage **out);
// tf_tile repeats a picture, so that one lies at left, top, over width x height.
int tf_tile(VipsImage *in, int left, int top, int width, int height, VipsImage **out);
int tf_boolean(VipsImage *in, VipsImage *other, VipsOperationBoolean operator, VipsImage **out);

#endif
