# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Completion of p2pctl for bash.

_p2pctl_devices()
{
	local path
	for path in /sys/bus/pci/devices/*; do
		[ -e "$path" ] && echo "${path##*/}"
	done
}

# _p2pctl_options COMMAND
_p2pctl_options()
{
	case $1 in
	bench) echo '--bar --count --json' ;;
	bind) echo '--driver --dry-run --force --group' ;;
	doctor) echo '--bar --json --quiet' ;;
	export) echo '--range --read-only' ;;
	info) echo '--all --json' ;;
	list) echo '--all --json' ;;
	route) echo '--estimate --json' ;;
	topo) echo '--all --dot --json --svg' ;;
	unbind) echo '--force --no-driver' ;;
	watch) echo '--count --json' ;;
	esac
	echo '--help --usage --version'
}

_p2pctl_arguments()
{
	case $1 in
	bench | bind | doctor | export | list | route | topo | unbind)
		_p2pctl_devices
		;;
	info | watch)
		# The processes that hold a buffer are not for everybody to see.
		pgrep -x p2pctl
		;;
	esac
}

_p2pctl()
{
	# The words of bash would be split at the colons of addresses.
	local command=${COMP_WORDS[1]} line word words
	line=${COMP_LINE:0:COMP_POINT}
	word=${line##* }
	if [ "$COMP_CWORD" -le 1 ]; then
		words='bench bind doctor export info list route topo unbind watch --help --version'
	elif [[ $word == -* ]]; then
		words=$(_p2pctl_options "$command")
	else
		words=$(_p2pctl_arguments "$command")
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
	_p2pctl_after_colon "$word"
}

# bash replaces only what is behind the last colon
_p2pctl_after_colon()
{
	local before i
	[[ $1 == *:* && $COMP_WORDBREAKS == *:* ]] || return 0
	before=${1%:*}:
	for i in "${!COMPREPLY[@]}"; do
		COMPREPLY[i]=${COMPREPLY[i]#"$before"}
	done
}

complete -F _p2pctl p2pctl
