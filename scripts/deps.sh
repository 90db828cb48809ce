#!/bin/sh
# Installs what building and testing need and this machine lacks, by apt-get,
# with sudo only where one is not root. It says what it does, and does nothing
# where nothing is missing.
#
#   deps.sh build    a C compiler, and libvips where there is no prefix of make native
#   deps.sh test     these, and what the tests use: Chromium, heif-convert, and
#                    the browser driver from npm
#   deps.sh bench    what the bench measures by and against: Pillow and numpy,
#                    Debian's libvips, nginx, node, and sharp from npm
#   deps.sh package ARCH
#                    what the tests of a package for ARCH use: qemu for a foreign
#                    one, and bubblewrap where one is not root
set -eu
cd "$(dirname "$0")/.."
what=${1:-build}

has() { command -v "$1" >/dev/null 2>&1; }

for tool in go git; do
	has "$tool" || { echo "deps: $tool is missing; see the README for what to install first" >&2; exit 1; }
done

packages=""
if [ "$what" = package ]; then
	arch=$(echo "${2:-$(uname -m)}" | sed 's/arm64/aarch64/')
	[ "$arch" = "$(uname -m)" ] || has "qemu-$arch-static" || packages="$packages qemu-user-static"
	[ "$(id -u)" = 0 ] || has bwrap || packages="$packages bubblewrap"
elif [ "$what" = bench ]; then
	for tool in node npm; do
		has "$tool" || { echo "deps: $tool is missing; the bench needs Node 20 or newer" >&2; exit 1; }
	done
	# Debian's own python, whichever comes first in PATH.
	/usr/bin/python3 -c 'import PIL, numpy' 2>/dev/null || packages="$packages python3-pil python3-numpy"
	has nginx || [ -x /usr/sbin/nginx ] || packages="$packages nginx-light"
	# Also where there is a native prefix: one contender is plain bimg on Debian's.
	has pkg-config && has cc || packages="$packages build-essential pkg-config"
	has pkg-config && pkg-config --exists vips || packages="$packages libvips-dev"
else
	has pkg-config && has cc || packages="$packages build-essential pkg-config"
	scripts/native/env.sh >/dev/null 2>&1 || { has pkg-config && pkg-config --exists vips; } || packages="$packages libvips-dev"
	if [ "$what" = test ]; then
		for tool in node npm; do
			has "$tool" || { echo "deps: $tool is missing; the tests need Node 20 or newer" >&2; exit 1; }
		done
		has chromium || has google-chrome || packages="$packages chromium"
		has heif-convert || packages="$packages libheif-examples"
	fi
fi

if [ -n "$packages" ]; then
	has apt-get || { echo "deps: please install by your package manager:$packages (names as in Debian)" >&2; exit 1; }
	root=""
	[ "$(id -u)" = 0 ] || root=sudo
	echo "deps: installing by apt-get:$packages" >&2
	$root apt-get update -qq >&2
	# Newer releases keep libheif's codecs in packages of their own.
	case $packages in *libvips-dev*)
		for codec in libheif-plugin-libde265 libheif-plugin-aomdec libheif-plugin-aomenc; do
			if apt-cache show "$codec" >/dev/null 2>&1; then packages="$packages $codec"; fi
		done ;;
	esac
	# shellcheck disable=SC2086 # a list of names
	$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >&2
fi

sharp=scripts/bench/sharp
if [ "$what" = bench ] && ! test $sharp/node_modules/.package-lock.json -nt $sharp/package-lock.json; then
	echo "deps: installing sharp by npm into $sharp" >&2
	(cd $sharp && npm ci --silent --no-audit --no-fund >&2)
fi

# The browser driver, and what the JavaScript package is tested against.
for modules in scripts/local/browser pkg/thumburl/js; do
	[ "$what" = test ] || continue
	cmp -s $modules/package-lock.json $modules/node_modules/.installed && continue
	echo "deps: installing by npm into $modules" >&2
	(cd $modules && npm ci --silent --no-audit --no-fund >&2)
	cp $modules/package-lock.json $modules/node_modules/.installed
done
