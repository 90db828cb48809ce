#!/bin/sh
# Checks that libjpeg-turbo.patch changes no pixel and no warning: builds the source
# with and without it, decodes a generated corpus and damaged variants of it by both,
# and compares the digests of all that came out.
#
#   check.sh SOURCE [N [JPEG…]]    SOURCE is an unpacked source of libjpeg-turbo; it
#                                  is copied. N variants of damage in all (20000);
#                                  more JPEGs are added to the corpus as they are
#   SANITISE=1 check.sh …          the same with jdhuff.c and the input under ASan and UBSan
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$1 n=${2:-20000}
[ $# -lt 2 ] || shift
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/digest.c" <<'END'
/* digest N FILE…: prints a digest of each file's pixels and messages at each scale,
 * and those of N damaged variants of each. digest cmyk OUT: writes a JPEG in CMYK. */
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>

static uint64_t seed, hash;
static uint32_t rnd(void) { seed = seed * 6364136223846793005u + 1442695040888963407u; return seed >> 33; }
static void mix(uint64_t v) { hash = (hash ^ v) * 1099511628211u; }
static jmp_buf out;
static int warnings;
static void fatal(j_common_ptr c) { mix(c->err->msg_code); longjmp(out, 1); }
static void message(j_common_ptr c, int level) { if (level < 0) { warnings++; mix(c->err->msg_code); } }

/* A source that hands out pieces, each in memory of its own length. */
static unsigned char *piece;
static const unsigned char *data;
static size_t length, at, most;
static boolean fill(j_decompress_ptr c) {
	size_t n = length - at < most ? length - at : most;
	free(piece);
	if (n == 0) { piece = malloc(2); piece[0] = 0xFF; piece[1] = 0xD9; n = 2; c->err->msg_code = 123; message((j_common_ptr)c, -1); }
	else { piece = malloc(n); memcpy(piece, data + at, n); at += n; }
	c->src->next_input_byte = piece; c->src->bytes_in_buffer = n;
	return TRUE;
}
static void skip(j_decompress_ptr c, long n) {
	while (n > (long)c->src->bytes_in_buffer) { n -= c->src->bytes_in_buffer; fill(c); }
	if (n > 0) { c->src->next_input_byte += n; c->src->bytes_in_buffer -= n; }
}
static void nothing(j_decompress_ptr c) { (void)c; }

static void decode(const char *name, int variant, int num, int pieces) {
	struct jpeg_decompress_struct c; struct jpeg_error_mgr e; struct jpeg_source_mgr s;
	static unsigned char row[65536 * 4];
	unsigned char *rows = row;
	memset(&s, 0, sizeof s);
	c.err = jpeg_std_error(&e); e.error_exit = fatal; e.emit_message = message;
	hash = 14695981039346656037u; warnings = 0; at = 0; piece = NULL;
	jpeg_create_decompress(&c);
	if (!setjmp(out)) {
		if (pieces == 0) jpeg_mem_src(&c, data, length);
		else {
			most = pieces; s.init_source = s.term_source = nothing; s.fill_input_buffer = fill;
			s.skip_input_data = skip; s.resync_to_restart = jpeg_resync_to_restart; c.src = &s;
		}
		jpeg_read_header(&c, TRUE);
		c.scale_num = num; c.scale_denom = 8;
		if ((uint64_t)c.image_width * c.image_height < 50000000) {
			jpeg_start_decompress(&c);
			while (c.output_scanline < c.output_height) {
				if (variant % 8 == 5 && c.output_scanline == 9 && c.output_height > 60) mix(jpeg_skip_scanlines(&c, 40));
				memset(row, 0, c.output_width * c.output_components);
				jpeg_read_scanlines(&c, &rows, 1);
				for (size_t i = 0; i < c.output_width * c.output_components; i++) mix(row[i]);
			}
			jpeg_finish_decompress(&c);
		}
	}
	jpeg_destroy_decompress(&c);
	free(piece);
	printf("%s %d %d/8 %d: %d %016llx\n", name, variant, num, pieces, warnings, (unsigned long long)hash);
}

static void cmyk(const char *name) {
	struct jpeg_compress_struct c; struct jpeg_error_mgr e; FILE *f = fopen(name, "wb");
	unsigned char row[203 * 4], *rows = row;
	c.err = jpeg_std_error(&e); jpeg_create_compress(&c); jpeg_stdio_dest(&c, f);
	c.image_width = 203; c.image_height = 141; c.input_components = 4; c.in_color_space = JCS_CMYK;
	jpeg_set_defaults(&c); jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < 141) {
		for (int i = 0; i < 203 * 4; i++) row[i] = i + c.next_scanline * (i % 4) + rnd() % 40;
		jpeg_write_scanlines(&c, &rows, 1);
	}
	jpeg_finish_compress(&c); fclose(f);
}

