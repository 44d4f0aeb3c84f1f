# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# topology: root
#
# A revoked buffer: the program that has the device switched its memory off.

importer
start_application
check 'bytes move' order move
check 'memory is switched off' order memory off
diagnose
check 'the buffer stops it' diagnosed stop exporter-buffers 'buffer [0-9]* is revoked'
check 'so does memory' diagnosed stop exporter-memory 'memory is off'
check 'it cannot be mapped' fails 'No such device' order map
check 'its advice names the process that has it' \
	sh -c "$(printf '%s\n' 'grep -q "only that process can switch it on" /tmp/doctor')"
check 'which switches memory on' order memory on
diagnose
check 'nothing stops it any more' well
check 'it can be mapped' order map
check 'bytes move again' order move
