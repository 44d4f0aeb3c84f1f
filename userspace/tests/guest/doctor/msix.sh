# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# topology: msix
#
# The BAR holds the MSI-X table, and interrupts are not isolated.

# whole: an application that wants all of it
whole()
{
	echo read | application "$P2P_EXPORTER" 0 0 0x4000 "$P2P_IMPORTER"
}

# rest: the command that the doctor gives, and what it holds is looked at
rest()
{
	command=$(to_type exporter-msix)
	echo "$command"
	# shellcheck disable=SC2016,SC2086 # a command, and one in it
	$command sh -c 'p2pctl info $$ "$P2P_DMABUF_FD"'
}

# part: an application that wants the first of those ranges
part()
{
	range=$(to_type exporter-msix | sed -n 's/.*export --range \([^ ]*\).*/\1/p')
	echo read | application "$P2P_EXPORTER" 0 "${range%:*}" "${range#*:}" \
		"$P2P_IMPORTER"
}

importer
diagnose
check 'the table is found' diagnosed warn exporter-msix 'hold the MSI-X table'
check 'all of the BAR is refused' fails 'export: Operation not permitted' whole
check 'the advice can be typed, and leaves the table out' rest
check 'bytes move from the rest' part
