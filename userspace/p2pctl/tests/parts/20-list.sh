# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# list, and names and BARs as they are read.

world root
t 'list: bound to ours' 0 \
	'0000:01:00.0 +2 +64 MiB +64-bit, prefetchable +vfio-pci-dmabuf +11 +ready' list
t 'list: bound to another' 0 '0000:02:00.0 +0 +32 MiB .*mlx5_core +12 +after bind' list
without 'list: no I/O ports' 'I/O'
without 'list: no bridges' '0000:00:01.0'
without 'list: no colours in a file' $'\033'
t 'list: names' 0 'Example Accelerators Accelerator' list
t 'list --all' 0 '0000:01:00.0 +5 +64 B +I/O .*no: I/O ports' list --all
t 'list DEVICE' 0 '0000:02:00.0' list 2:0.0
without 'list DEVICE: no other' '0000:01:00.0'

p2pctl list --json
json 'list --json' 'd[0]["device"] == "0000:01:00.0" and d[0]["iommu_group"] == 11
	and d[0]["bars"][1] == {"bar": 2, "size": 64 << 20, "memory": True,
	"64bit": True, "prefetchable": True, "export": "ready"}'
json 'list --json: what can be bound' 'd[1]["bars"][0]["export"] == "bind"'
p2pctl list --json --all
json 'list --json --all: bridges' '[x["driver"] for x in d
	if x["device"] == "0000:00:01.0"] == ["pcieport"]'

fn "$EXPORTER_PATH" bar0=2k,32 bar1=1M,unassigned bar4=1M
rm "$WORLD/sys/bus/pci/devices/$EXPORTER"/{driver,iommu_group}
t 'list: less than a page' 0 ' 0 +2 KiB +32-bit .*no: less than a page' list 1:0.0
t 'list: without an address' 0 ' 1 +1 MiB .*no: has no address' list 1:0.0
t 'list: without an IOMMU' 0 ' 4 +1 MiB .* - +- +no: without an IOMMU' list 1:0.0

world_new
fn 10000:e0/10000:e0:02.0/10000:e1:00.0 bar0=16k group=3
t 'list: a large segment' 0 '10000:e1:00.0 +0 +16 KiB' list
t 'list: the same by its name' 0 '10000:e1:00.0' list 10000:e1:00.0
