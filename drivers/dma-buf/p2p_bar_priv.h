/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of p2p-bar-exporter share. The lifetime and the lock order
 * are explained at the top of p2p_bar_exporter.c.
 */
#ifndef _P2P_BAR_PRIV_H
#define _P2P_BAR_PRIV_H

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/p2p_bar.h>
#include <linux/pci.h>
#include <linux/rbtree.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/wait.h>
#include <uapi/linux/p2p_dmabuf.h>

/*
 * Whether dma_buf_map_attachment() calls the exporter's pin op by itself, as
 * kernels with CONFIG_DMABUF_MOVE_NOTIFY=n do. Newer kernels never do.
 */
#ifndef P2P_BAR_CORE_PINS_MAPS
#define P2P_BAR_CORE_PINS_MAPS 0
#endif

/*
 * Whether the callback of an importer that pins is there to let go. On older
 * kernels it only complains.
 */
#ifndef P2P_BAR_PINNED_LISTEN
#define P2P_BAR_PINNED_LISTEN 1
#endif

/* One scatter entry is at most this long and never crosses a multiple of it. */
#define P2P_BAR_MAX_ENTRY	SZ_2G

/**
 * struct p2p_bar_provider - one whole memory BAR
 * @ref: Held by the owner until it is unregistered, and by every buffer.
 * @pdev: The function; referenced.
 * @bar: 0 to 5.
 * @start: First byte, as CPU physical address.
 * @last: Last byte, as CPU physical address.
 * @bus_start: First byte, as the address on the PCI bus.
 * @registered: In the registry; guarded by its lock.
 * @rb: Node of the registry's interval tree; guarded by its lock.
 * @subtree_last: The interval tree's own; guarded by its lock.
 */
struct p2p_bar_provider {
	struct kref ref;
	struct pci_dev *pdev;
	int bar;
	phys_addr_t start;
	phys_addr_t last;
	pci_bus_addr_t bus_start;
	bool registered;
	struct rb_node rb;
	phys_addr_t subtree_last;
};

/**
 * struct p2p_bar_owner - the one who may revoke: a driver bound to a function
 * @ref: Held by the driver, by every buffer, and by whoever walks the owners.
 * @pdev: The function; referenced.
 * @ops: The driver's.
 * @node: In the list of owners; guarded by that list's lock. Empty once
 *	unregistered.
 * @providers: One for each memory BAR, else NULL; constant while registered.
 * @lock: Guards the fields below. Taken before any dma_resv lock, never under
 *	one.
 * @buffers: Every buffer that is neither retired nor released.
 * @open: Between p2p_bar_owner_open() and p2p_bar_owner_retire().
 * @enabled: The driver's last answer to memory_enabled().
 * @holds: Revocations begun and not yet restored.
 * @blocked: !@open || !@enabled || @holds. Written under @lock; read under a
 *	buffer's dma_resv lock without @lock: a revocation sets it first and
 *	takes every buffer's dma_resv lock afterwards.
 */
struct p2p_bar_owner {
	struct kref ref;
	struct pci_dev *pdev;
	const struct p2p_bar_owner_ops *ops;
	struct list_head node;
	struct p2p_bar_provider *providers[PCI_STD_NUM_BARS];
	struct mutex lock;	/* the fields below */
	struct list_head buffers;
	bool open;
	bool enabled;
	unsigned int holds;
	bool blocked;
};

/**
 * struct p2p_bar_buffer - slices of one BAR, exported as one dma-buf
 * @provider: The BAR; referenced.
 * @owner: Who may revoke; referenced, and its module with it.
 * @dmabuf: The dma-buf, which owns this structure.
 * @id: Inode number of the dma-buf's file: what fdinfo calls "ino".
 * @size: Sum of the ranges, in bytes.
 * @node: In @owner->buffers; guarded by @owner->lock. Empty once retired.
 * @idle: Woken when @tables falls to 0 and when an awaited fence signals.
 * @attachments: Of type struct p2p_bar_attachment; guarded by the dma_resv lock.
 * @mappings: Of type struct p2p_bar_mapping; guarded by the dma_resv lock.
 * @tables: Tables that importers hold and that have not been cut. Written under
 *	the dma_resv lock.
 * @revoked: What the importers were told last; guarded by the dma_resv lock.
 * @retired: Never to be mapped again; guarded by the dma_resv lock.
 * @generation: Counts the revocations; guarded by the dma_resv lock.
 * @events: Counts what eventfds are for; guarded by the dma_resv lock.
 * @eventfds: Of type struct p2p_bar_eventfd; guarded by the dma_resv lock.
 * @nr_eventfds: Entries in @eventfds.
 * @read_only: Importers and CPU mappings may only read. Constant.
 * @write_combining: How it is to be mapped for the CPU from now on.
 * @ends: For each range the first byte of the buffer behind it; NULL until it is
 *	needed. Set under the dma_resv lock.
 * @nr_ranges: Entries in @ranges.
 * @ranges: The slices, in order.
 */
