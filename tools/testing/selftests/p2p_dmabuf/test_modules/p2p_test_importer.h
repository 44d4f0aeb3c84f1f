/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * User interface of p2p-test-importer: one NVMe controller as a scriptable
 * dma-buf importer.
 *
 * Every bound controller appears as /dev/p2p-importer-<pci address>. An open
 * file is a session: the attachments made through it live at most as long as
 * it does, and closing it undoes them all.
 *
 * Every ioctl answers ENODEV once the controller has lost its driver, ENOENT
 * for an unknown handle and EINVAL for an unknown flag, mode or direction or a
 * reserved field that is not zero. Errors of the dma-buf core and of the
 * exporter are passed on unchanged.
 */
#ifndef P2P_TEST_IMPORTER_H
#define P2P_TEST_IMPORTER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* As a timeout_ms or letgo_ms: no limit, never on its own. */
#define P2P_IMPORTER_FOREVER		0xffffffffu

/**
 * struct p2p_importer_identify - the drive behind the controller
 * @drive_bytes: size of the drive; offsets into it are in bytes, too
 * @block_bytes: unit of drive offsets and transfer lengths
 * @max_transfer_bytes: longest single command, longer transfers are split
 */
struct p2p_importer_identify {
	__aligned_u64 drive_bytes;
	__u32 block_bytes;
	__u32 max_transfer_bytes;
};

/* What kind of importer an attachment plays. */
enum p2p_importer_mode {
	/* dma_buf_attach(): no importer ops */
	P2P_IMPORTER_STATIC,
	/* importer ops, follows notifies */
	P2P_IMPORTER_DYNAMIC,
	/* importer ops, dma_buf_pin() before every map until its unmap */
	P2P_IMPORTER_PINNED,
	/* as PINNED, but the pin comes after the map */
	P2P_IMPORTER_PIN_LATE,
};

/* How a mapping ends when the exporter notifies. */
enum p2p_importer_letgo {
	/* unmap inside the callback */
	P2P_IMPORTER_LETGO_AT_ONCE,
	/* unmap letgo_ms after the callback */
	P2P_IMPORTER_LETGO_LATE,
	/*
	 * A fence, put into the reservation object (BOOKKEEP) at map time, is
	 * signalled letgo_ms after the callback, and the mapping undone then.
	 * Transfers are refused once the fence has been signalled.
	 */
	P2P_IMPORTER_LETGO_FENCE,
	/* ignore it; UNMAP, DETACH or close ends the mapping */
	P2P_IMPORTER_LETGO_NEVER,
	/* sleep letgo_ms inside the callback, then unmap there */
	P2P_IMPORTER_LETGO_SLOW_CALLBACK,
};

/* ATTACH flags */
/* The importer ops say allow_peer2peer = false. */
#define P2P_IMPORTER_NO_P2P		0x1u
/* LETGO_FENCE: unmap in the callback; only the fence stays outstanding. */
#define P2P_IMPORTER_UNMAP_FIRST	0x2u
/*
 * Importer ops without a notify callback. EOPNOTSUPP where the dma-buf core
 * insists on one (before Linux 7).
 */
#define P2P_IMPORTER_NO_NOTIFY		0x4u
/*
 * Trim the first entry of the table after every map and never mend it, as an
 * importer is entitled to. Transfers and TABLE keep using the true table.
 */
#define P2P_IMPORTER_EDIT_TABLE		0x8u
/*
 * Remember no table, so that what a mapping takes is the exporter's: TABLE and
 * transfers answer ENXIO.
 */
#define P2P_IMPORTER_NO_TABLE		0x10u
/*
 * LATE and FENCE: letgo_ms are those of the clock, by a timer of high resolution
 * if the kernel has them. Otherwise they are the tick's, as the kernel's own
 * time-outs are: a busy virtual machine loses ticks.
 */
#define P2P_IMPORTER_BY_CLOCK		0x20u

