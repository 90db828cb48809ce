#!/bin/sh
# Looks for known weaknesses in what is used. A source that can't be reached is said, and
# found nothing; the status is 1 where a weakness was found. make test runs it and goes on:
# what was published since is no fault of the change under test.
set -u
cd "$(dirname "$0")/.."
found=0

echo "audit: Go, by govulncheck" >&2
if native=$(scripts/native/env.sh 2>/dev/null); then eval "$native"; fi
out=$(timeout 600 go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./... 2>&1)
case $? in
0) ;;
3) found=1; echo "$out" ;;
*) echo "audit: the Go vulnerability database could not be asked: $(echo "$out" | tail -n 1 | tr -d '\n' | cut -c1-200)" >&2 ;;
esac

for modules in pkg/thumburl/js scripts/local/browser scripts/bench/sharp; do
	echo "audit: npm, $modules" >&2
	out=$(cd $modules && timeout 120 npm audit --omit=dev --json 2>&1)
	case $out in
	*'"metadata"'*) echo "$out" | grep -q '"total": 0' || { echo "$out"; found=1; } ;;
	*) echo "audit: npm's advisories could not be asked" >&2 ;;
	esac
done

echo "audit: native libraries, by Debian's changelogs" >&2
timeout 600 scripts/native/weaknesses.sh
case $? in
0) ;;
1) found=1 ;;
*) echo "audit: Debian's suites could not be asked" >&2 ;;
esac
exit $found
