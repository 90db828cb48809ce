#!/bin/sh
# Says which parts of the recipe have a newer version in their suite than the pinned
# one.
#
#   newer.sh           says so
#   newer.sh --take    writes it into the recipe, where this machine's mirror has it
set -eu
cd "$(dirname "$0")"
arch=$(uname -m)
. ./common.sh
say() { echo "native: $*" >&2; }
fail() { say "$@"; exit 1; }
. ./sources.sh

update_lists
for name in $(names tool library program); do
	pinned "$name"
	newest=$(offered | tail -n 1)
	if [ -z "$newest" ] || ! dpkg --compare-versions "$newest" gt "$version"; then continue; fi
	say "$name: $suite has $package $newest; $version is pinned"
	[ "${1:-}" = --take ] || continue
	version=$newest
	folder=$sources/$package-$version
	mkdir -p "$folder.partial"
	if ! (cd "$folder.partial" && download) >&2; then
		say "$name: $newest cannot be had from this machine's mirror"
		rm -rf "$folder.partial"
		continue
	fi
	rm -rf "$folder"
	mv "$folder.partial" "$folder"
	taken=$(cat "$folder"/*.dsc "$folder"/*.deb 2>/dev/null | sha256sum | cut -d ' ' -f 1)
	awk -v name="$name" -v version="$version" -v sha256="$taken" '
		$2 == name {
			licence = substr($0, index($0, $6) + length($6) + 2)
			$0 = sprintf("%-8s %-14s %-15s %-27s %-9s %s  %s", $1, $2, $3, version, $5, sha256, licence)
		} { print }' recipe >recipe.new
	mv recipe.new recipe
done
