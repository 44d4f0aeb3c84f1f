/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * libp2pdmabuf: BARs of VFIO devices as dma-bufs.
 *
 * Every function that can fail returns 0 or a descriptor, or a pointer; on
 * failure it returns -1, or NULL, and errno says why. Descriptors returned
 * belong to the caller. Where a call fails, what it was to fill in is
 * unspecified, and nothing else has changed.
 *
 * Functions may be called from any thread; one object (struct p2p_device,
 * struct p2p_events) only from one thread at a time.
 *
 * Calls marked [node] go through /dev/p2p_dmabuf, and fail with ENOENT where
 * it is missing (the module p2p-bar-exporter is not loaded), with EACCES where
 * it may not be opened, and with EMFILE or ENFILE where there is no descriptor
 * left for it.
 */
#ifndef P2PDMABUF_H
#define P2PDMABUF_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- addresses ------------------------------------------------------------ */

/**
 * struct p2p_address - the address of a PCI function
 * @domain: Segment; may have more than 16 bits (Intel's VMD).
 * @bus: Bus.
 * @device: Device, 0 to 31.
 * @function: Function, 0 to 7.
 */
struct p2p_address {
	uint32_t domain;
	uint8_t bus;
	uint8_t device;
	uint8_t function;
};

/* Room for any address as text, with the 0 at its end. */
#define P2P_ADDRESS_SIZE 17

/**
 * p2p_address_parse() - read an address
 * @text: Like 0000:01:00.0 or 10000:01:00.0, or without domain: 01:00.0. Domains
 *	have up to 8 digits, buses and devices up to 2, functions 1; all are
 *	hexadecimal, and nothing may stand before or behind them.
 * @address: Receives it.
 *
 * Return: 0, or -1 with errno
 *
 * * EINVAL: @text is no address, or a pointer is NULL.
 */
int p2p_address_parse(const char *text, struct p2p_address *address);

/**
 * p2p_address_format() - write an address as Linux does in sysfs
 * @address: The address.
 * @text: Receives it, with a 0 at its end.
 * @size: Room at @text; P2P_ADDRESS_SIZE is enough.
 *
 * Return: @text, or NULL with errno
 *
 * * EINVAL: the device or the function is out of range, or a pointer is NULL.
 * * ENOSPC: @size is too small.
 */
char *p2p_address_format(const struct p2p_address *address, char *text,
			 size_t size);

/* --- devices -------------------------------------------------------------- */

/* A VFIO device that this process holds. */
struct p2p_device;

/* For p2p_device_open(): only this way, instead of the better one. */
#define P2P_DEVICE_CDEV		(1U << 0)
#define P2P_DEVICE_GROUP	(1U << 1)

/**
 * p2p_device_open() - open a device that is bound to a VFIO driver
 * @address: The function.
 * @flags: 0, P2P_DEVICE_CDEV or P2P_DEVICE_GROUP.
 *
 * With @flags 0 the device is opened by its own node below /dev/vfio/devices,
 * bound to an iommufd and attached to a new address space, where the kernel has
 * that node and /dev/iommu; else by its group, in a new container of type 1. A
 * node that is there but fails is an error: there is no second try by the group.
 *
 * Return: the device, to be closed with p2p_device_close(), or NULL with errno
 *
 * * EINVAL: @address is NULL or out of range, or @flags are unknown or
 *   contradict each other; or the kernel's IOMMU interface lacks what is needed.
 * * ENODEV: there is no such function, or it is not bound to a VFIO driver.
 * * ENOENT: the kernel has no such node, or no group; VFIO is not loaded.
 * * EACCES: the node may not be opened.
 * * EBUSY: somebody else has the device or the group.
 * * EPERM: the group is not viable (functions in it are bound to other
 *   drivers), or interrupts are not isolated.
 * * ENOMEM, EMFILE, ENFILE and what the kernel's VFIO returns else.
 */
struct p2p_device *p2p_device_open(const struct p2p_address *address,
				   unsigned int flags);

/**
 * p2p_device_wrap() - use a device that the caller has opened
 * @device_fd: Its VFIO descriptor.
 * @group_fd: That of its group, or -1. Before Linux 6.6 p2p_buffer_retire()
 *	needs it.
 *
 * The descriptors stay the caller's: they must be open until the device is
 * closed with p2p_device_close(), which leaves them open.
 *
 * Return: the device, or NULL with errno
 *
 * * EBADF: @device_fd is no descriptor.
 * * EINVAL: it is one of a VFIO device that is not on the PCI bus.
 * * ENOTTY: it is not one of a VFIO device.
 * * ENOMEM.
 */
