// A source that gives its rows one after the other, as a decoder does.
#ifndef THUMBFRONT_ROWS_H
#define THUMBFRONT_ROWS_H

#include "native.h"

typedef struct _tf_rows tf_rows;

struct _tf_rows {
	int width, height;
	int bands;			   // 1 to 4: grey or RGB, and alpha
	int alpha;			   // the last band
	VipsBandFormat format; // 8 or 16 bits, unsigned
	// next gives a row, or NULL where there is none: damage, or told to stop. It is
	// good until the next call.
	const VipsPel *(*next)(tf_rows *rows);
};

// tf_resample reads all rows and gives every target its picture, which takes colour
// profile and orientation over from meta. After a failure none has one.
int tf_resample(tf_rows *rows, VipsImage *meta, tf_target *targets, int n);

#endif
