# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The doctor: each verdict of each check, from a machine that is well.

# says CHECK VERDICT PATTERN [ARGUMENT...]: for the usual pair, unless said else
says()
{
	local check=$1 verdict=$2 pattern=$3 want=0
	shift 3
	[ $# -gt 0 ] || set -- 1:0.0 2:0.0
	p2pctl doctor "$@"
	! grep -q '^stop' "$TMP/out" || want=1
	judge "doctor: $check: $verdict: $pattern" "$want" \
		"^$verdict +$check  *.*($pattern)"
}

# types COMMAND: the last run has that among what is to be typed
types()
{
	local line
	if grep -qxF "              # $1" "$TMP/out"; then
		verdict "doctor: to type: $1"
	else
		line=$(grep '^  *# ' "$TMP/out" || true)
		verdict "doctor: to type: $1" "instead: $line"
	fi
}

world root
t 'doctor: all is well' 0 '^27 ok, 0 warn, 0 stop, 0 unknown: nothing stops' \
	doctor 1:0.0 2:0.0
t 'doctor: the machine alone' 0 '^10 ok, 0 warn, 0 stop' doctor
t 'doctor: an exporter alone' 0 '^19 ok, 0 warn, 0 stop' doctor 1:0.0
t 'doctor --quiet' 0 '^27 ok' doctor -q 1:0.0 2:0.0
without 'doctor --quiet: nothing that is ok' '^ok'
p2pctl doctor --json 1:0.0 2:0.0
json 'doctor --json' 'd["ok"] == 27 and d["stop"] == 0 and
	len(d["findings"]) == 27 and {f["verdict"] for f in d["findings"]} == {"ok"}'
json 'doctor --json: whose' '{f["check"]: f["device"] for f in d["findings"]
	}["exporter-bar"] == "0000:01:00.0"'

# --- kernel -------------------------------------------------------------------

rm -r "$WORLD/sys/module/p2p_bar_exporter"
says module-p2p-bar-exporter stop 'is not loaded'
types 'modprobe p2p-bar-exporter'
says kernel-dma-buf ok 'CONFIG_DMA_SHARED_BUFFER is on'
put sys/kernel/security/lockdown 'none [integrity] confidentiality'
t 'doctor: modules under lockdown' 1 'must be signed' doctor
rm -r "$WORLD/sys/bus/pci/drivers/vfio-pci-dmabuf"
says module-vfio-pci-dmabuf stop 'is not loaded'
types 'modprobe vfio-pci-dmabuf'
put "boot/config-$WORLD_RELEASE" '# CONFIG_VFIO_PCI_CORE is not set'
says kernel-vfio-pci-core stop 'CONFIG_VFIO_PCI_CORE is off'
says kernel-dma-buf stop 'CONFIG_DMA_SHARED_BUFFER is off'
mkdir "$WORLD/sys/module/vfio_pci_core"
says kernel-vfio-pci-core ok 'is loaded'
rmdir "$WORLD/sys/module/vfio_pci_core"
rm "$WORLD/boot/config-$WORLD_RELEASE"
says kernel-vfio-pci-core unknown 'cannot be read'
# shellcheck disable=SC2016 # to be typed as it is
types 'grep CONFIG_VFIO_PCI_CORE= /boot/config-$(uname -r)'
gzip -c <<<'CONFIG_VFIO_PCI_CORE=m' >"$WORLD/proc/config.gz"
says kernel-vfio-pci-core ok 'CONFIG_VFIO_PCI_CORE is on'

# --- IOMMU --------------------------------------------------------------------

world root
rm -r "$WORLD/sys/kernel/iommu_groups" "$WORLD"/sys/bus/pci/devices/*/iommu_group
says iommu-on stop 'no IOMMU groups'
says exporter-group stop 'in no IOMMU group'
says importer-iommu warn 'not translated'
says iommu-mode unknown "no function's"
types 'cat /sys/kernel/iommu_groups/*/type'
says kernel-iommu ok 'CONFIG_AMD_IOMMU is on'
t 'doctor: what to tell the kernel, AMD' 1 'add "iommu=nopt"' doctor
put sys/firmware/acpi/tables/DMAR ''
t 'doctor: what to tell the kernel, a DMAR table' 1 \
	'add "intel_iommu=on iommu=nopt"' doctor
rm "$WORLD/sys/firmware/acpi/tables/DMAR"
cpu GenuineIntel 6
t 'doctor: what to tell the kernel, Intel' 1 'add "intel_iommu=on iommu=nopt"' doctor
put "boot/config-$WORLD_RELEASE" 'CONFIG_VFIO_PCI_CORE=m'
says kernel-iommu stop 'CONFIG_AMD_IOMMU is off'
world root
says iommu-mode ok 'of all 3 devices is translated'
echo identity >"$WORLD/sys/kernel/iommu_groups/12/type"
says iommu-mode warn 'of 1 devices passes untranslated .*of 2'

