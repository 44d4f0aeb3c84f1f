# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Completion: as bash calls it.

# completes NAME LINE WANTED...: all of WANTED, maybe more; a "!" before: not that
completes()
{
	local name=$1 line=$2 found word why=
	shift 2
	found=$(bash -c '
		. ../p2pctl.bash
		COMP_LINE=$1 COMP_POINT=${#1}
		read -ra COMP_WORDS <<<"$1"
		[[ $1 != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		COMP_WORDBREAKS=$2
		_p2pctl
		printf "%s\n" "${COMPREPLY[@]}"' bash "$line" "${breaks:- }")
	for word; do
		if [[ $word == !* ]]; then
			! grep -qxF -e "${word#!}" <<<"$found" || why+=" has $word"
		else
			grep -qxF -e "$word" <<<"$found" || why+=" lacks $word"
		fi
	done
	verdict "$name" "$why"
}

completes 'completion: commands' 'p2pctl ' list doctor topo
completes 'completion: commands that begin so' 'p2pctl b' bench bind '!list'
completes 'completion: options' 'p2pctl topo --' --svg --dot --json --help
completes 'completion: options of each' 'p2pctl bind --' --group '!--svg'

# Every option that --help names is known, and no other.
for command in bench bind doctor export info list route topo unbind watch; do
	p2pctl "$command" --help
	known=$(bash -c '. ../p2pctl.bash; _p2pctl_options "$1"' bash "$command" |
		tr ' ' '\n' | LC_ALL=C sort)
	named=$(grep -oE '^ .*  --[a-z-]+|^  -., --[a-z-]+' "$TMP/out" |
		grep -oE -e '--[a-z-]+' | LC_ALL=C sort)
	[ "$known" = "$named" ] || known="$known"$'\n--- help:\n'"$named"
	verdict "completion: the options of $command" "${known#"$named"}"
done
for device in /sys/bus/pci/devices/*; do
	if [ -e "$device" ]; then
		device=${device##*/}
		completes 'completion: devices' 'p2pctl list ' "$device"
		completes 'completion: devices that begin so' \
			"p2pctl list ${device%?}" "$device"
		breaks=' :' completes 'completion: behind a colon' \
			"p2pctl list ${device%?}" "${device##*:}"
	else
		for name in devices 'devices that begin so' 'behind a colon'; do
			skip "completion: $name" 'this machine has no PCI'
		done
	fi
	break
done
