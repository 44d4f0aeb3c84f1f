# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
#
# Where the lab's things are, and how it fails.
#
# Invariant: the tree is found from this file's own location and everything
# that is made goes to the cache, to build/ or to the run's folder. Sourced by
# the lab's scripts, which set nothing before.

shopt -s inherit_errexit

LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
TREE=$(dirname "$LAB")
CACHE=${P2P_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/p2p-dmabuf}

# A failure of the lab itself, as opposed to one of the command in the VM.
readonly LAB_ERROR=125

say()
{
	echo "${0##*/}: $*" >&2
}

die()
{
	say "$@"
	exit "$LAB_ERROR"
}

# need PROGRAM...: have the programs, by installing the packages if one is missing
need()
{
	local program
	for program; do
		if ! command -v "$program" >/dev/null; then
			"$TREE/scripts/install-deps" || die "cannot install $program"
			return
		fi
	done
}

# names FOLDER: of the kernels or topologies there are, for people to read
names()
{
	local conf
	for conf in "$LAB/$1"/*.conf; do
		conf=${conf##*/}
		printf ' %s' "${conf%.conf}"
	done
}

# once FOLDER FUNCTION...: have FOLDER, made by "FUNCTION... TEMPORARY FOLDER".
#
# FOLDER is there complete or not at all, also when two ask at the same time or
# when one is killed half-way.
once()
{
	local folder=$1 lock tmp status
	shift
	[ ! -d "$folder" ] || return 0
	mkdir -p "${folder%/*}"
	exec {lock}>"$folder.lock"
	flock "$lock"
	if [ ! -d "$folder" ]; then
		rm -rf "$folder".tmp.*
		tmp=$(mktemp -d "$folder.tmp.XXXXXX")
		chmod 755 "$tmp"
		# Not "if ! (...)": in a condition, errexit would be off inside.
		set +e
		(set -e; "$@" "$tmp" "$folder")
		status=$?
		set -e
		if [ "$status" -ne 0 ]; then
			rm -rf "$tmp"
			die "cannot make $folder"
		fi
		mv "$tmp" "$folder"
	fi
	exec {lock}>&-
}
