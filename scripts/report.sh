# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Reports of the check scripts: a line for each test, below it what was found,
# the count at the end.
#
# Invariant: every test is counted exactly once, and it passes only if its
# command succeeded and had nothing to say. No test at all is a failure.

passed=0 failed=0 skipped=0

# The exit status of a test that does not apply; its output is the reason.
readonly REPORT_SKIP=4

# report_test NAME COMMAND...: runs the command, which may be a function
report_test()
{
	local name=$1 found status
	shift
	# Not "if ...": in a condition, errexit would be off inside.
	set +e
	found=$(set -e; "$@" 2>&1)
	status=$?
	set -e
	if [ "$status" -eq 0 ] && [ -z "$found" ]; then
		report_pass "$name"
	elif [ "$status" -eq "$REPORT_SKIP" ] && [ -n "$found" ]; then
		report_skip "$name" "$found"
	else
		report_fail "$name" "${found:-exit status $status}"
	fi
}

report_pass()
{
	passed=$((passed + 1))
	echo "ok - $1"
}

# report_skip NAME REASON
report_skip()
{
	skipped=$((skipped + 1))
	echo "ok - $1 # SKIP $2"
}

# report_fail NAME DETAILS
report_fail()
{
	failed=$((failed + 1))
	echo "not ok - $1"
	echo "#   ${2//$'\n'/$'\n'#   }"
}

# report_end: the count, and whether all is well
report_end()
{
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
}
