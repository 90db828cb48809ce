// Decoding JPEG by libjpeg-turbo itself. libvips asks it for 1, 1/2, 1/4 or 1/8 of the
// size and not for the eighths between, and takes the rows over from a thread of its
// own, which costs a small picture as much as decoding it.
#include "jpegerrors.h"
#include "rows.h"

enum {
	MOST_ROWS = 4,	   // that the decoder gives at a time
	MOST_SCANS = 100, // of a progressive file; each costs as much as decoding a whole picture
};

typedef struct {
	tf_rows rows;
	struct jpeg_decompress_struct info;
	tf_jpeg_errors errors;
	struct jpeg_progress_mgr progress;
	const int *stop;
	JSAMPLE *buffer;
	int have, given; // rows in the buffer
} jpeg_rows;

static void
check_progress(j_common_ptr info)
{
	const jpeg_rows *r = info->client_data;
	if (__atomic_load_n(r->stop, __ATOMIC_RELAXED)) {
		vips_error("jpeg", "told to stop");
		longjmp(((tf_jpeg_errors *) info->err)->out, 1);
	}
	if (r->info.input_scan_number > MOST_SCANS) {
		vips_error("jpeg", "more than %d scans", MOST_SCANS);
		longjmp(((tf_jpeg_errors *) info->err)->out, 1);
	}
}

static const VipsPel *
next_of_jpeg(tf_rows *rows)
{
	jpeg_rows *r = (jpeg_rows *) rows;
	gsize row = (gsize) rows->width * rows->bands;
	if (r->given == r->have) {
		if (setjmp(r->errors.out))
			return NULL;
		JSAMPROW lines[MOST_ROWS];
		for (int i = 0; i < MOST_ROWS; i++)
			lines[i] = r->buffer + i * row;
		r->have = (int) jpeg_read_scanlines(&r->info, lines, MOST_ROWS);
		r->given = 0;
		if (r->have == 0)
			return NULL;
	}
	return r->buffer + r->given++ * row;
}

// start reads the header and allocates; what is undecided is what libvips decides.
static int
start(jpeg_rows *r, const void *buf, size_t len, int eighths)
{
	if (setjmp(r->errors.out))
		return -1;
	jpeg_create_decompress(&r->info);
	r->info.client_data = r;
	r->info.progress = &r->progress;
	r->progress.progress_monitor = check_progress;
	jpeg_mem_src(&r->info, buf, len);
	jpeg_read_header(&r->info, TRUE);
	r->info.out_color_space = r->info.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
	r->info.scale_num = (unsigned int) eighths;
	r->info.scale_denom = 8;
	jpeg_start_decompress(&r->info);
	r->rows.width = (int) r->info.output_width;
	r->rows.height = (int) r->info.output_height;
	r->rows.bands = r->info.output_components;
	r->rows.format = VIPS_FORMAT_UCHAR;
	r->rows.next = next_of_jpeg;
	r->buffer = g_new(JSAMPLE, (gsize) r->rows.width * r->rows.bands * MOST_ROWS);
	return 0;
}

// finish reads to the end marker. Damage to the entropy-coded data, and an end that
// is missing, are mere warnings to libjpeg.
static int
finish(jpeg_rows *r)
{
	if (setjmp(r->errors.out))
		return -1;
	jpeg_finish_decompress(&r->info);
	if (r->errors.manager.num_warnings == 0)
		return 0;
	vips_error("jpeg", "%ld warnings", r->errors.manager.num_warnings);
	return -1;
}

int
tf_shrink_jpeg(VipsImage *header, const void *buf, size_t len, int eighths, tf_target *targets, int n, const int *stop)
{
	jpeg_rows *r = g_new0(jpeg_rows, 1);
	r->stop = stop;
	r->info.err = tf_jpeg_catch(jpeg_std_error(&r->errors.manager));
	int failed = start(r, buf, len, eighths) || tf_resample(&r->rows, header, targets, n);
	if (!failed && finish(r)) {
		failed = -1;
		for (int i = 0; i < n; i++) {
			g_object_unref(targets[i].out);
			targets[i].out = NULL;
		}
	}
	jpeg_destroy_decompress(&r->info);
	g_free(r->buffer);
	g_free(r);
	return failed ? -1 : 0;
}
