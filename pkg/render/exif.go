package render

/*
#include <string.h>
#include "native.h"

// tf_exif gives a copy of the EXIF block that a loader finds, for g_free. tf_open
// drops it: nothing of it is to reach a thumbnail.
static int tf_exif(void *buf, size_t len, enum tf_loader loader, void **block, size_t *block_len)
{
	VipsImage *in = NULL;
	int failed = -1;
	switch (loader) {
	case TF_JPEG:
		failed = vips_jpegload_buffer(buf, len, &in, NULL);
		break;
	case TF_PNG:
		failed = vips_pngload_buffer(buf, len, &in, NULL);
		break;
	case TF_WEBP:
		failed = vips_webpload_buffer(buf, len, &in, NULL);
		break;
	case TF_HEIF:
		failed = vips_heifload_buffer(buf, len, &in, NULL);
		break;
	default: // the others have none
		return -1;
	}
	if (failed)
		return -1;
	const void *found;
	size_t length;
	failed = -1;
	if (vips_image_get_typeof(in, VIPS_META_EXIF_NAME) && !vips_image_get_blob(in, VIPS_META_EXIF_NAME, &found, &length)) {
		*block = g_malloc(length);
		memcpy(*block, found, length);
		*block_len = length;
		failed = 0;
	}
	g_object_unref(in);
	return failed;
}
*/
import "C"

import "unsafe"

// maxEXIF is more than cameras write; a JPEG has room for 64 KB.
const maxEXIF = 1 << 20

// EXIF gives the EXIF block of an original as it is stored in it, empty where
// there is none. It may hold the place where a picture was taken, and it is not
// checked in any way. Of a TIFF it is the file. The limits apply; the error is an
// [*Error].
func (r Renderer) EXIF(source []byte) (block []byte, err error) {
	err = r.inspect(source, func(t *task) {
		if t.header.Kind == KindTIFF {
			block = t.source
			return
		}
		var data unsafe.Pointer
		var length C.size_t
		if C.tf_exif(unsafe.Pointer(unsafe.SliceData(t.source)), C.size_t(len(t.source)), loaders[t.header.Kind], &data, &length) != 0 {
			C.vips_error_clear() // a picture without EXIF is none the worse
			return
		}
		defer C.g_free(C.gpointer(data))
		if length <= maxEXIF {
			block = C.GoBytes(data, C.int(length))
		}
	})
	return block, err
}
