# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# export, info, watch and bench, with fake_library.c for the kernel.

# answers FILE LINE: of the fake library or kernel
answers()
{
	put "fake/$1" "$2"
}

world root
t 'export: no VFIO' 1 'cannot be opened: No such file' export 1:0.0 2 true
answers open 19
t 'export: not bound' 1 'no VFIO driver has it \(p2pctl bind 0000:01:00.0\)' \
	export 1:0.0 2 true
answers open 16
t 'export: somebody has it' 1 'somebody else has it' export 1:0.0 2 true
answers open 0
for errno in 22:'not of whole pages' 19:'no memory BAR' 25:'cannot export' \
	1:'MSI-X table' 12:'Cannot allocate'; do
	answers export "${errno%%:*}"
	t "export: ${errno#*:}" 1 "${errno#*:}" export 1:0.0 2 true
done
answers export 0
t 'export: no such BAR' 1 'has no BAR 3' export 1:0.0 3 true
# shellcheck disable=SC2016 # for that shell
t 'export: the command gets the descriptor' 0 'memfd:buffer' \
	export 1:0.0 2 -- sh -c 'readlink /proc/self/fd/$P2P_DMABUF_FD'
t 'export: its exit code' 7 '' export 1:0.0 2 sh -c 'exit 7'
t 'export: its signal' 143 '' export 1:0.0 2 sh -c 'kill -TERM $$'
t 'export: no such command' 127 'cannot run no-such-command' \
	export 1:0.0 2 no-such-command
t 'export --range' 0 '' export -r 0:4k -r 0x10000:1M 1:0.0 2 true
t 'export --range: not aligned' 1 'not of whole pages' export -r 1:4k 1:0.0 2 true
# shellcheck disable=SC2046 # 130 words
t 'export --range: too many' 2 'more than 64 ranges' \
	export $(printf -- '-r 0:4k %.0s' {1..65}) 1:0.0 2 true

# held: a p2pctl that holds a buffer; its words into $held
held()
{
	: >"$TMP/held"
	P2PCTL_ROOT=$WORLD "${P2PCTL[@]}" export 1:0.0 2 >"$TMP/held" 2>&1 &
	holder=$!
	for _ in {1..300}; do
		[ ! -s "$TMP/held" ] || break
		sleep 0.1
	done
	read -ra held <"$TMP/held"
}

held_tests()
{
	answers info '0 0'
	t 'info: of a process' 0 '^buffer 17: BAR 2 of 0000:01:00.0, 2112 KiB, live, read-only, revoked 3 times' \
		info "${held[@]}"
	t 'info: ranges' 0 '^  range 0x200000, 2 MiB' info "${held[@]}"
	t 'info: importers' 0 \
		'importer 0000:02:00.0 efa: maps 2, pins 1, keeps them; host, translated, distance 4: host-cpu$' \
		info "${held[@]}"
	t 'info: an importer that is no PCI device' 0 'importer \(not PCI\) vgem' info "${held[@]}"
	p2pctl info --json "${held[@]}"
	json 'info --json' 'd["id"] == 17 and d["state"] == "live" and d["read_only"] and
		d["ranges"][1] == {"offset": 2 << 20, "length": 2 << 20} and
		d["importers"][0]["keeps"] and d["importers"][1]["device"] is None and
		d["importers"][0]["route"]["type"] == "host"'
	answers info '0 1'
	t 'info: revoked' 0 ', revoked, read-only' info "${held[@]}"
	answers info '0 7'
	t 'info: a state from the future' 0 ', unknown, read-only' info "${held[@]}"
	answers info '13 0'
	t 'info: not allowed to ask' 1 'cannot ask /dev/p2p_dmabuf: Permission denied' \
		info "${held[@]}"
	t 'info: something else' 1 'is of something else' info "${held[0]}" 1
	t 'info: no such descriptor' 1 'no such descriptor' info "${held[0]}" 999
	answers info '0 0'
	answers next 123
	t 'watch: a revocation' 0 '^1 revoke' watch "${held[@]}"
	t 'watch: the restoration' 0 '^2 restore' watch "${held[@]}"
	t 'watch: ends with the retirement' 0 '^3 retire' watch "${held[@]}"
	t 'watch: importers' 0 'importer 0000:02:00.0 efa: maps 2, pins 1' watch "${held[@]}"
	t 'watch --count' 0 '^2 restore' watch -n 2 "${held[@]}"
	without 'watch --count: no more' '3 retire'
	t 'watch --json' 0 '^\{"number":3,"event":"retire"\}$' watch --json "${held[@]}"
	answers next 12
	t 'watch: the events end' 0 '^2 restore' watch "${held[@]}"
	rm "$WORLD/fake/next"
	t 'watch: retired already' 1 'cannot watch .*: No such device' watch "${held[@]}"
	t 'watch: something else' 1 'cannot watch .*: Invalid argument' watch "${held[0]}" 1
}

held
p2pctl info "${held[@]}"
pidfd=yes
# shellcheck disable=SC2154 # set by p2pctl
if [[ $err == *'Function not implemented'* ]]; then
	pidfd=
	skip "info and watch of a process's descriptor" \
		'no pidfd_open: needs Linux 5.6, and a valgrind that knows it'
else
	held_tests
