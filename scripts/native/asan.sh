#!/bin/sh
# Runs the tests of pkg/render under AddressSanitizer and UndefinedBehaviorSanitizer:
# our C, and Go's own memory where C sees it. The libraries are not built with it, but
# their allocations are watched. Arguments go to go test.
#
#   scripts/native/asan.sh [-run TestName] [-skip TestName] [-count 2]
set -eu
cd "$(dirname "$0")/../.."
if native=$(scripts/native/env.sh 2>/dev/null); then eval "$native"; else echo "asan: no native prefix (make native): using the system's libvips" >&2; fi
# alignment is off: a pixel of a decoder lies where its row puts it, and x86 and arm64
# take it. Leaks are not looked for: libraries keep what they made once.
export CGO_CFLAGS="${CGO_CFLAGS:--O2} -g -fno-omit-frame-pointer -fsanitize=undefined -fno-sanitize=alignment -fno-sanitize-recover=undefined -Wno-error"
export CGO_LDFLAGS="${CGO_LDFLAGS:-} -fsanitize=undefined -fsanitize=address"
export ASAN_OPTIONS="detect_leaks=0:abort_on_error=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
# What is measured under it says nothing.
exec go test -asan -timeout 30m ./pkg/render -skip 'Memory|Hostile' "$@"
