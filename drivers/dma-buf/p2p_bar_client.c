// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interface for drivers that are no importers of dma-bufs by themselves: a
 * buffer is attached, mapped and followed through its revocations for them.
 *
 * A client is a dynamic importer like any other. Its table exists while the
 * memory does: it is unmapped in the callback, right after the driver has been
 * asked to end its DMA, so a client never keeps a revocation waiting for longer
 * than that takes.
 */
#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "p2p_bar_priv.h"

/**
 * struct p2p_bar_map - a buffer mapped for a driver's device
 * @attach: To the buffer's dma-buf, which it holds a reference to.
 * @dir: Of the DMA.
 * @sgt: What is mapped; NULL while nothing is. Guarded by the dma_resv lock.
 * @ops: The driver's.
 * @arg: The driver's.
 */
struct p2p_bar_map {
	struct dma_buf_attachment *attach;
	enum dma_data_direction dir;
	struct sg_table *sgt;
	const struct p2p_bar_map_ops *ops;
	void *arg;
};

static void p2p_bar_client_drop(struct p2p_bar_map *map)
{
	if (map->sgt)
		dma_buf_unmap_attachment(map->attach, map->sgt, map->dir);
	map->sgt = NULL;
}

static void p2p_bar_client_notify(struct dma_buf_attachment *attach)
{
	struct p2p_bar_buffer *buf = attach->dmabuf->priv;
	struct p2p_bar_map *map = attach->importer_priv;

	dma_resv_assert_held(attach->dmabuf->resv);

	if (p2p_bar_buffer_state(buf) == P2P_DMABUF_LIVE) {
		if (map->ops->restored)
			map->ops->restored(map->arg);
	} else if (map->sgt) {
		map->ops->revoked(map->arg);
		p2p_bar_client_drop(map);
	}
}

static const struct dma_buf_attach_ops p2p_bar_client_ops = {
	.allow_peer2peer = true,
	.invalidate_mappings = p2p_bar_client_notify,
};

/**
 * p2p_bar_map_again() - map what was revoked
 * @map: Not mapped, or mapped: then nothing is done.
 *
 * Must not be called by two at a time for one @map, nor with p2p_bar_unmap().
 *
 * Return: 0; -ENODEV while, or because, the memory is gone; else as p2p_bar_map().
 */
int p2p_bar_map_again(struct p2p_bar_map *map)
{
	struct dma_resv *resv = map->attach->dmabuf->resv;
	struct sg_table *sgt;
	int ret = 0;

	dma_resv_lock(resv, NULL);
	if (!map->sgt) {
		sgt = dma_buf_map_attachment(map->attach, map->dir);
		if (IS_ERR(sgt))
			ret = PTR_ERR(sgt);
		else
			map->sgt = sgt;
	}
	dma_resv_unlock(resv);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_map_again, "P2P_BAR");

/**
 * p2p_bar_map() - map a buffer for a device, until it is revoked
 * @dmabuf: From p2p_bar_get_range() or p2p_bar_get_user(), or any of this
 *	exporter. The map takes a reference of its own.
 * @dev: The device that does the DMA, with its DMA masks set.
 * @dir: Of the DMA.
 * @ops: What to do when the memory goes and comes; must stay valid until
 *	p2p_bar_unmap() returns.
 * @arg: Handed to @ops.
 *
 * Return: the map, to be given back with p2p_bar_unmap(), or an ERR_PTR():
 * EINVAL for another exporter's dma-buf; EOPNOTSUPP where no route leads there,
 * with the reason in the log; EACCES to write what may only be read; ENODEV
 * while, or because, the memory is gone; EIO where the DMA API refuses; ENOMEM.
 */
struct p2p_bar_map *p2p_bar_map(struct dma_buf *dmabuf, struct device *dev,
				enum dma_data_direction dir,
				const struct p2p_bar_map_ops *ops, void *arg)
{
	struct p2p_bar_map *map;
	int ret;

	if (!p2p_bar_buffer_of(dmabuf))
		return ERR_PTR(-EINVAL);
	map = kzalloc(sizeof(*map), GFP_KERNEL);
	if (!map)
		return ERR_PTR(-ENOMEM);
	map->dir = dir;
	map->ops = ops;
	map->arg = arg;
	get_dma_buf(dmabuf);
	map->attach = dma_buf_dynamic_attach(dmabuf, dev, &p2p_bar_client_ops,
					     map);
	if (IS_ERR(map->attach)) {
		ret = PTR_ERR(map->attach);
		goto err_put;
	}
	ret = p2p_bar_map_again(map);
	if (ret)
		goto err_detach;
	return map;

err_detach:
	dma_buf_detach(dmabuf, map->attach);
err_put:
	dma_buf_put(dmabuf);
	kfree(map);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_map, "P2P_BAR");

/**
 * p2p_bar_map_table() - where the memory is for the device
 * @map: The map.
 *
 * The table has DMA addresses and lengths only, to be walked with
 * for_each_sgtable_dma_sg(), and no pages. It is the client's to read, from
 * p2p_bar_map() or p2p_bar_map_again() until the revoked() operation returns.
 *
 * Return: the table, or NULL while nothing is mapped.
 */
const struct sg_table *p2p_bar_map_table(const struct p2p_bar_map *map)
{
	return READ_ONCE(map->sgt);
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_map_table, "P2P_BAR");

/**
 * p2p_bar_unmap() - give a map back
 * @map: The map; the device's DMA by it is over.
 *
 * No operation is called any more when this returns.
 */
void p2p_bar_unmap(struct p2p_bar_map *map)
{
	struct dma_buf *dmabuf = map->attach->dmabuf;

	dma_resv_lock(dmabuf->resv, NULL);
	p2p_bar_client_drop(map);
	dma_resv_unlock(dmabuf->resv);
	dma_buf_detach(dmabuf, map->attach);
	dma_buf_put(dmabuf);
	kfree(map);
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_unmap, "P2P_BAR");