fi
kill -TERM "$holder"
status=0
wait "$holder" || status=$?
verdict 'export: holds it until a signal comes' "${status#0}"
if [ -n "$pidfd" ]; then
	t 'info: no such process' 1 'no such process' info "${held[@]}"
	t 'watch: no such process' 1 'no such process' watch "${held[@]}"
fi

# --- all of them --------------------------------------------------------------

put sys/kernel/debug/p2p_dmabuf/buffers \
	"buffer 7 $EXPORTER bar 2 live generation 2 tables 1 ranges 3 size 65536
  importer $IMPORTER efa route host translated distance 4 maps 1 pins 1: the CPU's root complex forwards
  importer 0000:04:00.0 mlx5_core route bus distance 2 maps 0 pins 0: common bridge
something new
buffer garbage
buffer 8 $EXPORTER bar 0 revoked generation 1 tables 0 ranges 1 size 4096"
t 'info --all' 0 \
	'^buffer 7: BAR 2 of 0000:01:00.0, 64 KiB, live, revoked 2 times, 3 ranges' info --all
t 'info --all: an importer' 0 \
	"^  importer 0000:02:00.0 efa: maps 1, pins 1; host translated, distance 4: the CPU's" \
	info --all
t 'info --all: the next buffer' 0 '^buffer 8: BAR 0 .*revoked' info --all
without 'info --all: what it does not understand' 'new|garbage'
p2pctl info --all --json
json 'info --all --json' 'len(d) == 2 and d[0]["length"] == 65536 and
	d[0]["importers"][1]["route"] == "bus" and d[1]["importers"] == []'
put sys/kernel/debug/p2p_dmabuf/buffers ''
t 'info --all: none' 0 '' info --all
rm "$WORLD/sys/kernel/debug/p2p_dmabuf/buffers"
t 'info --all: no debugfs' 1 'buffers: No such file' info --all

mkdir -p "$WORLD/sys/kernel/tracing/instances"
answers events "     a-1     [000] .....    10.5: p2p_bar_export: $EXPORTER bar=2 buffer=7 size=4096 ranges=1 revoked=0 generation=0
     b-2     [001] .....    11.25: p2p_bar_attach: $EXPORTER buffer=7 importer=$IMPORTER route=host distance=4
     b-2     [001] .....    11.5: p2p_bar_map: $EXPORTER buffer=7 importer=$IMPORTER route=host entries=1
     b-2     [001] .....    11.75: p2p_bar_map: $EXPORTER buffer=7 importer=$IMPORTER route=host entries=1
CPU:0 [LOST 3 EVENTS]
     b-2     [001] .....    12.5: sched_switch: something else
     c-3     [000] .....    13.5: p2p_bar_refuse: $EXPORTER buffer=7 importer=0000:04:00.0 reason=importer does not allow peer-to-peer"
t 'watch: all' 0 '^10.5 export  0000:01:00.0 bar=2 buffer=7' watch
t 'watch: reasons' 0 '^13.5 refuse .*reason=importer does not allow peer-to-peer' watch
t 'watch: counts by importer' 0 '^0000:02:00.0 +1 +2 +0 +0 +0$' watch
t 'watch: of the other one' 0 '^0000:04:00.0 +0 +0 +0 +0 +1$' watch
without 'watch: nothing else' 'LOST|sched'
verdict 'watch: no instance stays' "$(ls "$WORLD/sys/kernel/tracing/instances")"
t 'watch: all, --count' 0 '^11.25 attach' watch -n 2
without 'watch: all, --count: no more' '^11.5'
t 'watch: all, --json' 0 \
	'^\{"time":"11.25","event":"attach","exporter":"0000:01:00.0","importer":"0000:02:00.0"' \
	watch --json
mv "$WORLD/sys/kernel/tracing" "$WORLD/sys/kernel/debug/"
t 'watch: all, where tracefs was once' 0 '^10.5 export' watch
answers fail '13 instances'
t 'watch: all, not root' 1 'cannot trace: Permission denied' watch
answers fail '13 enable'
t 'watch: all, without the module' 1 'cannot trace: Permission denied' watch
verdict 'watch: no instance stays of that, either' \
	"$(ls "$WORLD/sys/kernel/debug/tracing/instances")"

# --- bench --------------------------------------------------------------------

world root
answers open 0
answers export 0
answers info '0 0'
answers route '2 2 4 1 0:0.0'
t 'bench' 0 '^export and close +[0-9]+\.[0-9]{2} +[0-9.]+ +[0-9.]+$' bench -n 10 1:0.0
p2pctl bench -n 10 --json 1:0.0 2:0.0
json 'bench --json' 'd["count"] == 10 and d["length"] == 64 << 20 and all(
	d[k]["error"] is None and 0 < d[k]["least_ns"] <= d[k]["median_ns"] <=
	d[k]["p99_ns"] for k in ("export_close", "route", "info"))'
rm "$WORLD/fake/route"
t 'bench: one of them fails' 1 '^route query +- +- +No such file' bench -n 10 1:0.0
p2pctl bench -n 10 --json 1:0.0
json 'bench --json: one of them fails' 'd["route"]["error"] and "least_ns" not in d["route"]'
t 'bench: no such BAR' 1 'has no BAR 3' bench --bar 3 1:0.0
t 'bench: nothing to export' 1 'no memory BAR' bench 00:01.0
answers open 19
t 'bench: not bound' 1 'no VFIO driver has it' bench 1:0.0
