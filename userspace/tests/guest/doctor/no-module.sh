# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# topology: root
#
# The modules are not loaded.

pci-bind "$P2P_EXPORTER" none
rmmod vfio-pci-dmabuf p2p-bar-exporter
importer
diagnose
check 'the exporter stops it' diagnosed stop module-p2p-bar-exporter 'not loaded'
check 'the driver stops it' diagnosed stop module-vfio-pci-dmabuf 'not loaded'
check 'and that the device has none' diagnosed stop exporter-driver 'no driver'
check 'the advice can be typed' \
	follow module-p2p-bar-exporter module-vfio-pci-dmabuf exporter-driver
diagnose
check 'nothing stops it any more' well
check 'bytes move' moves
