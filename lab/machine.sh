# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
#
# The words of lab/topologies/: each adds one thing to the VM.
#
# Invariant: every port has its slot from the topology, so that the guest finds
# a device by its path of slots, never by a bus number. A file a device needs
# is named here and made by machine_prepare.

# What the words collect.
machine_cpu=EPYC
machine_cpus=2
machine_kernel_args=()
machine_module_options=()
machine_devices=()	# QEMU options, in order
machine_roles=()	# ROLE PATH, for the guest
machine_files=()	# NAME SIZE, in the run's folder
machine_nics=()		# sockets, in the run's folder
machine_monitor=	# not empty: the guest gets QEMU's
machine_qemu=()		# options of lab/qemu
machine_shared_memory=	# not empty: others than QEMU reach the guest's, too
machine_exporter_bar=2
machine_exporter_file=
declare -A machine_path=()	# port -> its path of slots

device_add()
{
	machine_devices+=(-device "$1")
}

# file_add NAME SIZE
file_add()
{
	machine_files+=("$1 $2")
}

# --- machine ------------------------------------------------------------------

# cpu MODEL: EPYC makes the kernel accept the host bridge for peer-to-peer
cpu()
{
	machine_cpu=$1
}

# kernel_args WORD...
kernel_args()
{
	machine_kernel_args+=("$@")
}

# module_option MODULE OPTION=VALUE
module_option()
{
	machine_module_options+=("options $1 $2")
}

# iommu OPTION=VALUE,...: has to come before every other device
iommu()
{
	device_add "intel-iommu,$1"
}

# amd_iommu: instead of iommu. Linux 7 remaps interrupts only if there is an ISA
# bridge where the IVRS table says that the IOAPIC is. QEMU has none for that
# place: so a disk that nobody uses takes the class of one.
amd_iommu()
{
	machine_devices+=(-blockdev 'driver=null-co,node-name=bridge')
	device_add 'virtio-blk-pci,drive=bridge,class=0x0601,addr=0x14.0'
	device_add 'amd-iommu,intremap=on,xtsup=on,dma-remap=on'
}

# monitor: the guest may take its own devices away, by the names "exporter",
# "nic0", "nic1", and have its screen dumped into the run's folder
monitor()
{
	machine_monitor=yes
}

# for_tools: the kernel selftests know nothing of such a machine
for_tools()
{
	:
}

# without_kernel NAME: it has not what this topology is for
without_kernel()
{
	# shellcheck disable=SC2154 # both of lab/vm
	[ "$kernel" != "$1" ] || die "$topology is not for kernel $1"
}

# --- ports --------------------------------------------------------------------

# root_port NAME SLOT
#
# x-speed: at the default 2.5 GT/s a hot reset waits for a link-active bit that
# QEMU never sets again.
root_port()
{
	device_add "pcie-root-port,id=$1,bus=pcie.0,addr=0x$2.0,chassis=$((16#$2)),slot=$((16#$2)),x-speed=5"
	machine_path[$1]=$2.0
}

# switch_top NAME PORT: a switch's upstream port, below a root port
switch_top()
{
	device_add "x3130-upstream,id=$1,bus=$2,addr=0x0.0"
	machine_path[$1]=${machine_path[$2]}/00.0
}

# switch_port NAME SWITCH SLOT
switch_port()
{
	device_add "xio3130-downstream,id=$1,bus=$2,addr=0x$3.0,chassis=$((16#$3 + 64)),slot=$((16#$3 + 64))"
	machine_path[$1]=${machine_path[$2]}/$3.0
}

# acs_port NAME SWITCH SLOT: a port that has ACS, as a real switch's. QEMU's
# own downstream ports have none, so it is one of its root ports.
acs_port()
{
	device_add "pcie-root-port,id=$1,bus=$2,addr=0x$3.0,chassis=$((16#$3 + 64)),slot=$((16#$3 + 64)),x-speed=5"
	machine_path[$1]=${machine_path[$2]}/$3.0
}

# --- devices ------------------------------------------------------------------

# role ROLE PORT [FUNCTION]
role()
{
	machine_roles+=("$1 ${machine_path[$2]}/00.${3:-0}")
}

