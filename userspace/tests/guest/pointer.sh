# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# topology: rdma-iommu
#
# A program that knows only a pointer, into a VFIO BAR mapping or into memory,
# gives it to p2p_ibv_reg_mr(); a peer writes there by the real stack.

rdma_begin
for where in "$P2P_EXPORTER" memory; do
	text="into $where"
	check "$where: a pointer becomes a region" serve "$where"
	check "$where: a peer writes to it" sent "$text"
	check "$where: it stands at the pointer" arrived "$text"
done
# 5000 bytes into the BAR, as the program has it.
text="into $P2P_EXPORTER"
printf '# host: sha256 5000 %d %s\n' "${#text}" \
	"$(printf %s "$text" | sha256sum | cut -d ' ' -f 1)"

rmmod efa
pci-bind "$P2P_EXPORTER" vfio-pci
modprobe efa
check 'a BAR that nobody exports is refused' \
	fails 'register: No such device' serve "$P2P_EXPORTER"
check 'memory is not' serve memory
check 'a peer writes to it' sent again
check 'it stands at the pointer' arrived again
