/* What libpng calls of zlib to read, done by Intel's ISA-L, which takes half the time
 * or less. libpng.patch includes it after zlib.h, so that libpng alone has it; what
 * libpng writes is still compressed by zlib. */
#ifndef INFLATE_ISAL_H
#define INFLATE_ISAL_H

#include <zlib.h>

#undef inflateInit2 /* a macro that names zlib's version and z_stream's size */
#define inflateInit2(stream, window_bits) isal_zlib_inflateInit2(stream, window_bits)
#define inflateReset2 isal_zlib_inflateReset2
#define inflateReset isal_zlib_inflateReset
#define inflateEnd isal_zlib_inflateEnd
#define inflate isal_zlib_inflate
#define crc32 isal_zlib_crc32

/* As zlib.h documents them, with these limits: the stream is a zlib stream (window_bits
 * is 0 or 15; either way distances of up to 32 KB are good), flush means nothing but
 * that Z_FINISH without the end is Z_BUF_ERROR, and zalloc and zfree are set. Input is
 * taken ahead of what came out; its last byte only when all of that has come out. What
 * follows the end of a stream is given back as far as it came with the last call. */
int isal_zlib_inflateInit2(z_stream *stream, int window_bits);
int isal_zlib_inflateReset2(z_stream *stream, int window_bits);
int isal_zlib_inflateReset(z_stream *stream);
int isal_zlib_inflateEnd(z_stream *stream);
int isal_zlib_inflate(z_stream *stream, int flush);
uLong isal_zlib_crc32(uLong crc, const Bytef *bytes, uInt length);

#endif
