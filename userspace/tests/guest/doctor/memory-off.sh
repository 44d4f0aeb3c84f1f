# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# topology: root
#
# Somebody switches the device's memory off behind the back of the program that
# has it.

importer
start_application
check 'bytes move' order move
setpci -s "$P2P_EXPORTER" COMMAND=0:2
diagnose
check 'memory stops it' diagnosed stop exporter-memory 'memory is off'
check 'bytes are lost' fails 'Input/output error' order move
check 'the advice can be typed' follow exporter-memory
diagnose
check 'nothing stops it any more' well
check 'bytes move again' order move
