# What build.sh and env.sh both know: where the prefix is and what is in it. Sourced
# by them, with $arch set and the current directory here.

case $arch in
x86_64) triplet=x86_64-linux-gnu goarch=amd64 ;;
arm64 | aarch64) arch=arm64 triplet=aarch64-linux-gnu goarch=arm64 ;;
*) echo "native: ARCH is $arch; it must be x86_64 or arm64" >&2; exit 1 ;;
esac
cross="" # the prefix of the compiler's names
[ "$triplet" = "$(uname -m)-linux-gnu" ] || cross=$triplet-

# The name holds all that decides what is in the prefix, so that a prefix that is
# there and complete is never stale.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/thumbfront
hash=$(cat common.sh build.sh recipe patches/*.patch quantise/libimagequant.h quantise/quantise.c hevc/*.cc inflate/inflate_isal.[ch] | sha256sum | cut -c1-12)
prefix=$cache/native-$hash-$arch

# names prints the names in the recipe that are of these kinds, in the order of
# building. Programs run on this machine alone.
names() { awk -v kinds=" $* " 'index(kinds, " " $1 " ") { print $2 }' recipe; }
parts() { if [ -n "$cross" ]; then names library; else names library program; fi; }

# is_complete says whether everything of the recipe is in the prefix.
is_complete() {
	for name in $(parts); do
		[ -e "$prefix/stamps/$name" ] || return 1
	done
}
