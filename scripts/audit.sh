#!/bin/sh
# Looks for known weaknesses in what is used. A source that can't be reached is said, and
# is no pass: the status is 3 then, and 1 where a weakness was found.
set -u
cd "$(dirname "$0")/.."
found=0 unknown=0

echo "audit: Go, by govulncheck" >&2
if native=$(scripts/native/env.sh 2>/dev/null); then eval "$native"; fi
out=$(go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./... 2>&1)
status=$?
echo "$out" | tail -n 20
case $status in
0) ;;
3) found=1 ;;
*) echo "audit: the Go vulnerability database could not be asked" >&2; unknown=1 ;;
esac

for modules in pkg/thumburl/js scripts/local/browser scripts/bench/sharp; do
	echo "audit: npm, $modules" >&2
	out=$(cd $modules && npm audit --omit=dev --json 2>&1)
	case $out in
	*'"metadata"'*) echo "$out" | grep -q '"total": 0' || { echo "$out"; found=1; } ;;
	*) echo "audit: npm's advisories could not be asked" >&2; unknown=1 ;;
	esac
done

echo "audit: native libraries, by Debian's suites" >&2
scripts/native/newer.sh || unknown=1
[ $found = 0 ] || exit 1
[ $unknown = 0 ] || exit 3
