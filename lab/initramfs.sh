# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The guest's file system: a cached base of one kernel and an overlay of one run.
#
# Invariant: the base holds nothing of the project but the list of stock
# modules, so it is made once; everything that may change between two runs is
# in the overlay, which the kernel unpacks over the base. Neither is compressed:
# unpacking costs an emulated CPU more than reading.

# cpio_pack FOLDER FILE
cpio_pack()
{
	(cd "$1" && find . | cpio --quiet -o -H newc -R +0:+0) >"$2"
}

# --- base ---------------------------------------------------------------------

# initramfs_base KERNEL: the folder that holds tree/ and base.cpio
initramfs_base()
{
	local folder key
	key=$(cat "$LAB/guest-modules" "$LAB/initramfs.sh" "$(command -v busybox)" |
		sha256sum | cut -c 1-12)
	folder=$CACHE/initramfs/$("$LAB/kernel" "$1" release)-$key
	once "$folder" initramfs_make_base "$1"
	echo "$folder"
}

initramfs_make_base()
{
	local kernel=$1 folder=$2 tree=$2/tree
	mkdir -p "$tree"/{add,bin,dev,etc,lab,proc,root,run,sys,tmp}
	base_busybox "$tree"
	base_modules "$kernel" "$tree"
	cpio_pack "$tree" "$folder/base.cpio"
}

base_busybox()
{
	local bin=$1/bin applet
	cp -L "$(command -v busybox)" "$bin/busybox"
	"$bin/busybox" --list | while read -r applet; do
		[ "$applet" = busybox ] || ln -s busybox "$bin/$applet"
	done
	ln -s bin "$1/sbin"
}

base_modules()
{
	local kernel=$1 tree=$2 from release to module drivers
	from=$("$LAB/kernel" "$kernel" modules)
	release=${from##*/}
	to=$tree/lib/modules/$release
	mkdir -p "$to"
	cp "$from"/modules.{builtin,builtin.modinfo,order} "$to"
	modules_wanted "${from%/lib/modules/*}" "$release" | sort -u |
		while read -r module; do
			module_copy "$module" "$from" "$to"
		done
	drivers=$("$LAB/kernel" "$kernel" drivers)
	[ -z "$drivers" ] || cp "$drivers"/*/*.ko "$to/kernel"
	depmod -b "$tree" "$release"
}

# modules_wanted ROOT RELEASE: the files of the listed modules and their needs
modules_wanted()
{
	local root=$1 release=$2 module
	sed '/^#/d; /^$/d' "$LAB/guest-modules" | while read -r module; do
		modprobe -C /dev/null -d "$root" -S "$release" \
			--show-depends "${module#-}" 2>/dev/null ||
			[ "${module:0:1}" = - ] ||
			die "kernel $release has no module $module"
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p'
}

# module_copy FILE FROM TO: decompressed, as busybox does not know every format
module_copy()
{
	local name=${1#"$2"/}
	local target=$3/${name%.[xgz][zs]*}
	mkdir -p "${target%/*}"
	case $1 in
	*.xz) xz -dc "$1" >"$target" ;;
	*.zst) zstd -qdc "$1" >"$target" ;;
	*.gz) gzip -dc "$1" >"$target" ;;
	*) cp "$1" "$target" ;;
	esac
}

# --- overlay ------------------------------------------------------------------

# overlay_modules TREE BASE RELEASE FOLDER: the project's modules, for modprobe
overlay_modules()
{
	local tree=$1 base=$2 release=$3 folder=$4 to
	to=$tree/lib/modules/$release
	mkdir -p "$tree/lib/modules"
	cp -r "$base/tree/lib/modules/$release" "$to"
	mkdir "$to/extra"
	cp "$folder"/*.ko "$to/extra"
	depmod -b "$tree" "$release"
	rm -rf "$to/kernel"
}

# overlay_add TREE FILE: /add/NAME and the libraries it needs
overlay_add()
{
	local tree=$1 file=$2 inner
	[ -e "$file" ] || die "--add $file: no such file"
	mkdir -p "$tree/add"
	cp -rL --preserve=mode "$file" "$tree/add/"
	while IFS= read -r -d '' inner; do
		overlay_libraries "$tree" "$inner"
	done < <(find -L "$file" -type f -print0)
}

is_elf()
{
	[ "$(head -c 4 "$1" | tr -d '\0')" = $'\x7fELF' ]
}

# needs_library FILE NAME
needs_library()
{
	objdump -p "$1" | grep -q "NEEDED *$2[.]so"
}

# overlay_libraries TREE FILE: what the loader will ask for, where it asks for it
overlay_libraries()
{
	local tree=$1 file=$2 lines library
	case $file in
	*.ko | *.o | *.a) return ;;
	esac
	is_elf "$file" || return 0
	# That is run by lab/rdma-run.
	! needs_library "$file" libibverbs || return 0
	lines=$(ldd "$file" 2>/dev/null) || return 0 # static
	if grep -F 'not found' <<<"$lines" >&2; then
		die "--add $file: a library is missing"
	fi
	sed -n 's/.*=> \(\/[^ ]*\) (.*/\1/p; s/^\s*\(\/[^ ]*\) (.*/\1/p' <<<"$lines" |
		while read -r library; do
			mkdir -p "$tree${library%/*}"
			cp -L "$library" "$tree$library"
		done
}
