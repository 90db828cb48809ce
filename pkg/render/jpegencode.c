// Encoding JPEG, by libjpeg-turbo and by jpegli, which says the same in about a quarter
// fewer bytes. jpegli is part of the static prefix of scripts/native; a system's libvips
// comes without it.
#include "jpegerrors.h"

// encoder is what the two libraries have in common: jpegli has libjpeg's functions under
// names of its own.
typedef struct {
	struct jpeg_error_mgr *(*std_error)(struct jpeg_error_mgr *manager);
	void (*create)(j_compress_ptr info, int version, size_t size);
	void (*mem_dest)(j_compress_ptr info, unsigned char **buffer, unsigned long *size);
	void (*set_defaults)(j_compress_ptr info);
	void (*set_quality)(j_compress_ptr info, int quality, boolean baseline);
	void (*set_progressive)(j_compress_ptr info, int progressive);
	void (*start)(j_compress_ptr info, boolean all_tables);
	JDIMENSION (*write)(j_compress_ptr info, JSAMPARRAY lines, JDIMENSION n);
	void (*finish)(j_compress_ptr info);
	void (*destroy)(j_compress_ptr info);
} encoder;

static int
encode(const encoder *by, VipsImage *in, const tf_jpeg_options *o, void **buf, size_t *len)
{
	struct jpeg_compress_struct info = { 0 };
	tf_jpeg_errors errors;
	unsigned char *written = NULL;
	unsigned long size = 0;

	if (vips_image_wio_input(in)) // the rows are read from memory
		return -1;
	info.err = tf_jpeg_catch(by->std_error(&errors.manager));
	if (setjmp(errors.out)) {
		// What is written so far is lost: the library moves it and does not say where.
		by->destroy(&info);
		return -1;
	}
	by->create(&info, JPEG_LIB_VERSION, sizeof info);
	by->mem_dest(&info, &written, &size);
	info.image_width = (JDIMENSION) in->Xsize;
	info.image_height = (JDIMENSION) in->Ysize;
	info.input_components = in->Bands;
	info.in_color_space = in->Bands == 1 ? JCS_GRAYSCALE : JCS_RGB;
	by->set_defaults(&info);
	by->set_quality(&info, o->quality, TRUE);
	by->set_progressive(&info, o->progressive);
	info.optimize_coding = o->optimized;
	if (in->Bands == 3)
		info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = o->subsampled ? 2 : 1;
	by->start(&info, TRUE);
	while (info.next_scanline < info.image_height) {
		JSAMPROW row = VIPS_IMAGE_ADDR(in, 0, info.next_scanline);
		by->write(&info, &row, 1);
	}
	by->finish(&info);
	by->destroy(&info);
	*buf = written;
	*len = size;
	return 0;
}

static void
set_progressive(j_compress_ptr info, int progressive)
{
	if (progressive)
		jpeg_simple_progression(info);
}

int
tf_jpeg(VipsImage *in, const tf_jpeg_options *o, void **buf, size_t *len)
{
	static const encoder turbo = { jpeg_std_error, jpeg_CreateCompress, jpeg_mem_dest, jpeg_set_defaults, jpeg_set_quality,
		set_progressive, jpeg_start_compress, jpeg_write_scanlines, jpeg_finish_compress, jpeg_destroy_compress };
	return encode(&turbo, in, o, buf, len);
}

#ifdef THUMBFRONT_NATIVE

#include <jpegli/encode.h>

int tf_has_jpegli(void) { return 1; }

static void
set_progressive_level(j_compress_ptr info, int progressive)
{
	jpegli_set_progressive_level(info, progressive ? 2 : 0);
}

int
tf_jpegli(VipsImage *in, const tf_jpeg_options *o, void **buf, size_t *len)
{
	static const encoder jpegli = { jpegli_std_error, jpegli_CreateCompress, jpegli_mem_dest, jpegli_set_defaults, jpegli_set_quality,
		set_progressive_level, jpegli_start_compress, jpegli_write_scanlines, jpegli_finish_compress, jpegli_destroy_compress };
	return encode(&jpegli, in, o, buf, len);
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
