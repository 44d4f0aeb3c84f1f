# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# topology: acs
#
# No route, because the ports of a switch redirect requests to a root complex
# that is on no list.

importer
diagnose
check 'ACS stops it' diagnosed stop route-acs 'past the switch'
check 'an import is refused' fails 'import: Operation not supported' moves
check 'the advice can be typed' follow route-acs
diagnose
check 'nothing stops it any more' well
check 'the route stays inside the switch' diagnosed ok route bus
check 'bytes move' moves