struct p2p_bar_buffer {
	struct p2p_bar_provider *provider;
	struct p2p_bar_owner *owner;
	struct dma_buf *dmabuf;
	unsigned long id;
	u64 size;
	struct list_head node;
	wait_queue_head_t idle;
	struct list_head attachments;
	struct list_head mappings;
	unsigned int tables;
	bool revoked;
	bool retired;
	u64 generation;
	u64 events;
	struct list_head eventfds;
	unsigned int nr_eventfds;
	bool read_only;
	bool write_combining;
	u64 *ends;
	unsigned int nr_ranges;
	struct p2p_bar_range ranges[] __counted_by(nr_ranges);
};

/**
 * struct p2p_bar_attachment - an importer of a buffer
 * @attach: The dma-buf core's side of it.
 * @node: In the buffer's list; guarded by the dma_resv lock.
 * @route: How its DMA gets to the BAR; guarded by the dma_resv lock.
 * @route_epoch: The routing policy @route was found under.
 * @maps: Tables it holds; guarded by the dma_resv lock.
 * @pins: Calls of the pin op less those of unpin; guarded by the dma_resv lock.
 * @keeps: Keeps its mappings whatever happens: it has no callback, or pins and
 *	has one that does not let go (P2P_BAR_PINNED_LISTEN). Let in only where
 *	they can be cut. Guarded by the dma_resv lock.
 * @spare_mapping: The memory of a mapping that it was the last user of, for the
 *	next one it needs, or NULL; guarded by the dma_resv lock.
 * @spare_table: The memory of its last table, likewise.
 * @owes_flush: It unmapped, and its IOMMU may still translate; guarded by the
 *	dma_resv lock. Paid by the next revocation or by its detach.
 */
struct p2p_bar_attachment {
	struct dma_buf_attachment *attach;
	struct list_head node;
	struct p2p_bar_route route;
	unsigned int route_epoch;
	unsigned int maps;
	unsigned int pins;
	struct p2p_bar_mapping *spare_mapping;
	struct p2p_bar_table *spare_table;
	bool keeps;
	bool owes_flush;
};

/* With the dma_resv lock held. */
static inline enum p2p_dmabuf_state
p2p_bar_buffer_state(const struct p2p_bar_buffer *buf)
{
	if (buf->retired)
		return P2P_DMABUF_RETIRED;
	return buf->revoked ? P2P_DMABUF_REVOKED : P2P_DMABUF_LIVE;
}

/* Whether it may be mapped, now. With the dma_resv lock held. */
static inline bool p2p_bar_buffer_mappable(const struct p2p_bar_buffer *buf)
{
	return p2p_bar_buffer_state(buf) == P2P_DMABUF_LIVE &&
	       !READ_ONCE(buf->owner->blocked);
}

/* What is exported in the namespace P2P_BAR_PRIV is so for p2p_bar_kunit.c. */

/* p2p_bar_exporter.c */
int p2p_bar_check_ranges(const struct p2p_bar_provider *provider,
			 const struct p2p_bar_range *ranges,
			 unsigned int nr_ranges, u64 *size);
struct p2p_bar_buffer *p2p_bar_buffer_of(struct dma_buf *dmabuf);

/* p2p_bar_provider.c */
struct p2p_bar_provider *p2p_bar_provider_create(struct pci_dev *pdev, int bar);
void p2p_bar_provider_retire(struct p2p_bar_provider *provider);
struct p2p_bar_provider *p2p_bar_provider_ref(struct p2p_bar_provider *provider);

/* p2p_bar_owner.c */
int p2p_bar_owner_add(struct p2p_bar_owner *owner, struct p2p_bar_buffer *buf);
void p2p_bar_owner_remove(struct p2p_bar_owner *owner,
			  struct p2p_bar_buffer *buf);
struct p2p_bar_buffer *p2p_bar_owner_next(struct p2p_bar_owner *owner,
					  struct p2p_bar_buffer *prev);
void p2p_bar_owner_update(struct p2p_bar_owner *owner);
struct p2p_bar_owner *p2p_bar_owner_of_vma(const struct vm_area_struct *vma,
					   int *bar, u64 *offset);
bool p2p_bar_owner_has_file(struct p2p_bar_owner *owner, struct file *file);
void p2p_bar_owner_for_each(void (*fn)(struct p2p_bar_owner *owner, void *arg),
			    void *arg);

/* p2p_bar_revoke.c */
void p2p_bar_revoke_retire(struct p2p_bar_owner *owner);
int p2p_bar_revoke_retire_one(struct p2p_bar_buffer *buf);

/* p2p_bar_route.c */

#define P2P_BAR_MAX_HOPS 32

enum p2p_bar_host_policy {
	P2P_BAR_HOST_ALLOWLIST,
	P2P_BAR_HOST_ALWAYS,
	P2P_BAR_HOST_NEVER,
};

/* From a device up to its root: the device itself comes first. */
struct p2p_bar_chain {
	unsigned int nr;
	bool too_deep;
	struct p2p_bar_hop hops[P2P_BAR_MAX_HOPS];
};

/* The device that stands for a host bridge on the allow-list. */
struct p2p_bar_host {
	bool known;
	u64 id;
	u16 vendor;
	u16 device;
};

