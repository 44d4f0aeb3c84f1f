# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The machines of the tests, in the words of world.sh.

readonly EXPORTER=0000:01:00.0 IMPORTER=0000:02:00.0
readonly EXPORTER_PATH=0000:00/0000:00:01.0/$EXPORTER
readonly IMPORTER_PATH=0000:00/0000:00:02.0/$IMPORTER

# Everything is well: two root ports with ACS, below them a device bound to our
# driver and a NIC that listens, behind an IOMMU that translates.
world_root()
{
	world_new
	mkdir -p "$WORLD/sys/class/iommu/ivhd0"
	fn 0000:00/0000:00:00.0 id=1022:1450 class=060000 type=none group=0
	fn 0000:00/0000:00:01.0 id=1022:1453 class=060400 type=root acs=1d \
		driver=pcieport group=1
	fn 0000:00/0000:00:02.0 id=1022:1453 class=060400 type=root acs=1d \
		driver=pcieport group=2
	fn "$EXPORTER_PATH" bar0=16k,32 bar2=64M bar5=64,io \
		driver=vfio-pci-dmabuf group=11
	fn "$IMPORTER_PATH" id=15b3:1021 class=020700 bar0=32M driver=mlx5_core \
		group=12 mode=DMA-FQ
	mkdir -p "$WORLD/sys/bus/pci/devices/$IMPORTER/infiniband/mlx5_0"
}

# One switch without ACS, below it three devices; a fourth beside it.
world_switch()
{
	local top=0000:00/0000:00:01.0/0000:01:00.0
	world_new
	mkdir -p "$WORLD/sys/class/iommu/ivhd0"
	fn 0000:00/0000:00:00.0 id=1022:1450 class=060000 type=none group=0
	fn 0000:00/0000:00:01.0 id=1022:1453 class=060400 type=root acs=1d \
		driver=pcieport group=1 mode=identity
	fn 0000:00/0000:00:03.0 id=1022:1453 class=060400 type=root acs=0 \
		driver=pcieport group=3 mode=identity
	fn $top class=060400 type=up driver=pcieport group=1 mode=identity
	fn $top/0000:02:01.0 class=060400 type=down driver=pcieport group=1 \
		mode=identity
	fn $top/0000:02:02.0 class=060400 type=down driver=pcieport group=1 \
		mode=identity
	fn $top/0000:02:01.0/0000:03:00.0 bar2=8G driver=vfio-pci-dmabuf group=1 \
		mode=identity
	fn $top/0000:02:02.0/0000:04:00.0 id=15b3:1021 class=020700 bar0=32M \
		driver=mlx5_core group=1 mode=identity
	fn $top/0000:02:02.0/0000:04:00.1 id=15b3:1021 class=020700 bar0=32M \
		group=1 mode=identity
	fn 0000:00/0000:00:03.0/0000:05:00.0 class=010802 bar0=16k driver=nvme \
		group=5 mode=identity
}
