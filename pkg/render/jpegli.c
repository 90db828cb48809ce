// Encoding JPEG by jpegli, which says the same in about a quarter fewer bytes than
// libjpeg-turbo. It is part of the static prefix of scripts/native; a system's
// libvips comes without it.
#include "native.h"

#ifdef THUMBFRONT_NATIVE

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jpegli/encode.h>

int tf_has_jpegli(void) { return 1; }

typedef struct {
	struct jpeg_error_mgr manager;
	jmp_buf out;
} errors;

static void
leave(j_common_ptr info)
{
	char message[JMSG_LENGTH_MAX];
	info->err->format_message(info, message);
	vips_error("jpegli", "%s", message);
	longjmp(((errors *) info->err)->out, 1);
}

static void
say_nothing(j_common_ptr info)
{
	(void) info;
}

int
tf_jpegli(VipsImage *in, const tf_jpeg_options *o, void **buf, size_t *len)
{
	struct jpeg_compress_struct info = { 0 };
	errors e;
	unsigned char *written = NULL;
	unsigned long size = 0;

	if (vips_image_wio_input(in)) // the rows are read from memory
		return -1;
	info.err = jpegli_std_error(&e.manager);
	e.manager.error_exit = leave;
	e.manager.output_message = say_nothing;
	if (setjmp(e.out)) {
		jpegli_destroy_compress(&info);
		free(written);
		return -1;
	}
	jpegli_create_compress(&info);
	jpegli_mem_dest(&info, &written, &size);
	info.image_width = (JDIMENSION) in->Xsize;
	info.image_height = (JDIMENSION) in->Ysize;
	info.input_components = in->Bands;
	info.in_color_space = in->Bands == 1 ? JCS_GRAYSCALE : JCS_RGB;
	jpegli_set_defaults(&info);
	jpegli_set_quality(&info, o->quality, TRUE);
	jpegli_set_progressive_level(&info, o->progressive ? 2 : 0);
	info.optimize_coding = TRUE;
	if (in->Bands == 3)
		info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = o->subsampled ? 2 : 1;
	jpegli_start_compress(&info, TRUE);
	while (info.next_scanline < info.image_height) {
		JSAMPROW row = VIPS_IMAGE_ADDR(in, 0, info.next_scanline);
		jpegli_write_scanlines(&info, &row, 1);
	}
	jpegli_finish_compress(&info);
	jpegli_destroy_compress(&info);
	*buf = written;
	*len = size;
	return 0;
}

#else

int tf_has_jpegli(void) { return 0; }

int
tf_jpegli(VipsImage *in, const tf_jpeg_options *o, void **buf, size_t *len)
{
	(void) in, (void) o, (void) buf, (void) len;
	vips_error("jpegli", "built without it");
	return -1;
}

#endif
