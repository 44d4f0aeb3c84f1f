/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR BSD-2-Clause */
/*
 * User interface of p2p-dmabuf.
 *
 * Slices of a VFIO device's BARs are exported as dma-bufs with
 * VFIO_DEVICE_FEATURE_DMA_BUF, the feature Linux has from 6.19 on. Where the
 * installed <linux/vfio.h> is older, this header supplies it under the same
 * names, with the same numbers and the same layout.
 */
#ifndef _UAPI_LINUX_P2P_DMABUF_H
#define _UAPI_LINUX_P2P_DMABUF_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/vfio.h>

#ifndef VFIO_DEVICE_FEATURE_DMA_BUF

/**
 * struct vfio_region_dma_range - one slice of a region
 * @offset: First byte of the slice, in bytes from the start of the region; a
 *	multiple of the page size.
 * @length: Size of the slice in bytes; a multiple of the page size, not 0.
 */
struct vfio_region_dma_range {
	__u64	offset;
	__u64	length;
};

/**
 * struct vfio_device_feature_dma_buf - export slices of a BAR as one dma-buf
 * @region_index: VFIO_PCI_BAR0_REGION_INDEX to VFIO_PCI_BAR5_REGION_INDEX.
 * @open_flags: Of the new file descriptor: an access mode (O_RDONLY, O_WRONLY
 *	or O_RDWR) and O_CLOEXEC; anything else is refused.
 * @flags: Must be 0.
 * @nr_ranges: Number of entries in @dma_ranges, 1 to
 *	P2P_DMABUF_MAX_RANGES.
 * @dma_ranges: The slices, in the order in which the dma-buf shows them.
 *
 * Used with VFIO_DEVICE_FEATURE_GET, this is the payload of
 * VFIO_DEVICE_FEATURE. The ioctl returns the new file descriptor. With
 * VFIO_DEVICE_FEATURE_PROBE it returns 0 where the feature is there.
 *
 * The descriptor belongs to the caller. It stays valid after the device is
 * closed, but from then on importers get ENODEV for ever. While the device's
 * memory is disabled, in reset or in a low-power state, an export succeeds and
 * mapping answers ENODEV until the memory is back.
 *
 * Errors, as errno:
 *
 * * EINVAL: a range is empty or not page-aligned, ends beyond the BAR, or the
 *   ranges' sum overflows; @nr_ranges is 0 or too large; @flags or @open_flags
 *   has an unknown bit; argsz does not cover the ranges; not a GET.
 * * EOVERFLOW: the end of a range is not representable.
 * * ENODEV: the region is not a memory BAR of this device, or the device is
 *   being closed.
 * * EPERM: a range covers a page of the MSI-X table, and the platform does not
 *   isolate interrupts.
 * * EFAULT, ENOMEM, EMFILE, ENFILE: as usual.
 */
struct vfio_device_feature_dma_buf {
	__u32	region_index;
	__u32	open_flags;
	__u32	flags;
	__u32	nr_ranges;
	struct vfio_region_dma_range dma_ranges[];
};

#define VFIO_DEVICE_FEATURE_DMA_BUF 11

#endif /* VFIO_DEVICE_FEATURE_DMA_BUF */

/* The most ranges one dma-buf may be made of. */
#define P2P_DMABUF_MAX_RANGES	65536

/**
 * DOC: /dev/p2p_dmabuf
 *
 * The calls below are ioctls of a descriptor of /dev/p2p_dmabuf, which anybody
 * may open for reading: what a call needs is shown by other means, a mapping of
 * the caller's own or a descriptor of the buffer or of the VFIO device.
 *
 * Each takes the address of its structure. @size is the structure's size as the
 * caller knows it. A longer one than the kernel's is accepted if the rest is
 * zero and it is no longer than a page (else E2BIG); of a shorter one, as old as
 * the first version of the call or newer, only that much is read and, where a
 * field receives something, written. Fields called "reserved" and unknown flags
 * must be 0 (else EINVAL). Where an error is returned nothing has been done, and
 * what the structure holds is unspecified.
 *
 * Errors of every call: EFAULT, EINVAL as above, EINTR when the process is
 * killed, ENOTTY for an unknown command. Those that take a buffer's descriptor:
 * EBADF if it is none, EINVAL if it is of something else.
 */
#define P2P_DMABUF_TYPE	0xB9

/**
 * struct p2p_dmabuf_pci - the address of a PCI function
 * @domain: Segment; may have more than 16 bits (Intel's VMD).
 * @bus: Bus number.
 * @devfn: Device number << 3 | function number.
 * @reserved: Must be 0.
 */
struct p2p_dmabuf_pci {
	__u32	domain;
	__u8	bus;
	__u8	devfn;
	__u16	reserved;
};

