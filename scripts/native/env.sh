#!/bin/sh
# Prints what makes Go link the prefix of build.sh, to be evaluated by a shell:
#
#   eval "$(scripts/native/env.sh [ARCH])"
#   go test ./pkg/render
#   go build -trimpath -tags "$NATIVE_TAGS" -ldflags "$NATIVE_LDFLAGS" ./lambda/thumbnail
#
# The tests link our libvips and the machine's libc; with the tags and flags of the
# second command a binary is fully static.
set -eu
cd "$(dirname "$0")"
arch=${1:-$(uname -m)}
. ./common.sh
is_complete || { echo "native: nothing is built for $arch yet; run scripts/native/build.sh" >&2; exit 1; }

# Go rebuilds when a compiler flag changes, not when a library does: the stamp is
# the prefix and the versions of the system's static libraries.
# shellcheck disable=SC2086 # a list of names
stamp=$(dpkg-query -W $system_packages | cat - recipe common.sh build.sh | sha256sum | cut -c1-12)

cat <<END
export PKG_CONFIG='$prefix/bin/pkg-config'
export CGO_ENABLED=1
export CGO_CFLAGS='-O2 -g0 -DTHUMBFRONT_NATIVE=0x$stamp'
export CGO_LDFLAGS='-O2 -Wl,--gc-sections'
export NATIVE_TAGS=netgo,osusergo,lambda.norpc
export NATIVE_LDFLAGS='-s -w -linkmode external -extldflags "-static -Wl,--gc-sections"'
END