int main(int argc, char **argv) {
	static const int scales[] = {1, 2, 3, 4, 8}, sizes[] = {0, 0, 4096, 0, 20000, 3100, 7, 0};
	if (strcmp(argv[1], "cmyk") == 0) { cmyk(argv[2]); return 0; }
	for (int i = 2; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		fseek(f, 0, SEEK_END); size_t full = ftell(f); rewind(f);
		unsigned char *whole = malloc(full);
		if (fread(whole, 1, full, f) != full) return 1;
		fclose(f);
		for (int v = 0; v <= atoi(argv[1]); v++) {
			seed = i * 1000003ull + v; rnd();
			length = full;
			if (v > 0 && rnd() % 4 == 0) length = 1 + rnd() % full;
			unsigned char *copy = malloc(length);
			memcpy(copy, whole, length);
			/* Most damage lies in the entropy-coded part, some in the tables. */
			for (int d = v > 0 ? 1 + rnd() % (rnd() % 3 ? 4 : 60) : 0; d > 0; d--) {
				size_t p = rnd() % (rnd() % 8 ? length : length < 700 ? length : 700);
				if (p < 700 && rnd() % 4) p = length - 1 - p % length;
				switch (rnd() % 5) {
				case 0: copy[p] = 0xFF; break;
				case 1: copy[p] ^= 1 << rnd() % 8; break;
				case 2: copy[p] = rnd(); break;
				case 3: copy[p] = 0xFF; if (p + 1 < length) copy[p + 1] = rnd() % 2 ? 0xD0 + rnd() % 10 : 0; break;
				case 4: for (int k = rnd() % 64; k > 0 && p < length; k--) copy[p++] = rnd() % 2 ? 0xFF : rnd(); break;
				}
			}
			data = copy;
			for (int s = 0; s < 5; s++)
				if (full < 1000000 || v < 8 || s == v % 5) decode(argv[i], v, scales[s], v ? sizes[rnd() % 8] : 0);
			if (v == 0) for (int s = 0; s < 5; s++) decode(argv[i], v, scales[s], 4096);
			free(copy);
		}
		free(whole);
	}
	return 0;
}
END

make() { # make NAME: builds $work/NAME into $work/NAME/out, and the digest of it
	cmake -S "$work/$1" -B "$work/$1/out" -D CMAKE_BUILD_TYPE=None -D CMAKE_C_FLAGS=-O2 -D ENABLE_SHARED=OFF \
		-D WITH_TURBOJPEG=OFF -D WITH_TESTS=OFF >"$work/$1.log" 2>&1
	cmake --build "$work/$1/out" -j "$(nproc)" >>"$work/$1.log" 2>&1
	instrument=""
	[ -z "${SANITISE:-}" ] || instrument="-fsanitize=address,undefined"
	# An object that is named comes before the archive's.
	# shellcheck disable=SC2086 # flags
	cc -O2 -g $instrument -I"$work/$1/src" -I"$work/$1/out" \
		"$work/digest.c" "$work/$1/src/jdhuff.c" "$work/$1/out/libjpeg.a" -o "$work/$1/digest"
}
cp -r "$source" "$work/before"
cp -r "$source" "$work/after"
patch -s -p1 -d "$work/after" <"${PATCH:-$here/libjpeg-turbo.patch}"
make before
make after
export ASAN_OPTIONS=detect_leaks=0

corpus=$work/corpus cjpeg=$work/before/out/cjpeg-static
mkdir "$corpus"
"$work/before/digest" cmyk "$corpus/cmyk.jpg"
picture=$source/testimages/testorig.ppm
for quality in 5 30 60 75 85 95 100; do
	for sampling in 1x1 2x1 2x2 1x2 4x1; do
		"$cjpeg" -quality $quality -sample $sampling "$picture" >"$corpus/$quality-$sampling.jpg"
		"$cjpeg" -quality $quality -sample $sampling -restart 1 "$picture" >"$corpus/$quality-$sampling-row.jpg"
		"$cjpeg" -quality $quality -sample $sampling -restart 5B -optimize "$picture" >"$corpus/$quality-$sampling-5.jpg"
	done
	"$cjpeg" -quality $quality -optimize "$picture" >"$corpus/$quality-optimised.jpg"
	"$cjpeg" -quality $quality -grayscale "$picture" >"$corpus/$quality-grey.jpg"
	"$work/before/out/djpeg-static" -scale $((quality % 7 + 1))/8 "$corpus/$quality-1x1.jpg" | "$cjpeg" -quality $quality >"$corpus/$quality-odd.jpg"
	"$cjpeg" -quality $quality -progressive "$picture" >"$corpus/$quality-progressive.jpg"
done 2>"$work/cjpeg.log"
[ $# = 0 ] || cp "$@" "$corpus/"
cd "$corpus"
files=$(find . -type f | wc -l)
each=$(((n + files - 1) / files))
for build in before after; do
	"$work/$build/digest" $each ./* >"$work/$build.txt" 2>"$work/$build.err" &
done
wait
for build in before after; do grep -E 'runtime error|ERROR: ' "$work/$build.err" | sed 's/:[0-9:]* / /' | sort -u >"$work/$build.said" || :; done
if comm -13 "$work/before.said" "$work/after.said" | grep .; then exit 1; fi
tail -n 1 "$work/after.txt"
if ! cmp "$work/before.txt" "$work/after.txt"; then
	diff "$work/before.txt" "$work/after.txt" | head -n 20
	exit 1
fi
echo "the same: $(wc -l <"$work/after.txt") decodes of $files files and $((each * files)) damaged variants, $(grep -vc ': 0 ' "$work/after.txt") with warnings"
