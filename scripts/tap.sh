# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Counts what test programs print (TAP), and checks what only the host can see.
#
# Invariant: every planned test is counted once. A program that ends early,
# counts wrongly or skips without a reason is a failure of its own.
#
# A program is announced by "# program NAME". It asks the host to check
# something after the VM's end by a line
#   # host: sha256 OFFSET LENGTH HEX        of the exporter's BAR
#   # host: filled OFFSET LENGTH BYTE      of the exporter's BAR, with nothing else
#   # host: drive-sha256 OFFSET LENGTH HEX  of the first importer's drive
#   # host: screen NAME OFFSET              NAME.png, of the first importer's drive
#   # host: faults-at-least N               IOMMU faults in the whole run
#
# The guest says which modules it has loaded by "# module NAME BUILD-ID".

passed=0 failed=0 skipped=0

# Why tests were skipped, and how many for that
declare -A tap_reasons=()

# The modules under test
readonly TAP_MODULES=(p2p-bar-exporter vfio-pci-dmabuf)

# What is being counted, for the lines that name it
name=

# tap_part FILE OFFSET LENGTH
tap_part()
{
	tail -c "+$(($2 + 1))" "$1" | head -c "$3"
}

tap_sum()
{
	tap_part "$@" | sha256sum | cut -d ' ' -f 1
}

# tap_count_byte FILE OFFSET LENGTH BYTE
tap_count_byte()
{
	tap_part "${@:1:3}" | tr -cd "\\$(printf %03o "$4")" | wc -c
}

# tap_host_check FOLDER WORD...: one "# host:" line
tap_host_check()
{
	local folder=$1 found
	shift
	case $1 in
	sha256) [ "$(tap_sum "$folder/exporter.bar" "$2" "$3")" = "$4" ] ;;
	filled) [ "$(tap_count_byte "$folder/exporter.bar" "${@:2}")" = "$3" ] ;;
	drive-sha256) [ "$(tap_sum "$folder/drive.img" "$2" "$3")" = "$4" ] ;;
	screen)
		scripts/picture same-pixels "$folder/$2.png" \
			"$folder/drive.img" "$3" >/dev/null
		;;
	faults-at-least)
		found=$(grep -c vtd_dmar_fault "$folder/qemu.trace" || true)
		[ "$found" -ge "$2" ]
		;;
	*) return 1 ;;
	esac
}

# A line's verdict: pass, skip or fail. Skips need a reason.
tap_line()
{
	case $1 in
	'not ok '*) failed=$((failed + 1)); echo "$name: $1" ;;
	*'# SKIP '?*) tap_skip "${1#*# SKIP }" ;;
	*'# SKIP'*) failed=$((failed + 1)); echo "$name: no reason: $1" ;;
	*) passed=$((passed + 1)) ;;
	esac
	results=$((results + 1))
}

tap_skip()
{
	skipped=$((skipped + 1))
	tap_reasons[$1]=$((${tap_reasons[$1]:-0} + 1))
}

# tap_print_reasons: all of them, the most frequent first
tap_print_reasons()
{
	local reason
	for reason in "${!tap_reasons[@]}"; do
		printf '%5d skipped: %s\n' "${tap_reasons[$reason]}" "$reason"
	done | sort -k 1,1nr -k 2
}

tap_fail()
{
	failed=$((failed + 1))
	echo "$name: not ok - $1"
}

tap_end_program()
{
	[ -z "$program" ] || [[ $results -eq $planned && $planned -gt 0 ]] ||
		tap_fail "$program: $results results of $planned planned"
	program=
}

# tap_count FOLDER PROGRAMS: reads the guest's output, with the run's files in
# FOLDER and that many programs to come
tap_count()
{
	local folder=$1 expected=$2
	local line words program='' planned=0 results=0 seen=0
	while IFS= read -r line; do
		case $line in
		'# program '*)
			tap_end_program
			program=${line#\# program }
			planned=-1 results=0 seen=$((seen + 1))
			;;
		1..[0-9]*) planned=${line#1..} ;;
		'ok '[0-9]* | 'not ok '[0-9]*) tap_line "$line" ;;
		'# host: '*)
			read -ra words <<<"${line#\# host: }"
			if tap_host_check "$folder" "${words[@]}"; then
				passed=$((passed + 1))
			else
				tap_fail "$line"
			fi
			;;
		esac
	done
	tap_end_program
	[ "$seen" -eq "$expected" ] ||
		tap_fail "$seen programs of $expected ran"
}

# tap_build_id FILE: what the linker made of all it put into it; the kernel shows
# that of what it has loaded. Neither strip nor a signature changes it.
tap_build_id()
{
	readelf -n "$1" 2>/dev/null | sed -n 's/^ *Build ID: //p'
}

# tap_check_modules FOLDER: whether those in FOLDER are what the guest, whose
# output is read, has loaded
tap_check_modules()
{
	local name id said
	said=$(grep '^# module ' || true)
	for name in "${TAP_MODULES[@]}"; do
		id=$(tap_build_id "$1/$name.ko")
		if [ -z "$id" ] || ! grep -qx "# module $name $id" <<<"$said"; then
			tap_fail "it did not run $1/$name.ko"
		fi
	done
}