/**
 * struct p2p_dmabuf_export_vma - a dma-buf for a pointer into a mapped BAR
 * @size: Of this structure.
 * @flags: Must be 0.
 * @address: The pointer. It need not be aligned.
 * @length: Bytes from there on; not 0. It need not be aligned.
 * @open_flags: Of the new descriptor, as in struct vfio_device_feature_dma_buf.
 * @fd: Receives the descriptor of the dma-buf, which belongs to the caller.
 * @offset: Receives the place of @address in the dma-buf, in bytes: less than a
 *	page.
 *
 * All pages that [@address, @address + @length) touches must be in the caller's
 * own mappings, by mmap() of one VFIO device's descriptor, of one BAR, and of
 * pages that follow each other there. They need not be present. A mapping that
 * cannot be written gives a buffer that importers may only read.
 *
 * The buffer has nothing to do with the mapping any more: munmap() leaves it.
 *
 * Errors: EINVAL if @length is 0, if @open_flags are not allowed or if the BAR is
 * smaller than a page. EOVERFLOW if the
 * end of the range is not representable. EFAULT if a part of it is not mapped at
 * all. EACCES if a part of it cannot be read. ENODEV if it is mapped, but by
 * something else than a BAR of one device bound to vfio-pci-dmabuf, not
 * consecutively, or if that device is being closed. EPERM, ENOMEM, EMFILE,
 * ENFILE: as at struct vfio_device_feature_dma_buf.
 */
struct p2p_dmabuf_export_vma {
	__u32	size;
	__u32	flags;
	__u64	address;
	__u64	length;
	__u32	open_flags;
	__s32	fd;
	__u64	offset;
};

#define P2P_DMABUF_EXPORT_VMA	_IO(P2P_DMABUF_TYPE, 0)

/**
 * enum p2p_dmabuf_route_type - how an importer's DMA reaches a BAR
 * @P2P_DMABUF_ROUTE_NONE: It does not.
 * @P2P_DMABUF_ROUTE_BUS: Turned round inside a PCIe switch: bus addresses, and
 *	no IOMMU on the way.
 * @P2P_DMABUF_ROUTE_HOST: Through the root complex.
 */
enum p2p_dmabuf_route_type {
	P2P_DMABUF_ROUTE_NONE,
	P2P_DMABUF_ROUTE_BUS,
	P2P_DMABUF_ROUTE_HOST,
};

/**
 * enum p2p_dmabuf_route_reason - why a route is what it is
 * @P2P_DMABUF_REASON_SAME_FUNCTION: BUS: importer and exporter are one function.
 * @P2P_DMABUF_REASON_COMMON_BRIDGE: BUS: a bridge above both turns requests
 *	round.
 * @P2P_DMABUF_REASON_HOST_CPU: HOST: the CPU's root complex forwards between
 *	all its ports.
 * @P2P_DMABUF_REASON_HOST_LISTED: HOST: the host bridges are on the allow-list.
 * @P2P_DMABUF_REASON_HOST_OVERRIDE: HOST: the administrator said
 *	host_bridge=always.
 * @P2P_DMABUF_REASON_NOT_PCI: NONE: the importer has no PCI device above it.
 * @P2P_DMABUF_REASON_HOST_UNLISTED: NONE: the way leads through a host bridge
 *	that is not known to forward.
 * @P2P_DMABUF_REASON_HOST_FAR: NONE: the host bridge forwards between its own
 *	ports only, and the two functions are below different ones.
 * @P2P_DMABUF_REASON_HOST_NEVER: NONE: the administrator said
 *	host_bridge=never.
 * @P2P_DMABUF_REASON_TOO_DEEP: NONE: more bridges than the kernel follows.
 *
 * The list may grow. @P2P_DMABUF_ROUTE_NONE and others are told by the type.
 */
enum p2p_dmabuf_route_reason {
	P2P_DMABUF_REASON_SAME_FUNCTION,
	P2P_DMABUF_REASON_COMMON_BRIDGE,
	P2P_DMABUF_REASON_HOST_CPU,
	P2P_DMABUF_REASON_HOST_LISTED,
	P2P_DMABUF_REASON_HOST_OVERRIDE,
	P2P_DMABUF_REASON_NOT_PCI,
	P2P_DMABUF_REASON_HOST_UNLISTED,
	P2P_DMABUF_REASON_HOST_FAR,
	P2P_DMABUF_REASON_HOST_NEVER,
	P2P_DMABUF_REASON_TOO_DEEP,
};

/* An IOMMU translates the importer's DMA: importers that pin are served. */
#define P2P_DMABUF_ROUTE_TRANSLATED	(1U << 0)
/* @blocker is set. */
#define P2P_DMABUF_ROUTE_HAS_BLOCKER	(1U << 1)
/* There is a common bridge, but ACS on @blocker sends requests past it. */
#define P2P_DMABUF_ROUTE_REDIRECTED	(1U << 2)