/**
 * struct p2p_importer_attach - attach the controller to a dma-buf
 * @dmabuf_fd: in, may be closed afterwards
 * @mode: in, enum p2p_importer_mode
 * @letgo: in, enum p2p_importer_letgo; must be 0 for STATIC
 * @letgo_ms: in, delay of @letgo, or P2P_IMPORTER_FOREVER for LATE and FENCE
 * @flags: in, P2P_IMPORTER_NO_P2P and following
 * @handle: out, names the attachment within this session
 */
struct p2p_importer_attach {
	__s32 dmabuf_fd;
	__u32 mode;
	__u32 letgo;
	__u32 letgo_ms;
	__u32 flags;
	__u32 handle;
};

/**
 * struct p2p_importer_handle - argument of UNMAP, DETACH and STREAM_STOP
 * @handle: from ATTACH
 * @reserved: 0
 *
 * UNMAP: ENXIO when there is no mapping (any more). Either way it first waits
 * for the command in flight and signals an outstanding fence. DETACH does all
 * of UNMAP and STREAM_STOP itself. STREAM_STOP: ENXIO without a stream.
 */
struct p2p_importer_handle {
	__u32 handle;
	__u32 reserved;
};

/* Direction of a mapping; the values are those of enum dma_data_direction. */
enum p2p_importer_direction {
	P2P_IMPORTER_BIDIRECTIONAL,
	/* the controller reads the buffer */
	P2P_IMPORTER_TO_DEVICE,
	/* the controller writes the buffer */
	P2P_IMPORTER_FROM_DEVICE,
};

/**
 * struct p2p_importer_map - map the attachment
 * @handle: from ATTACH
 * @direction: enum p2p_importer_direction
 *
 * EBUSY when mapped already. The address list is remembered, as the "last
 * table", until the next MAP: also after the unmap.
 */
struct p2p_importer_map {
	__u32 handle;
	__u32 direction;
};

/* Entry flags */
#define P2P_IMPORTER_ENTRY_HAS_PAGE	0x1u
/* A CONFIG_DMABUF_DEBUG kernel hides the page pointer from importers. */
#define P2P_IMPORTER_ENTRY_PAGE_HIDDEN	0x2u

/**
 * struct p2p_importer_entry - one struct scatterlist as the exporter filled it
 * @dma_address: DMA address, 0 for an entry beyond nents
 * @dma_length: DMA length, 0 for an entry beyond nents
 * @cpu_length: the CPU side's length
 * @cpu_offset: the CPU side's offset in its page
 * @flags: P2P_IMPORTER_ENTRY_*
 */
struct p2p_importer_entry {
	__aligned_u64 dma_address;
	__aligned_u64 dma_length;
	__aligned_u64 cpu_length;
	__u32 cpu_offset;
	__u32 flags;
};

/* TABLE flag: the last table, whether or not it is still mapped. */
#define P2P_IMPORTER_TABLE_LAST		0x1u

/**
 * struct p2p_importer_table - read the scatter table of the mapping
 * @handle: from ATTACH
 * @flags: P2P_IMPORTER_TABLE_LAST or 0
 * @entries: user address of an array of struct p2p_importer_entry
 * @capacity: in, size of that array; 0 asks for the counts only
 * @total: out, entries there are: the greater of @nents and @orig_nents
 * @nents: out, of the sg_table
 * @orig_nents: out, of the sg_table
 *
 * ENXIO when not mapped now, or with TABLE_LAST never mapped.
 */
struct p2p_importer_table {
	__u32 handle;
	__u32 flags;
	__aligned_u64 entries;
	__u32 capacity;
	__u32 total;
	__u32 nents;
	__u32 orig_nents;
};

/**
 * struct p2p_importer_status - what happened to an attachment so far
 * @handle: in
 * @mapped: out, there is a mapping
 * @pinned: out, this importer holds an explicit pin
 * @fenced: out, a fence of this importer is not signalled yet
 * @usable: out, a transfer without STALE would go ahead
 * @streaming: out, a stream was started and not stopped
 * @last_errno: out, of the last failed map, pin or transfer; positive, 0 if none
 * @stream_errno: out, of the stream's last round; positive, 0 if it went well
 * @notifies: out, calls of the notify callback
 * @maps: out, successful MAPs
 * @unmaps: out, all ends of mappings
 * @unmaps_in_notify: out, those inside the notify callback
 * @transfers: out, completed TRANSFERs
 * @stream_rounds: out, completed rounds of streams
 * @stream_refused: out, rounds refused or failed
 *
 * Never waits for the reservation lock: works during a notify, too. A transfer
 * or round without STALE is counted before any unmap that follows it is.
 */
