#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: binds the importers and runs the named programs one after
# another. Fails if any of them does, or if memory was lost where the kernel
# looks for that.

readonly LEAKS=/sys/kernel/debug/kmemleak

# What was lost before is not the programs' fault.
leaks_begin()
{
	[ ! -e $LEAKS ] || echo clear >$LEAKS
}

# An object counts once two scans have found nothing that refers to it, the
# second one at least 5 s after it was made.
leaks_end()
{
	[ -e $LEAKS ] || return 0
	echo scan >$LEAKS
	sleep 6
	echo scan >$LEAKS
	sed 's/^/# /' $LEAKS
	[ -z "$(cat $LEAKS)" ]
}

# say_module NAME: which build of it is loaded. The note's head has 16 bytes.
say_module()
{
	notes=/sys/module/$(echo "$1" | tr - _)/notes
	echo "# module $1 $(hexdump -v -s 16 -e '/1 "%02x"' "$notes/.note.gnu.build-id")"
}

say_module p2p-bar-exporter
say_module vfio-pci-dmabuf
insmod /add/p2p-test-importer.ko || exit
pci-bind "$P2P_IMPORTER" p2p-test-importer || exit
pci-bind "$P2P_IMPORTER2" p2p-test-importer || exit

# Programs of that name are linked with rdma-core.
run()
{
	path=/add/$1
	shift
	case $path in
	*.sh) "$path" "$@" ;;
	*/rdma_*) rdma-run "$path" "$@" ;;
	*) "$path" "$@" ;;
	esac
}

if [ -n "$P2P_NIC" ]; then
	modprobe ib_uverbs && modprobe efa || exit
fi

if [ -n "$P2P_GPU" ]; then
	modprobe virtio-gpu && modprobe vgem || exit
fi

leaks_begin
status=0
for program; do
	echo "# program $program"
	echo "selftest: $program" >/dev/kmsg
	# shellcheck disable=SC2086 # arguments may follow the name
	run $program || status=1
done
leaks_end || status=1
exit $status
