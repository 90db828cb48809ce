# What build.sh and env.sh both know: where the prefix is and what it needs of the
# system. Sourced by them, with $arch set and the current directory here.

case $arch in
x86_64) debian_arch=amd64 ;;
*) echo "native: ARCH must be x86_64" >&2; exit 1 ;;
esac
triplet=$arch-linux-gnu

# The name holds all that decides what is in the prefix, so that a prefix that is
# there and complete is never stale.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/thumbfront
hash=$(cat common.sh build.sh recipe | sha256sum | cut -c1-12)
prefix=$cache/native-$hash-$arch

# Libraries that Debian ships as static ones, by package and by pkg-config module.
system_packages="libjpeg62-turbo-dev libpng-dev libwebp-dev libaom-dev libexpat1-dev libexif-dev zlib1g-dev libffi-dev libpcre2-dev"
system_modules="libjpeg libpng16 libpng libwebp libwebpmux libwebpdemux aom expat libexif zlib libffi libpcre2-8"

# libraries prints the names in the recipe, in the order of building.
libraries() { awk '$1 == "library" { print $2 }' recipe; }

# is_complete says whether every library of the recipe is in the prefix.
is_complete() {
	for name in $(libraries); do
		[ -e "$prefix/stamps/$name" ] || return 1
	done
}
