# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# topology: sibling
#
# Another driver has a function of the exporter's IOMMU group.

importer
modprobe uio_pci_generic
pci-bind "$P2P_SIBLING" uio_pci_generic
diagnose
check 'the group stops it' diagnosed stop exporter-group \
	"not viable: $P2P_SIBLING in it is bound to uio_pci_generic"
check 'the device cannot be opened' fails 'open ' moves
check 'the advice can be typed' follow exporter-group
diagnose
check 'nothing stops it any more' well
check 'bytes move' moves