# shared_bar PORT FUNCTION FILE SIZE: BAR 2 is the host's file
shared_bar()
{
	file_add "$3" "$4"
	machine_devices+=(-object "memory-backend-file,id=mem$2,share=on,mem-path=$RUN/$3,size=$4")
	device_add "ivshmem-plain,id=${3%.bar},memdev=mem$2,bus=$1,addr=0x0.$2,multifunction=on"
}

# nvme PORT FILE SIZE
nvme()
{
	local id=${2%.img}
	file_add "$2" "$3"
	machine_devices+=(-drive "if=none,id=$id,file=$RUN/$2,format=raw,cache=writeback,discard=unmap")
	device_add "nvme,drive=$id,serial=$id,bus=$1,addr=0x0.0"
}

# exporter_ivshmem PORT
exporter_ivshmem()
{
	shared_bar "$1" 0 exporter.bar 64M
	role EXPORTER "$1" 0
	machine_exporter_bar=2
	machine_exporter_file=$RUN/exporter.bar
}

# exporter_sibling PORT: beside the exporter, the function that is reset with it
exporter_sibling()
{
	shared_bar "$1" 1 sibling.bar 1M
	role SIBLING "$1" 1
}

# exporter_nvme PORT: BAR 0 holds registers and the MSI-X table; no sibling, but
# there can be one virtual function. Nobody uses it as a drive, so it has none.
exporter_nvme()
{
	device_add 'nvme-subsys,id=exporter-subsys'
	device_add "nvme,serial=exporter,subsys=exporter-subsys,bus=$1,addr=0x0.0,sriov_max_vfs=1,sriov_vq_flexible=2,sriov_vi_flexible=1"
	role EXPORTER "$1"
	machine_exporter_bar=0
}

# exporter_empty PORT SIZE ROLE: BAR 2 is as large as that, and reads 0
exporter_empty()
{
	device_add "pci-testdev,id=${3,,},membar=$2,bus=$1,addr=0x0.0"
	role "$3" "$1"
	machine_exporter_bar=2
}

# importer PORT
importer()
{
	nvme "$1" drive.img 128M
	role IMPORTER "$1"
}

# importer2 PORT
importer2()
{
	nvme "$1" drive2.img 128M
	role IMPORTER2 "$1"
}

# edu PORT: a DMA engine of at most 4095 bytes at a time
edu()
{
	device_add "edu,dma_mask=0xffffffffffffffff,bus=$1,addr=0x0.0"
	role EDU "$1"
}

# rnic PORT ROLE: an RDMA NIC, of rnic-model/. JSON: its socket has no other form.
rnic()
{
	local name=nic${#machine_nics[@]}.sock
	machine_shared_memory=yes
	machine_nics+=("$name")
	device_add "{\"driver\":\"vfio-user-pci\",\"id\":\"${name%.sock}\",\"bus\":\"$1\",\"addr\":\"0x0.0\",\"socket\":{\"type\":\"unix\",\"path\":\"$RUN/$name\"}}"
	role "$2" "$1"
}

# rnics: two of them, each on a port of its own
rnics()
{
	root_port nic_port 16
	root_port nic2_port 17
	rnic nic_port NIC
	rnic nic2_port NIC2
}

# gpu PORT: a display, whose driver imports what it shows. That this is not RAM,
# only Debian 12's QEMU takes; it insists on shared memory, and can die where a
# second CPU runs while memory is switched off.
gpu()
{
	machine_qemu=(--suite bookworm)
	machine_cpus=1
	machine_shared_memory=yes
	device_add "virtio-gpu-pci,id=gpu,bus=$1,addr=0x0.0,blob=true,iommu_platform=on,xres=1024,yres=768"
	role GPU "$1"
}

# root_ports: a port for each role, all directly below the root complex
root_ports()
{
	root_port exporter_port 10
	root_port importer_port 11
	root_port importer2_port 12
	root_port edu_port 13
}

# importers: all but the exporter, on the ports of those names
importers()
{
	importer importer_port
	importer2 importer2_port
	edu edu_port
}

# --- result -------------------------------------------------------------------

# machine_load TOPOLOGY
machine_load()
{
	# shellcheck source=lab/topologies/root.conf
	. "$LAB/topologies/$1.conf"
}

# A file that is there already has been prepared by the caller.
machine_prepare()
{
	local name size entry
	for entry in "${machine_files[@]}"; do
		read -r name size <<<"$entry"
		[ -e "$RUN/$name" ] || truncate -s "$size" "$RUN/$name"
	done
}
