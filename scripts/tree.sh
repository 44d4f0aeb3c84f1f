# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The tree's files, for the check scripts.
#
# Invariant: a file belongs to the tree if git has it or would add it. Works in
# the current folder, which is the root of a tree.

# tree_files [PATTERN]... [!PATTERN]...: the names that match a PATTERN, if there
# is one, and no !PATTERN; sorted. A * also matches slashes.
tree_files()
{
	local file
	git -c core.quotePath=off ls-files -co --exclude-standard |
		LC_ALL=C sort -u |
		while read -r file; do
			! tree_match "$file" "$@" || [ ! -f "$file" ] || echo "$file"
		done
}

# tree_match FILE [PATTERN]... [!PATTERN]...
tree_match()
{
	local file=$1 pattern match=yes
	shift
	[[ ${1:-!} == !* ]] || match=
	for pattern; do
		# shellcheck disable=SC2053 # patterns are what they are
		if [[ $pattern == !* ]]; then
			[[ $file != ${pattern#!} ]] || return 1
		elif [[ $file == $pattern ]]; then
			match=yes
		fi
	done
	[ -n "$match" ]
}

# tree_some_files PATTERN...: the same, but none is an error: a check that looked
# at nothing has proved nothing
tree_some_files()
{
	local files
	files=$(tree_files "$@")
	if [ -z "$files" ]; then
		echo "no file matches: $*" >&2
		return 1
	fi
	echo "$files"
}

# tree_grep PATTERN: "FILE:LINE:TEXT" of each match in the files named on stdin
tree_grep()
{
	local status=0
	xargs -r -d '\n' grep -HInE -e "$1" || status=$?
	# 123 is xargs for grep's 1, no match; grep tells other trouble itself.
	[ "$status" -eq 0 ] || [ "$status" -eq 123 ]
}