/**
 * struct p2p_dmabuf_route_info - a route, as the kernel judges it
 * @type: &enum p2p_dmabuf_route_type.
 * @reason: &enum p2p_dmabuf_route_reason.
 * @distance: Hops up from the exporter plus hops down to the importer; where
 *	they share no bridge, the hops of both to their root.
 * @flags: P2P_DMABUF_ROUTE_TRANSLATED and so on.
 * @blocker: What stands in the way of a better route: the first function with
 *	ACS redirection, or the host bridge device.
 */
struct p2p_dmabuf_route_info {
	__u32	type;
	__u32	reason;
	__u32	distance;
	__u32	flags;
	struct p2p_dmabuf_pci blocker;
};

/* The exporter is that of the buffer @fd; @exporter is 0. */
#define P2P_DMABUF_ROUTE_OF_FD		(1U << 0)

/**
 * struct p2p_dmabuf_route - ask for a route before anything is set up
 * @size: Of this structure.
 * @flags: Either 0 or P2P_DMABUF_ROUTE_OF_FD.
 * @fd: A buffer, with P2P_DMABUF_ROUTE_OF_FD; else 0.
 * @reserved: Must be 0.
 * @exporter: The function whose BAR is to be reached. Whatever drives it.
 * @importer: The function that does the DMA. Whatever drives it.
 * @route: Receives the answer. A route of type NONE is an answer, no error.
 *
 * The answer is that of the moment: the policy, ACS and the IOMMU's mode may
 * change.
 *
 * Errors: ENODEV if there is no such function.
 */
struct p2p_dmabuf_route {
	__u32	size;
	__u32	flags;
	__s32	fd;
	__u32	reserved;
	struct p2p_dmabuf_pci exporter;
	struct p2p_dmabuf_pci importer;
	struct p2p_dmabuf_route_info route;
};

#define P2P_DMABUF_ROUTE	_IO(P2P_DMABUF_TYPE, 1)

/**
 * enum p2p_dmabuf_state - what may be done with a buffer
 * @P2P_DMABUF_LIVE: It can be mapped.
 * @P2P_DMABUF_REVOKED: Not until it is restored.
 * @P2P_DMABUF_RETIRED: Never again.
 */
enum p2p_dmabuf_state {
	P2P_DMABUF_LIVE,
	P2P_DMABUF_REVOKED,
	P2P_DMABUF_RETIRED,
};

/* It keeps its mappings whatever it is told, and is cut off by a revocation. */
#define P2P_DMABUF_IMPORTER_KEEPS	(1U << 0)

/**
 * struct p2p_dmabuf_importer - an importer of a buffer
 * @device: The function that does its DMA; all bits set if it is not PCI.
 * @maps: Mappings it holds, those that have been cut off included.
 * @pins: Pins it holds.
 * @flags: P2P_DMABUF_IMPORTER_KEEPS.
 * @reserved: Must be 0.
 * @route: How its DMA reaches the BAR.
 * @driver: Of the importer's device, ended by a 0; may be cut short.
 */
struct p2p_dmabuf_importer {
	struct p2p_dmabuf_pci device;
	__u32	maps;
	__u32	pins;
	__u32	flags;
	__u32	reserved;
	struct p2p_dmabuf_route_info route;
	char	driver[32];
};

/**
 * struct p2p_dmabuf_range - a slice of a BAR
 * @offset: First byte, from the start of the BAR.
 * @length: In bytes.
 */
struct p2p_dmabuf_range {
	__u64	offset;
	__u64	length;
};

/* Importers may only read from it. */
#define P2P_DMABUF_INFO_READ_ONLY	(1U << 0)

/**
 * struct p2p_dmabuf_info - what a buffer is, and who uses it
 * @size: Of this structure.
 * @flags: Must be 0; receives P2P_DMABUF_INFO_READ_ONLY.
 * @fd: The buffer.
 * @bar: Receives the number of the BAR, 0 to 5.
 * @device: Receives the function that the BAR is of.
 * @state: Receives &enum p2p_dmabuf_state.
 * @reserved: Must be 0.
 * @length: Receives the buffer's size in bytes.
 * @generation: Receives how often it was revoked.
 * @events: Receives how many events (struct p2p_dmabuf_event) there were.
 * @id: Receives its number in debugfs, trace events and fdinfo ("ino").
 * @nr_ranges: Room at @ranges; receives how many there are.
 * @nr_importers: Room at @importers; receives how many there are.
 * @ranges: Address of an array of struct p2p_dmabuf_range: where in the BAR the
 *	buffer lies, in its order. As many as there are and have room.
 * @importers: Address of an array of struct p2p_dmabuf_importer. As many as
 *	there are and have room, in the order in which they came.
 *
 * Errors: ENOMEM.
 */
