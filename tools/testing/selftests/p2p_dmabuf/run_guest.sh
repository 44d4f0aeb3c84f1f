#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: binds the importers and runs the named programs one after
# another. Fails if any of them does.

insmod /add/p2p-test-importer.ko || exit
pci-bind "$P2P_IMPORTER" p2p-test-importer || exit
pci-bind "$P2P_IMPORTER2" p2p-test-importer || exit

status=0
for program; do
	echo "# program $program"
	echo "selftest: $program" >/dev/kmsg
	"/add/$program" || status=1
done
exit $status