struct p2p_device *p2p_device_wrap(int device_fd, int group_fd);

/**
 * p2p_device_close() - close a device
 * @device: From p2p_device_open() or p2p_device_wrap(), or NULL.
 *
 * Unless the descriptor was duplicated or the BARs are still mapped, this
 * retires all buffers of the device that were opened with p2p_device_open().
 * errno is left as it is.
 */
void p2p_device_close(struct p2p_device *device);

/**
 * p2p_device_fd() - the VFIO descriptor of a device
 * @device: The device. It keeps the descriptor.
 *
 * Return: the descriptor, or -1 with errno
 *
 * * EINVAL: @device is NULL.
 */
int p2p_device_fd(const struct p2p_device *device);

/**
 * p2p_device_group_fd() - the descriptor of a device's group
 * @device: The device. It keeps the descriptor.
 *
 * Return: the descriptor, or -1 with errno
 *
 * * EINVAL: @device is NULL.
 * * ENOENT: it was not opened by its group.
 */
int p2p_device_group_fd(const struct p2p_device *device);

/**
 * p2p_device_iommu_fd() - the descriptor to map memory with for the device's DMA
 * @device: The device. It keeps the descriptor.
 *
 * An iommufd if p2p_device_ioas() succeeds, else a container of type 1.
 *
 * Return: the descriptor, or -1 with errno
 *
 * * EINVAL: @device is NULL.
 * * ENOENT: it is from p2p_device_wrap().
 */
int p2p_device_iommu_fd(const struct p2p_device *device);

/**
 * p2p_device_ioas() - the address space that a device is attached to
 * @device: The device.
 * @ioas: Receives the identifier of the address space in its iommufd.
 *
 * Return: 0, or -1 with errno
 *
 * * EINVAL: @device or @ioas is NULL.
 * * ENOENT: the device was not opened by its own node.
 */
int p2p_device_ioas(const struct p2p_device *device, uint32_t *ioas);

/**
 * p2p_device_bar_size() - the size of a BAR
 * @device: The device.
 * @bar: 0 to 5.
 * @size: Receives the size in bytes, 0 if the device has no such BAR.
 *
 * Return: 0, or -1 with errno
 *
 * * EINVAL: @bar is greater than 5, or a pointer is NULL.
 */
int p2p_device_bar_size(const struct p2p_device *device, unsigned int bar,
			uint64_t *size);

/**
 * p2p_device_map_bar() - map a part of a BAR
 * @device: The device.
 * @bar: 0 to 5.
 * @offset: Where in the BAR; a multiple of the page size.
 * @length: Bytes; not 0.
 * @prot: PROT_READ, PROT_WRITE or both, of <sys/mman.h>.
 *
 * A pointer into the mapping, which is ended with munmap(), can be given to
 * p2p_buffer_export_pointer().
 *
 * Return: where it is mapped, or NULL with errno
 *
 * * EINVAL: @bar is greater than 5, @device is NULL, @length is 0, @offset is
 *   not aligned, or the part ends beyond the BAR.
 * * ENODEV: the BAR is not memory that can be mapped.
 * * EACCES, ENOMEM and what mmap() returns else.
 */
void *p2p_device_map_bar(const struct p2p_device *device, unsigned int bar,
			 uint64_t offset, size_t length, int prot);

/**
 * p2p_device_reset() - reset a device by its function
 * @device: The device.
 *
 * Its buffers are revoked before the reset and restored after it.
 *
 * Return: 0, or -1 with errno
 *
 * * EINVAL: @device is NULL, or the device cannot be reset on its own.
 * * EINTR: the process was killed while it waited for an importer; there was no
 *   reset.
 * * EAGAIN and what the kernel's VFIO returns else.
 */
int p2p_device_reset(const struct p2p_device *device);

/* --- buffers -------------------------------------------------------------- */

/* The most ranges one buffer may be made of. */
#define P2P_MAX_RANGES 65536

/**
 * struct p2p_range - a slice of a BAR
 * @offset: Where it begins, in bytes; a multiple of the page size.
 * @length: Its size in bytes; a multiple of the page size, not 0.
 */
