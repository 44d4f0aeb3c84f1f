# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# bind and unbind, with fake_kernel.c for the kernel.

world root
mkdir "$WORLD/fake"
echo mlx5_core >"$WORLD/fake/driver-$IMPORTER"
t 'bind --dry-run' 0 'would be bound to vfio-pci-dmabuf, was mlx5_core' bind -n 2:0.0
driver_is 'bind --dry-run does nothing' "$IMPORTER" mlx5_core
t 'bind' 0 '^0000:02:00.0: bound to vfio-pci-dmabuf, was mlx5_core$' bind 2:0.0
driver_is 'bind: it is' "$IMPORTER" vfio-pci-dmabuf
file_is 'bind: by driver_override' "sys/bus/pci/devices/$IMPORTER/driver_override" \
	vfio-pci-dmabuf
t 'bind: again' 0 'bound to vfio-pci-dmabuf already' bind 2:0.0
t 'unbind' 0 '^0000:02:00.0: bound to mlx5_core, was vfio-pci-dmabuf$' unbind 2:0.0
driver_is 'unbind: it is' "$IMPORTER" mlx5_core
file_is 'unbind: no override stays' \
	"sys/bus/pci/devices/$IMPORTER/driver_override" ''
t 'unbind: what is no VFIO driver' 1 'bound to mlx5_core, which is no VFIO' unbind 2:0.0
t 'unbind: nobody wants it' 0 'bound to no driver, was vfio-pci-dmabuf' unbind 1:0.0
t 'unbind: no driver' 1 'bound to no driver, which is no VFIO' unbind 1:0.0
t 'bind: what had no driver' 0 'was without driver' bind 1:0.0
t 'bind: two' 0 '^0000:02:00.0: bound' bind 1:0.0 2:0.0
t 'unbind --no-driver' 0 'bound to no driver' unbind -n 2:0.0
driver_is 'unbind --no-driver: it is' "$IMPORTER" ''
driver vfio-pci
t 'bind --driver' 0 'bound to vfio-pci, was without' bind -d vfio-pci 2:0.0
driver_is 'bind --driver: it is' "$IMPORTER" vfio-pci

world root
mkdir "$WORLD/fake"
echo mlx5_core >"$WORLD/fake/driver-$IMPORTER"
echo vfio-pci-dmabuf >"$WORLD/fake/unwilling"
t 'bind: the driver refuses' 1 'vfio-pci-dmabuf did not take it' bind 2:0.0
driver_is 'bind: what was there is put back' "$IMPORTER" mlx5_core
file_is 'bind: and the override' "sys/bus/pci/devices/$IMPORTER/driver_override" ''
rm "$WORLD/fake/driver-$IMPORTER"
t 'bind: refused, of what was bound by hand' 1 'did not take it' bind 2:0.0
driver_is 'bind: that is put back, too' "$IMPORTER" mlx5_core
put "sys/bus/pci/devices/$IMPORTER/driver_override" mlx5_core
t 'bind: refused, with an override' 1 'did not take it' bind 2:0.0
file_is 'bind: that override is put back' \
	"sys/bus/pci/devices/$IMPORTER/driver_override" mlx5_core
rm "$WORLD/fake/unwilling"
fn 0000:00/0000:00:02.0/0000:02:00.1 driver=nvme group=12
t 'bind: not viable' 1 \
	'group 12 is not viable: 0000:02:00.1 is bound to nvme' bind 2:0.0
driver_is 'bind: not viable: nothing done' "$IMPORTER" mlx5_core
t 'bind --force: not viable' 0 'bound to vfio-pci-dmabuf' bind -f 2:0.0
t 'bind --group' 0 '0000:02:00.1: bound to vfio-pci-dmabuf, was nvme' bind -g 2:0.0
driver_is 'bind --group: the other one' 0000:02:00.1 vfio-pci-dmabuf

world root
mkdir "$WORLD/fake"
fn 0000:00/0000:00:02.0/0000:02:00.1 driver=nvme group=12
echo nvme >"$WORLD/fake/driver-0000:02:00.1"
echo mlx5_core >"$WORLD/fake/driver-$IMPORTER"
echo "16 devices/0000:02:00.1/driver_override" >"$WORLD/fake/fail"
t 'bind --group: the second fails' 1 'driver_override: Device or resource busy' \
	bind -g 2:0.0
driver_is 'bind --group: the first is given back' "$IMPORTER" mlx5_core
echo "13 devices/$IMPORTER/driver/unbind" >"$WORLD/fake/fail"
t 'bind: the old driver stays' 1 'unbind: Permission denied' bind -f 2:0.0
file_is 'bind: and no override' "sys/bus/pci/devices/$IMPORTER/driver_override" ''
echo "22 drivers_probe" >"$WORLD/fake/fail"
t 'bind: the probe fails' 1 'did not take it: Invalid argument' bind -f 2:0.0
echo "13 driver_override" >"$WORLD/fake/fail"
t 'unbind: not allowed' 1 'driver_override: Permission denied' unbind 1:0.0

world root
rm "$WORLD/sys/bus/pci/devices/$IMPORTER/iommu_group"
t 'bind: without an IOMMU' 1 'in no IOMMU group' bind 2:0.0
rm -r "$WORLD/sys/bus/pci/drivers/vfio-pci-dmabuf"
t 'bind: without the module' 1 \
	'no driver vfio-pci-dmabuf: modprobe vfio-pci-dmabuf' bind 2:0.0

world root
put "sys/bus/pci/devices/$IMPORTER/net/eth7/operstate" down
t 'bind: a network that is down' 0 'would be bound' bind -n 2:0.0
put "sys/bus/pci/devices/$IMPORTER/net/eth7/operstate" up
t 'bind: a network that is up' 1 'network interface eth7 is up' bind 2:0.0
t 'bind --force: whatever' 0 'would be bound' bind -nf 2:0.0
rm -r "$WORLD/sys/bus/pci/devices/$IMPORTER/net"
put "sys/bus/pci/devices/$IMPORTER/nvme/nvme0/nvme0n1/size" 8
ln -s "../../bus/pci/devices/$IMPORTER/nvme/nvme0/nvme0n1" "$WORLD/sys/class/block/"
t 'bind: a disk that nobody uses' 0 'would be bound' bind -n 2:0.0
put proc/self/mounts '/dev/nvme0n1 / ext4 rw 0 0'
t 'bind: a disk that is mounted' 1 'disk nvme0n1 is mounted' bind 2:0.0
put proc/self/mounts ''
put proc/swaps '/dev/nvme0n1 partition 8 0 -2'
t 'bind: swap' 1 'disk nvme0n1 is mounted or otherwise in use' bind 2:0.0
put proc/swaps ''
mkdir -p "$WORLD/sys/class/block/nvme0n1/holders/dm-0"
t 'bind: a disk below another' 1 'disk nvme0n1 is' bind 2:0.0

put "sys/bus/pci/devices/$EXPORTER/enable" 1
t 'unbind: open' 1 'a process has it open' unbind 1:0.0
driver_is 'unbind: open: nothing done' "$EXPORTER" vfio-pci-dmabuf
t 'unbind --force: open' 0 'bound to no driver' unbind -f 1:0.0
bound "$EXPORTER" vfio-pci
t 'bind: another VFIO driver, open' 1 'open through VFIO' bind 1:0.0
