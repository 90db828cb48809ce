# Where the sources come from: functions for build.sh, newer.sh and weaknesses.sh, which
# set $cache by common.sh, and define say and fail. Nothing here decides what gets built: the
# recipe does, by SHA-256.

sources=$cache/sources
apt=$cache/apt

# pinned leaves the recipe's line for a name in $kind, $package, $version, $suite,
# $sha256 and $licence.
pinned() {
	# shellcheck disable=SC2046 # words of a line
	set -- $(awk -v name="$1" '$2 == name' recipe)
	kind=$1 package=$3 version=$4 suite=$5 sha256=$6
	shift 6
	licence=$*
}

# private_apt runs an apt tool on our own lists; proxies and keys stay the machine's.
private_apt() {
	tool=$1
	shift
	"$tool" -qq -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" \
		-o APT::Sandbox::User="$(id -un)" "$@"
}

# update_lists asks the machine's mirrors what the recipe's suites hold, once a run, with
# options for apt-get. Only stable suites have security updates of their own.
update_lists() {
	[ -z "${lists_updated:-}" ] || return 0
	archive=$(mirror Debian)
	security=$(mirror Debian-Security)
	[ -n "$archive" ] || fail "this machine's apt knows no Debian mirror; use the Dockerfile"
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	for each in $(awk '/^[a-z]/ { print $5 }' recipe | sort -u); do
		for type in deb deb-src; do
			echo "$type [signed-by=$keyring] $archive $each main"
			[ -z "$security" ] || echo "$type [signed-by=$keyring] $security $each-security main"
		done
	done >"$apt/sources.list"
	private_apt apt-get "$@" update >&2 || fail "Debian's suites could not be asked"
	lists_updated=yes
}

# mirror prints the address of the archive with this label in the machine's apt.
mirror() {
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' "Label: $1" | head -n 1
}

# fetch downloads what the recipe pins for a name into its own folder in $sources and
# leaves the pinned file in $file.
fetch() {
	pinned "$1"
	folder=$sources/$package-$version
	if [ ! -d "$folder" ]; then
		update_lists
		rm -rf "$folder.partial"
		mkdir "$folder.partial"
		if ! (cd "$folder.partial" && download) >&2; then
			fail "$package $version cannot be had from this machine's mirror, which names: $(offered | tr '\n' ' ')(scripts/native/newer.sh --take takes what it has)"
		fi
		mv "$folder.partial" "$folder"
	fi
	case $kind in
	tool) file=$(echo "$folder"/*.deb) ;;
	*) file=$(echo "$folder"/*.dsc) ;;
	esac
	echo "$sha256  $file" | sha256sum --check --quiet >&2 || fail "$file is not what the recipe pins"
}

# download puts the package into the current directory. A source comes from the pool
# by its name: an index drops a version when the next one is out, the pool keeps it
# longer, and a mirror's two may be of different days.
download() {
	if [ "$kind" = tool ]; then
		private_apt apt-get download "$package=$version"
		return
	fi
	case $package in
	lib*) initial=$(echo "$package" | cut -c1-4) ;;
	*) initial=$(echo "$package" | cut -c1) ;;
	esac
	dsc=${package}_${version#*:}.dsc # without the epoch
	for pool in "${archive%/}/pool" ${security:+"${security%/}/pool/updates"}; do
		pool=$pool/main/$initial/$package
		if from_pool "$dsc"; then
			# Its list of tarballs, each "<sha256> <bytes> <name>".
			for part in $(awk '/^[^ ]/ { listed = $1 == "Checksums-Sha256:" } listed && NF == 3 { print $3 }' "$dsc"); do
				from_pool "$part" || return 1
			done
			return
		fi
	done
	return 1
}

# from_pool downloads a file of $pool; apt's proxies count for it.
from_pool() { private_apt /usr/lib/apt/apt-helper download-file "$pool/$1" "$1"; }

# offered prints the versions that the pinned suite, its security updates included,
# has of a package, oldest first.
offered() {
	case $kind in
	tool) index=Packages ;;
	*) index=Sources ;;
	esac
	private_apt apt-cache madison "$package" |
		awk -F ' *[|] *' -v suite="$suite" -v index_="$index" '
			$3 ~ " " suite "(-security)?/" && $3 ~ index_ { sub(/^ */, "", $2); print $2 }' | sort -uV
}
