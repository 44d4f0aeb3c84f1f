# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# topology: root
#
# BARs that cannot be exported.

# with_bar BAR: an application that wants it
with_bar()
{
	echo move | application "$P2P_EXPORTER" "$1" 0 0x1000 "$P2P_IMPORTER"
}

# listed: the BARs that "p2pctl list" offers for it
listed()
{
	sh -e /tmp/follow | sed -n 's/^[^ ]* *\([0-5]\) .* ready .*/\1/p'
}

importer
diagnose --bar 1 "$P2P_EXPORTER" "$P2P_IMPORTER"
check 'a BAR that is not there' diagnosed stop exporter-bar 'there is no BAR 1'
check 'it cannot be exported' fails 'export: ' with_bar 1
diagnose --bar 0 "$P2P_EXPORTER" "$P2P_IMPORTER"
check 'a BAR that is too small' diagnosed stop exporter-bar 'smaller than a page'
check 'it cannot be exported' fails 'export: ' with_bar 0
check 'the advice can be typed' follow exporter-bar
check 'it names the other one' [ "$(listed)" = 2 ]
diagnose --bar "$(listed)" "$P2P_EXPORTER" "$P2P_IMPORTER"
check 'nothing stops that' well
check 'bytes move' with_bar "$(listed)"
