//go:build ignore

/* inflate_test N: N streams, most of them damaged, through zlib and through
 * inflate_isal.c, in pieces that end or begin at a page that can't be touched. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <zlib.h>

/* As inflate_isal.h declares them; without its macros, zlib's own are at hand. */
int isal_zlib_inflateInit2(z_stream *stream, int window_bits);
int isal_zlib_inflateReset2(z_stream *stream, int window_bits);
int isal_zlib_inflateReset(z_stream *stream);
int isal_zlib_inflateEnd(z_stream *stream);
int isal_zlib_inflate(z_stream *stream, int flush);
uLong isal_zlib_crc32(uLong crc, const Bytef *bytes, uInt length);

enum { PAGE = 4096, LONGEST = 400000, ROOM = 100 * PAGE };
static unsigned char plain[LONGEST], coded[LONGEST + LONGEST / 4], expected[LONGEST * 2], got[LONGEST * 2];
static unsigned char *input, *output; /* ROOM bytes between two pages of no access */
static uint64_t seed;

static uint32_t rnd(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

#define REQUIRE(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: stream %d: not so: %s\n", __FILE__, __LINE__, number, #condition); \
			exit(1); \
		} \
	} while (0)
static int number;

static voidpf allocate(voidpf opaque, uInt items, uInt size)
{
	(void)opaque;
	return malloc((size_t)items * size);
}
static void release(voidpf opaque, voidpf address)
{
	(void)opaque;
	free(address);
}

static unsigned char *guarded(void)
{
	unsigned char *at = mmap(NULL, ROOM + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED || mprotect(at + PAGE, ROOM, PROT_READ | PROT_WRITE))
		exit(2);
	return at + PAGE;
}

/* A place for n bytes that touches one of the pages. */
static unsigned char *place(unsigned char *room, uint32_t n)
{
	return rnd(4) ? room + ROOM - n : room;
}

/* Something like rows of pixels, text, noise, or one byte. */
static size_t make_plain(void)
{
	size_t n = rnd(5) ? rnd(20000) : rnd(LONGEST);
	uint32_t kind = rnd(6), spread = 1 + rnd(64);
	for (size_t i = 0; i < n; i++)
		switch (kind) {
		case 0: plain[i] = (unsigned char)rnd(256); break;
		case 1: plain[i] = (unsigned char)(rnd(spread) + rnd(spread)); break;
		case 2: plain[i] = i < 3000 ? (unsigned char)rnd(256) : plain[i - 1 - rnd(3000)]; break;
		case 3: plain[i] = (unsigned char)"the quick brown fox"[rnd(19)]; break;
		case 4: plain[i] = 7; break;
		default: plain[i] = i > 32768 && rnd(50) ? plain[i - 32768] : (unsigned char)rnd(spread); break;
		}
	return n;
}

static size_t compress_plain(size_t n)
{
	static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED};
	z_stream s = {0};
	REQUIRE(deflateInit2(&s, (int)rnd(10), Z_DEFLATED, 9 + (int)rnd(7), 1 + (int)rnd(9), strategies[rnd(5)]) == Z_OK);
	s.next_in = plain;
	s.next_out = coded;
	s.avail_out = sizeof coded;
	size_t left = n;
	while (left > 0 && rnd(3)) { /* blocks end in several ways */
		s.avail_in = rnd((uint32_t)left + 1);
		left -= s.avail_in;
		static const int flushes[] = {Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK};
		REQUIRE(deflate(&s, flushes[rnd(5)]) != Z_STREAM_ERROR && s.avail_in == 0);
	}
	s.avail_in = (uInt)left;
	REQUIRE(deflate(&s, Z_FINISH) == Z_STREAM_END);
	size_t length = sizeof coded - s.avail_out;
	deflateEnd(&s);
	return length;
}

static size_t damage(size_t length)
{
	if (rnd(3) == 0)
		length = rnd((uint32_t)length + 1);
	for (uint32_t k = rnd(5); k > 0 && length > 0; k--) {
		size_t at = rnd(2) ? rnd((uint32_t)length) : rnd((uint32_t)(length < 80 ? length : 80));
		coded[at] = rnd(2) ? (unsigned char)rnd(256) : coded[at] ^ (unsigned char)(1 << rnd(8));
	}
	return length;
}

