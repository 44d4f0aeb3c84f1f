# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs p2pctl and says, as TAP, whether it did what it should.
#
# Invariant: every run is judged by its exit code and by what it said. A sanitizer
# or valgrind that finds something ends with FOUND, which no test expects. What is
# refused (exit code 2) must cost exactly one line on stderr, none on stdout.

readonly FOUND=99
export ASAN_OPTIONS=exitcode=$FOUND UBSAN_OPTIONS=exitcode=$FOUND
export LSAN_OPTIONS=exitcode=$FOUND
unset NO_COLOR

number=0

# verdict NAME [WHY]: no WHY is well
verdict()
{
	number=$((number + 1))
	if [ -z "${2:-}" ]; then
		echo "ok $number $1"
	else
		echo "not ok $number $1"
		echo "#   ${2//$'\n'/$'\n'#   }"
	fi
}

# skip NAME REASON
skip()
{
	number=$((number + 1))
	echo "ok $number $1 # SKIP $2"
}

# p2pctl ARGUMENT...: into $out, $err and $status
p2pctl()
{
	status=0
	P2PCTL_ROOT=$WORLD "${P2PCTL[@]}" "$@" >"$TMP/out" 2>"$TMP/err" ||
		status=$?
	out=$(cat "$TMP/out")
	err=$(cat "$TMP/err")
}

# t NAME STATUS PATTERN ARGUMENT...: PATTERN (extended, "" for any) is looked for
# in what it prints, or complains
t()
{
	local name=$1 want=$2 pattern=$3
	shift 3
	p2pctl "$@"
	judge "$name" "$want" "$pattern"
}

judge()
{
	local why=
	if [ "$status" -ne "$2" ]; then
		why="exit code $status, not $2"
	elif [ "$2" -eq 2 ] && [[ -n $out || $(wc -l <"$TMP/err") -ne 1 ]]; then
		why='not exactly one line on stderr'
	elif [ -n "$3" ] && ! grep -qE -e "$3" "$TMP/out" "$TMP/err"; then
		why="no match for: $3"
	fi
	[ -z "$why" ] || why+=$'\n'$out$'\n'$err
	verdict "$1" "$why"
}

# without NAME PATTERN: the last run did not print it
without()
{
	if grep -qE -e "$2" "$TMP/out" "$TMP/err"; then
		verdict "$1" "there is: $2"$'\n'"$out"$'\n'"$err"
	else
		verdict "$1"
	fi
}

# file_is NAME FILE TEXT: first line of a file of the world
file_is()
{
	local found
	found=$(head -n 1 "$WORLD/$2")
	[ "$found" = "$3" ] || found="in $2: '$found', not '$3'"
	verdict "$1" "${found#"$3"}"
}

# driver_is NAME ADDRESS DRIVER: "" for none
driver_is()
{
	local now
	now=$(readlink "$WORLD/sys/bus/pci/devices/$2/driver" || true)
	if [ "${now##*/}" = "$3" ]; then
		verdict "$1"
	else
		verdict "$1" "bound to '${now##*/}', not '$3'"
	fi
}

# json NAME EXPRESSION: of the last output, as Python's object d
json()
{
	local why
	why=$(python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
if not eval("(" + sys.argv[2] + ")"):
    print(json.dumps(d)[:600])' "$TMP/out" "$2" 2>&1) || why+=' failed'
	verdict "$1" "$why"
}
