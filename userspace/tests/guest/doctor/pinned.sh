# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# topology: rdma-pt
#
# An importer that pins, where no IOMMU translates: nothing could cut it off.

rdma_begin
diagnose "$P2P_EXPORTER" "$P2P_NIC2"
if [ -z "$again" ]; then
	check 'the cut stops it' diagnosed stop importer-cut 'efa pins.*not translated'
	check 'a registration is refused' \
		fails 'register: Operation not supported' serve "$P2P_EXPORTER"
	check 'boot as advised' boot_as_advised importer-cut
else
	check 'nothing stops it any more' well
	check 'a pointer becomes a region' serve "$P2P_EXPORTER"
	check 'a peer writes to it' sent 'as advised'
	check 'it stands at the pointer' arrived 'as advised'
fi