struct p2p_range {
	uint64_t offset;
	uint64_t length;
};

/**
 * p2p_buffer_export() - export slices of a BAR as one dma-buf
 * @device: The device.
 * @bar: 0 to 5.
 * @ranges: The slices, in the order in which the dma-buf shows them.
 * @nr_ranges: How many; 1 to P2P_MAX_RANGES.
 * @open_flags: O_RDONLY, O_WRONLY or O_RDWR, and O_CLOEXEC if wanted.
 *
 * Works with any driver that has VFIO_DEVICE_FEATURE_DMA_BUF, without
 * /dev/p2p_dmabuf. The descriptor stays valid when the device is closed, but
 * from then on importers get ENODEV.
 *
 * Return: the descriptor of the dma-buf, or -1 with errno
 *
 * * EINVAL: a range is empty, not page-aligned or ends beyond the BAR; the sum
 *   of the lengths overflows; @bar, @nr_ranges or @open_flags are not allowed;
 *   or @device or @ranges is NULL.
 * * EOVERFLOW: the end of a range is not representable.
 * * ENODEV: the device has no such memory BAR, or is being closed.
 * * EPERM: a range covers a page with the MSI-X table or its pending bits, and
 *   the platform does not isolate interrupts.
 * * ENOTTY: the device's driver cannot export.
 * * ENOMEM, EMFILE, ENFILE.
 */
int p2p_buffer_export(const struct p2p_device *device, unsigned int bar,
		      const struct p2p_range *ranges, size_t nr_ranges,
		      int open_flags);

/**
 * p2p_buffer_export_pointer() - a dma-buf for a pointer into a mapped BAR [node]
 * @pointer: Into mappings of one BAR that the caller has made by mmap() of a
 *	VFIO device's descriptor, not necessarily with this library. Need not be
 *	aligned.
 * @length: Bytes from there on; not 0. Need not be aligned.
 * @open_flags: As at p2p_buffer_export().
 * @offset: Receives the place of @pointer in the dma-buf, in bytes: less than a
 *	page.
 *
 * If the mapping cannot be written, importers may only read from the dma-buf.
 * The dma-buf does not depend on the mapping any more once it is there.
 *
 * Return: the descriptor of the dma-buf, or -1 with errno
 *
 * * EINVAL: @length is 0, @open_flags are not allowed, or @offset is NULL.
 * * EOVERFLOW: the end of the range is not representable.
 * * EFAULT: a part of it is not mapped at all.
 * * ENODEV: it is mapped, but not by consecutive pages of one BAR of one device
 *   that is bound to vfio-pci-dmabuf; or that device is being closed.
 * * EPERM: it touches a page with the MSI-X table or its pending bits, and the
 *   platform does not isolate interrupts.
 * * ENOTTY: the loaded module is too old.
 * * ENOMEM, EMFILE, ENFILE.
 */
int p2p_buffer_export_pointer(const void *pointer, size_t length,
			      int open_flags, uint64_t *offset);

/**
 * p2p_buffer_retire() - take one buffer back for good [node]
 * @buffer: Descriptor of the buffer.
 * @device: The device that the buffer is of, which proves the right to do so.
 *
 * When it returns, no importer reaches the BAR through this buffer any more, and
 * importers get ENODEV for ever. Other buffers of the device stay. Retiring a
 * buffer again succeeds.
 *
 * Return: 0, or -1 with errno
 *
 * * EBADF: @buffer is no descriptor.
 * * EINVAL: it is one of something else, or @device is NULL.
 * * EPERM: the buffer is not of @device; or Linux is older than 6.6 and @device
 *   has no group descriptor.
 * * EINTR: the process was killed while it waited for an importer; the buffer is
 *   retired all the same.
 */
int p2p_buffer_retire(int buffer, const struct p2p_device *device);

/**
 * enum p2p_caching - how the CPU sees a mapped buffer
 * @P2P_CACHING_UNCACHED: Each access is a transfer of its own; how a buffer
 *	begins.
 * @P2P_CACHING_WRITE_COMBINING: Writes may be gathered.
 */
enum p2p_caching {
	P2P_CACHING_UNCACHED = 0,
	P2P_CACHING_WRITE_COMBINING = 1,
};

