# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Command lines that make no sense, and help.

world root

t 'no command' 2 '^p2pctl: no command'
t 'no such command' 2 "no such command: 'lst'" lst
t 'no such option' 2 "unrecognized option '--what'" --what
t 'help' 0 'Commands:' --help
t 'version' 0 '^p2pctl [0-9]' --version

for command in bench bind doctor export info list route topo unbind watch; do
	t "$command --help" 0 "^Usage: p2pctl $command" "$command" --help
	t "$command: no such option" 2 \
		"^p2pctl $command: unrecognized option '--what'" "$command" --what
done

for command in bind list unbind; do
	t "$command: no address" 2 "not a PCI address, like .*: '1'" "$command" 1
	t "$command: no such device" 2 'no such PCI device: 77:00.0' \
		"$command" 77:00.0
	# shellcheck disable=SC2046 # 65 words
	t "$command: more than 64" 2 'more than 64' \
		"$command" $(printf '01:00.0 %.0s' {1..65})
done
for command in bind bench unbind; do
	t "$command: no device" 2 'no device' "$command"
done

t 'route: no device' 2 'needs two devices' route
t 'route: one device' 2 'needs two devices' route 01:00.0
t 'route: three devices' 2 "one device too many: '03:00.0'" \
	route 01:00.0 02:00.0 03:00.0
t 'route: no address' 2 'not a PCI address' route 01:00.0 x
t 'route: no such device' 2 'no such PCI device' route 01:00.0 03:00.0
t 'topo: one device' 2 'needs both devices, or none' topo 01:00.0
t 'topo: three devices' 2 'one device too many' topo 01:00.0 02:00.0 03:00.0
t 'topo: two forms' 2 'only one of' topo --svg --json
t 'topo: no such device' 2 'no such PCI device' topo 01:00.0 03:00.0
t 'doctor: three devices' 2 'one device too many' doctor 1:0.0 2:0.0 3:0.0
t 'doctor: no such BAR' 2 'the BAR is no number from 0 to 5' \
	doctor --bar 6 01:00.0
t 'doctor: a BAR of nothing' 2 'needs an EXPORTER' doctor --bar 1
t 'doctor: no such device' 2 'no such PCI device' doctor 03:00.0
t 'bind: no name of a driver' 2 'no name of a driver' bind -d ../x 02:00.0
t 'bind: a bridge' 2 'is a bridge' bind 00:01.0
t 'export: nothing' 2 'needs a device and the number' export
t 'export: no BAR' 2 'needs a device and the number' export 01:00.0
t 'export: no number of a BAR' 2 'the BAR is no number' export 01:00.0 two
t 'export: no address' 2 'not a PCI address' export x 2
t 'export: no range' 2 'no range, like' export --range 4096 01:00.0 2
t 'export: no offset' 2 'the offset is no size' export -r x:4k 01:00.0 2
t 'export: a negative length' 2 'the length is no size' export -r 0:-1 01:00.0 2
t 'export: an unknown unit' 2 'the length is no size' export -r 0:4q 01:00.0 2
t 'export: no unit of two' 2 'the length is no size' export -r 0:4kk 01:00.0 2
t 'export: too large' 2 'the length is too large' \
	export -r 0:99999999T 01:00.0 2
t 'export: no 64-bit number' 2 'the length is no size' \
	export -r 0:99999999999999999999 01:00.0 2
t 'info: nothing' 2 'needs a process and its descriptor' info
t 'info: a process only' 2 'needs a process and its descriptor' info 1
t 'info: both ways' 2 'either --all, or' info --all 1 2
t 'info: too much' 2 "too much: '3'" info 1 2 3
t 'info: no process' 2 "the process is no number .*: 'x'" info x 2
t 'info: no descriptor' 2 "the descriptor is no number .*: '-1'" info 1 -- -1
t 'watch: a process only' 2 'needs both' watch 1
t 'watch: too much' 2 'too much' watch 1 2 3
t 'watch: no count' 2 'the count is no number' watch -n 0
t 'bench: no count' 2 'the count is no number from 10' bench -n 9 01:00.0
t 'bench: three devices' 2 'one device too many' bench 1:0.0 2:0.0 3:0.0

rm -r "$WORLD/sys/bus"
t 'a machine without PCI' 1 'no PCI, or no sysfs' list
if [ -e /dev/full ]; then
	world root
	status=0
	# shellcheck disable=SC2034 # for judge
	P2PCTL_ROOT=$WORLD "${P2PCTL[@]}" list >/dev/full 2>"$TMP/err" || status=$?
	: >"$TMP/out"
	judge 'output that cannot be written' 1 'cannot write the output'
else
	skip 'output that cannot be written' 'no /dev/full'
fi
