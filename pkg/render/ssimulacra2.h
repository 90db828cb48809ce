// How much two pictures look alike: see ssimulacra2.c.
#ifndef THUMBFRONT_SSIMULACRA2_H
#define THUMBFRONT_SSIMULACRA2_H

#include <glib.h>

// A picture as the metric sees it. Of one original it is made once.
typedef struct _tf_look tf_look;

// tf_look_new takes 8-bit sRGB, three bytes a pixel. It takes about 70 bytes a pixel.
tf_look *tf_look_new(const guint8 *pixels, int width, int height);
void tf_look_free(tf_look *look);

// tf_look_score compares pictures of one size; 100 is the same.
double tf_look_score(const tf_look *original, const tf_look *other);

#endif
