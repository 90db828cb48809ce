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
