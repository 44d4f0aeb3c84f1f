# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The fabric: tree, table of routes, JSON, graph, picture.

world switch
t 'topo: the host bridge' 0 '^host bridge 0000:00  \[forwards: the CPU does\]' topo
t 'topo: a bridge with ACS' 0 '^├─ 0000:00:01.0  root port  \[ACS redirects\]$' topo
t 'topo: a bridge with ACS off' 0 '^└─ 0000:00:03.0  root port  \[ACS off\]$' topo
t 'topo: a bridge without' 0 '^│  └─ 0000:01:00.0  switch, up$' topo
t 'topo: an endpoint' 0 \
	'^│     │  └─ 0000:03:00.0  endpoint  \[IOMMU direct, group 1\]  vfio-pci-dmabuf' topo
t 'topo: without a driver' 0 '0000:04:00.1 .* no driver' topo
t 'topo: the table' 0 '^0000:03:00.0  bus +bus +bus +host\* *$' topo
without 'topo: nothing of the chipset' '0000:00:00.0'
t 'topo --all: the chipset' 0 '0000:00:00.0  host bridge' topo --all
t 'topo: of two' 0 '0000:04:00.0 .*  <- importer$' topo 03:00.0 04:00.0
t 'topo: their route' 0 \
	'^route from 0000:04:00.0 to BARs of 0000:03:00.0: bus, distance 4' \
	topo 03:00.0 04:00.0
without 'topo: of two: no others' '0000:05:00.0|0000:04:00.1'
t 'topo: of one' 0 '<- exporter, importer' topo 03:00.0 03:00.0

p2pctl topo --json
json 'topo --json: all pairs' 'len(d["routes"]) == 16 and
	[r["type"] for r in d["routes"]][:4] == ["bus", "bus", "bus", "host"]'
json 'topo --json: the tree' '[f["parent"] for f in d["functions"]
	if f["device"] == "0000:02:01.0"] == ["0000:01:00.0"]'
json 'topo --json: marks' '{f["device"]: (f["acs"], f["iommu"])
	for f in d["functions"]}["0000:00:01.0"] == ("redirects", "direct")'
json 'topo --json: host bridges' 'd["host_bridges"][0]["root_bus"] == "0000:00"
	and d["host_bridges"][0]["first_function"] == "0000:00:00.0"'
p2pctl topo --json 03:00.0 05:00.0
json 'topo --json: of two' 'len(d["routes"]) == 1 and
	d["routes"][0]["importer"] == "0000:05:00.0"'

# svg_is NAME EXPRESSION: of the picture, with t the texts and p the lines' colours
svg_is()
{
	local why
	why=$(python3 -c '
import sys, xml.etree.ElementTree as xml
n = "{http://www.w3.org/2000/svg}"
d = xml.parse(sys.argv[1]).getroot()
t = [x.text for x in d.iter(n + "text")]
p = [x.get("stroke") for x in d.iter(n + "path")]
b = [(float(x.get("x")), float(x.get("y"))) for x in d.iter(n + "rect") if x.get("x")]
w, h = float(d.get("width")), float(d.get("height"))
if not eval("(" + sys.argv[2] + ")"):
    print(t, p, b)' "$TMP/out" "$2" 2>&1) || why+=' failed'
	verdict "$1" "$why"
}

p2pctl topo --svg 03:00.0 04:00.0
svg_is 'topo --svg: well-formed, with the texts' \
	'"exporter: vfio-pci-dmabuf" in t and "importer: mlx5_core" in t'
svg_is 'topo --svg: ACS and IOMMU are marked' \
	'"ACS redirects" in t and t.count("IOMMU direct, group 1") == 2'
svg_is 'topo --svg: the route is four lines, not those above the switch' \
	'p.count("#1f6fd0") == 4 and len(p) == 6'
svg_is 'topo --svg: no two boxes in one place, all inside' \
	'len(set(b)) == len(b) == 7 and all(x < w and y < h for x, y in b)'
p2pctl topo --svg 03:00.0 05:00.0
svg_is 'topo --svg: through the host bridge all lines are' \
	'p.count("#1f6fd0") == len(p) == 6'
p2pctl topo --svg
svg_is 'topo --svg: of all' '"nvme" in t and "0000:04:00.1" in t and
	"#1f6fd0" not in p and len(b) == len(set(b)) == 10'

bound 0000:05:00.0 'a<b>&"c\d'
p2pctl topo --svg
svg_is 'topo --svg: markup in a name' '"a<b>&\"c\\d" in t'
bound 0000:05:00.0 $'\xff\x01driver'
p2pctl topo --svg
svg_is 'topo --svg: garbage in a name' '"??driver" in t'
bound 0000:05:00.0 nvme

# graph FILE: whether graphviz takes it
graph()
{
	if command -v dot >/dev/null; then
		verdict "$1" "$(dot -Tplain "$TMP/out" 2>&1 >"$TMP/plain")"
	else
		skip "$1" 'graphviz is missing: apt-get install graphviz'
	fi
}

t 'topo --dot' 0 '"0000:01:00.0" -- "0000:02:01.0" \[color="#1f6fd0"' \
	topo --dot 03:00.0 04:00.0
graph 'topo --dot: graphviz takes it'
bound 0000:05:00.0 'a"b\c'
p2pctl topo --dot
graph 'topo --dot: quotes in a name'

world root
cpu GenuineIntel 6
t 'topo: not on the list' 0 '\[not on the allow-list\]' topo
t 'topo: no route' 0 '^0000:01:00.0  bus +- *$' topo
put sys/module/p2p_bar_exporter/parameters/host_bridge always
t 'topo: overridden' 0 '\[taken to forward: host_bridge=always\]' topo
put sys/module/p2p_bar_exporter/parameters/host_bridge never
t 'topo: forbidden' 0 '\[not used: host_bridge=never\]' topo
p2pctl topo --svg 01:00.0 02:00.0
svg_is 'topo --svg: no route, no line' '"#1f6fd0" not in p'
put sys/module/p2p_bar_exporter/parameters/host_bridge allowlist
fn 0000:00/0000:00:00.0 id=8086:2f01 class=060000 type=none
t 'topo: near only' 0 'forwards between its own ports' topo
fn 0000:00/0000:00:00.0 id=8086:09a2 class=060000 type=none
t 'topo: on the list' 0 'forwards: on the allow-list' topo
fn 0000:00/0000:00:01.0 id=8086:2030 class=060400 type=root config=short
t 'topo: what only root sees' 0 '0000:00:01.0 .*\[ACS unknown\]' topo
