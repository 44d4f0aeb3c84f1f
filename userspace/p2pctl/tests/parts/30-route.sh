# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Routes: estimates rule by rule, and the kernel's answer.

# no_zen: a processor whose root complex nobody knows
no_zen()
{
	cpu GenuineIntel 6
}

world root
t 'route: forwarded by the CPU' 0 \
	'^host, translated, distance 4: host-cpu \(estimate\)' route 01:00.0 02:00.0
t 'route: of a function to itself' 0 '^bus, distance 0: same-function' \
	route 01:00.0 01:00.0
t 'route: what it means' 0 'forwards' route 01:00.0 02:00.0
cpu AuthenticAMD 22
t 'route: before Zen' 1 '^none, distance 4: host-unlisted, at 0000:00:00.0' \
	route 01:00.0 02:00.0
no_zen
t 'route: not on the list' 1 '^none, distance 4: host-unlisted' \
	route 01:00.0 02:00.0
put sys/module/p2p_bar_exporter/parameters/host_bridge always
t 'route: overridden' 0 '^host, translated, distance 4: host-override' \
	route 01:00.0 02:00.0
put sys/module/p2p_bar_exporter/parameters/host_bridge never
t 'route: forbidden' 1 '^none, distance 4: host-never' route 01:00.0 02:00.0
cpu AuthenticAMD 25
t 'route: forbidden, whatever the CPU' 1 'host-never' route 01:00.0 02:00.0

world root
no_zen
fn 0000:00/0000:00:00.0 id=8086:2020 class=060000 type=none group=0
t 'route: on the list' 0 '^host, translated, .*host-listed' route 01:00.0 02:00.0
fn 0000:00/0000:00:00.0 id=8086:2f00 class=060000 type=none group=0
t 'route: on the list, near' 0 'host-listed' route 01:00.0 02:00.0
fn 0000:80/0000:80:00.0 id=8086:2f00 class=060000 type=none
fn 0000:80/0000:80:01.0/0000:81:00.0 bar0=1M
t 'route: on the list, far' 1 'none, .*host-far' route 01:00.0 81:00.0
fn 0000:00/0000:00:00.0 id=1022:2020 class=060000 type=none group=0
t 'route: another maker of that number' 1 'host-unlisted' route 01:00.0 02:00.0

world root
echo identity >"$WORLD/sys/kernel/iommu_groups/12/type"
t 'route: not translated' 0 '^host, direct, distance 4' route 01:00.0 02:00.0

world switch
no_zen
t 'route: in the switch' 0 '^bus, distance 4: common-bridge \(estimate\)' \
	route 03:00.0 04:00.0
t 'route: two functions of a card' 0 '^bus, distance 2: common-bridge' \
	route 04:00.0 04:00.1
t 'route: out of the switch' 1 '^none, distance 6: host-unlisted' \
	route 03:00.0 05:00.0
top=0000:00/0000:00:01.0/0000:01:00.0
for redirect in 4 8 20; do
	fn "$top/0000:02:01.0" class=060400 type=down acs=$redirect
	t "route: ACS $redirect on the exporter's side" 1 \
		'^none, distance 4: host-unlisted, ACS redirects at 0000:02:01.0' \
		route 03:00.0 04:00.0
done
t "route: ACS on the importer's side" 1 'ACS redirects at 0000:02:01.0' \
	route 04:00.0 03:00.0
cpu AuthenticAMD 25
t 'route: redirected, and forwarded' 0 '^host, direct, .*ACS redirects' \
	route 03:00.0 04:00.0
for harmless in 1 10 13; do
	fn "$top/0000:02:01.0" class=060400 type=down acs=$harmless
	t "route: ACS $harmless does not redirect" 0 '^bus, distance 4' \
		route 03:00.0 04:00.0
done
fn "$top" class=060400 type=up acs=4
t 'route: ACS on the common bridge' 0 '^host, .*ACS redirects at 0000:01:00.0' \
	route 03:00.0 04:00.0
fn "$top" class=060400 type=up config=short
t 'route: what only root sees' 0 'estimate, ACS unknown' route 03:00.0 04:00.0

world_new
deep=0000:00
for bus in {1..32}; do
	deep+=$(printf '/0000:%02x:00.0' "$bus")
	fn "$deep" class=060400 type=down
done
fn "$deep/0000:40:00.0" bar0=1M
t 'route: too deep' 1 'too-deep' route 40:00.0 40:00.0

world root
mkdir "$WORLD/fake"
put fake/route '0 6 4 2 0000:00:00.0'
t 'route: the kernel says no' 1 '^none, distance 4: host-unlisted, at 0000:00:00.0$' \
	route 01:00.0 02:00.0
p2pctl route --json 01:00.0 02:00.0
json 'route --json' 'd["type"] == "none" and d["reason"] == "host-unlisted" and
	d["source"] == "kernel" and d["blocker"] == "0000:00:00.0" and
	d["exporter"] == "0000:01:00.0" and not d["translated"]'
t 'route --estimate' 0 'host-cpu \(estimate\)' route --estimate 01:00.0 02:00.0
put fake/route '1 99 4 0 0:0.0'
t 'route: a reason from the future' 0 '^bus, distance 4: unknown$' \
	route 01:00.0 02:00.0
put fake/route '9 1 4 0 0:0.0'
t 'route: a type from the future' 0 '^unknown, distance 4' route 01:00.0 02:00.0
