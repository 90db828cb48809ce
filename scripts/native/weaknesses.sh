#!/bin/sh
# Says which known weaknesses the pinned sources lack and a newer version in their suite
# mends, by Debian's changelogs, and exits with 1 where such a version is not in
# `accepted`, with 2 where the suites can't be asked.
#
#   weaknesses.sh           says so, a line for each part of the recipe
#   weaknesses.sh --fixed   writes `fixed` anew: what the pinned ones are mended against,
#                           by the changelogs of the sources that make native has fetched
set -eu
cd "$(dirname "$0")"
arch=$(uname -m)
. ./common.sh
say() { echo "native: $*" >&2; }
fail() { say "$@"; exit 2; }
. ./sources.sh

# weaknesses prints the names in a changelog, each once, in one line.
weaknesses() { { grep -aoE 'CVE-[0-9]{4}-[0-9]+|GHSA(-[0-9a-z]{4}){3}' || true; } | sort -u | tr '\n' ' ' | sed 's/ $//'; }

packages() { awk '/^(tool|library|program) / { print $3 }' recipe | sort -u; }

# of_package is pinned by the name of a package.
of_package() { pinned "$(awk -v package="$1" '$3 == package { print $2; exit }' recipe)"; }

# own_changelog prints the changelog of a pinned source.
own_changelog() {
	folder=$sources/$package-$version
	for file in "$folder"/*.debian.tar.*; do
		[ -e "$file" ] && { tar --force-local -xOf "$file" debian/changelog; return; }
	done
	for file in "$folder"/*.diff.gz; do
		[ -e "$file" ] && { gzip -dc "$file" | awk '/^\+\+\+ / { on = $2 ~ /debian\/changelog$/; next } on && /^\+/ { print substr($0, 2) }'; return; }
	done
	for file in "$folder"/*.deb; do
		[ -e "$file" ] && { of_deb "$file"; return; }
	done
	fail "$package $version is not in $sources; run make native"
}

# of_deb prints the changelog in a binary package, and nothing where it has none.
of_deb() { dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards './usr/share/doc/*/changelog.Debian.gz' 2>/dev/null | gzip -dc 2>/dev/null || true; }

# newer_changelog leaves the changelog of $newest in $changelog, by a binary package of
# it: mirrors have those when they lack the source. It fails where there is none.
newer_changelog() {
	mkdir -p "$cache/changelogs"
	changelog=$cache/changelogs/$package-$newest
	[ ! -s "$changelog" ] || return 0
	work=$(mktemp -d)
	for binary in $(private_apt apt-cache showsrc --only-source "$package" |
		awk -v version="$newest" '/^Version: / { on = $2 == version } on && /^Binary: / { gsub(/[:,]/, " "); for (i = 2; i <= NF; i++) print $i; exit }' |
		awk '{ print ($0 ~ /-dev$/ ? 0 : 1), $0 }' | sort | cut -d ' ' -f 2); do
		(cd "$work" && private_apt apt-get download "$binary=$newest") >/dev/null 2>&1 || continue
		of_deb "$(echo "$work/${binary}"_*.deb)" >"$changelog.partial"
		[ ! -s "$changelog.partial" ] || { mv "$changelog.partial" "$changelog"; break; }
	done
	rm -rf "$work" "$changelog.partial"
	[ -s "$changelog" ]
}

if [ "${1:-}" = --fixed ]; then
	{
		sed -n '/^#/p' fixed
		for each in $(packages); do
			of_package "$each"
			changelog=$(own_changelog)
			echo "$package $version $(printf "%s\n" "$changelog" | weaknesses)" | sed 's/ $//'
		done
	} >fixed.new
	mv fixed.new fixed
	exit
fi

update_lists -o APT::Update::Error-Mode=any # without it, apt takes lists of yesterday for today's
found=0
for each in $(packages); do
	of_package "$each"
	newest=$(offered | tail -n 1)
	if [ -z "$newest" ]; then
		say "$package $version: $suite has none"
	elif ! dpkg --compare-versions "$newest" gt "$version"; then
		say "$package $version: the newest in $suite"
	else
		if newer_changelog; then
			lacking=$(weaknesses <"$changelog" | tr ' ' '\n' | grep -vxF "$(awk -v package="$package" '$1 == package { for (i = 3; i <= NF; i++) print $i } END { print "-" }' fixed)" | tr '\n' ' ' || true)
			say "$package $version: $suite has $newest, which alone mends: ${lacking:-nothing that has a name}"
		else
			lacking=""
			say "$package $version: $suite has $newest, and its changelog can't be had here"
		fi
		if reason=$(awk -v package="$package" -v version="$newest" '$1 == package && $2 == version { sub(/^[^ ]+ [^ ]+ /, ""); print; on = 1 } END { exit !on }' accepted); then
			say "  accepted: $reason"
		elif [ -n "$lacking" ]; then
			found=1
		fi
	fi
done
exit $found
