# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the tests in a machine have in common: TAP, the doctor, and devices
# that import.
#
# A test is read by sh after this file. What stands at the end of /tmp/said is
# shown when a check fails.

PATH=$PATH:/add
number=0
# Past what a check keeps for itself.
exec 9>&1

# check NAME COMMAND...: a result; passes if the command succeeds
check()
{
	name=$1
	shift
	number=$((number + 1))
	if "$@" >/tmp/said 2>&1; then
		echo "ok $number $name"
	else
		echo "not ok $number $name"
		sed 's/^/#   /' /tmp/said
	fi
}

# fails WORDS COMMAND...: it does, and says so
fails()
{
	words=$1
	shift
	! "$@" >/tmp/failed 2>&1 || return 1
	cat /tmp/failed
	grep -q "$words" /tmp/failed
}

finish()
{
	echo "1..$number"
}

# --- the doctor ---------------------------------------------------------------

# diagnose [ARGUMENT...]: by default of exporter and importer; all that it says
# is kept in the output of the test
diagnose()
{
	[ $# -gt 0 ] || set -- "$P2P_EXPORTER" "$P2P_IMPORTER"
	p2pctl doctor "$@" >/tmp/doctor 2>&1
	diagnosed=$?
	grep -v '^ok ' /tmp/doctor | sed 's/^/# /'
}

# diagnosed VERDICT CHECK PATTERN: what it said of that
diagnosed()
{
	grep "^$1 *$2 " /tmp/doctor
	grep -q "^$1 *$2 .*$3" /tmp/doctor
}

# stopped: by anything; well: by nothing
stopped()
{
	tail -n 1 /tmp/doctor
	[ "$diagnosed" -eq 1 ] && grep -q '^stop' /tmp/doctor
}

well()
{
	grep '^stop' /tmp/doctor
	[ "$diagnosed" -eq 0 ]
}

# advice CHECK: the words; to_type CHECK: the commands
advice()
{
	sed -n "/^[a-z]* *$1 /,/^[a-z]/s/^            \([^ ].*\)/\1/p" /tmp/doctor
}

to_type()
{
	sed -n "/^[a-z]* *$1 /,/^[a-z0-9]/s/^              # //p" /tmp/doctor
}

# follow CHECK...: types what the doctor says, as it says it
follow()
{
	for followed; do
		to_type "$followed"
	done >/tmp/follow
	cat /tmp/follow
	[ -s /tmp/follow ] && sh -e /tmp/follow
}

# boot_as_advised CHECK: the host boots the machine again with the words in the
# advice, and runs this test with "again"
boot_as_advised()
{
	words=$(advice "$1" | sed -n 's/.*add "\([^"]*\)" to the kernel.*/\1/p')
	echo "# boot: $words" >&9
	[ -n "$words" ] && to_type "$1" | grep -qx 'update-grub && reboot'
}

# --- importers ----------------------------------------------------------------

# importer: the NVMe controller, to the selftests' driver
importer()
{
	insmod /add/p2p-test-importer.ko && pci-bind "$P2P_IMPORTER" p2p-test-importer
}

# application COMMAND...: with 1 MiB of the exporter's BAR 2
moves()
{
	echo move | application "$P2P_EXPORTER" 2 0 0x100000 "$P2P_IMPORTER"
}

# start_application: and leaves it running
start_application()
{
	mkfifo /tmp/orders /tmp/answers
	application "$P2P_EXPORTER" 2 0 0x100000 "$P2P_IMPORTER" \
		</tmp/orders >/tmp/answers 2>&1 &
	exec 5>/tmp/orders 6</tmp/answers
}

# order WORDS: to that application, whose answer has to be "done"
order()
{
	echo "$*" >&5
	read -r answer <&6
	echo "$answer"
	[ "$answer" = "done" ]
}

# --- RDMA ---------------------------------------------------------------------

rdma_begin()
{
	modprobe ib_uverbs && modprobe efa
}

# nic ADDRESS: what the kernel calls it
nic()
{
	ls "/sys/bus/pci/devices/$1/infiniband"
}

# serve WHERE: pointer_rdma, which waits; leaves who may write in $peer
serve()
{
	rm -f /tmp/serve.in /tmp/serve.out
	mkfifo /tmp/serve.in /tmp/serve.out
	rdma-run pointer_rdma serve "$(nic "$P2P_NIC2")" "$1" \
		</tmp/serve.in >/tmp/serve.out 2>/tmp/serve.err &
	served=$!
	exec 7>/tmp/serve.in 8</tmp/serve.out
	read -r peer <&8 && return
	cat /tmp/serve.err
	return 1
}

# sent TEXT: the other NIC writes it there
sent()
{
	said=$(rdma-run pointer_rdma write "$(nic "$P2P_NIC")" "$peer" "$1")
	echo "$said"
	[ "$said" = success ]
}

# arrived TEXT: it stands there, and the server ends well
arrived()
{
	exec 7>&-
	read -r text <&8
	echo "$text"
	exec 8<&-
	wait "$served" && [ "$text" = "$1" ]
}