# --- access -------------------------------------------------------------------

world root
rm "$WORLD/dev/p2p_dmabuf"
says access-p2p-dmabuf warn 'is not there'
rm "$WORLD/dev/vfio/vfio"
says access-vfio stop 'No such file'
types 'modprobe vfio-pci'
put dev/iommu ''
says access-vfio ok '/dev/iommu can be opened'
rm "$WORLD/dev/vfio/11"
says access-vfio-device stop '/dev/vfio/11 is not there'
types "p2pctl bind $EXPORTER"
put dev/vfio/devices/vfio3 ''
put "sys/bus/pci/devices/$EXPORTER/vfio-dev/vfio3/dev" 511:3
says access-vfio-device ok '/dev/vfio/devices/vfio3 can be opened'

# --- exporter -----------------------------------------------------------------

world root
bound "$EXPORTER" vfio-pci
says exporter-driver stop 'bound to vfio-pci'
put proc/sys/kernel/osrelease 6.18.0-test
says exporter-driver stop 'bound to vfio-pci'
put proc/sys/kernel/osrelease 6.19.0-test
says exporter-driver warn "bound to vfio-pci: the kernel's own"
put proc/sys/kernel/osrelease 7.0.0-test
says exporter-driver warn "bound to vfio-pci: the kernel's own" 1:0.0
bound 0000:02:00.0 efa
says exporter-driver stop 'bound to vfio-pci'
types "p2pctl bind $EXPORTER"
bound 0000:02:00.0 mlx5_core
put proc/sys/kernel/osrelease "$WORLD_RELEASE"
types "p2pctl bind $EXPORTER"
bound "$EXPORTER" mlx5_vfio_pci
says exporter-driver stop 'bound to mlx5_vfio_pci'
bound "$EXPORTER" nvme
says exporter-driver stop 'bound to nvme'
rm "$WORLD/sys/bus/pci/devices/$EXPORTER/driver"
says exporter-driver stop 'bound to no driver'

world root
fn "$EXPORTER_PATH" id=8086:0b25 bar2=64M driver=vfio-pci-dmabuf group=11
says exporter-denylist stop 'errata'
types 'modprobe vfio-pci-dmabuf disable_denylist=1'
put sys/module/vfio_pci_dmabuf/parameters/disable_denylist Y
says exporter-denylist ok 'switched off'

world root
fn 0000:00/0000:00:01.0/0000:01:00.1 driver=nvme group=11
says exporter-group stop '0000:01:00.1 in it is bound to nvme'
types "p2pctl bind --group $EXPORTER"
bound 0000:01:00.1 vfio-pci
says exporter-group ok 'group 11 is viable'
bound 0000:01:00.1 pci-stub
says exporter-group ok 'group 11 is viable'
grouped "$IMPORTER" 11 DMA
says exporter-group stop "$IMPORTER in it is bound to mlx5_core"
t 'doctor: the importer in the way is not taken away' 1 'the importer is in it' \
	doctor 1:0.0 2:0.0

world root
says exporter-bar ok 'BAR 2: 64 MiB'
says exporter-bar ok 'BAR 0: 16 KiB' --bar 0 1:0.0 2:0.0
says exporter-bar stop 'there is no BAR 1' --bar 1 1:0.0 2:0.0
says exporter-bar stop 'BAR 5 is of I/O ports' --bar 5 1:0.0 2:0.0
fn "$EXPORTER_PATH" bar0=2k,32 bar1=1M,unassigned bar2=64M rebar=2,00000c00 \
	driver=vfio-pci-dmabuf group=11
says exporter-bar stop 'BAR 0 is smaller than a page: 2 KiB' --bar 0 1:0.0 2:0.0
says exporter-bar stop 'BAR 1 has no address' --bar 1 1:0.0 2:0.0
t 'doctor: what makes room' 1 'Above 4G decoding' doctor --bar 1 1:0.0
says exporter-bar warn 'BAR 2: 64 MiB, and could be 128 MiB'
types "cat /sys/bus/pci/devices/$EXPORTER/resource2_resize"
fn "$EXPORTER_PATH" bar2=64M rebar=2,00000400 driver=vfio-pci-dmabuf group=11
says exporter-bar ok 'BAR 2: 64 MiB'
fn "$EXPORTER_PATH" bar0=2k,32 driver=vfio-pci-dmabuf group=11
says exporter-bar stop 'no memory BAR of a page or more'

