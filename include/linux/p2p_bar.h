/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slices of PCI BARs as dma-bufs, for the drivers that own the BARs.
 *
 * A driver registers itself as the *owner* of a PCI function. That makes a
 * *provider* of each memory BAR. From an open owner slices are exported as
 * dma-bufs; all of them are revoked together, any number of times, and retired
 * for good when the owner is closed.
 *
 * A driver that wants its device to reach such a BAR gets a buffer of a range of
 * it (p2p_bar_get_range()) or of a pointer of the calling process
 * (p2p_bar_get_user()), and maps it (p2p_bar_map()): there is no page, only DMA
 * addresses, and they go when the owner revokes.
 *
 * Every function here may sleep and must be called without any dma_resv lock
 * held, unless it says otherwise.
 */
#ifndef _LINUX_P2P_BAR_H
#define _LINUX_P2P_BAR_H

#include <linux/bits.h>
#include <linux/dma-direction.h>
#include <linux/types.h>

struct device;
struct dma_buf;
struct file;
struct module;
struct pci_dev;
struct p2p_bar_owner;
struct p2p_bar_provider;
struct sg_table;
struct vm_area_struct;

/**
 * struct p2p_bar_range - a slice of a BAR
 * @offset: First byte, from the start of the BAR; page-aligned.
 * @length: Bytes; page-aligned and not 0.
 */
struct p2p_bar_range {
	u64 offset;
	u64 length;
};

/**
 * struct p2p_bar_owner_ops - what an owner tells about its device
 * @module: Kept loaded as long as a buffer of the owner exists.
 * @memory_enabled: Says whether the function answers memory requests now:
 *	memory space is enabled and the function is in D0. Called between
 *	p2p_bar_owner_open() and p2p_bar_owner_retire() only, with the owner's
 *	mutex held; must not call back into this interface. Whoever is about to
 *	make the answer false holds a revocation until it has done so.
 * @check_ranges: Whether slices of a BAR, which are known to lie within it, may
 *	be exported: 0 or a negative errno, with a line in the log. May be NULL.
 * @vma_bar: Which BAR of the function a mapping of user space shows, 0 to 5, and
 *	what byte of it at vm_start; or -ENODEV if it shows none. Called with the
 *	mmap lock held; must not sleep. The mapping's file keeps the owner
 *	registered.
 * @owns_file: Whether who has that open file may dispose of the function. Must
 *	not sleep. May be NULL: then nobody can show it.
 *
 * Any but @memory_enabled may be called from the beginning of
 * p2p_bar_owner_register() to the end of p2p_bar_owner_unregister().
 */
struct p2p_bar_owner_ops {
	struct module *module;
	bool (*memory_enabled)(struct pci_dev *pdev);
	int (*check_ranges)(struct pci_dev *pdev, int bar,
			    const struct p2p_bar_range *ranges,
			    unsigned int nr_ranges);
	int (*vma_bar)(struct pci_dev *pdev, const struct vm_area_struct *vma,
		       u64 *offset);
	bool (*owns_file)(struct pci_dev *pdev, struct file *file);
};

struct p2p_bar_owner *
p2p_bar_owner_register(struct pci_dev *pdev,
		       const struct p2p_bar_owner_ops *ops);
void p2p_bar_owner_unregister(struct p2p_bar_owner *owner);
struct p2p_bar_owner *p2p_bar_owner_get(struct p2p_bar_owner *owner);
void p2p_bar_owner_put(struct p2p_bar_owner *owner);

void p2p_bar_owner_open(struct p2p_bar_owner *owner);
void p2p_bar_owner_retire(struct p2p_bar_owner *owner);

void p2p_bar_revoke_begin(struct p2p_bar_owner *owner);
void p2p_bar_revoke_wait(struct p2p_bar_owner *owner);
int p2p_bar_revoke_wait_killable(struct p2p_bar_owner *owner);
void p2p_bar_restore(struct p2p_bar_owner *owner);
void p2p_bar_refresh(struct p2p_bar_owner *owner);

/* Importers may only read from the buffer. */
#define P2P_BAR_READ_ONLY	BIT(0)

struct dma_buf *p2p_bar_export(struct p2p_bar_owner *owner, int bar,
			       const struct p2p_bar_range *ranges,
			       unsigned int nr_ranges, int open_flags,
			       unsigned int flags);
struct dma_buf *p2p_bar_get_range(struct pci_dev *pdev, int bar,
				  const struct p2p_bar_range *range);
struct dma_buf *p2p_bar_get_user(u64 address, u64 length, int open_flags,
				 u64 *offset);

/**
 * struct p2p_bar_map_ops - what a driver does when what it has mapped goes
 * @revoked: The memory is about to go. When this returns, no DMA by the table's
 *	addresses may be under way or begin any more: the table is unmapped then.
 *	May sleep.
 * @restored: The memory is back: p2p_bar_map_again() may be called, but not from
 *	here. May be NULL.
 *
 * Both are called with the buffer's dma_resv lock held, must take no lock that is
 * held around a call of this interface, and must not call it.
 */
