#!/bin/sh
# Builds libvips and its codecs as static libraries, with what the recipe names,
# into a prefix in the user's cache directory, and prints the prefix.
#
#   build.sh [ARCH]    ARCH is x86_64 or arm64; this machine's if none is named
#
# Sources are Debian's, with Debian's patches, from this machine's own mirror in an
# apt directory of our own: the machine's apt configuration is read, never written.
# Each finished library leaves a stamp: a second run has nothing to do, and an
# interrupted one goes on where it stopped.
set -eu
cd "$(dirname "$0")"
arch=${1:-$(uname -m)}
. ./common.sh

log=""
exec 3>&2

# Installed under this name and moved into the prefix, so that no path of this
# machine gets into the libraries.
root=/opt/thumbfront-native

say() { echo "native: $*" >&3; }
fail() { say "$@"; exit 1; }
. ./sources.sh

# show_log ends a failed build with the end of its log.
show_log() {
	status=$?
	[ $status = 0 ] || [ -z "$log" ] || { tail -n 25 "$log" >&3; say "failed; the whole log is $log"; }
}

main() {
	mkdir -p "$prefix/stamps" "$prefix/log" "$sources"
	exec 9>"$prefix/lock"
	flock 9 # two runs at once: the second waits, then finds the work done
	if ! is_complete; then
		install_missing
		mkdir -p "$prefix/bin" "$prefix/include/vips" "$prefix/lib/pkgconfig"
		write_tools
		write_shim
		for name in $(parts); do build "$name"; done
		rm -rf "$prefix/build"
	fi
	echo "$prefix"
}

# --- what this machine must have -------------------------------------------------

# install_missing installs what building needs and this machine lacks.
install_missing() {
	has_package dpkg || fail "this needs Debian; use the Dockerfile"
	wanted="build-essential pkg-config cmake ninja-build nasm autoconf automake libtool autopoint gettext xz-utils python3-packaging"
	if [ -n "$cross" ]; then
		wanted="$wanted g++-$(echo "$triplet" | tr _ -)"
	else
		wanted="$wanted libbrotli-dev" # ssimulacra2
	fi
	missing=""
	for package in $wanted; do
		has_package "$package" || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	sudo=""
	[ "$(id -u)" = 0 ] || sudo=sudo
	say "installing by apt-get:$missing"
	$sudo apt-get update -qq >&2
	# shellcheck disable=SC2086 # a list of names
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
}

has_package() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

# --- tools in the prefix ---------------------------------------------------------

# write_tools makes a pkg-config that knows the prefix alone (this machine's libvips-dev,
# GLib and the like must not leak in) and always answers for static linking, also to
# cgo: libheif names libavcodec and aom only there. And it unpacks the recipe's Meson,
# which runs on Debian's Python, and tells it the compilers.
write_tools() {
	cat >"$prefix/bin/pkg-config" <<-END
		#!/bin/sh
		PKG_CONFIG_PATH= PKG_CONFIG_LIBDIR='$prefix/lib/pkgconfig' exec pkg-config --static "\$@"
	END
	fetch meson
	dpkg-deb --extract "$file" "$prefix/tools"
	cat >"$prefix/bin/meson" <<-END
		#!/bin/sh
		PYTHONPATH='$prefix/tools/usr/lib/python3/dist-packages' exec /usr/bin/python3 '$prefix/tools/usr/bin/meson' "\$@"
	END
	chmod +x "$prefix/bin/pkg-config" "$prefix/bin/meson"
	cat >"$prefix/tools/machine.ini" <<-END
		[binaries]
		c = '${cross}gcc'
		cpp = '${cross}g++'
		ar = '${cross}ar'
		strip = '${cross}strip'
		pkg-config = '$prefix/bin/pkg-config'
	END
	[ -z "$cross" ] || cat >>"$prefix/tools/machine.ini" <<-END
		[host_machine]
		system = 'linux'
		cpu_family = '${triplet%%-*}'
		cpu = '${triplet%%-*}'
		endian = 'little'
	END
}

# write_shim: bimg 1.1.9 includes this header for one name, and libvips has none
# when it is built without its deprecated functions.
write_shim() {
	echo '#define im__print_all vips_object_print_all' >"$prefix/include/vips/vips7compat.h"
}

# --- building --------------------------------------------------------------------

