#!/bin/sh
# Prints what makes Go link the prefix of build.sh, to be evaluated by a shell:
#
#   eval "$(scripts/native/env.sh [ARCH])"
#   go test ./pkg/render
#   go build -trimpath -tags "$NATIVE_TAGS" -ldflags "$NATIVE_LDFLAGS" ./lambda/thumbnail
#
# The tests link our libvips and the machine's libc; with the tags and flags of the
# second command a binary is fully static. Without a prefix it prints nothing and
# says so: the system's libvips is used then.
set -eu
cd "$(dirname "$0")"
arch=${1:-$(uname -m)}
. ./common.sh
is_complete || { echo "native: nothing is built for $arch yet; run make native ARCH=$arch" >&2; exit 1; }

# Go rebuilds when a compiler flag changes, not when a library does: the prefix's
# hash is the stamp.
cat <<END
export NATIVE_PREFIX='$prefix'
export PKG_CONFIG='$prefix/bin/pkg-config'
export CC='${cross}gcc' CXX='${cross}g++'
export GOOS=linux GOARCH=$goarch CGO_ENABLED=1
export CGO_CFLAGS='-O2 -g0 -DTHUMBFRONT_NATIVE=0x$hash'
export CGO_LDFLAGS='-O2'
export NATIVE_TAGS=netgo,osusergo,lambda.norpc
export NATIVE_LDFLAGS='-s -w -linkmode external -extldflags "-static -Wl,--gc-sections"'
END
