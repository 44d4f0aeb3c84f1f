# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Makes a folder that looks like /sys, /proc and /dev of a machine, from a few
# words for each thing in it.
#
# Invariant: everything is below $WORLD. A later word may change what an earlier
# one has made, so that a test says what differs from a machine that is well.

readonly WORLD_RELEASE=6.12.0-test

# put FILE TEXT
put()
{
	mkdir -p "$WORLD/${1%/*}"
	printf '%s\n' "$2" >"$WORLD/$1"
}

# world_new: a machine with nothing in it but a processor and our modules
world_new()
{
	rm -rf "${WORLD:?}"
	mkdir -p "$WORLD"/sys/{bus/pci/{devices,drivers},devices,kernel/iommu_groups} \
		"$WORLD"/dev/vfio "$WORLD"/sys/class/{iommu,block}
	put proc/sys/kernel/osrelease "$WORLD_RELEASE"
	put "boot/config-$WORLD_RELEASE" "CONFIG_VFIO_PCI_CORE=m
CONFIG_IOMMU_API=y
CONFIG_INTEL_IOMMU=y
CONFIG_AMD_IOMMU=y
CONFIG_DMA_SHARED_BUFFER=y"
	put proc/cmdline 'quiet'
	put proc/self/mounts 'proc /proc proc rw 0 0'
	put proc/interrupts ' 24: 0 IR-PCI-MSI-0000:00:01.0 0-edge PCIe PME'
	put sys/bus/pci/drivers_probe ''
	put sys/module/p2p_bar_exporter/parameters/host_bridge allowlist
	put sys/module/vfio_pci_dmabuf/parameters/disable_denylist N
	put sys/kernel/debug/p2p_dmabuf/buffers ''
	put dev/p2p_dmabuf ''
	put dev/vfio/vfio ''
	cpu AuthenticAMD 25
	driver vfio-pci-dmabuf
	put usr/share/misc/pci.ids '1022  Example Host
	1450  Root
	1453  Port
10de  Example Accelerators
	0001  Accelerator
8086  Another Host
	29c0  Unlisted
	2020  Listed'
}

# cpu VENDOR FAMILY
cpu()
{
	put proc/cpuinfo "vendor_id	: $1
cpu family	: $2"
}

# driver NAME
driver()
{
	mkdir -p "$WORLD/sys/bus/pci/drivers/$1"
	: >"$WORLD/sys/bus/pci/drivers/$1/unbind"
	: >"$WORLD/sys/bus/pci/drivers/$1/bind"
}

# bytes OFFSET HEX...: into the configuration in the current folder
bytes()
{
	local offset=$1
	shift
	printf '%b' "${@/#/\\x}" |
		dd of=config bs=1 seek="$((offset))" conv=notrunc status=none
}

# word16 VALUE: its two bytes, lowest first; word32 the same for four
word16()
{
	printf '%02x %02x ' $(($1 & 255)) $(($1 >> 8 & 255))
}

word32()
{
	word16 $(($1 & 65535))
	word16 $(($1 >> 16 & 65535))
}

# --- functions ----------------------------------------------------------------

