#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: what of the modules has been run so far, where the kernel has
# gcov. Each of its files is printed as a line "# gcda NAME BASE64", with NAME as
# below the folder the modules were built in.

folder=/sys/kernel/debug/gcov

echo 'TAP version 13'
echo 1..1
if [ ! -d $folder ]; then
	echo 'ok 1 coverage # SKIP the kernel has no gcov'
	exit 0
fi
find $folder -name '*.gcda' | while read -r file; do
	case $file in
	*/test_modules/*) continue ;;
	esac
	echo "# gcda drivers/${file##*/drivers/} $(base64 -w 0 <"$file")"
done
echo 'ok 1 coverage'