struct p2p_dmabuf_info {
	__u32	size;
	__u32	flags;
	__s32	fd;
	__u32	bar;
	struct p2p_dmabuf_pci device;
	__u32	state;
	__u32	reserved;
	__u64	length;
	__u64	generation;
	__u64	events;
	__u64	id;
	__u32	nr_ranges;
	__u32	nr_importers;
	__u64	ranges;
	__u64	importers;
};

#define P2P_DMABUF_INFO		_IO(P2P_DMABUF_TYPE, 2)

/* The eventfds one buffer can have. */
#define P2P_DMABUF_MAX_EVENTFDS	64

#define P2P_DMABUF_EVENT_REVOKE		(1U << 0)
#define P2P_DMABUF_EVENT_RESTORE	(1U << 1)
#define P2P_DMABUF_EVENT_RETIRE		(1U << 2)

/* Take it away, whatever the mask. */
#define P2P_DMABUF_EVENT_REMOVE		(1U << 0)

/**
 * struct p2p_dmabuf_event - have an eventfd signalled when something happens
 * @size: Of this structure.
 * @flags: Either 0 or P2P_DMABUF_EVENT_REMOVE.
 * @fd: The buffer.
 * @eventfd: From eventfd(). 1 is added to it for each event.
 * @mask: Which events: P2P_DMABUF_EVENT_REVOKE and so on; at least one. With
 *	P2P_DMABUF_EVENT_REMOVE 0.
 * @state: Receives &enum p2p_dmabuf_state: what held when the eventfd was
 *	added.
 * @events: Receives how many events there had been by then.
 *
 * Revocation and restoration take turns, and a retirement is the last event, so
 * that the count of all events tells what they were: from a live buffer on the
 * 1st, 3rd ... is a revocation and the 2nd, 4th ... a restoration. The
 * revocation is signalled when it begins: once the call that caused it returns,
 * no importer reaches the BAR any more.
 *
 * The buffer holds the eventfd until it is retired, closed, or the eventfd is
 * removed. An eventfd may be added again, to another mask.
 *
 * Errors: EBADF or EINVAL if @eventfd is none. ENODEV if the buffer is retired.
 * ENOSPC if it has P2P_DMABUF_MAX_EVENTFDS already. ENOENT if what is to be
 * removed is not there. ENOMEM.
 */
struct p2p_dmabuf_event {
	__u32	size;
	__u32	flags;
	__s32	fd;
	__s32	eventfd;
	__u32	mask;
	__u32	state;
	__u64	events;
};

#define P2P_DMABUF_EVENT	_IO(P2P_DMABUF_TYPE, 3)

/**
 * struct p2p_dmabuf_revoke - take one buffer back for good
 * @size: Of this structure.
 * @flags: Must be 0.
 * @fd: The buffer.
 * @device_fd: Shows that the caller owns the device: the VFIO device's
 *	descriptor, or (the only way before Linux 6.10) its group's.
 *
 * When it returns no importer reaches the BAR through this buffer any more, and
 * importers get ENODEV for ever. Retiring it again succeeds.
 *
 * Errors: EBADF if @device_fd is no descriptor. EPERM if it is not that of the
 * buffer's device. EINTR if the caller was killed while it waited for an
 * importer: the buffer is retired all the same.
 */
struct p2p_dmabuf_revoke {
	__u32	size;
	__u32	flags;
	__s32	fd;
	__s32	device_fd;
};

#define P2P_DMABUF_REVOKE	_IO(P2P_DMABUF_TYPE, 4)

/* How mmap() of a buffer maps it from now on. */
#define P2P_DMABUF_CACHING_UNCACHED		0	/* as it begins */
#define P2P_DMABUF_CACHING_WRITE_COMBINING	1

/**
 * struct p2p_dmabuf_caching - choose how mmap() of a buffer maps it
 * @size: Of this structure.
 * @flags: Must be 0.
 * @fd: The buffer.
 * @caching: P2P_DMABUF_CACHING_UNCACHED or P2P_DMABUF_CACHING_WRITE_COMBINING.
 *
 * Holds for every mmap() of the buffer from then on; mappings that exist stay as
 * they are. On x86 the kernel decides by what the BAR is registered as (PAT):
 * mappings stay uncached unless a driver has it write-combining already.
 */
struct p2p_dmabuf_caching {
	__u32	size;
	__u32	flags;
	__s32	fd;
	__u32	caching;
};

#define P2P_DMABUF_CACHING	_IO(P2P_DMABUF_TYPE, 5)

#endif /* _UAPI_LINUX_P2P_DMABUF_H */
