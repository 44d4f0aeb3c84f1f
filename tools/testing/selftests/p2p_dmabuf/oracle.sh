#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: our routes against those of the kernel's own PCI_P2PDMA, where
# it has that, for every pair of functions there is.

pairs=/tmp/pairs

echo 'TAP version 13'
echo 1..2
if [ ! -e /add/p2p-route-oracle.ko ]; then
	echo 'ok 1 verdicts # SKIP the kernel has no PCI_P2PDMA'
	echo 'ok 2 distances # SKIP the kernel has no PCI_P2PDMA'
	exit 0
fi
insmod /add/p2p-route-oracle.ko || exit
cat /sys/kernel/debug/p2p_route_oracle >$pairs
rmmod p2p_route_oracle || exit

# compare NUMBER NAME COLUMN: that column against the next one, in all pairs
compare()
{
	awk -v n="$1" -v name="$2" -v c="$3" '
	$c != $(c + 1) { print "# " $0; wrong++ }
	END {
		print "# " NR " pairs"
		print (NR > 1 && !wrong ? "ok " : "not ok ") n " " name
		exit !(NR > 1 && !wrong)
	}' $pairs
}

status=0
compare 1 verdicts 3 || status=1
compare 2 distances 5 || status=1
exit $status
