// Decoding PNG by libpng itself, row by row: libvips keeps up to 2,400 rows of what it
// has read, which are 30 MB of a picture of 12 megapixels, and reads in a thread of
// its own.
#include "rows.h"

#include <setjmp.h>
#include <string.h>

#include <png.h>

typedef struct {
	tf_rows rows;
	png_structp png;
	png_infop info;
	jmp_buf out;
	const png_byte *data;
	size_t left;
	const int *stop;
	VipsPel *row;
} png_rows;

static void
leave(png_structp png, png_const_charp message)
{
	png_rows *r = png_get_error_ptr(png);
	vips_error("png", "%s", message);
	longjmp(r->out, 1);
}

static void
say_nothing(png_structp png, png_const_charp message)
{
	(void) png, (void) message;
}

static void
read_data(png_structp png, png_bytep into, size_t n)
{
	png_rows *r = png_get_io_ptr(png);
	if (n > r->left)
		png_error(png, "the file ends too soon");
	memcpy(into, r->data, n);
	r->data += n;
	r->left -= n;
}

static const VipsPel *
next_of_png(tf_rows *rows)
{
	png_rows *r = (png_rows *) rows;
	if (__atomic_load_n(r->stop, __ATOMIC_RELAXED) || setjmp(r->out))
		return NULL;
	png_read_row(r->png, r->row, NULL);
	return r->row;
}

// start reads the header and asks for 8 or 16 bits of grey or RGB, with or without
// alpha, in this machine's byte order.
static int
start(png_rows *r)
{
	if (setjmp(r->out))
		return -1;
	r->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, r, leave, say_nothing);
	if (r->png == NULL || (r->info = png_create_info_struct(r->png)) == NULL)
		return -1;
	png_set_read_fn(r->png, r, read_data);
	// Nothing but pixels is used of the rest; the profile came with the header.
	png_set_keep_unknown_chunks(r->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
	png_read_info(r->png, r->info);
	if (png_get_interlace_type(r->png, r->info) != PNG_INTERLACE_NONE)
		png_error(r->png, "interlaced");
	png_set_expand(r->png);
	if (G_BYTE_ORDER == G_LITTLE_ENDIAN)
		png_set_swap(r->png);
	png_read_update_info(r->png, r->info);
	int colour = png_get_color_type(r->png, r->info);
	r->rows.width = (int) png_get_image_width(r->png, r->info);
	r->rows.height = (int) png_get_image_height(r->png, r->info);
	r->rows.bands = png_get_channels(r->png, r->info);
	r->rows.alpha = (colour & PNG_COLOR_MASK_ALPHA) != 0;
	r->rows.format = png_get_bit_depth(r->png, r->info) == 16 ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR;
	r->rows.next = next_of_png;
	r->row = g_malloc(png_get_rowbytes(r->png, r->info));
	return 0;
}

int
tf_shrink_png(VipsImage *header, const void *buf, size_t len, tf_target *targets, int n, const int *stop)
{
	png_rows *r = g_new0(png_rows, 1);
	r->data = buf;
	r->left = len;
	r->stop = stop;
	int failed = start(r) || tf_resample(&r->rows, header, targets, n);
	png_destroy_read_struct(&r->png, &r->info, NULL);
	g_free(r->row);
	g_free(r);
	return failed ? -1 : 0;
}
