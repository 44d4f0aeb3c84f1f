#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What others wrote for RDMA, and the example: TAP.

# nic ADDRESS: what the kernel calls it
nic()
{
	ls "/sys/bus/pci/devices/$1/infiniband"
}

# result NUMBER NAME STATUS
result()
{
	[ "$3" -eq 0 ] || printf 'not '
	echo "ok $1 $2"
}

devinfo()
{
	rdma-run ibv_devinfo >/tmp/devinfo &&
		[ "$(grep -c '^hca_id:' /tmp/devinfo)" -eq 2 ]
}

# The example's first half, which goes when its input ends. Its first line is
# who may write, and how.
serve()
{
	group=$(readlink "/sys/bus/pci/devices/$P2P_EXPORTER/iommu_group")
	mkfifo /tmp/serve.in /tmp/serve.out
	# shellcheck disable=SC2153 # both come with the machine
	rdma-run /add/vfio_rdma export "$P2P_EXPORTER" "${group##*/}" \
		"$(nic "$P2P_NIC2")" </tmp/serve.in >/tmp/serve.out 2>/tmp/serve.err &
	served=$!
	exec 5>/tmp/serve.in 6</tmp/serve.out
	read -r peer <&6
}

# Where no IOMMU translates, there is no more to it than a refusal.
refused()
{
	exec 5>&-
	wait "$served"
	[ $? -eq 1 ] && grep -q 'register: Operation not supported' /tmp/serve.err
}

[ -n "$P2P_NIC" ] || {
	echo '1..1'
	echo 'ok 1 tools # SKIP the machine has no RDMA NIC'
	exit
}
if [ "$P2P_TOPOLOGY" = rdma-pt ]; then
	echo '1..2'
	devinfo
	result 1 'ibv_devinfo sees both NICs' $?
	serve
	refused
	result 2 'the example is refused' $?
	exit
fi

echo '1..5'
devinfo
result 1 'ibv_devinfo sees both NICs' $?
rdma-run rdma link >/tmp/link && [ "$(grep -c '^link ' /tmp/link)" -eq 2 ]
result 2 'rdma link sees both' $?
serve
rdma-run rdma resource show mr >/tmp/mr &&
	grep -q "dev $(nic "$P2P_NIC2").*mrlen 1048576.*pid $served" /tmp/mr
result 3 'rdma resource shows the region' $?
text='over the wire'
said=$(rdma-run /add/vfio_rdma write "$(nic "$P2P_NIC")" "$peer" "$text")
[ "$said" = success ]
result 4 'another process writes to it' $?
printf '# host: sha256 0 %d %s\n' "${#text}" \
	"$(printf %s "$text" | sha256sum | cut -d ' ' -f 1)"
exec 5>&-
wait "$served"
result 5 'and it ends well' $?
sed 's/^/# /' /tmp/devinfo /tmp/link /tmp/mr /tmp/serve.err
