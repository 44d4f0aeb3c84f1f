# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Colours on a terminal only; and what somebody sees who is not root.

# on_terminal NAME PATTERN COMMAND...: PATTERN is looked for; with ! it must not be
on_terminal()
{
	local name=$1 pattern=$2 found=no want=yes
	shift 2
	if [[ $pattern == !* ]]; then
		want=no pattern=${pattern#!}
	fi
	P2PCTL_ROOT=$WORLD TERM=xterm script -qec "${*@Q}" /dev/null \
		</dev/null >"$TMP/out" 2>&1 || true
	! grep -q -e "$pattern" "$TMP/out" || found=yes
	if [ "$found" = "$want" ]; then
		verdict "$name"
	else
		verdict "$name" "$(cat -v "$TMP/out")"
	fi
}

world root
if command -v script >/dev/null; then
	on_terminal 'colours on a terminal' $'\033\\[32mready' "${P2PCTL[@]}" list
	on_terminal 'NO_COLOR' $'!\033' env NO_COLOR=1 "${P2PCTL[@]}" list
	on_terminal 'an empty NO_COLOR' $'\033' env NO_COLOR= "${P2PCTL[@]}" list
	on_terminal 'a dumb terminal' $'!\033' env TERM=dumb "${P2PCTL[@]}" list
	mkdir "$WORLD/fake"
	echo 0 | tee "$WORLD/fake/open" >"$WORLD/fake/export"
	on_terminal 'progress on a terminal' '#\.' "${P2PCTL[@]}" bench -n 100 1:0.0
else
	for name in 'colours on a terminal' 'NO_COLOR' 'an empty NO_COLOR' \
		'a dumb terminal' 'progress on a terminal'; do
		skip "$name" 'script is missing: apt-get install bsdutils'
	done
fi

# as_nobody: the next p2pctl runs without rights, even if this is root
if [ "$(id -u)" -ne 0 ]; then
	as_nobody=()
elif command -v setpriv >/dev/null; then
	as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
fi

# denied NAME PATTERN MODE FILE ARGUMENT...: with FILE's mode
denied()
{
	local name=$1 pattern=$2 mode=$3 file=$WORLD/$4
	local -a before=("${P2PCTL[@]}")
	shift 4
	if [ -z "${as_nobody+set}" ]; then
		skip "$name" 'root needs setpriv for it: apt-get install util-linux'
		return
	fi
	chmod "$mode" "$file"
	P2PCTL=("${as_nobody[@]}" "${before[@]}")
	t "$name" 1 "$pattern" "$@"
	P2PCTL=("${before[@]}")
}

world root
chmod a+rw "$WORLD"/dev/p2p_dmabuf "$WORLD"/dev/vfio/*
denied 'doctor: no right to /dev/p2p_dmabuf' \
	'^stop +access-p2p-dmabuf .*Permission denied' 0600 dev/p2p_dmabuf doctor
denied 'doctor: no right to /dev/vfio/vfio' \
	'^stop +access-vfio .*Permission denied' 0600 dev/vfio/vfio doctor
denied "doctor: no right to the group's node" \
	'^stop +access-vfio-device .*/dev/vfio/11: Permission denied' 0600 \
	dev/vfio/11 doctor 1:0.0
denied 'doctor: no right to debugfs' \
	'^unknown exporter-buffers .*Permission denied' 0600 \
	sys/kernel/debug/p2p_dmabuf/buffers doctor 1:0.0
denied 'info --all: not root' 'Permission denied' 0600 \
	sys/kernel/debug/p2p_dmabuf/buffers info --all
# shellcheck disable=SC2154 # found out by 70-buffers.sh
if [ -n "$pidfd" ]; then
	denied "info: somebody else's process" \
		'not allowed: needs the right to trace' 0600 dev/vfio/11 info 1 0
else
	skip "info: somebody else's process" \
		'no pidfd_open: needs Linux 5.6, and a valgrind that knows it'
fi