world root
fn "$EXPORTER_PATH" bar2=64M command=4 driver=vfio-pci-dmabuf group=11
says exporter-memory ok 'off while nobody has the device'
put "sys/bus/pci/devices/$EXPORTER/enable" 1
says exporter-memory stop 'memory is off .*writes are lost'
types "setpci -s $EXPORTER COMMAND=0002:0002"
world root
put "sys/bus/pci/devices/$EXPORTER/power_state" D3hot
says exporter-power ok 'asleep \(D3hot\) while nobody'
put "sys/bus/pci/devices/$EXPORTER/enable" 1
says exporter-power stop 'asleep \(D3hot\) although'
rm "$WORLD/sys/bus/pci/devices/$EXPORTER/power_state"
says exporter-power unknown 'cannot be read'

# 64 entries of 16 bytes
world root
fn "$EXPORTER_PATH" bar0=16k bar2=4k msix=0,0x2000,64 driver=vfio-pci-dmabuf group=11
says exporter-msix ok 'interrupts are remapped'
put proc/interrupts ' 24: 0 PCI-MSI-0000:00:01.0 0-edge PCIe PME'
says exporter-msix warn '1 of 4 pages of BAR 0 .*at 0x2000'
types "p2pctl export --range 0:0x2000 --range 0x3000:0x1000 $EXPORTER 0"
says exporter-msix ok 'no MSI-X table in the BAR' --bar 2 1:0.0 2:0.0
fn "$EXPORTER_PATH" bar0=16k msix=0,0x1ff0,2 driver=vfio-pci-dmabuf group=11
says exporter-msix warn '2 of 4 pages of BAR 0'
types "p2pctl export --range 0:0x1000 --range 0x3000:0x1000 $EXPORTER 0"
fn "$EXPORTER_PATH" bar0=16k msix=0,0x3000,2 driver=vfio-pci-dmabuf group=11
says exporter-msix warn '1 of 4 pages of BAR 0'
types "p2pctl export --range 0:0x3000 $EXPORTER 0"
fn "$EXPORTER_PATH" bar0=16k msix=0,0,2 driver=vfio-pci-dmabuf group=11
says exporter-msix warn '1 of 4 pages of BAR 0'
types "p2pctl export --range 0x1000:0x3000 $EXPORTER 0"
fn "$EXPORTER_PATH" bar0=4k msix=0,0,2 driver=vfio-pci-dmabuf group=11
says exporter-msix stop '1 of 1 pages of BAR 0'
types "p2pctl list $EXPORTER"
fn "$EXPORTER_PATH" bar0=4k msix=0,0,2 driver=vfio-pci-dmabuf group=11 config=short
says exporter-msix unknown 'only root'

world root
put sys/kernel/debug/p2p_dmabuf/buffers \
	"buffer 9 0000:07:00.0 bar 2 revoked generation 1 tables 0 ranges 1 size 4096
buffer 7 $EXPORTER bar 2 live generation 0 tables 0 ranges 1 size 4096"
says exporter-buffers ok '1 buffers, none of them revoked'
put sys/kernel/debug/p2p_dmabuf/buffers \
	"buffer 7 $EXPORTER bar 2 revoked generation 1 tables 0 ranges 1 size 4096"
says exporter-buffers stop 'buffer 7 is revoked'
types 'p2pctl watch'
put sys/kernel/debug/p2p_dmabuf/buffers \
	"buffer 7 $EXPORTER bar 2 retired generation 1 tables 0 ranges 1 size 4096"
says exporter-buffers warn 'buffer 7 is retired'
rm "$WORLD/sys/kernel/debug/p2p_dmabuf/buffers"
says exporter-buffers unknown 'No such file'

# --- importer -----------------------------------------------------------------

world root
rm -r "$WORLD/sys/bus/pci/devices/$IMPORTER/infiniband"
says importer-driver stop 'without its RDMA half'
types 'modprobe mlx5_ib'
rm "$WORLD/sys/bus/pci/devices/$IMPORTER/driver"
says importer-driver stop 'bound to no driver'
types "echo $IMPORTER > /sys/bus/pci/drivers_probe"

world root
for name in efa bnxt_en mana ionic; do
	bound "$IMPORTER" "$name"
	echo DMA >"$WORLD/sys/kernel/iommu_groups/12/type"
	says importer-kind ok "$name pins"
	says importer-cut ok 'can be cut'
	echo identity >"$WORLD/sys/kernel/iommu_groups/12/type"
	says importer-cut stop "$name pins, .*not translated"
