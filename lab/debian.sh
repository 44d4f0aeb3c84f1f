# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Packages of any Debian suite, unpacked into a folder and never installed.
#
# Invariant: the mirror is the one this machine's own apt uses, and apt's state
# for a suite is a folder of the cache, so that the machine's is neither read
# nor changed. Sourced after common.sh.

readonly DEBIAN_KEYS=/usr/share/keyrings/debian-archive-keyring.gpg

# apt_update: refreshes the lists of the machine's own apt
apt_update()
{
	local sudo=(sudo -n)
	[ "$(id -u)" -ne 0 ] || sudo=()
	"${sudo[@]}" apt-get -q update >&2 </dev/null
}

# Nothing where apt has no lists yet
debian_mirror_known()
{
	# shellcheck disable=SC2016 # apt's own variables
	apt-get indextargets --format '$(LABEL) $(REPO_URI)' \
		'Created-By: Packages' | sed -n 's/^Debian //p' | head -n 1
}

debian_mirror()
{
	local mirror
	mirror=$(debian_mirror_known)
	if [ -z "$mirror" ]; then
		apt_update
		mirror=$(debian_mirror_known)
	fi
	[ -n "$mirror" ] || die "this machine's apt knows no Debian mirror"
	echo "$mirror"
}

# What makes apt another one than the machine's; see debian_apt_open
debian_apt=()

# debian_apt_open FOLDER SUITE: from now on apt is one that knows this suite,
# prefers it, and has nothing installed; its state is in FOLDER
#
# Backports come with the suite they are made for.
debian_apt_open()
{
	local folder=$1 base=${2%-backports} suites mirror suite
	suites=("$base")
	[ "$base" = "$2" ] || suites+=("$2")
	mirror=$(debian_mirror)
	mkdir -p "$folder"/{lists/partial,cache/archives/partial}
	: >"$folder/status"
	for suite in "${suites[@]}"; do
		echo "deb [signed-by=$DEBIAN_KEYS] $mirror $suite main"
	done >"$folder/sources.list"
	debian_apt=(
		-o "Dir::State::status=$folder/status"
		-o "Dir::State::lists=$folder/lists"
		-o "Dir::Cache=$folder/cache"
		-o "Dir::Etc::main=/dev/null"
		-o "Dir::Etc::parts=/dev/null"
		-o "Dir::Etc::sourcelist=$folder/sources.list"
		-o "Dir::Etc::sourceparts=/dev/null"
		-o "Dir::Etc::preferences=/dev/null"
		-o "Dir::Etc::preferencesparts=/dev/null"
		-o "Debug::NoLocking=1"
		-o "APT::Default-Release=$2"
	)
	debian_get update
}

# Sandbox::User: the cache need not be readable by apt's own user.
debian_get()
{
	apt-get -qq -y "${debian_apt[@]}" -o APT::Sandbox::User=root "$@" \
		>&2 </dev/null
}

debian_cache()
{
	apt-cache "${debian_apt[@]}" "$@"
}

# debian_download FOLDER PACKAGE[=VERSION]...: unpacked, without what they need
debian_download()
{
	local folder=$1 debs=$1/.debs deb
	shift
	mkdir "$debs"
	(cd "$debs" && debian_get download "$@")
	for deb in "$debs"/*.deb; do
		dpkg-deb -x "$deb" "$folder"
	done
	rm -r "$debs"
}

# merge_usr FOLDER: packages before Debian 13 have files beside /usr, where an
# installed system has links
merge_usr()
{
	local part
	for part in bin lib lib64 sbin; do
		[ -d "$1/$part" ] || continue
		mkdir -p "$1/usr/$part"
		cp -al "$1/$part/." "$1/usr/$part/"
		rm -r "${1:?}/$part"
	done
}

# debian_unpack FOLDER SUITE PACKAGE...: a tree of the packages and all they
# depend on
debian_unpack()
{
	local folder=$1 apt=$1/.apt deb
	debian_apt_open "$apt" "$2"
	shift 2
	debian_get --no-install-recommends --download-only install "$@"
	for deb in "$apt"/cache/archives/*.deb; do
		dpkg-deb -x "$deb" "$folder"
	done
	merge_usr "$folder"
	rm -rf "$apt"
}
