#!/bin/sh
# Builds libvips and its codecs as static libraries, with what the recipe names,
# into a prefix in the user's cache directory, and prints the prefix.
#
#   build.sh [ARCH]    ARCH is x86_64
#
# Sources are Debian's, with Debian's patches, from this machine's own mirror in an
# apt directory of our own: the machine's apt configuration is read, never written.
# Each finished library leaves a stamp: a second run has nothing to do, and an
# interrupted one goes on where it stopped.
set -eu
cd "$(dirname "$0")"
arch=${1:-$(uname -m)}
. ./common.sh

sources=$cache/sources
apt=$cache/apt
log=""
exec 3>&2

# Installed under this name and moved into the prefix, so that no path of this
# machine gets into the libraries.
root=/opt/thumbfront-native

say() { echo "native: $*" >&3; }
fail() { say "$@"; exit 1; }

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
		write_pkg_config
		write_meson
		write_shim
		for name in $(libraries); do build "$name"; done
		rm -rf "$prefix/build"
	fi
	echo "$prefix"
}

# --- what this machine must have -------------------------------------------------

# install_missing installs what building needs and this machine lacks.
install_missing() {
	has_package dpkg || fail "this needs Debian; use the Dockerfile"
	missing=""
	for package in build-essential pkg-config cmake ninja-build python3-packaging $system_packages; do
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

# --- sources ---------------------------------------------------------------------

# field prints a column of a recipe line: 3 is the package, 4 version, 5 SHA-256.
field() { awk -v name="$1" -v column="$2" '($1 == "library" || $1 == "tool") && $2 == name { print $column }' recipe; }

# private_apt runs an apt tool on our own lists; proxies and keys stay the machine's.
private_apt() {
	tool=$1
	shift
	"$tool" -qq -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" \
		-o APT::Sandbox::User="$(id -un)" "$@"
}

# update_lists asks the machine's mirrors what the recipe's suite holds, once a run.
update_lists() {
	[ -z "${lists_updated:-}" ] || return 0
	suite=$(awk '$1 == "suite" { print $2 }' recipe)
	archive=$(mirror Debian)
	security=$(mirror Debian-Security)
	[ -n "$archive" ] || fail "this machine's apt knows no Debian mirror; use the Dockerfile"
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	{
		echo "deb [signed-by=$keyring] $archive $suite main"
		echo "deb-src [signed-by=$keyring] $archive $suite main"
		[ -z "$security" ] || echo "deb-src [signed-by=$keyring] $security $suite-security main"
	} >"$apt/sources.list"
	private_apt apt-get update >&2
	lists_updated=yes
}

# mirror prints the address of the archive with this label in the machine's apt.
mirror() {
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' "Label: $1" | head -n 1
}

# fetch downloads what the recipe pins for a name into its own folder in $sources.
fetch() {
	kind=$(awk -v name="$1" '$2 == name { print $1 }' recipe)
	package=$(field "$1" 3)
	version=$(field "$1" 4)
	folder=$sources/$package-$version
	if [ ! -d "$folder" ]; then
		update_lists
		rm -rf "$folder.partial"
		mkdir "$folder.partial"
		if ! (cd "$folder.partial" && download) >&2; then
			fail "$package $version cannot be had from this machine's mirror; it names: $(offered)"
		fi
		mv "$folder.partial" "$folder"
		tell_newer
	fi
	case $kind in tool) file=$(echo "$folder"/*.deb) ;; library) file=$(echo "$folder"/*.dsc) ;; esac
	echo "$(field "$1" 5)  $file" | sha256sum --check --quiet >&2 || fail "$file is not what the recipe pins"
}

# download puts the package into the current directory.
download() {
	case $kind in
	tool) private_apt apt-get download "$package=$version" ;;
	library) private_apt apt-get source --download-only "$package=$version" ;;
	esac
}

# offered prints the versions that the suite has of a package.
offered() {
	case $kind in
	tool) private_apt apt-cache show "$package" ;;
	library) private_apt apt-cache showsrc "$package" ;;
	esac | awk '$1 == "Version:" { print $2 }' | sort -u | tr '\n' ' '
}

# tell_newer says when the suite has a newer version than the pinned one.
tell_newer() {
	for other in $(offered); do
		if dpkg --compare-versions "$other" gt "$version"; then
			say "$package $version is pinned; the suite names $other as well"
		fi
	done
}

# unpack leaves the patched source of a library in $source.
unpack() {
	source=$prefix/build/$1/source
	rm -rf "$prefix/build/$1"
	mkdir -p "$prefix/build/$1"
	# dpkg-source checks the tarballs against the SHA-256 sums in the .dsc.
	dpkg-source --extract "$(echo "$sources/$(field "$1" 3)-$(field "$1" 4)"/*.dsc)" "$source"
}

# --- tools in the prefix ---------------------------------------------------------

# write_pkg_config makes a pkg-config that knows the prefix and the system's static
# libraries alone: the machine's libvips-dev, GLib and the like must not leak in. It
# always answers for static linking, also to cgo: libheif names libde265 and aom
# only there.
write_pkg_config() {
	for module in $system_modules; do
		cp "$(pkg-config --variable=pcfiledir "$module")/$module.pc" "$prefix/lib/pkgconfig/"
	done
	cat >"$prefix/bin/pkg-config" <<-END
		#!/bin/sh
		PKG_CONFIG_PATH= PKG_CONFIG_LIBDIR='$prefix/lib/pkgconfig' exec pkg-config --static "\$@"
	END
	chmod +x "$prefix/bin/pkg-config"
}

# write_meson unpacks the recipe's Meson; it runs on Debian's Python alone.
write_meson() {
	fetch meson
	dpkg-deb --extract "$file" "$prefix/tools"
	cat >"$prefix/bin/meson" <<-END
		#!/bin/sh
		PYTHONPATH='$prefix/tools/usr/lib/python3/dist-packages' exec /usr/bin/python3 '$prefix/tools/usr/bin/meson' "\$@"
	END
	chmod +x "$prefix/bin/meson"
}

# write_shim: bimg 1.1.9 includes this header for one name, and libvips has none
# when it is built without its deprecated functions.
write_shim() {
	echo '#define im__print_all vips_object_print_all' >"$prefix/include/vips/vips7compat.h"
}

# --- building --------------------------------------------------------------------

# build builds one library, unless its stamp is there.
build() {
	[ ! -e "$prefix/stamps/$1" ] || return 0
	fetch "$1"
	say "building $1 $(field "$1" 4)"
	began=$(date +%s)
	log=$prefix/log/$1
	"build_$1" >"$log" 2>&1
	log=""
	rm -rf "$prefix/build/$1"
	echo "$(field "$1" 4)" >"$prefix/stamps/$1"
	say "built $1 in $(($(date +%s) - began)) s"
}

# Sections of their own let the linker drop what nothing calls; the map keeps this
# machine's paths out of messages.
flags() { echo "-O2 -g0 -ffunction-sections -fdata-sections -ffile-prefix-map=$prefix/build=. -I$prefix/include"; }

# with_cmake NAME OPTION… builds an unpacked source by CMake and installs it.
with_cmake() {
	name=$1
	shift
	PKG_CONFIG="$prefix/bin/pkg-config" CFLAGS="$(flags)" CXXFLAGS="$(flags)" cmake -G Ninja \
		-S "$source" -B "$prefix/build/$name/out" \
		-D CMAKE_BUILD_TYPE=None -D BUILD_SHARED_LIBS=OFF -D BUILD_TESTING=OFF \
		-D CMAKE_INSTALL_PREFIX=$root -D CMAKE_INSTALL_LIBDIR=lib -D CMAKE_PREFIX_PATH="$prefix" \
		"$@"
	cmake --build "$prefix/build/$name/out"
	DESTDIR="$prefix/build/$name/stage" cmake --install "$prefix/build/$name/out"
	move_in "$name"
}

# with_meson NAME OPTION… builds an unpacked source by Meson and installs it.
with_meson() {
	name=$1
	shift
	PKG_CONFIG="$prefix/bin/pkg-config" CFLAGS="$(flags)" CXXFLAGS="$(flags)" "$prefix/bin/meson" setup \
		"$prefix/build/$name/out" "$source" \
		--buildtype=plain --default-library=static --auto-features=disabled --wrap-mode=nodownload \
		--prefix=$root --libdir=lib "$@"
	"$prefix/bin/meson" compile -C "$prefix/build/$name/out"
	DESTDIR="$prefix/build/$name/stage" "$prefix/bin/meson" install -C "$prefix/build/$name/out"
	move_in "$name"
}

# move_in puts what a library installed into the prefix.
move_in() {
	stage=$prefix/build/$1/stage$root
	for file in "$stage"/lib/pkgconfig/*.pc; do
		sed -i "s#$root#$prefix#g" "$file"
	done
	cp -a "$stage/." "$prefix/"
}

# --- the libraries ---------------------------------------------------------------
# Each takes what JPEG, PNG, WebP, HEIC, AVIF, GIF and TIFF need and nothing else:
# code that is not there cannot be attacked.

build_libde265() {
	unpack libde265
	with_cmake libde265 -D ENABLE_SDL=OFF -D ENABLE_ENCODER=OFF
}

build_lcms2() {
	unpack lcms2
	with_meson lcms2
}

build_highway() {
	unpack highway
	with_cmake highway -D HWY_ENABLE_CONTRIB=OFF -D HWY_ENABLE_EXAMPLES=OFF -D HWY_ENABLE_TESTS=OFF
}

build_tiff() {
	unpack tiff
	with_cmake tiff -D tiff-tools=OFF -D tiff-tests=OFF -D tiff-contrib=OFF -D tiff-docs=OFF -D cxx=OFF \
		-D jpeg=ON -D zlib=ON -D old-jpeg=OFF -D pixarlog=OFF -D mdi=OFF -D libdeflate=OFF \
		-D jbig=OFF -D lerc=OFF -D lzma=OFF -D webp=OFF -D zstd=OFF
}

build_glib() {
	unpack glib
	with_meson glib -D tests=false -D nls=disabled -D xattr=false -D glib_debug=disabled -D multiarch=false
}

build_libheif() {
	unpack libheif
	with_cmake libheif -D ENABLE_PLUGIN_LOADING=OFF \
		-D WITH_LIBDE265=ON -D WITH_AOM_DECODER=ON -D WITH_AOM_ENCODER=ON \
		-D WITH_X265=OFF -D WITH_OpenH264_DECODER=OFF -D WITH_LIBSHARPYUV=OFF \
		-D WITH_EXAMPLES=OFF -D WITH_GDK_PIXBUF=OFF
}

# Reading GIF is libvips' own; writing it would need a quantiser, and Debian's,
# libimagequant, is under the GPL.
build_vips() {
	unpack vips
	with_meson vips -D deprecated=false -D examples=false -D cplusplus=false \
		-D modules=disabled -D ppm=false -D analyze=false -D radiance=false \
		-D jpeg=enabled -D png=enabled -D webp=enabled -D tiff=enabled -D heif=enabled \
		-D exif=enabled -D lcms=enabled -D zlib=enabled -D highway=enabled
}

trap show_log EXIT
main