done
bound "$IMPORTER" ice
says importer-kind ok 'ice pins'
put proc/sys/kernel/osrelease 7.3.4-test
says importer-kind ok 'ice lets go when told'
put proc/sys/kernel/osrelease "$WORLD_RELEASE"
bound "$IMPORTER" nouveau
says importer-kind stop 'nouveau imports no dma-buf'
bound "$IMPORTER" some_new
says importer-kind unknown 'not known whether some_new imports'
types 'dmesg | grep p2p-bar'
bound "$IMPORTER" mlx5_core
says importer-cut ok 'not known to need a cut'
says importer-iommu warn 'not translated'
types 'echo DMA > /sys/kernel/iommu_groups/12/type'
echo blocked >"$WORLD/sys/kernel/iommu_groups/12/type"
says importer-iommu unknown 'not known'
types 'cat /sys/kernel/iommu_groups/12/type'
rm "$WORLD/sys/bus/pci/devices/$IMPORTER/iommu_group"
says importer-iommu warn 'not translated'

world root
fn "$IMPORTER_PATH" bar0=32M command=2 driver=mlx5_core group=12
says importer-bus-master stop 'bus mastering is off'
types "echo $IMPORTER > /sys/bus/pci/drivers/mlx5_core/unbind"

world root
put "sys/bus/pci/devices/$IMPORTER/dma_mask_bits" 32
says importer-dma-mask ok 'the IOMMU gives it'
echo identity >"$WORLD/sys/kernel/iommu_groups/12/type"
says importer-dma-mask stop 'only 32 bits: BAR 2, up to 0x22003ffffff, is beyond'
says importer-dma-mask ok 'enough for BAR 0' --bar 0 1:0.0 2:0.0
put "sys/bus/pci/devices/$IMPORTER/dma_mask_bits" 42
says importer-dma-mask ok '42 bits, enough for BAR 2'
rm "$WORLD/sys/bus/pci/devices/$IMPORTER/dma_mask_bits"
says importer-dma-mask unknown 'cannot be read'

# --- route --------------------------------------------------------------------

world root
cpu GenuineIntel 6
says route-host-bridge warn '0000:00 \(1022:1450\) is not on the allow-list'
says route stop 'none, distance 4: host-unlisted'
types 'echo always > /sys/module/p2p_bar_exporter/parameters/host_bridge'
put sys/module/p2p_bar_exporter/parameters/host_bridge always
says route-host-bridge ok 'host_bridge=always'
put sys/module/p2p_bar_exporter/parameters/host_bridge never
says route-host-bridge warn 'host_bridge=never'
says route stop 'host-never'
types 'echo allowlist > /sys/module/p2p_bar_exporter/parameters/host_bridge'
put sys/module/p2p_bar_exporter/parameters/host_bridge allowlist
fn 0000:00/0000:00:00.0 id=8086:2020 class=060000 type=none
says route-host-bridge ok 'on the allow-list'

world switch
bound 0000:04:00.0 efa
says importer-cut stop 'does not pass the IOMMU' 03:00.0 04:00.0
types 'p2pctl topo 0000:03:00.0 0000:04:00.0'
echo DMA >"$WORLD/sys/kernel/iommu_groups/1/type"
says importer-cut stop 'does not pass the IOMMU' 03:00.0 04:00.0
echo identity >"$WORLD/sys/kernel/iommu_groups/1/type"
says route-acs ok 'does not send' 03:00.0 04:00.0
fn 0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0 class=060400 type=down acs=1d
says route-acs warn 'ACS on 0000:02:01.0 sends' 03:00.0 04:00.0
types 'setpci -s 0000:02:01.0 ECAP_ACS+6.w=0:2c'
fn 0000:00/0000:00:01.0/0000:01:00.0/0000:02:02.0 class=060400 type=down acs=1d
t 'doctor: two ports redirect' 1 'disable_acs_redir=0000:02:01.0;0000:02:02.0"' \
	doctor 03:00.0 04:00.0
types 'setpci -s 0000:02:01.0 ECAP_ACS+6.w=0:2c'
types 'setpci -s 0000:02:02.0 ECAP_ACS+6.w=0:2c'
fn 0000:00/0000:00:01.0/0000:01:00.0/0000:02:02.0 class=060400 type=down acs=0
cpu GenuineIntel 6
says route-acs stop 'ACS on 0000:02:01.0 sends' 03:00.0 04:00.0
fn 0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0 class=060400 type=down config=short
says route unknown 'ACS unknown' 03:00.0 04:00.0
types 'sudo p2pctl doctor 0000:03:00.0 0000:04:00.0'
