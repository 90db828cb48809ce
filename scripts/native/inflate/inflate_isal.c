//go:build ignore

/* zlib's inflate and crc32 for libpng, by ISA-L. See inflate_isal.h. */
#include <string.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include "inflate_isal.h"

#ifdef __x86_64__
/* ISA-L leaves the upper halves of the AVX registers in use, and every SSE instruction
 * after it (the filters of libpng) takes twice its time. */
__attribute__((target("avx"))) static void clear_upper_halves(void)
{
	__builtin_ia32_vzeroupper();
}
static void leave_avx(void)
{
	if (__builtin_cpu_supports("avx"))
		clear_upper_halves();
}
#else
static void leave_avx(void) {}
#endif

struct internal_state {
	struct inflate_state isal;
	int ended;           /* Z_STREAM_END or an error that stays; else Z_OK */
	const char *message; /* of the error */
	uInt withheld;       /* bytes of input, 0 or 1, that the caller believes not to be taken */
};

int isal_zlib_inflateReset2(z_stream *stream, int window_bits)
{
	if (!stream || !stream->state || (window_bits != 0 && window_bits != 15))
		return Z_STREAM_ERROR;
	struct internal_state *state = stream->state;
	isal_inflate_init(&state->isal);
	state->isal.crc_flag = ISAL_ZLIB;
	state->ended = Z_OK;
	state->withheld = 0;
	stream->total_in = stream->total_out = 0;
	stream->msg = NULL;
	return Z_OK;
}

int isal_zlib_inflateReset(z_stream *stream)
{
	return isal_zlib_inflateReset2(stream, 0);
}

int isal_zlib_inflateInit2(z_stream *stream, int window_bits)
{
	if (!stream || !stream->zalloc || !stream->zfree)
		return Z_STREAM_ERROR;
	stream->state = stream->zalloc(stream->opaque, 1, sizeof *stream->state);
	if (!stream->state)
		return Z_MEM_ERROR;
	memset(stream->state, 0, sizeof *stream->state);
	int answer = isal_zlib_inflateReset2(stream, window_bits);
	if (answer != Z_OK)
		isal_zlib_inflateEnd(stream);
	return answer;
}

int isal_zlib_inflateEnd(z_stream *stream)
{
	if (!stream || !stream->state || !stream->zfree)
		return Z_STREAM_ERROR;
	stream->zfree(stream->opaque, stream->state);
	stream->state = NULL;
	return Z_OK;
}

static void fail(struct internal_state *state, int code, const char *message)
{
	state->ended = code;
	state->message = message;
}

/* What ISA-L finds wrong, in zlib's words where it has one for it. */
static void judge(struct internal_state *state, int answer)
{
	switch (answer) {
	case ISAL_DECOMP_OK:
		if (state->isal.block_state == ISAL_BLOCK_FINISH)
			state->ended = Z_STREAM_END;
		break;
	case ISAL_NEED_DICT:
		fail(state, Z_NEED_DICT, "need dictionary");
		break;
	case ISAL_INVALID_LOOKBACK:
		fail(state, Z_DATA_ERROR, "invalid distance too far back");
		break;
	case ISAL_INCORRECT_CHECKSUM:
		fail(state, Z_DATA_ERROR, state->isal.wrapper_flag ? "incorrect data check" : "incorrect header check");
		break;
	case ISAL_UNSUPPORTED_METHOD:
		fail(state, Z_DATA_ERROR, "unknown compression method");
		break;
	case ISAL_INVALID_BLOCK:
		fail(state, Z_DATA_ERROR, "invalid block");
		break;
	default:
		fail(state, Z_DATA_ERROR, "invalid code");
	}
}

/* ISA-L decodes ahead into a buffer of its own, and stops handing out at an error that
 * lies there. zlib has handed out all that comes before it. */
static void hand_out_rest(z_stream *stream, struct inflate_state *isal)
{
	int32_t n = isal->tmp_out_valid - isal->tmp_out_processed;
	if ((uInt)n > stream->avail_out)
		n = (int32_t)stream->avail_out;
	memcpy(stream->next_out, isal->tmp_out_buffer + isal->tmp_out_processed, (size_t)n);
	isal->tmp_out_processed += n;
	stream->next_out += n;
	stream->avail_out -= (uInt)n;
}

static void decode(z_stream *stream, struct internal_state *state)
{
	struct inflate_state *isal = &state->isal;
	stream->next_in += state->withheld;
	stream->avail_in -= state->withheld;
	state->withheld = 0;
	uInt given = stream->avail_in;
	/* ISA-L looks at the method alone. */
	if (!isal->wrapper_flag && isal->tmp_in_size == 0 && given > 0 && stream->next_in[0] >> 4 > 7) {
		fail(state, Z_DATA_ERROR, "invalid window size");
		return;
	}
	isal->next_in = (uint8_t *)stream->next_in; /* z_const; it is only read */
	isal->avail_in = given;
	isal->next_out = stream->next_out;
	isal->avail_out = stream->avail_out;
	judge(state, isal_inflate(isal));
	leave_avx();
	if (state->ended == Z_STREAM_END) {
		uInt ahead = (uInt)isal->read_in_length / 8;
		if (ahead > given - isal->avail_in)
			ahead = given - isal->avail_in;
		isal->next_in -= ahead;
		isal->avail_in += ahead;
	}
	stream->next_in = isal->next_in;
	stream->avail_in = isal->avail_in;
	stream->next_out = isal->next_out;
	stream->avail_out = isal->avail_out;
}

/* libpng takes input that is used up for output that is all there, and asks for the
 * next chunk; zlib never runs so far ahead of its output. */
static void withhold(z_stream *stream, struct internal_state *state)
{
	stream->next_in--;
	stream->avail_in++;
	state->withheld = 1;
}

int isal_zlib_inflate(z_stream *stream, int flush)
{
	if (!stream || !stream->state || !stream->next_out || (!stream->next_in && stream->avail_in > 0) ||
	    stream->avail_in < stream->state->withheld)
		return Z_STREAM_ERROR;
	struct internal_state *state = stream->state;
	uInt in = stream->avail_in, out = stream->avail_out;
	int answer = Z_OK;
	if (state->ended == Z_OK)
		decode(stream, state);
	if (state->ended != Z_OK && state->ended != Z_STREAM_END)
		hand_out_rest(stream, &state->isal);
	if (state->isal.tmp_out_processed == state->isal.tmp_out_valid)
		answer = state->ended;
	if (answer == Z_OK && in > 0 && stream->avail_in == 0 && stream->avail_out == 0)
		withhold(stream, state);
	stream->total_in += in - stream->avail_in;
	stream->total_out += out - stream->avail_out;
	if (answer == Z_OK && (flush == Z_FINISH || (in == stream->avail_in && out == stream->avail_out)))
		answer = Z_BUF_ERROR;
	else if (answer != Z_OK && answer != Z_STREAM_END)
		stream->msg = (char *)state->message;
	return answer;
}

uLong isal_zlib_crc32(uLong crc, const Bytef *bytes, uInt length)
{
	if (!bytes)
		return 0;
	crc = crc32_gzip_refl((uint32_t)crc, bytes, length);
	leave_avx();
	return crc;
}
