# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# topology: root
# lab: --no-modules --kernel-args intel_iommu=off
#
# The IOMMU is off: VFIO takes no device.

if [ -z "$again" ]; then
	diagnose
	check 'the IOMMU stops it' diagnosed stop iommu-on 'no IOMMU groups'
	check 'boot as advised' boot_as_advised iommu-on
else
	importer
	diagnose
	check 'nothing stops it any more' well
	check 'bytes move' moves
fi
