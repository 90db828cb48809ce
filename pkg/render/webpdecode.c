// Decoding WebP by libwebp itself: libvips holds two copies of what it decodes.
#include "rows.h"

#include <webp/decode.h>

typedef struct {
	tf_rows rows;
	WebPDecoderConfig config;
	int next;
	const int *stop;
} webp_rows;

static const VipsPel *
next_of_webp(tf_rows *rows)
{
	webp_rows *r = (webp_rows *) rows;
	if (__atomic_load_n(r->stop, __ATOMIC_RELAXED))
		return NULL;
	const WebPRGBABuffer *made = &r->config.output.u.RGBA;
	return made->rgba + (gsize) r->next++ * made->stride;
}

enum { BITE = 64 << 10 }; // bytes that are decoded between two looks at stop

// decode stops where it is told to, which WebPDecode cannot.
static int
decode(WebPDecoderConfig *config, const guint8 *buf, size_t len, const int *stop)
{
	WebPIDecoder *decoder = WebPIDecode(NULL, 0, config);
	if (decoder == NULL) {
		vips_error("webp", "no decoder");
		return -1;
	}
	VP8StatusCode status = VP8_STATUS_SUSPENDED;
	for (size_t given = 0; status == VP8_STATUS_SUSPENDED && given < len && !__atomic_load_n(stop, __ATOMIC_RELAXED);) {
		given = MIN(len, given + BITE);
		status = WebPIUpdate(decoder, buf, given);
	}
	WebPIDelete(decoder);
	if (status != VP8_STATUS_OK)
		vips_error("webp", "status %d", status);
	return status == VP8_STATUS_OK ? 0 : -1;
}

int
tf_shrink_webp(VipsImage *header, const void *buf, size_t len, double shrink, tf_target *targets, int n, const int *stop)
{
	webp_rows *r = g_new0(webp_rows, 1);
	WebPDecoderConfig *config = &r->config;
	int failed = -1;
	if (WebPInitDecoderConfig(config)) {
		r->rows.alpha = vips_image_hasalpha(header);
		r->rows.bands = r->rows.alpha ? 4 : 3;
		r->rows.format = VIPS_FORMAT_UCHAR;
		r->rows.next = next_of_webp;
		r->rows.width = MAX(1, (int) (header->Xsize / shrink + 0.5));
		r->rows.height = MAX(1, (int) (header->Ysize / shrink + 0.5));
		r->stop = stop;
		config->output.colorspace = r->rows.alpha ? MODE_RGBA : MODE_RGB;
		config->options.use_scaling = shrink > 1;
		config->options.scaled_width = r->rows.width;
		config->options.scaled_height = r->rows.height;
		failed = decode(config, buf, len, stop) || tf_resample(&r->rows, header, targets, n);
	}
	WebPFreeDecBuffer(&config->output);
	g_free(r);
	return failed ? -1 : 0;
}
