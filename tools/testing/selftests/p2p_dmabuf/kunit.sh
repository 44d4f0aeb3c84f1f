#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: the modules' KUnit tests, where the kernel has KUnit. They run
# when their module is loaded; what they found is in debugfs.

results=/sys/kernel/debug/kunit/p2p_bar/results

echo 'TAP version 13'
if ! modprobe kunit 2>/dev/null; then
	echo 1..1
	echo 'ok 1 kunit # SKIP the kernel has no KUnit'
	exit 0
fi
modprobe p2p-bar-kunit || exit
sed 's/^/# /' $results
# The suite's own lines, without those of single parameters.
sed -n 's/^    1\.\./1../p; s/^    \(ok [0-9]\)/\1/p; s/^    \(not ok [0-9]\)/\1/p' \
	$results
failed=$(grep -c 'not ok' $results)
# It uses the exporter, which could not be unloaded.
rmmod p2p_bar_kunit || exit
[ "$failed" -eq 0 ]