# fn PATH [KEY=VALUE]...: PATH like 0000:00/0000:00:01.0/0000:01:00.0
#
#   id=VENDOR:DEVICE class=CCSSPP (hexadecimal)
#   type=endpoint|legacy|root|up|down|integrated|none
#   command=HEX driver=NAME group=N mode=TYPE_OF_GROUP
#   barN=SIZE[,32|,io]     sizes with k, M, G; 64-bit prefetchable
#   acs=CTRL (hexadecimal) msix=BAR,OFFSET,VECTORS rebar=BAR,SIZES(hexadecimal)
#   config=short           what the unprivileged see
fn()
{
	local path=$1 word
	local -A fact=([id]=10de:0001 [class]=ff0000 [type]=endpoint [command]=6)
	shift
	for word; do
		fact[${word%%=*}]=${word#*=}
	done
	address=${path##*/}
	device=$WORLD/sys/devices/pci$path
	mkdir -p "$device"
	ln -sfn "../../../devices/pci$path" "$WORLD/sys/bus/pci/devices/$address"
	(
		cd "$device" || exit
		fn_files
		fn_header
		fn_capabilities
		[ "${fact[config]:-}" != short ] || truncate -s 64 config
	)
}

fn_files()
{
	put_here vendor "0x${fact[id]%:*}"
	put_here device "0x${fact[id]#*:}"
	put_here class "0x${fact[class]}"
	put_here irq 0
	put_here enable 0
	put_here power_state D0
	put_here dma_mask_bits 64
	put_here driver_override '(null)'
	resources >resource
	if [ -n "${fact[driver]:-}" ]; then
		bound "$address" "${fact[driver]}"
	fi
	if [ -n "${fact[group]:-}" ]; then
		grouped "$address" "${fact[group]}" "${fact[mode]:-DMA}"
	fi
}

put_here()
{
	printf '%s\n' "$2" >"$1"
}

# bound ADDRESS DRIVER
bound()
{
	driver "$2"
	ln -sfn "$WORLD/sys/bus/pci/drivers/$2" \
		"$WORLD/sys/bus/pci/devices/$1/driver"
}

# grouped ADDRESS GROUP TYPE
grouped()
{
	local folder=$WORLD/sys/kernel/iommu_groups/$2
	mkdir -p "$folder/devices"
	echo "$3" >"$folder/type"
	: >"$WORLD/dev/vfio/$2"
	ln -sfn "$WORLD/sys/bus/pci/devices/$1" "$folder/devices/$1"
	ln -sfn "$folder" "$WORLD/sys/bus/pci/devices/$1/iommu_group"
}

# Each function's BARs have 1 TiB of addresses of their own.
resources()
{
	local -i bar size flags start
	local words domain bus rest
	# shellcheck disable=SC2034 # only the bus
	IFS=: read -r domain bus rest <<<"$address"
	for bar in 0 1 2 3 4 5 6; do
		IFS=, read -ra words <<<"${fact[bar$bar]:-0}"
		size=$(numfmt --from=iec "${words[0]^^}")
		flags=0x14220c
		[ "${words[1]:-}" != 32 ] || flags=0x40200
		[ "${words[1]:-}" != io ] || flags=0x40101
		start=$(((16#$bus + 1 << 40) + (bar << 36)))
		[ "${words[1]:-}" != 32 ] || start=$((0xe0000000 + (bar << 26)))
		[ "${words[1]:-}" != io ] || start=$((0xc000 + (bar << 6)))
		[ "${words[1]:-}" != unassigned ] || start=0
		if [ "$size" -eq 0 ]; then
			printf '0x%016x 0x%016x 0x%016x\n' 0 0 0
		else
			printf '0x%016x 0x%016x 0x%016x\n' "$start" \
				$((start + size - 1)) "$flags"
		fi
	done
}

fn_header()
{
	local header=00
	: >config
	truncate -s 4096 config
	[[ ${fact[class]} != 0604* ]] || header=01
	# shellcheck disable=SC2046 # a list of bytes
	bytes 0 $(word16 "0x${fact[id]%:*}") $(word16 "0x${fact[id]#*:}") \
		$(word16 "0x${fact[command]}") 10 00 00 \
		"${fact[class]:4:2}" "${fact[class]:2:2}" "${fact[class]:0:2}" \
		00 00 $header
	bytes 0x34 40
}

readonly -A PORT_TYPES=([endpoint]=0 [legacy]=1 [root]=4 [up]=5 [down]=6
	[integrated]=9)

fn_capabilities()
{
	local words port=${PORT_TYPES[${fact[type]}]:-0}
	# PCI Express at 0x40, MSI-X at 0x80; ACS at 0x100, resizable BARs at 0x140.
	if [ "${fact[type]}" = none ]; then
		bytes 0x34 80
	else
		# shellcheck disable=SC2046 # a list of bytes
		bytes 0x40 10 80 $(word16 $((port << 4 | 2)))
	fi
	if [ -n "${fact[msix]:-}" ]; then
		IFS=, read -ra words <<<"${fact[msix]}"
		# shellcheck disable=SC2046 # a list of bytes
		bytes 0x80 11 00 $(word16 $((words[2] - 1))) \
			$(word32 $((words[1] | words[0]))) \
			$(word32 $((words[1] + 0x800 | words[0])))
	else
		bytes 0x80 09 00
	fi
	extended_capabilities
}

extended_capabilities()
{
	local words
	[[ -n ${fact[acs]:-} || -n ${fact[rebar]:-} ]] || return 0
	if [ -n "${fact[acs]:-}" ]; then
		# shellcheck disable=SC2046 # a list of bytes
		bytes 0x100 $(word32 0x1401000d) 5f 00 $(word16 "0x${fact[acs]}")
	else
		# shellcheck disable=SC2046 # a list of bytes
		bytes 0x100 $(word32 0x14010003)
	fi
	if [ -n "${fact[rebar]:-}" ]; then
		IFS=, read -ra words <<<"${fact[rebar]}"
		# shellcheck disable=SC2046 # a list of bytes
		bytes 0x140 $(word32 0x00010015) $(word32 "0x${words[1]}") \
			$(word32 $((1 << 5 | words[0])))
	fi
}
