#include "floor.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <jpeglib.h>

enum { most_side = 8192 };

struct failure {
	struct jpeg_error_mgr manager;
	jmp_buf back;
};

static void give_up(j_common_ptr common) { longjmp(((struct failure *)common->err)->back, 1); }
static void be_quiet(j_common_ptr common) { (void)common; }

int floor_decode(const unsigned char *source, size_t size, int width, int height, unsigned char *pixels)
{
	struct jpeg_decompress_struct d;
	struct failure failure;
	static JSAMPLE row[most_side * 3];

	d.err = jpeg_std_error(&failure.manager);
	failure.manager.error_exit = give_up;
	failure.manager.output_message = be_quiet;
	if (setjmp(failure.back)) {
		jpeg_destroy_decompress(&d);
		return -1;
	}
	jpeg_create_decompress(&d);
	jpeg_mem_src(&d, source, size);
	jpeg_read_header(&d, TRUE);
	d.scale_num = 1;
	d.scale_denom = 8;
	d.out_color_space = JCS_RGB;
	jpeg_start_decompress(&d);
	if (d.output_width > most_side || (int)d.output_width < width || (int)d.output_height < height)
		give_up((j_common_ptr)&d);
	int left = ((int)d.output_width - width) / 2, top = ((int)d.output_height - height) / 2;
	while (d.output_scanline < d.output_height) {
		int y = (int)d.output_scanline - top;
		JSAMPROW into = row;
		jpeg_read_scanlines(&d, &into, 1);
		if (y >= 0 && y < height)
			for (int i = 0; i < width * 3; i++)
				pixels[y * width * 3 + i] = row[left * 3 + i];
	}
	jpeg_finish_decompress(&d);
	jpeg_destroy_decompress(&d);
	return 0;
}

unsigned long floor_encode(const unsigned char *pixels, int width, int height, int quality, unsigned char **out)
{
	struct jpeg_compress_struct c;
	struct failure failure;
	unsigned long size = 0;

	*out = NULL;
	c.err = jpeg_std_error(&failure.manager);
	failure.manager.error_exit = give_up;
	if (setjmp(failure.back)) {
		jpeg_destroy_compress(&c);
		return 0;
	}
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, out, &size);
	c.image_width = width;
	c.image_height = height;
	c.input_components = 3;
	c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, quality, TRUE);
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < c.image_height) {
		JSAMPROW from = (JSAMPROW)pixels + (size_t)c.next_scanline * width * 3;
		jpeg_write_scanlines(&c, &from, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	return size;
}