/**
 * p2p_buffer_set_caching() - choose how mmap() of a buffer maps it [node]
 * @buffer: Descriptor of the buffer.
 * @caching: &enum p2p_caching.
 *
 * Holds for every mmap() of the buffer from then on, whoever makes it; existing
 * mappings stay as they are. On x86 the kernel decides by what the BAR is
 * registered as (PAT): mappings stay uncached unless a driver has it
 * write-combining already.
 *
 * Return: 0, or -1 with errno
 *
 * * EBADF: @buffer is no descriptor.
 * * EINVAL: it is one of something else, or @caching is unknown.
 * * ENOTTY: the loaded module is too old.
 */
int p2p_buffer_set_caching(int buffer, enum p2p_caching caching);

/* --- routes --------------------------------------------------------------- */

/**
 * enum p2p_route_type - how an importer's DMA reaches a BAR
 * @P2P_ROUTE_NONE: It does not.
 * @P2P_ROUTE_BUS: Turned round inside a PCIe switch; no IOMMU on the way.
 * @P2P_ROUTE_HOST: Through the root complex.
 */
enum p2p_route_type {
	P2P_ROUTE_NONE = 0,
	P2P_ROUTE_BUS = 1,
	P2P_ROUTE_HOST = 2,
};

/**
 * enum p2p_route_reason - why a route is what it is
 * @P2P_REASON_SAME_FUNCTION: BUS: importer and exporter are one function.
 * @P2P_REASON_COMMON_BRIDGE: BUS: a bridge above both turns requests round.
 * @P2P_REASON_HOST_CPU: HOST: the CPU's root complex forwards between all its
 *	ports.
 * @P2P_REASON_HOST_LISTED: HOST: the host bridges are on the allow-list.
 * @P2P_REASON_HOST_OVERRIDE: HOST: the administrator said host_bridge=always.
 * @P2P_REASON_NOT_PCI: NONE: the importer has no PCI device above it.
 * @P2P_REASON_HOST_UNLISTED: NONE: the way leads through a host bridge that is
 *	not known to forward.
 * @P2P_REASON_HOST_FAR: NONE: the host bridge forwards between its own ports
 *	only, and the functions are below different ones.
 * @P2P_REASON_HOST_NEVER: NONE: the administrator said host_bridge=never.
 * @P2P_REASON_TOO_DEEP: NONE: more bridges than the kernel follows.
 *
 * A newer kernel may have more.
 */
enum p2p_route_reason {
	P2P_REASON_SAME_FUNCTION = 0,
	P2P_REASON_COMMON_BRIDGE = 1,
	P2P_REASON_HOST_CPU = 2,
	P2P_REASON_HOST_LISTED = 3,
	P2P_REASON_HOST_OVERRIDE = 4,
	P2P_REASON_NOT_PCI = 5,
	P2P_REASON_HOST_UNLISTED = 6,
	P2P_REASON_HOST_FAR = 7,
	P2P_REASON_HOST_NEVER = 8,
	P2P_REASON_TOO_DEEP = 9,
};

/* An IOMMU translates the importer's DMA: importers that pin are served. */
#define P2P_ROUTE_TRANSLATED	(1U << 0)
/* The blocker is set. */
#define P2P_ROUTE_HAS_BLOCKER	(1U << 1)
/* There is a common bridge, but ACS on the blocker sends requests past it. */
#define P2P_ROUTE_REDIRECTED	(1U << 2)

/**
 * struct p2p_route - a route, as the kernel judges it
 * @type: &enum p2p_route_type.
 * @reason: &enum p2p_route_reason.
 * @distance: Hops up from the exporter plus hops down to the importer; where
 *	they share no bridge, the hops of both to their root.
 * @flags: P2P_ROUTE_TRANSLATED and so on.
 * @blocker: What stands in the way of a better route: the first function with
 *	ACS redirection, or the host bridge device.
 * @reserved: 0.
 */
struct p2p_route {
	uint32_t type;
	uint32_t reason;
	uint32_t distance;
	uint32_t flags;
	struct p2p_address blocker;
	uint32_t reserved[2];
};

/**
 * p2p_route_query() - the route between two functions [node]
 * @exporter: The function whose BAR is to be reached, whatever drives it.
 * @importer: The function that does the DMA, whatever drives it.
 * @route: Receives the route.
 *
 * Nothing needs to be set up before. That there is no route (P2P_ROUTE_NONE) is
 * an answer and no error. The answer is that of the moment: policy, ACS and the
 * IOMMU's mode may change.
 *
 * Return: 0, or -1 with errno
 *
 * * EINVAL: an address is out of range, or a pointer is NULL.
 * * ENODEV: there is no such function.
 * * ENOTTY: the loaded module is too old.
 */
