// The transfer function of sRGB, from 0 to 1 (IEC 61966-2-1).
#ifndef THUMBFRONT_SRGB_H
#define THUMBFRONT_SRGB_H

#include <math.h>

static inline float
tf_srgb_decode(float v)
{
	return v <= 0.04045f ? v / 12.92f : powf((v + 0.055f) / 1.055f, 2.4f);
}

static inline float
tf_srgb_encode(float v)
{
	return v <= 0.0031308f ? v * 12.92f : 1.055f * powf(v, 1 / 2.4f) - 0.055f;
}

#endif