struct p2p_bar_map_ops {
	void (*revoked)(void *arg);
	void (*restored)(void *arg);
};

struct p2p_bar_map;

struct p2p_bar_map *p2p_bar_map(struct dma_buf *dmabuf, struct device *dev,
				enum dma_data_direction dir,
				const struct p2p_bar_map_ops *ops, void *arg);
int p2p_bar_map_again(struct p2p_bar_map *map);
const struct sg_table *p2p_bar_map_table(const struct p2p_bar_map *map);
void p2p_bar_unmap(struct p2p_bar_map *map);

struct p2p_bar_provider *p2p_bar_provider_get(struct pci_dev *pdev, int bar);
struct p2p_bar_provider *p2p_bar_provider_find(phys_addr_t start, u64 length);
void p2p_bar_provider_put(struct p2p_bar_provider *provider);

/**
 * enum p2p_bar_route_type - how an importer's DMA reaches a BAR
 * @P2P_BAR_ROUTE_NONE: It does not.
 * @P2P_BAR_ROUTE_BUS: Turned round inside a PCIe switch: bus addresses, and no
 *	IOMMU on the way.
 * @P2P_BAR_ROUTE_HOST: Through the root complex: the importer's DMA API
 *	decides the address.
 */
enum p2p_bar_route_type {
	P2P_BAR_ROUTE_NONE,
	P2P_BAR_ROUTE_BUS,
	P2P_BAR_ROUTE_HOST,
};

/**
 * enum p2p_bar_route_reason - why a route is what it is
 * @P2P_BAR_REASON_SAME_FUNCTION: BUS: importer and exporter are one function.
 * @P2P_BAR_REASON_COMMON_BRIDGE: BUS: a bridge above both turns requests round.
 * @P2P_BAR_REASON_HOST_CPU: HOST: the CPU's root complex forwards between all
 *	its ports.
 * @P2P_BAR_REASON_HOST_LISTED: HOST: the host bridges are on the allow-list.
 * @P2P_BAR_REASON_HOST_OVERRIDE: HOST: the administrator said host_bridge=always.
 * @P2P_BAR_REASON_NOT_PCI: NONE: the importer has no PCI device above it.
 * @P2P_BAR_REASON_HOST_UNLISTED: NONE: the way leads through a host bridge that
 *	is not known to forward.
 * @P2P_BAR_REASON_HOST_FAR: NONE: the host bridge forwards between its own
 *	ports only, and the two devices are below different ones.
 * @P2P_BAR_REASON_HOST_NEVER: NONE: the administrator said host_bridge=never.
 * @P2P_BAR_REASON_TOO_DEEP: NONE: more bridges than this code follows.
 */
enum p2p_bar_route_reason {
	P2P_BAR_REASON_SAME_FUNCTION,
	P2P_BAR_REASON_COMMON_BRIDGE,
	P2P_BAR_REASON_HOST_CPU,
	P2P_BAR_REASON_HOST_LISTED,
	P2P_BAR_REASON_HOST_OVERRIDE,
	P2P_BAR_REASON_NOT_PCI,
	P2P_BAR_REASON_HOST_UNLISTED,
	P2P_BAR_REASON_HOST_FAR,
	P2P_BAR_REASON_HOST_NEVER,
	P2P_BAR_REASON_TOO_DEEP,
};

/**
 * struct p2p_bar_hop - a PCI function on the way
 * @id: PCI domain << 16 | bus << 8 | devfn. A domain may have more than 16 bits.
 * @redirect: Its ACS control sends peer requests upstream (request redirect,
 *	completion redirect or egress control).
 */
struct p2p_bar_hop {
	u64 id;
	bool redirect;
};

/**
 * struct p2p_bar_route - the verdict on a pair of devices
 * @type: How the importer reaches the BAR.
 * @reason: Why.
 * @distance: Hops up from the exporter plus hops down to the importer; where
 *	they share no bridge, the hops of both to their root. As in
 *	pci_p2pdma_distance(), less is better.
 * @has_blocker: @blocker is set.
 * @redirected: A common bridge exists, but ACS on @blocker sends requests past
 *	it.
 * @blocker: What stands in the way of a better route: the first function with
 *	ACS redirection, or the host bridge device.
 */
struct p2p_bar_route {
	enum p2p_bar_route_type type;
	enum p2p_bar_route_reason reason;
	unsigned int distance;
	bool has_blocker;
	bool redirected;
	u64 blocker;
};

void p2p_bar_route_query(struct pci_dev *exporter, struct device *importer,
			 struct p2p_bar_route *route);

#endif /* _LINUX_P2P_BAR_H */