# build builds one part, unless its stamp is there. The stamp says what it was built
# from; the list of what a package holds is read from the stamps.
build() {
	[ ! -e "$prefix/stamps/$1" ] || return 0
	say "building $1"
	began=$(date +%s)
	log=$prefix/log/$1
	"build_$(echo "$1" | tr - _)" "$1" >"$log" 2>&1
	log="" asserts=""
	rm -rf "$prefix/build/$1"
	pinned "$1"
	echo "$package $version $suite $sha256 $kind $licence" >"$prefix/stamps/$1"
	say "built $1 $version in $(($(date +%s) - began)) s"
}

# unpack leaves the source of a part in $source, with Debian's patches and with ours,
# if there is one. dpkg-source checks the tarballs against the SHA-256 sums in the .dsc.
unpack() {
	source=$prefix/build/$1/source
	rm -rf "$prefix/build/$1"
	mkdir -p "$prefix/build/$1"
	fetch "$1"
	dpkg-source --extract "$file" "$source"
	[ ! -e "patches/$1.patch" ] || patch -d "$source" -p1 <"patches/$1.patch"
}

# Sections of their own let the linker drop what nothing calls; the map keeps this
# machine's paths out of messages. Decoders keep their assertions: a stopped process
# costs one request, memory that is written beyond its end may cost more. $asserts is
# -DNDEBUG for those that are better without.
flags() { echo "-O2 -g0 -ffunction-sections -fdata-sections -ffile-prefix-map=$prefix/build=. -I$prefix/include $asserts"; }
asserts=""

# with_cmake NAME OPTION… builds an unpacked source by CMake and installs it. Nothing
# is looked for outside the prefix.
with_cmake() {
	configure_cmake "$@"
	cmake --build "$prefix/build/$1/out"
	DESTDIR="$prefix/build/$1/stage" cmake --install "$prefix/build/$1/out"
	move_in "$1"
}

configure_cmake() {
	name=$1
	shift
	[ -z "$cross" ] || set -- -D CMAKE_SYSTEM_NAME=Linux -D CMAKE_SYSTEM_PROCESSOR="${triplet%%-*}" "$@"
	PKG_CONFIG="$prefix/bin/pkg-config" CFLAGS="$(flags)" CXXFLAGS="$(flags)" cmake -G Ninja \
		-S "$source" -B "$prefix/build/$name/out" \
		-D CMAKE_C_COMPILER="${cross}gcc" -D CMAKE_CXX_COMPILER="${cross}g++" \
		-D CMAKE_BUILD_TYPE=None -D BUILD_SHARED_LIBS=OFF -D BUILD_TESTING=OFF \
		-D CMAKE_INSTALL_PREFIX=$root -D CMAKE_INSTALL_LIBDIR=lib \
		-D CMAKE_PREFIX_PATH="$prefix" -D CMAKE_FIND_ROOT_PATH="$prefix" \
		-D CMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY -D CMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY \
		-D CMAKE_FIND_ROOT_PATH_MODE_PACKAGE=ONLY \
		"$@"
}

# with_meson NAME OPTION… builds an unpacked source by Meson and installs it.
with_meson() {
	name=$1
	shift
	machine=--native-file
	[ -z "$cross" ] || machine=--cross-file
	CFLAGS="$(flags)" CXXFLAGS="$(flags)" "$prefix/bin/meson" setup \
		"$prefix/build/$name/out" "$source" $machine "$prefix/tools/machine.ini" \
		-D c_args="$(flags)" -D cpp_args="$(flags)" \
		--buildtype=plain --default-library=static --auto-features=disabled --wrap-mode=nodownload \
		--prefix=$root --libdir=lib "$@"
	"$prefix/bin/meson" compile -C "$prefix/build/$name/out"
	DESTDIR="$prefix/build/$name/stage" "$prefix/bin/meson" install -C "$prefix/build/$name/out"
	move_in "$name"
}

# with_autoconf NAME OPTION… builds an unpacked source by its configure script, which
# is made first: Debian's tarballs come without.
with_autoconf() {
	name=$1
	shift
	(
		cd "$source"
		autoreconf --force --install
		PKG_CONFIG="$prefix/bin/pkg-config" CFLAGS="$(flags)" ./configure --host="$triplet" \
			--prefix=$root --libdir=$root/lib --disable-shared --enable-static "$@"
		make -j"$(nproc)"
		make install DESTDIR="$prefix/build/$name/stage"
	)
	move_in "$name"
}

