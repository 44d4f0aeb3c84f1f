# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# topology: none
#
# No route: the way leads through a host bridge that is on no list.

importer
diagnose
check 'the route stops it' diagnosed stop route 'host-unlisted'
check 'the host bridge is named' diagnosed warn route-host-bridge 'not on the allow-list'
check 'an import is refused' fails 'import: Operation not supported' moves
check 'the advice can be typed' follow route
diagnose
check 'nothing stops it any more' well
check 'bytes move' moves