int p2p_route_query(const struct p2p_address *exporter,
		    const struct p2p_address *importer,
		    struct p2p_route *route);

/**
 * p2p_route_query_buffer() - the route from a function to a buffer [node]
 * @buffer: Descriptor of the buffer.
 * @importer: The function that does the DMA, whatever drives it.
 * @route: Receives the route.
 *
 * Return: 0, or -1 with errno
 *
 * * EBADF: @buffer is no descriptor.
 * * EINVAL: it is one of something else, the address is out of range, or a
 *   pointer is NULL.
 * * ENODEV: there is no such function.
 * * ENOTTY: the loaded module is too old.
 */
int p2p_route_query_buffer(int buffer, const struct p2p_address *importer,
			   struct p2p_route *route);

/**
 * p2p_route_explain() - what a route means and what can be done about it
 * @route: The route.
 *
 * Return: English sentences for an administrator, on one line and without a line
 * feed, to be freed with free(); or NULL with errno
 *
 * * EINVAL: @route is NULL.
 * * ENOMEM.
 */
char *p2p_route_explain(const struct p2p_route *route);

/**
 * p2p_route_type_name() - a word for a type
 * @type: &enum p2p_route_type.
 *
 * Return: "none", "bus" or "host"; "unknown" for anything else. Never NULL.
 */
const char *p2p_route_type_name(uint32_t type);

/**
 * p2p_route_reason_name() - a word for a reason
 * @reason: &enum p2p_route_reason.
 *
 * Return: the end of the enumerator's name with small letters and hyphens, like
 * "common-bridge"; "unknown" for a reason that the library does not know. Never
 * NULL.
 */
const char *p2p_route_reason_name(uint32_t reason);

/* --- what a buffer is ----------------------------------------------------- */

/**
 * enum p2p_state - what may be done with a buffer
 * @P2P_STATE_LIVE: It can be mapped.
 * @P2P_STATE_REVOKED: Not until it is restored.
 * @P2P_STATE_RETIRED: Never again.
 */
enum p2p_state {
	P2P_STATE_LIVE = 0,
	P2P_STATE_REVOKED = 1,
	P2P_STATE_RETIRED = 2,
};

/* It keeps its mappings whatever it is told; a revocation cuts it off. */
#define P2P_IMPORTER_KEEPS	(1U << 0)
/* It is not a PCI function: its address is 0. */
#define P2P_IMPORTER_NOT_PCI	(1U << 1)

/**
 * struct p2p_importer - an importer of a buffer
 * @address: The function that does its DMA.
 * @flags: P2P_IMPORTER_KEEPS and so on.
 * @maps: Mappings it holds, those that have been cut off included.
 * @pins: Pins it holds.
 * @route: How its DMA reaches the BAR.
 * @driver: Name of its driver; may be cut short.
 * @reserved: 0.
 */
struct p2p_importer {
	struct p2p_address address;
	uint32_t flags;
	uint32_t maps;
	uint32_t pins;
	struct p2p_route route;
	char driver[32];
	uint32_t reserved[4];
};

/* Importers may only read from the buffer. */
#define P2P_INFO_READ_ONLY	(1U << 0)

/**
 * struct p2p_info - what a buffer is, and who uses it
 * @address: The function that its BAR is of.
 * @bar: The number of the BAR, 0 to 5.
 * @state: &enum p2p_state.
 * @flags: P2P_INFO_READ_ONLY.
 * @length: Size in bytes.
 * @generation: How often it was revoked.
 * @events: How many events there were.
 * @id: Its number in debugfs, trace events and fdinfo ("ino").
 * @nr_ranges: How many ranges.
 * @ranges: Where in the BAR the buffer lies, in its order.
 * @nr_importers: How many importers.
 * @importers: They, in the order in which they came. NULL if there is none.
 *
 * A later library may add fields at the end.
 */
struct p2p_info {
	struct p2p_address address;
	uint32_t bar;
	uint32_t state;
	uint32_t flags;
	uint64_t length;
	uint64_t generation;
	uint64_t events;
	uint64_t id;
	size_t nr_ranges;
	const struct p2p_range *ranges;
	size_t nr_importers;
	const struct p2p_importer *importers;
};