struct p2p_importer_status {
	__u32 handle;
	__u32 mapped;
	__u32 pinned;
	__u32 fenced;
	__u32 usable;
	__u32 streaming;
	__s32 last_errno;
	__s32 stream_errno;
	__aligned_u64 notifies;
	__aligned_u64 maps;
	__aligned_u64 unmaps;
	__aligned_u64 unmaps_in_notify;
	__aligned_u64 transfers;
	__aligned_u64 stream_rounds;
	__aligned_u64 stream_refused;
};

enum p2p_importer_event {
	/* notifies >= count */
	P2P_IMPORTER_NOTIFIED,
	/* unmaps >= count, or with count 0: not mapped */
	P2P_IMPORTER_UNMAPPED,
	/* stream_rounds >= count */
	P2P_IMPORTER_STREAMED,
};

/**
 * struct p2p_importer_wait - wait for something to have happened
 * @handle: from ATTACH
 * @event: enum p2p_importer_event
 * @count: see there
 * @timeout_ms: 0 only looks; P2P_IMPORTER_FOREVER
 * @reserved: 0
 *
 * ETIMEDOUT; EINTR for a signal; ENOENT when the handle is detached meanwhile.
 */
struct p2p_importer_wait {
	__u32 handle;
	__u32 event;
	__aligned_u64 count;
	__u32 timeout_ms;
	__u32 reserved;
};

/* TRANSFER and STREAM_START flags */
/*
 * Use the last table although it may be unmapped or revoked: what a broken
 * importer does. Where nothing stops it, this overwrites whatever owns the
 * addresses by then.
 */
#define P2P_IMPORTER_STALE		0x1u
/* The drive's data is written from the buffer; otherwise the buffer's. */
#define P2P_IMPORTER_TO_DRIVE		0x2u

/**
 * struct p2p_importer_transfer - DMA between the drive and the buffer
 * @handle: in
 * @flags: in, P2P_IMPORTER_STALE, P2P_IMPORTER_TO_DRIVE
 * @drive_offset: in, multiple of block_bytes
 * @buffer_offset: in, multiple of 4
 * @length: in, multiple of block_bytes, not 0
 * @done: out, bytes of completed commands, also after an error
 * @nvme_status: out, of the command that failed (EIO)
 * @reserved: 0
 *
 * The mapping's direction is not enforced here; the IOMMU may.
 * ENXIO: not mapped, or not any more (a notify gets in between two commands
 * and waits for the one in flight). EINVAL: beyond the drive or the table.
 * EIO: the controller reported an error. ETIMEDOUT: it stopped answering, and
 * is out of use (EIO) until bound again.
 *
 * Success means the command completed, not that the data arrived: QEMU reports
 * success for a transfer which the IOMMU refused. Look at the data.
 */
struct p2p_importer_transfer {
	__u32 handle;
	__u32 flags;
	__aligned_u64 drive_offset;
	__aligned_u64 buffer_offset;
	__aligned_u64 length;
	__aligned_u64 done;
	__u32 nvme_status;
	__u32 reserved;
};

/* Longest interval_us of a stream. */
#define P2P_IMPORTER_INTERVAL_MAX_US	1000000u

/**
 * struct p2p_importer_stream - repeat a transfer until STREAM_STOP
 * @handle: from ATTACH
 * @flags: as for a transfer
 * @drive_offset: as for a transfer
 * @buffer_offset: as for a transfer
 * @length: as for a transfer
 * @interval_us: pause after each round, at most P2P_IMPORTER_INTERVAL_MAX_US
 * @reserved: 0
 *
 * Runs in a kernel thread. Without STALE it pauses while there is no mapping
 * and goes on with the next one; with STALE it always uses the last table.
 * EBUSY: the attachment has a stream already.
 */
