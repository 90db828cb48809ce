#!/bin/sh
# Makes the sources that the tests can't make themselves: a picture of 128x96
# with one colour a quarter (red, green / blue, white), in formats and colour
# spaces that Go's library does not write. Needs libvips-tools and
# libheif-examples. The files are committed; run this only to change them.
set -eu
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
quarter() { # name r g b
	vips black "$tmp/b.v" 64 48 --bands 3
	vips linear "$tmp/b.v" "$tmp/$1.v" 1 "$2 $3 $4" --uchar
}
quarter red 200 40 30
quarter green 30 160 60
quarter blue 40 60 190
quarter white 240 240 240
vips arrayjoin "$tmp/red.v $tmp/green.v $tmp/blue.v $tmp/white.v" "$tmp/joined.v" --across 2
vips copy "$tmp/joined.v" "$tmp/quad.v" --interpretation srgb
vips copy "$tmp/quad.v" "$tmp/quad.png[strip]"

vips tiffsave "$tmp/quad.v" quad.tif --compression deflate --strip
vips webpsave "$tmp/quad.v" quad.webp --Q 95 --strip
vips heifsave "$tmp/quad.v" quad.avif --Q 90 --compression av1 --strip
heif-enc -q 90 -o quad.heic "$tmp/quad.png" >/dev/null
# What the profile is for: the same colours, other numbers.
vips icc_transform "$tmp/quad.v" "$tmp/p3.v" p3 --input-profile srgb --intent relative
vips jpegsave "$tmp/p3.v" quad-p3.jpg --Q 95 --profile p3
vips pngsave "$tmp/p3.v" "$tmp/p3.png" --profile p3
heif-enc -q 90 -o quad-p3.heic "$tmp/p3.png" >/dev/null
vips icc_transform "$tmp/quad.v" "$tmp/cmyk.v" cmyk --input-profile srgb --intent relative
vips jpegsave "$tmp/cmyk.v" quad-cmyk.jpg --Q 95 --strip
vips jpegsave "$tmp/quad.v" quad-progressive.jpg --Q 95 --interlace --strip

# Muted colours, which ink can print, through profiles of others (lcms's tificc and
# Ghostscript's CMYK; packages liblcms2-utils and libgs-common).
muted() { # name r g b
	vips linear "$tmp/b.v" "$tmp/$1.v" 1 "$2 $3 $4" --uchar
}
muted m1 140 102 97
muted m2 102 128 107
muted m3 107 112 153
muted m4 230 230 217
vips arrayjoin "$tmp/m1.v $tmp/m2.v $tmp/m3.v $tmp/m4.v" "$tmp/joined.v" --across 2
vips copy "$tmp/joined.v" "$tmp/muted.v" --interpretation srgb
vips tiffsave "$tmp/muted.v" "$tmp/muted.tif" --strip

vips icc_transform "$tmp/muted.v" "$tmp/plain.v" cmyk --input-profile srgb --intent relative
vips jpegsave "$tmp/plain.v" muted-cmyk.jpg --Q 95 --strip
vips tiffsave "$tmp/plain.v" muted-cmyk.tif --compression deflate --strip
tificc -t1 -i "*sRGB" -o /usr/share/color/icc/ghostscript/ps_cmyk.icc "$tmp/muted.tif" "$tmp/gs.tif"
vips jpegsave "$tmp/gs.tif" muted-cmyk-icc.jpg --Q 95 --profile /usr/share/color/icc/ghostscript/ps_cmyk.icc
# 10 bits, and a checkerboard of single pixels, lossless.
vips linear "$tmp/quad.v" "$tmp/quad16.v" 257 0
vips cast "$tmp/quad16.v" "$tmp/deep.v" ushort
vips copy "$tmp/deep.v" "$tmp/deep16.v" --interpretation rgb16
vips pngsave "$tmp/deep16.v" "$tmp/deep.png" --strip
heif-enc -b 10 -q 90 -o ten-bit.heic "$tmp/deep.png" >/dev/null
# The other chroma formats and depths of HEVC.
heif-enc -q 90 -p chroma=444 -o quad-444.heic "$tmp/quad.png" >/dev/null
heif-enc -b 10 -q 90 -p chroma=422 -o quad-422-10.heic "$tmp/deep.png" >/dev/null
heif-enc -b 12 -q 90 -p chroma=444 -o quad-444-12.heic "$tmp/deep.png" >/dev/null
vips colourspace "$tmp/quad.v" "$tmp/grey.v" b-w
vips pngsave "$tmp/grey.v" "$tmp/grey.png" --strip
heif-enc -q 90 -o quad-grey.heic "$tmp/grey.png" >/dev/null
# Noise in several slices, with the MD5 of its pixels.
vips gaussnoise "$tmp/noise.v" 128 96 --mean 128 --sigma 30 --seed 1
vips cast "$tmp/noise.v" "$tmp/noise8.v" uchar
vips pngsave "$tmp/noise8.v" "$tmp/noise.png" --strip
heif-enc -q 40 -p x265:ctu=16 -p x265:slices=3 -p x265:hash=1 -o slices.heic "$tmp/noise.png" >/dev/null
vips black "$tmp/k.v" 1 1
vips linear "$tmp/k.v" "$tmp/w.v" 1 255 --uchar
vips arrayjoin "$tmp/k.v $tmp/w.v $tmp/w.v $tmp/k.v" "$tmp/four.v" --across 2
vips replicate "$tmp/four.v" "$tmp/board.v" 144 144
vips bandjoin "$tmp/board.v $tmp/board.v $tmp/board.v" "$tmp/board3.v"
vips copy "$tmp/board3.v" "$tmp/checkers.v" --interpretation srgb
vips webpsave "$tmp/checkers.v" checkers.webp --lossless --strip
vips bandjoin_const "$tmp/checkers.v" "$tmp/checkers4.v" 128
vips webpsave "$tmp/checkers4.v" checkers-alpha.webp --lossless --strip