/* Everything a verdict is made from. */
struct p2p_bar_topology {
	struct p2p_bar_chain exporter;
	struct p2p_bar_chain importer;
	struct p2p_bar_host exporter_host;
	struct p2p_bar_host importer_host;
	bool same_host;
	bool cpu_forwards;
	enum p2p_bar_host_policy policy;
};

void p2p_bar_route_decide(const struct p2p_bar_topology *topo,
			  struct p2p_bar_route *route);
unsigned int p2p_bar_route_epoch(void);
void p2p_bar_route_explain(const struct p2p_bar_route *route, char *buf,
			   size_t size);
const char *p2p_bar_route_name(enum p2p_bar_route_type type);
struct pci_dev *p2p_bar_route_ancestor(struct device *dev);

/* p2p_bar_mapping.c */

/* A stretch of DMA addresses without a gap. */
struct p2p_bar_piece {
	dma_addr_t addr;
	u64 length;
};

/**
 * struct p2p_bar_mapping - a buffer mapped for one device and direction
 * @node: In the buffer's list; guarded by the dma_resv lock.
 * @dev: The importer's DMA device; alive while @users is not 0.
 * @dir: As asked for by the importer.
 * @type: Decides whether the DMA API has to undo the pieces.
 * @translated: An IOMMU translates.
 * @kept: Its users keep it whatever they are told.
 * @cut: It translates no longer; its addresses are reserved until the last user
 *	has gone. Guarded by the dma_resv lock.
 * @iova: The IOMMU addresses of all pieces, where the kernel lets them be laid
 *	out: see dma_use_iova().
 * @users: Tables made from it; guarded by the dma_resv lock.
 * @room: Entries in @pieces.
 * @nr_pieces: Entries in @pieces that are mapped.
 * @pieces: In the order of the buffer's ranges.
 */
struct p2p_bar_mapping {
	struct list_head node;
	struct device *dev;
	enum dma_data_direction dir;
	enum p2p_bar_route_type type;
	bool translated;
	bool kept;
	bool cut;
	struct dma_iova_state iova;
	unsigned int users;
	unsigned int room;
	unsigned int nr_pieces;
	struct p2p_bar_piece pieces[];
};

struct p2p_bar_mapping *p2p_bar_mapping_get(struct p2p_bar_buffer *buf,
					    struct p2p_bar_attachment *att,
					    enum dma_data_direction dir);
bool p2p_bar_mapping_put(struct p2p_bar_mapping *mapping,
			 struct p2p_bar_attachment *att);
void p2p_bar_stretch_unlink(struct p2p_bar_mapping *mapping);
bool p2p_bar_mapping_translated(struct device *dev);
u64 p2p_bar_mapping_piece(phys_addr_t start, u64 length);
u64 p2p_bar_mapping_place(u64 offset, phys_addr_t start, u64 length);

/* p2p_bar_cut.c */
bool p2p_bar_cut_possible(const struct p2p_bar_attachment *att);
int p2p_bar_cut_prepare(void);
void p2p_bar_cut_exit(void);
void p2p_bar_cut_mapping(struct p2p_bar_mapping *mapping);
void p2p_bar_cut_settle(struct p2p_bar_mapping *mapping);

/* p2p_bar_sgt.c */

/*
 * What an importer is given. Whatever it does to @sgt, @mapping stays. There is
 * @room for that many entries in @sgl.
 */
struct p2p_bar_table {
	struct sg_table sgt;
	struct p2p_bar_mapping *mapping;
	unsigned int room;
	struct scatterlist sgl[];
};

struct sg_table *p2p_bar_sgt_map(struct p2p_bar_buffer *buf,
				 struct p2p_bar_attachment *att,
				 enum dma_data_direction dir);
void p2p_bar_sgt_unmap(struct p2p_bar_buffer *buf,
		       struct p2p_bar_attachment *att, struct sg_table *sgt);
u64 p2p_bar_sgt_entry(dma_addr_t start, u64 length);

/* p2p_bar_mmap.c */
int p2p_bar_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma);
void p2p_bar_mmap_zap(struct p2p_bar_buffer *buf);

/* p2p_bar_event.c */
void p2p_bar_event_signal(struct p2p_bar_buffer *buf, u32 event);
void p2p_bar_events_drop(struct p2p_bar_buffer *buf);
int p2p_bar_event_add(struct p2p_bar_buffer *buf, struct p2p_dmabuf_event *ask);
int p2p_bar_event_remove(struct p2p_bar_buffer *buf, int fd);

/* p2p_bar_info.c */
int p2p_bar_info(struct p2p_bar_buffer *buf, struct p2p_dmabuf_info *info);
void p2p_bar_info_route(const struct p2p_bar_route *route, bool translated,
			struct p2p_dmabuf_route_info *info);

/* p2p_bar_ioctl.c */
extern struct miscdevice p2p_bar_miscdev;

/* p2p_bar_debugfs.c */
void p2p_bar_debugfs_create(void);
void p2p_bar_debugfs_remove(void);

#endif /* _P2P_BAR_PRIV_H */
