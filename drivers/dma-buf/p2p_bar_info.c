// SPDX-License-Identifier: GPL-2.0-only
/*
 * What there is to know of a buffer, in the words of the user interface.
 *
 * Nothing is copied to user space with a lock held: importers are described into
 * memory of our own first.
 */
#include <linux/dma-resv.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "p2p_bar_priv.h"

/* The importers described at most in one call. */
#define P2P_BAR_INFO_MAX_IMPORTERS 4096

static_assert(sizeof(struct p2p_dmabuf_range) == sizeof(struct p2p_bar_range));
static_assert(offsetof(struct p2p_dmabuf_range, length) ==
	      offsetof(struct p2p_bar_range, length));

static_assert((int)P2P_DMABUF_ROUTE_NONE == (int)P2P_BAR_ROUTE_NONE);
static_assert((int)P2P_DMABUF_ROUTE_BUS == (int)P2P_BAR_ROUTE_BUS);
static_assert((int)P2P_DMABUF_ROUTE_HOST == (int)P2P_BAR_ROUTE_HOST);

static u32 p2p_bar_info_reason(enum p2p_bar_route_reason reason)
{
	static const u32 reasons[] = {
		[P2P_BAR_REASON_SAME_FUNCTION] = P2P_DMABUF_REASON_SAME_FUNCTION,
		[P2P_BAR_REASON_COMMON_BRIDGE] = P2P_DMABUF_REASON_COMMON_BRIDGE,
		[P2P_BAR_REASON_HOST_CPU] = P2P_DMABUF_REASON_HOST_CPU,
		[P2P_BAR_REASON_HOST_LISTED] = P2P_DMABUF_REASON_HOST_LISTED,
		[P2P_BAR_REASON_HOST_OVERRIDE] = P2P_DMABUF_REASON_HOST_OVERRIDE,
		[P2P_BAR_REASON_NOT_PCI] = P2P_DMABUF_REASON_NOT_PCI,
		[P2P_BAR_REASON_HOST_UNLISTED] = P2P_DMABUF_REASON_HOST_UNLISTED,
		[P2P_BAR_REASON_HOST_FAR] = P2P_DMABUF_REASON_HOST_FAR,
		[P2P_BAR_REASON_HOST_NEVER] = P2P_DMABUF_REASON_HOST_NEVER,
		[P2P_BAR_REASON_TOO_DEEP] = P2P_DMABUF_REASON_TOO_DEEP,
	};

	return reasons[reason];
}

static struct p2p_dmabuf_pci p2p_bar_info_id(u64 id)
{
	return (struct p2p_dmabuf_pci){
		.domain = id >> 16,
		.bus = PCI_BUS_NUM(id),
		.devfn = id & 0xff,
	};
}

static struct p2p_dmabuf_pci p2p_bar_info_address(const struct pci_dev *pdev)
{
	return (struct p2p_dmabuf_pci){
		.domain = pci_domain_nr(pdev->bus),
		.bus = pdev->bus->number,
		.devfn = pdev->devfn,
	};
}

/**
 * p2p_bar_info_route() - a route, for user space
 * @route: The verdict.
 * @translated: Whether an IOMMU translates the importer's DMA.
 * @info: Receives it.
 */
void p2p_bar_info_route(const struct p2p_bar_route *route, bool translated,
			struct p2p_dmabuf_route_info *info)
{
	*info = (struct p2p_dmabuf_route_info){
		.type = route->type,
		.reason = p2p_bar_info_reason(route->reason),
		.distance = route->distance,
	};
	if (translated && route->type == P2P_BAR_ROUTE_HOST)
		info->flags |= P2P_DMABUF_ROUTE_TRANSLATED;
	if (route->redirected)
		info->flags |= P2P_DMABUF_ROUTE_REDIRECTED;
	if (!route->has_blocker)
		return;
	info->flags |= P2P_DMABUF_ROUTE_HAS_BLOCKER;
	info->blocker = p2p_bar_info_id(route->blocker);
}

static void p2p_bar_info_importer(const struct p2p_bar_attachment *att,
				  struct p2p_dmabuf_importer *info)
{
	struct device *dev = att->attach->dev;
	struct pci_dev *pdev = p2p_bar_route_ancestor(dev);

	if (pdev)
		info->device = p2p_bar_info_address(pdev);
	else
		memset(&info->device, 0xff, sizeof(info->device));
	info->maps = att->maps;
	info->pins = att->pins;
	info->flags = att->keeps ? P2P_DMABUF_IMPORTER_KEEPS : 0;
	p2p_bar_info_route(&att->route, p2p_bar_mapping_translated(dev),
			   &info->route);
	strscpy(info->driver, dev_driver_string(dev), sizeof(info->driver));
}

/* As many as have room; how many there are. */
static u32 p2p_bar_info_collect(struct p2p_bar_buffer *buf,
				struct p2p_dmabuf_info *info,
				struct p2p_dmabuf_importer *importers, u32 room)
{
	struct p2p_bar_attachment *att;
	u32 nr = 0;

	dma_resv_lock(buf->dmabuf->resv, NULL);
	info->state = p2p_bar_buffer_state(buf);
	info->generation = buf->generation;
	info->events = buf->events;
	list_for_each_entry(att, &buf->attachments, node) {
		if (nr < room)
			p2p_bar_info_importer(att, &importers[nr]);
		nr++;
	}
	dma_resv_unlock(buf->dmabuf->resv);
	return nr;
}

static int p2p_bar_info_importers(struct p2p_bar_buffer *buf,
				  struct p2p_dmabuf_info *info)
{
	u32 room = min_t(u32, info->nr_importers, P2P_BAR_INFO_MAX_IMPORTERS);
	struct p2p_dmabuf_importer *importers;
	int ret = 0;
	u32 nr;

	importers = kvcalloc(room, sizeof(*importers), GFP_KERNEL_ACCOUNT);
	if (room && !importers)
		return -ENOMEM;
	nr = p2p_bar_info_collect(buf, info, importers, room);
	if (copy_to_user(u64_to_user_ptr(info->importers), importers,
			 min(nr, room) * sizeof(*importers)))
		ret = -EFAULT;
	info->nr_importers = nr;
	kvfree(importers);
	return ret;
}

static int p2p_bar_info_ranges(const struct p2p_bar_buffer *buf,
			       struct p2p_dmabuf_info *info)
{
	u32 nr = min(info->nr_ranges, buf->nr_ranges);

	info->nr_ranges = buf->nr_ranges;
	if (copy_to_user(u64_to_user_ptr(info->ranges), buf->ranges,
			 nr * sizeof(buf->ranges[0])))
		return -EFAULT;
	return 0;
}

/**
 * p2p_bar_info() - P2P_DMABUF_INFO
 * @buf: The buffer; the caller holds a reference to its file.
 * @info: The user's.
 *
 * Return: 0 or a negative errno as at struct p2p_dmabuf_info.
 */
int p2p_bar_info(struct p2p_bar_buffer *buf, struct p2p_dmabuf_info *info)
{
	int ret = p2p_bar_info_ranges(buf, info);

	if (!ret)
		ret = p2p_bar_info_importers(buf, info);
	info->flags = buf->read_only ? P2P_DMABUF_INFO_READ_ONLY : 0;
	info->bar = buf->provider->bar;
	info->device = p2p_bar_info_address(buf->provider->pdev);
	info->length = buf->size;
	info->id = buf->id;
	return ret;
}
