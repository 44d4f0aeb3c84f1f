# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# topology: root
#
# The device is bound to vfio-pci itself, which on Linux 7 exports on its own.

importer
pci-bind "$P2P_EXPORTER" vfio-pci
diagnose
case $P2P_KERNEL in
7.*)
	check 'the driver is not the best' \
		diagnosed warn exporter-driver "vfio-pci: the kernel's own"
	check 'it serves an importer that listens' moves
	;;
*)
	check 'the driver stops it' diagnosed stop exporter-driver 'bound to vfio-pci'
	check 'an export is refused' fails 'export: ' moves
	;;
esac
check 'the advice can be typed' follow exporter-driver
diagnose
check 'the driver is ours' diagnosed ok exporter-driver 'bound to vfio-pci-dmabuf'
check 'nothing stops it any more' well
check 'bytes move' moves