/* In pieces, to the end, an error, or where nothing moves any more. */
static int inflate_pieces(z_stream *s, size_t length, size_t *written)
{
	uint32_t most_in = rnd(4) ? 1 + rnd(9000) : 1 + rnd(10), most_out = rnd(3) ? 1 + rnd(100000) : 1 + rnd(300);
	size_t at = 0;
	int answer = Z_OK;
	*written = 0;
	do {
		uint32_t kept = s->avail_in, more = 1 + rnd(most_in), n_out = 1 + rnd(most_out);
		if (more > length - at)
			more = (uint32_t)(length - at);
		if (kept == 0) {
			unsigned char *piece = place(input, more);
			memcpy(piece, coded + at, more);
			at += more;
			s->next_in = piece;
			s->avail_in = more;
		}
		if (n_out > sizeof got - *written)
			n_out = (uint32_t)(sizeof got - *written);
		unsigned char *out = place(output, n_out);
		s->next_out = out;
		s->avail_out = n_out;
		answer = isal_zlib_inflate(s, Z_NO_FLUSH);
		REQUIRE(s->next_out == out + (n_out - s->avail_out));
		memcpy(got + *written, out, n_out - s->avail_out);
		*written += n_out - s->avail_out;
	} while (answer == Z_OK || (answer == Z_BUF_ERROR && at < length));
	return answer;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1000, intact = 0, refused = 0, cut = 0, shorter = 0;
	z_stream isal = {.zalloc = allocate, .zfree = release};
	input = guarded();
	output = guarded();
	REQUIRE(isal_zlib_inflateInit2(&isal, 9) == Z_STREAM_ERROR && !isal.state);
	REQUIRE(isal_zlib_inflateInit2(&isal, 0) == Z_OK);
	for (number = 0; number < n; number++) {
		seed = 88172645463325252u + (uint64_t)number;
		size_t size = make_plain(), length = compress_plain(size);
		int damaged = rnd(4) != 0;
		if (damaged)
			length = damage(length);
		else
			for (uint32_t k = rnd(20); k > 0; k--) /* something follows the stream */
				coded[length++] = (unsigned char)rnd(256);

		z_stream zlib = {0};
		REQUIRE(inflateInit2(&zlib, 15) == Z_OK);
		zlib.next_in = coded;
		zlib.avail_in = (uInt)length;
		zlib.next_out = expected;
		zlib.avail_out = sizeof expected;
		int want = inflate(&zlib, Z_NO_FLUSH);
		if (want == Z_OK)
			want = Z_BUF_ERROR; /* there is room, so it is the input that is short */
		size_t wanted = sizeof expected - zlib.avail_out, unused = zlib.avail_in, written;
		inflateEnd(&zlib);

		REQUIRE((number % 2 ? isal_zlib_inflateReset(&isal) : isal_zlib_inflateReset2(&isal, 15)) == Z_OK);
		isal.avail_in = 0;
		int answer = inflate_pieces(&isal, length, &written);
		size_t same = written < wanted ? written : wanted;
		REQUIRE(memcmp(got, expected, same) == 0);
		REQUIRE((answer == Z_STREAM_END) == (want == Z_STREAM_END));
		if (want == Z_STREAM_END) {
			REQUIRE(written == wanted && isal.total_out == written);
			REQUIRE(isal.total_in >= length - unused && isal.total_in <= length - unused + 8);
			uInt rest = isal.avail_in;
			REQUIRE(isal_zlib_inflate(&isal, Z_NO_FLUSH) == Z_STREAM_END && isal.avail_in == rest);
			intact++;
		} else if (want == Z_BUF_ERROR) {
			/* zlib finds a table of codes wrong at its beginning, ISA-L at its end. */
			REQUIRE(answer == Z_BUF_ERROR || answer == Z_DATA_ERROR || answer == Z_NEED_DICT);
			cut++;
		} else {
			REQUIRE(answer != Z_DATA_ERROR || isal.msg);
			refused++;
		}
		shorter += written < wanted;
		if (!damaged)
			REQUIRE(want == Z_STREAM_END && written == size && memcmp(got, plain, size) == 0);
		uint32_t some = rnd((uint32_t)(length < ROOM ? length : ROOM) + 1), start = rnd(2) ? 0 : rnd(UINT32_MAX);
		unsigned char *piece = place(input, some);
		memcpy(piece, coded, some);
		REQUIRE(isal_zlib_crc32(start, piece, some) == crc32(start, piece, some));
	}
	REQUIRE(isal_zlib_crc32(0, NULL, 0) == crc32(0, NULL, 0));
	REQUIRE(isal_zlib_inflateEnd(&isal) == Z_OK && !isal.state);
	REQUIRE(isal_zlib_inflate(&isal, Z_NO_FLUSH) == Z_STREAM_ERROR);
	printf("%d streams decoded, %d cut off, %d refused; of %d of these ISA-L gave out less before the damage\n", intact, cut, refused, shorter);
	return intact > 0 && cut > 0 && refused > 0 ? 0 : 1;
}