# move_in puts what a library installed into the prefix, without shared libraries,
# which some build whatever they are told.
move_in() {
	stage=$prefix/build/$1/stage$root
	rm -f "$stage"/lib/*.so*
	for file in "$stage"/lib/pkgconfig/*.pc "$stage"/share/pkgconfig/*.pc; do
		[ ! -e "$file" ] || sed -i "s#$root#$prefix#g" "$file"
	done
	[ ! -d "$stage/share/pkgconfig" ] || mv "$stage"/share/pkgconfig/*.pc "$prefix/lib/pkgconfig/"
	cp -a "$stage/." "$prefix/"
}

# --- the libraries ---------------------------------------------------------------
# Each takes what JPEG, PNG, WebP, HEIC, AVIF, GIF and TIFF need and nothing else:
# code that is not there cannot be attacked.

build_zlib() {
	unpack zlib
	(
		cd "$source"
		CHOST="${cross%-}" CFLAGS="$(flags)" ./configure --static --prefix=$root --libdir=$root/lib
		make libz.a
		make install DESTDIR="$prefix/build/zlib/stage"
	)
	move_in zlib
}

build_libffi() {
	unpack libffi
	with_autoconf libffi --disable-docs --disable-multi-os-directory
	# Debian drops the folder from it.
	# shellcheck disable=SC2016 # a variable of pkg-config
	sed -i 's#^Libs: -lffi#Libs: -L${libdir} -lffi#' "$prefix/lib/pkgconfig/libffi.pc"
}

build_pcre2() {
	unpack pcre2
	with_cmake pcre2 -D PCRE2_BUILD_PCRE2GREP=OFF -D PCRE2_BUILD_TESTS=OFF -D PCRE2_SUPPORT_UNICODE=ON
}

build_glib() {
	unpack glib
	with_meson glib -D tests=false -D nls=disabled -D xattr=false -D glib_debug=disabled -D multiarch=false
}

build_expat() {
	unpack expat
	source=$source/expat
	with_cmake expat -D EXPAT_SHARED_LIBS=OFF -D EXPAT_BUILD_TOOLS=OFF -D EXPAT_BUILD_EXAMPLES=OFF \
		-D EXPAT_BUILD_TESTS=OFF -D EXPAT_BUILD_DOCS=OFF
}

build_libexif() {
	unpack libexif
	with_autoconf libexif --disable-docs --disable-nls
}

build_libjpeg_turbo() {
	unpack libjpeg-turbo
	with_cmake libjpeg-turbo -D ENABLE_SHARED=OFF -D WITH_TURBOJPEG=OFF -D WITH_TOOLS=OFF -D WITH_TESTS=OFF
}

# Only inflate and its checksums are linked of it.
build_libisal() {
	unpack libisal
	(
		cd "$source"
		autoreconf --force --install
		CFLAGS="$(flags)" ./configure --host="$triplet" --prefix=$root --libdir=$root/lib --disable-shared --enable-static
		make -j"$(nproc)" libisal.la
		make install-libLTLIBRARIES install-pkgincludeHEADERS install-pkgconfigDATA DESTDIR="$prefix/build/libisal/stage"
	)
	move_in libisal
}

# It inflates by libisal: see inflate/. CMake's users of libpng know nothing of that:
# libisal goes into the archive, of which they link what is called.
build_libpng() {
	unpack libpng
	cp inflate/inflate_isal.c inflate/inflate_isal.h "$source/"
	with_cmake libpng -D PNG_SHARED=OFF -D PNG_TESTS=OFF -D PNG_TOOLS=OFF
	(
		cd "$prefix/lib"
		printf '%s\n' 'create both.a' 'addlib libpng16.a' 'addlib libisal.a' save end | "${cross}ar" -M
		mv both.a libpng16.a
	)
}

build_libwebp() {
	unpack libwebp
	with_cmake libwebp -D WEBP_BUILD_ANIM_UTILS=OFF -D WEBP_BUILD_CWEBP=OFF -D WEBP_BUILD_DWEBP=OFF \
		-D WEBP_BUILD_GIF2WEBP=OFF -D WEBP_BUILD_IMG2WEBP=OFF -D WEBP_BUILD_VWEBP=OFF \
		-D WEBP_BUILD_WEBPINFO=OFF -D WEBP_BUILD_WEBPMUX=OFF -D WEBP_BUILD_EXTRAS=OFF
}

build_highway() {
	unpack highway
	with_cmake highway -D HWY_ENABLE_CONTRIB=OFF -D HWY_ENABLE_EXAMPLES=OFF -D HWY_ENABLE_TESTS=OFF
}

build_lcms2() {
	unpack lcms2
	with_meson lcms2
}

build_tiff() {
	unpack tiff
	with_cmake tiff -D CMath_HAVE_LIBC_POW=ON -D tiff-opengl=OFF -D tiff-tools=OFF -D tiff-tests=OFF -D tiff-contrib=OFF -D tiff-docs=OFF -D cxx=OFF \
		-D jpeg=ON -D zlib=ON -D old-jpeg=OFF -D pixarlog=OFF -D mdi=OFF -D libdeflate=OFF \
		-D jbig=OFF -D lerc=OFF -D lzma=OFF -D webp=OFF -D zstd=OFF
}

build_dav1d() {
	unpack dav1d
	with_meson dav1d -D enable_asm=true -D enable_tools=false -D enable_tests=false -D b_ndebug=true
}

# dav1d decodes; aom encodes, and its assertions check its own arithmetic.
build_aom() {
	unpack aom
	asserts=-DNDEBUG
	set -- -D CONFIG_AV1_DECODER=0 -D CONFIG_WEBM_IO=0
	[ -z "$cross" ] || set -- "$@" -D AOM_TARGET_CPU="$arch"
	with_cmake aom -D ENABLE_DOCS=OFF -D ENABLE_EXAMPLES=OFF -D ENABLE_TESTS=OFF -D ENABLE_TOOLS=OFF "$@"
}

# HEVC and nothing else, of what is under the LGPL. The options are in the library,
# so they name no path of this machine; its own -O3 comes after our -O2.
build_ffmpeg() {
	unpack ffmpeg
	set --
	[ -z "$cross" ] || set -- --enable-cross-compile --target-os=linux --arch="${triplet%%-*}" --cross-prefix="$cross"
	mkdir "$prefix/build/ffmpeg/out"
	(
		cd "$prefix/build/ffmpeg/out"
		CFLAGS="$(flags)" "$source/configure" --prefix=$root --enable-pic --disable-debug --disable-autodetect \
			--disable-iconv --disable-all --enable-avcodec --enable-decoder=hevc --enable-pthreads "$@"
		make -j"$(nproc)"
		make install-libs install-headers DESTDIR="$prefix/build/ffmpeg/stage"
	)
	move_in ffmpeg
	# Neither machine calls a function for an atomic of 8 bytes.
	sed -i 's# -latomic##' "$prefix/lib/pkgconfig/libavutil.pc" "$prefix/lib/pkgconfig/libavcodec.pc"
}

# An assertion of libheif 1.19.8 (StreamReader_memory) stops the process at a header
# with noise after it; the code behind it copes.
build_libheif() {
	unpack_libheif libheif
	# shellcheck disable=SC2046 # a list of options
	with_cmake libheif -D WITH_EXAMPLES=OFF $(heif_codecs)
}

# unpack_libheif takes our own decoder by libavcodec: see hevc/.
unpack_libheif() {
	unpack "$1"
	asserts=-DNDEBUG
	cp hevc/decoder_ffmpeg.cc "$source/libheif/plugins/"
}

heif_codecs() {
	echo -D ENABLE_PLUGIN_LOADING=OFF -D WITH_LIBDE265=OFF -D WITH_FFMPEG_DECODER=ON -D WITH_DAV1D=ON -D WITH_AOM_ENCODER=ON \
		-D WITH_AOM_DECODER=OFF -D WITH_X265=OFF -D WITH_OpenH264_DECODER=OFF -D WITH_LIBSHARPYUV=OFF \
		-D WITH_GDK_PIXBUF=OFF -D WITH_UNCOMPRESSED_CODEC=OFF
}

build_jpegli() {
	unpack_jpeg_xl jpegli
	# shellcheck disable=SC2046 # a list of options
	configure_cmake jpegli $(jpeg_xl_options) -D JPEGXL_ENABLE_TOOLS=OFF \
		-D BROTLI_INCLUDE_DIR=unused -D BROTLICOMMON_LIBRARY=unused -D BROTLIENC_LIBRARY=unused -D BROTLIDEC_LIBRARY=unused
	cmake --build "$prefix/build/jpegli/out" --target jpegli-static
	cp "$prefix/build/jpegli/out/lib/libjpegli-static.a" "$prefix/lib/libjpegli.a"
	mkdir -p "$prefix/include/jpegli"
	for header in common encode types; do
		sed 's#"lib/jpegli/#"jpegli/#; s#"lib/jxl/base/include_jpeglib.h"#<jpeglib.h>#' "$source/lib/jpegli/$header.h" >"$prefix/include/jpegli/$header.h"
	done
	cat >"$prefix/lib/pkgconfig/jpegli.pc" <<-END
		Name: jpegli
		Description: JPEG encoder of the JPEG XL project
		Version: $(pinned jpegli; echo "${version%%-*}")
		Requires.private: libhwy
		Libs: -L$prefix/lib -ljpegli
		Libs.private: -lstdc++ -lm
		Cflags: -I$prefix/include
	END
}

# unpack_jpeg_xl puts libjpeg-turbo's headers where jpegli looks for them; they are
# configured already, so that its configuring leaves them as they are.
unpack_jpeg_xl() {
	unpack "$1"
	asserts=-DNDEBUG
	headers=$source/third_party/libjpeg-turbo
	mkdir -p "$headers"
	cp "$prefix/include/jpeglib.h" "$prefix/include/jmorecfg.h" "$headers/"
	cp "$prefix/include/jconfig.h" "$headers/jconfig.h.in"
}

jpeg_xl_options() {
	echo -D JPEGXL_ENABLE_JPEGLI_LIBJPEG=OFF -D JPEGXL_ENABLE_BENCHMARK=OFF -D JPEGXL_ENABLE_DOXYGEN=OFF \
		-D JPEGXL_ENABLE_EXAMPLES=OFF -D JPEGXL_ENABLE_JNI=OFF -D JPEGXL_ENABLE_MANPAGES=OFF \
		-D JPEGXL_ENABLE_OPENEXR=OFF -D JPEGXL_ENABLE_SJPEG=OFF -D JPEGXL_ENABLE_SKCMS=OFF \
		-D JPEGXL_ENABLE_TCMALLOC=OFF -D JPEGXL_ENABLE_PLUGINS=OFF -D JPEGXL_BUNDLE_LIBPNG=OFF \
		-D JPEGXL_FORCE_SYSTEM_BROTLI=ON -D JPEGXL_FORCE_SYSTEM_LCMS2=ON -D JPEGXL_FORCE_SYSTEM_HWY=ON
}

build_cgif() {
	unpack cgif
	with_meson cgif -D tests=false
}

# The quantiser is ours, in the place of libimagequant, which is under the GPL.
build_quantise() {
	# shellcheck disable=SC2046 # a list of options
	"${cross}gcc" $(flags) -O3 -c quantise/quantise.c -o "$prefix/build/vips/quantise.o"
	"${cross}ar" rcs "$prefix/lib/libimagequant.a" "$prefix/build/vips/quantise.o"
	cp quantise/libimagequant.h "$prefix/include/"
	cat >"$prefix/lib/pkgconfig/imagequant.pc" <<-END
		Name: imagequant
		Description: thumbfront's quantiser, with the functions that libvips calls
		Version: 2.4.0
		Libs: -L$prefix/lib -limagequant -lm
		Cflags: -I$prefix/include
	END
}

build_vips() {
	unpack vips
	build_quantise
	with_meson vips -D deprecated=false -D examples=false -D cplusplus=false \
		-D modules=disabled -D ppm=false -D analyze=false -D radiance=false \
		-D jpeg=enabled -D png=enabled -D webp=enabled -D tiff=enabled -D heif=enabled \
		-D exif=enabled -D lcms=enabled -D zlib=enabled -D highway=enabled \
		-D imagequant=enabled -D cgif=enabled
	# pkg/render asks pkg-config for vips alone, with and without this prefix.
	sed -i 's#^Requires: #Requires: jpegli, #' "$prefix/lib/pkgconfig/vips.pc"
}

# --- programs for measurements ---------------------------------------------------

build_heif_convert() {
	unpack_libheif heif-convert
	# shellcheck disable=SC2046 # a list of options
	configure_cmake heif-convert -D WITH_EXAMPLES=ON $(heif_codecs)
	cmake --build "$prefix/build/heif-convert/out" --target heif-dec
	cp "$prefix/build/heif-convert/out/examples/heif-dec" "$prefix/bin/heif-convert"
}

build_ssimulacra2() {
	unpack_jpeg_xl ssimulacra2
	# Brotli is this machine's: what measures is not shipped.
	# shellcheck disable=SC2046 # a list of options
	configure_cmake ssimulacra2 $(jpeg_xl_options) -D JPEGXL_ENABLE_DEVTOOLS=ON \
		-D CMAKE_FIND_ROOT_PATH_MODE_LIBRARY=BOTH -D CMAKE_FIND_ROOT_PATH_MODE_INCLUDE=BOTH
	cmake --build "$prefix/build/ssimulacra2/out" --target ssimulacra2
	cp "$prefix/build/ssimulacra2/out/tools/ssimulacra2" "$prefix/bin/"
}

trap show_log EXIT
main
