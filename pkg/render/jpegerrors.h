// Errors of libjpeg, and of jpegli, which has its types: the library's text goes to
// libvips' error buffer, and the call that failed is left by longjmp.
#ifndef THUMBFRONT_JPEGERRORS_H
#define THUMBFRONT_JPEGERRORS_H

#include "native.h"

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

typedef struct {
	struct jpeg_error_mgr manager;
	jmp_buf out;
} tf_jpeg_errors;

static void
tf_jpeg_leave(j_common_ptr info)
{
	char message[JMSG_LENGTH_MAX];
	info->err->format_message(info, message);
	vips_error("jpeg", "%s", message);
	longjmp(((tf_jpeg_errors *) info->err)->out, 1);
}

static void
tf_jpeg_say_nothing(j_common_ptr info)
{
	(void) info;
}

// tf_jpeg_catch completes what jpeg_std_error or jpegli_std_error set up.
static inline struct jpeg_error_mgr *
tf_jpeg_catch(struct jpeg_error_mgr *manager)
{
	manager->error_exit = tf_jpeg_leave;
	manager->output_message = tf_jpeg_say_nothing;
	return manager;
}

#endif