/**
 * p2p_info_get() - describe a buffer [node]
 * @buffer: Descriptor of the buffer.
 *
 * Return: what it is at the moment, to be freed with p2p_info_free(); or NULL
 * with errno
 *
 * * EBADF: @buffer is no descriptor.
 * * EINVAL: it is one of something else.
 * * ENOTTY: the loaded module is too old.
 * * ENOMEM.
 */
struct p2p_info *p2p_info_get(int buffer);

/**
 * p2p_info_free() - free a description
 * @info: From p2p_info_get(), or NULL.
 */
void p2p_info_free(struct p2p_info *info);

/**
 * p2p_state_name() - a word for a state
 * @state: &enum p2p_state.
 *
 * Return: "live", "revoked" or "retired"; "unknown" for anything else. Never
 * NULL.
 */
const char *p2p_state_name(uint32_t state);

/* --- events --------------------------------------------------------------- */

/* What happens to one buffer, in order and without gaps. */
struct p2p_events;

/**
 * enum p2p_event_type - what happened to a buffer
 * @P2P_EVENT_REVOKE: Its importers lose their mappings. The event comes when
 *	that begins.
 * @P2P_EVENT_RESTORE: It can be mapped again.
 * @P2P_EVENT_RETIRE: It never can again. The last event.
 */
enum p2p_event_type {
	P2P_EVENT_REVOKE = 1,
	P2P_EVENT_RESTORE = 2,
	P2P_EVENT_RETIRE = 3,
};

/**
 * struct p2p_event - one event
 * @number: Its place among all events of the buffer, from 1 on.
 * @type: &enum p2p_event_type.
 * @reserved: 0.
 */
struct p2p_event {
	uint64_t number;
	uint32_t type;
	uint32_t reserved;
};

/**
 * p2p_events_open() - be told what happens to a buffer [node]
 * @buffer: Descriptor of the buffer. The caller may close it at once.
 *
 * The object keeps the buffer: it is not released before p2p_events_close().
 *
 * Return: the events from now on, or NULL with errno
 *
 * * EBADF: @buffer is no descriptor.
 * * EINVAL: it is one of something else.
 * * ENODEV: it is retired already.
 * * ENOSPC: it has all the eventfds it can have.
 * * ENOTTY: the loaded module is too old.
 * * ENOMEM, EMFILE, ENFILE.
 */
struct p2p_events *p2p_events_open(int buffer);

/**
 * p2p_events_close() - stop being told
 * @events: From p2p_events_open(), or NULL. errno is left as it is.
 */
void p2p_events_close(struct p2p_events *events);

/**
 * p2p_events_fd() - a descriptor for poll()
 * @events: The events, which keep the descriptor.
 *
 * It is readable (POLLIN) as long as p2p_events_next() has an event to give. It
 * must only be polled, never read.
 *
 * Return: the descriptor, or -1 with errno
 *
 * * EINVAL: @events is NULL.
 */
int p2p_events_fd(const struct p2p_events *events);

/**
 * p2p_events_next() - take the next event
 * @events: The events.
 * @timeout: How long to wait for one: milliseconds, 0 for not at all, -1 for
 *	ever.
 * @event: Receives it.
 *
 * Return: 0, or -1 with errno
 *
 * * EAGAIN: there was none in that time.
 * * EINTR: a signal came while it waited.
 * * ENODEV: the retirement has been taken: there will be none.
 * * EINVAL: a pointer is NULL or @timeout less than -1.
 */
int p2p_events_next(struct p2p_events *events, int timeout,
		    struct p2p_event *event);

/**
 * p2p_events_state() - the state of the buffer after the events taken so far
 * @events: The events. Before the first, it is the state when they were opened.
 *
 * Return: &enum p2p_state, or -1 with errno
 *
 * * EINVAL: @events is NULL.
 */
int p2p_events_state(const struct p2p_events *events);

/**
 * p2p_event_name() - a word for what happened
 * @type: &enum p2p_event_type.
 *
 * Return: "revoke", "restore" or "retire"; "unknown" for anything else. Never
 * NULL.
 */
const char *p2p_event_name(uint32_t type);

#ifdef __cplusplus
}
#endif

#endif /* P2PDMABUF_H */