struct p2p_importer_stream {
	__u32 handle;
	__u32 flags;
	__aligned_u64 drive_offset;
	__aligned_u64 buffer_offset;
	__aligned_u64 length;
	__u32 interval_us;
	__u32 reserved;
};

/**
 * struct p2p_importer_drive_rw - read or write the drive from user memory
 * @address: user address
 * @drive_offset: multiple of block_bytes
 * @length: multiple of block_bytes
 * @flags: P2P_IMPORTER_TO_DRIVE or 0
 * @reserved: 0
 *
 * The data goes through kernel memory; no dma-buf is involved.
 */
struct p2p_importer_drive_rw {
	__aligned_u64 address;
	__aligned_u64 drive_offset;
	__aligned_u64 length;
	__u32 flags;
	__u32 reserved;
};

/**
 * struct p2p_importer_map_loop - map and unmap many times
 * @handle: in
 * @direction: in, enum p2p_importer_direction
 * @rounds: in
 * @done: out, rounds completed, also after an error
 * @map_ns: out, sum over the map calls alone
 * @unmap_ns: out, sum over the unmap calls alone
 *
 * EBUSY when mapped. Each round holds the reservation lock throughout, makes
 * the pin its mode asks for outside the times, adds no fence and leaves the
 * last table and the counters alone. EINTR for a fatal signal.
 */
struct p2p_importer_map_loop {
	__u32 handle;
	__u32 direction;
	__aligned_u64 rounds;
	__aligned_u64 done;
	__aligned_u64 map_ns;
	__aligned_u64 unmap_ns;
};

/**
 * struct p2p_importer_dma_bits - how far the controller's DMA reaches
 * @bits: in, width of its DMA addresses, 24 to 64; 64 to begin with
 * @reserved: 0
 *
 * For mappings made from now on, by whatever session, until it is set again. A
 * mapping made before must not be ended in between. EIO where the machine
 * cannot do with so few.
 */
struct p2p_importer_dma_bits {
	__u32 bits;
	__u32 reserved;
};

#define P2P_IMPORTER_TYPE		0xdb

#define P2P_IMPORTER_IDENTIFY \
	_IOR(P2P_IMPORTER_TYPE, 0, struct p2p_importer_identify)
#define P2P_IMPORTER_ATTACH \
	_IOWR(P2P_IMPORTER_TYPE, 1, struct p2p_importer_attach)
#define P2P_IMPORTER_DETACH \
	_IOW(P2P_IMPORTER_TYPE, 2, struct p2p_importer_handle)
#define P2P_IMPORTER_MAP \
	_IOW(P2P_IMPORTER_TYPE, 3, struct p2p_importer_map)
#define P2P_IMPORTER_UNMAP \
	_IOW(P2P_IMPORTER_TYPE, 4, struct p2p_importer_handle)
#define P2P_IMPORTER_TABLE \
	_IOWR(P2P_IMPORTER_TYPE, 5, struct p2p_importer_table)
#define P2P_IMPORTER_STATUS \
	_IOWR(P2P_IMPORTER_TYPE, 6, struct p2p_importer_status)
#define P2P_IMPORTER_WAIT \
	_IOW(P2P_IMPORTER_TYPE, 7, struct p2p_importer_wait)
#define P2P_IMPORTER_TRANSFER \
	_IOWR(P2P_IMPORTER_TYPE, 8, struct p2p_importer_transfer)
#define P2P_IMPORTER_STREAM_START \
	_IOW(P2P_IMPORTER_TYPE, 9, struct p2p_importer_stream)
#define P2P_IMPORTER_STREAM_STOP \
	_IOW(P2P_IMPORTER_TYPE, 10, struct p2p_importer_handle)
#define P2P_IMPORTER_DRIVE_RW \
	_IOW(P2P_IMPORTER_TYPE, 11, struct p2p_importer_drive_rw)
#define P2P_IMPORTER_MAP_LOOP \
	_IOWR(P2P_IMPORTER_TYPE, 12, struct p2p_importer_map_loop)
#define P2P_IMPORTER_DMA_BITS \
	_IOW(P2P_IMPORTER_TYPE, 13, struct p2p_importer_dma_bits)

#endif /* P2P_TEST_IMPORTER_H */
