// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2p-bar-exporter: slices of PCI BARs as dma-bufs, without struct page.
 *
 * Objects
 * -------
 *
 * An *owner* (p2p_bar_owner.c) is a driver bound to a PCI function. It has a
 * *provider* for each memory BAR (p2p_bar_provider.c). A *buffer* is a list of
 * slices of one BAR, exported as one dma-buf. An *attachment* is an importer of
 * a buffer; it carries the *route* on which the importer's DMA reaches the BAR
 * (p2p_bar_route.c). A *mapping* is what the DMA API has made for one device
 * (p2p_bar_mapping.c); a *table* is what an importer is given of it
 * (p2p_bar_sgt.c). A mapping is *cut* when the exporter ends its translation
 * without its importer's help (p2p_bar_cut.c).
 *
 * User space meets buffers as files: their descriptors can be mapped for the CPU
 * (p2p_bar_mmap.c), and /dev/p2p_dmabuf (p2p_bar_ioctl.c) makes them from
 * pointers (p2p_bar_user.c), describes them (p2p_bar_info.c), and tells what
 * becomes of them (p2p_bar_event.c).
 *
 * Lifetime
 * --------
 *
 * The dma-buf's file owns the buffer: once p2p_bar_export() has returned, only
 * the release op frees it. A buffer holds references to its provider, its owner
 * and the owner's module, and the dma-buf holds this module, so neither module
 * goes away under a live buffer. The owner may be unregistered and the device
 * unplugged at any time: the buffer is retired then and only answers ENODEV.
 * Owner and provider hold the pci_dev's memory, nothing more.
 *
 * Locks
 * -----
 *
 * In this order:
 *
 * 1. the list of owners (p2p_bar_owner.c): may be taken under an mmap lock, so
 *    user memory is not touched with it held;
 * 2. owner->lock: the list of buffers and the state that blocks mapping;
 * 3. a buffer's dma_resv lock: its attachments, mappings, eventfds and what its
 *    importers were told; taken by the faults of CPU mappings, so under an mmap
 *    lock, and the locks that zapping these needs come under it;
 * 4. the registry of providers (p2p_bar_provider.c), and what cuts need
 *    (p2p_bar_cut.c): leaves.
 *
 * No code holds 2 while it takes 3: buffers are walked with references to their
 * files instead, so that an importer which is slow with the dma_resv lock held
 * delays no export and no other buffer. The map op, called with 3 held, reads
 * owner->blocked without 2; see p2p_bar_revoke.c for why that is enough.
 */
#include <linux/dma-resv.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "p2p_bar_priv.h"
#define CREATE_TRACE_POINTS
#include "p2p_bar_trace.h"

/* Room for the longest reason p2p_bar_route_explain() gives. */
#define P2P_BAR_REASON_LEN 160

static void p2p_bar_attachment_route(struct p2p_bar_buffer *buf,
				     struct p2p_bar_attachment *att)
{
	/* Before the verdict, so that a change meanwhile makes it stale. */
	att->route_epoch = p2p_bar_route_epoch();
	p2p_bar_route_query(buf->provider->pdev, att->attach->dev, &att->route);
}

static void p2p_bar_refuse(struct p2p_bar_buffer *buf, struct device *importer,
			   const char *reason)
{
	trace_p2p_bar_refuse(buf, importer, reason);
	pci_notice_ratelimited(buf->provider->pdev,
			       "p2p-bar: %s %s cannot use BAR %d: %s\n",
			       dev_driver_string(importer), dev_name(importer),
			       buf->provider->bar, reason);
}

static int p2p_bar_refuse_route(struct p2p_bar_buffer *buf,
				struct p2p_bar_attachment *att)
{
	char reason[P2P_BAR_REASON_LEN];

	p2p_bar_route_explain(&att->route, reason, sizeof(reason));
	p2p_bar_refuse(buf, att->attach->dev, reason);
	return -EOPNOTSUPP;
}

static int p2p_bar_check_importer(struct p2p_bar_buffer *buf,
				  struct dma_buf_attachment *attach)
{
	if (!attach->importer_ops) {
		p2p_bar_refuse(buf, attach->dev,
			       "static importer, cannot be revoked");
		return -EOPNOTSUPP;
	}
	if (!attach->peer2peer) {
		p2p_bar_refuse(buf, attach->dev,
			       "importer does not allow peer-to-peer");
		return -EOPNOTSUPP;
	}
	return 0;
}

/*
 * An importer that keeps its mappings whatever it is told is let in where they
 * can be cut, and nowhere else. A mapping made before that was known may be
 * shared with importers that listen, so it cannot be cut at once.
 */
static const char *p2p_bar_keep_reason(const struct p2p_bar_attachment *att)
{
	bool pins = dma_buf_attach_revocable(att->attach);

	if (!p2p_bar_cut_possible(att))
		return pins ?
		       "importer pins, and no IOMMU translates its DMA: nothing to cut" :
		       "importer has no callback, and no IOMMU translates its DMA: nothing to cut";
	if (att->maps && !att->keeps)
		return "importer pins what it has mapped before";
	return NULL;
}

static int p2p_bar_keep(struct p2p_bar_buffer *buf,
			struct p2p_bar_attachment *att)
{
	const char *reason = p2p_bar_keep_reason(att);
	int ret;

	if (reason) {
		p2p_bar_refuse(buf, att->attach->dev, reason);
		return -EOPNOTSUPP;
	}
	ret = p2p_bar_cut_prepare();
	if (!ret)
		att->keeps = true;
	return ret;
}

/* What its route, and its manners, allow. */
static int p2p_bar_admit(struct p2p_bar_buffer *buf,
			 struct p2p_bar_attachment *att)
{
	if (att->route.type == P2P_BAR_ROUTE_NONE)
		return p2p_bar_refuse_route(buf, att);
	if (att->keeps || !dma_buf_attach_revocable(att->attach))
		return p2p_bar_keep(buf, att);
	return 0;
}

static int p2p_bar_op_attach(struct dma_buf *dmabuf,
			     struct dma_buf_attachment *attach)
{
	struct p2p_bar_buffer *buf = dmabuf->priv;
	struct p2p_bar_attachment *att;
	int ret;

	ret = p2p_bar_check_importer(buf, attach);
	if (ret)
		return ret;

	att = kzalloc(sizeof(*att), GFP_KERNEL);
	if (!att)
		return -ENOMEM;
	att->attach = attach;
	p2p_bar_attachment_route(buf, att);
	ret = p2p_bar_admit(buf, att);
	if (ret)
		goto err_free;

	dma_resv_lock(dmabuf->resv, NULL);
	if (buf->retired) {
		ret = -ENODEV;
		goto err_unlock;
	}
	attach->priv = att;
	list_add_tail(&att->node, &buf->attachments);
	trace_p2p_bar_attach(buf, att);
	dma_resv_unlock(dmabuf->resv);
	return 0;

err_unlock:
	dma_resv_unlock(dmabuf->resv);
err_free:
	kfree(att);
	return ret;
}

static void p2p_bar_op_detach(struct dma_buf *dmabuf,
			      struct dma_buf_attachment *attach)
{
	struct p2p_bar_attachment *att = attach->priv;
	struct iommu_domain *domain;

	dma_resv_lock(dmabuf->resv, NULL);
	/* No revocation will find this importer any more: pay what it owes. */
	domain = iommu_get_domain_for_dev(attach->dev);
	if (att->owes_flush && domain)
		iommu_flush_iotlb_all(domain);
	list_del(&att->node);
	dma_resv_unlock(dmabuf->resv);
	kvfree(att->spare_mapping);
	kvfree(att->spare_table);
	kfree(att);
}

/*
 * Whether the importer itself pins, and its callback is not there to let go.
 * Where the core pins by itself at every map (P2P_BAR_CORE_PINS_MAPS), a pin is
 * followed by its map under one hold of the dma_resv lock; so a pin that finds
 * another one without a map knows that the importer pinned explicitly.
 */
static bool p2p_bar_pin_keeps(const struct p2p_bar_attachment *att)
{
	if (P2P_BAR_PINNED_LISTEN)
		return false;
	return !P2P_BAR_CORE_PINS_MAPS || att->pins > att->maps;
}

static int p2p_bar_op_pin(struct dma_buf_attachment *attach)
{
	struct p2p_bar_attachment *att = attach->priv;
	int ret = 0;

	dma_resv_assert_held(attach->dmabuf->resv);

	if (p2p_bar_pin_keeps(att))
		ret = p2p_bar_keep(attach->dmabuf->priv, att);
	if (!ret)
		att->pins++;
	return ret;
}

static void p2p_bar_op_unpin(struct dma_buf_attachment *attach)
{
	struct p2p_bar_attachment *att = attach->priv;

	dma_resv_assert_held(attach->dmabuf->resv);
	att->pins--;
	if (!att->pins && dma_buf_attach_revocable(attach))
		att->keeps = false;
}

/*
 * Importers that ask for both directions by habit may have a buffer they are
 * only to read from, if an IOMMU sees to it. -EACCES for those who can write.
 */
static int p2p_bar_restrict(struct p2p_bar_buffer *buf,
			    struct p2p_bar_attachment *att,
			    enum dma_data_direction *dir)
{
	if (!buf->read_only || *dir == DMA_TO_DEVICE)
		return 0;
	if (*dir == DMA_FROM_DEVICE || !p2p_bar_cut_possible(att)) {
		p2p_bar_refuse(buf, att->attach->dev,
			       *dir == DMA_FROM_DEVICE ?
			       "the buffer is read-only" :
			       "the buffer is read-only, and no IOMMU translates its DMA: nothing keeps it from writing");
		return -EACCES;
	}
	*dir = DMA_TO_DEVICE;
	return 0;
}

static struct sg_table *p2p_bar_op_map(struct dma_buf_attachment *attach,
				       enum dma_data_direction dir)
{
	struct p2p_bar_buffer *buf = attach->dmabuf->priv;
	struct p2p_bar_attachment *att = attach->priv;
	struct sg_table *sgt;
	int ret;

	dma_resv_assert_held(attach->dmabuf->resv);

	if (!p2p_bar_buffer_mappable(buf))
		return ERR_PTR(-ENODEV);
	if (att->route_epoch != p2p_bar_route_epoch())
		p2p_bar_attachment_route(buf, att);
	ret = p2p_bar_admit(buf, att);
	if (!ret)
		ret = p2p_bar_restrict(buf, att, &dir);
	if (ret)
		return ERR_PTR(ret);

	sgt = p2p_bar_sgt_map(buf, att, dir);
	if (sgt == ERR_PTR(-EOPNOTSUPP))
		p2p_bar_refuse(buf, attach->dev,
			       "BAR is beyond the importer's DMA mask");
	if (!IS_ERR(sgt))
		trace_p2p_bar_map(buf, att, sgt->nents);
	return sgt;
}

static void p2p_bar_op_unmap(struct dma_buf_attachment *attach,
			     struct sg_table *sgt, enum dma_data_direction dir)
{
	struct p2p_bar_buffer *buf = attach->dmabuf->priv;
	struct p2p_bar_attachment *att = attach->priv;

	p2p_bar_sgt_unmap(buf, att, sgt);
	trace_p2p_bar_unmap(buf, att);
}

static void p2p_bar_buffer_free(struct p2p_bar_buffer *buf)
{
	struct module *module = buf->owner->ops->module;

	p2p_bar_provider_put(buf->provider);
	p2p_bar_owner_put(buf->owner);
	module_put(module);
	kvfree(buf->ends);
	kvfree(buf);
}

static void p2p_bar_op_release(struct dma_buf *dmabuf)
{
	struct p2p_bar_buffer *buf = dmabuf->priv;

	p2p_bar_owner_remove(buf->owner, buf);
	p2p_bar_events_drop(buf);
	p2p_bar_buffer_free(buf);
}

static const struct dma_buf_ops p2p_bar_dmabuf_ops = {
	.attach = p2p_bar_op_attach,
	.detach = p2p_bar_op_detach,
	.pin = p2p_bar_op_pin,
	.unpin = p2p_bar_op_unpin,
	.map_dma_buf = p2p_bar_op_map,
	.unmap_dma_buf = p2p_bar_op_unmap,
	.mmap = p2p_bar_mmap,
	.release = p2p_bar_op_release,
};

/**
 * p2p_bar_buffer_of() - the buffer behind a dma-buf
 * @dmabuf: Any dma-buf; the caller's reference to it keeps the buffer.
 *
 * Return: the buffer, or NULL if it is another exporter's.
 */
struct p2p_bar_buffer *p2p_bar_buffer_of(struct dma_buf *dmabuf)
{
	return dmabuf->ops == &p2p_bar_dmabuf_ops ? dmabuf->priv : NULL;
}

/**
 * p2p_bar_check_ranges() - whether ranges can be exported
 * @provider: The BAR.
 * @ranges: The slices.
 * @nr_ranges: Entries in @ranges.
 * @size: Receives their sum in bytes.
 *
 * Return: 0, or -EINVAL or -EOVERFLOW as p2p_bar_export() documents them.
 */
int p2p_bar_check_ranges(const struct p2p_bar_provider *provider,
			 const struct p2p_bar_range *ranges,
			 unsigned int nr_ranges, u64 *size)
{
	u64 length = provider->last - provider->start + 1;
	unsigned int i;
	u64 end;

	*size = 0;
	for (i = 0; i < nr_ranges; i++) {
		if (!ranges[i].length || !PAGE_ALIGNED(ranges[i].offset) ||
		    !PAGE_ALIGNED(ranges[i].length))
			return -EINVAL;
		if (check_add_overflow(ranges[i].offset, ranges[i].length,
				       &end))
			return -EOVERFLOW;
		if (end > length ||
		    check_add_overflow(*size, ranges[i].length, size))
			return -EINVAL;
	}
	/* The size of a file is signed, and the size of a dma-buf a size_t. */
	return *size && *size <= min_t(u64, LLONG_MAX, SIZE_MAX) ? 0 : -EINVAL;
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_check_ranges, "P2P_BAR_PRIV");

static struct p2p_bar_buffer *
p2p_bar_buffer_create(struct p2p_bar_owner *owner,
		      struct p2p_bar_provider *provider,
		      const struct p2p_bar_range *ranges,
		      unsigned int nr_ranges, unsigned int flags)
{
	struct p2p_bar_buffer *buf;

	buf = kvzalloc(struct_size(buf, ranges, nr_ranges),
		       GFP_KERNEL_ACCOUNT);
	if (!buf)
		return ERR_PTR(-ENOMEM);
	if (!try_module_get(owner->ops->module)) {
		kvfree(buf);
		return ERR_PTR(-ENODEV);
	}

	buf->provider = p2p_bar_provider_ref(provider);
	buf->owner = p2p_bar_owner_get(owner);
	INIT_LIST_HEAD(&buf->node);
	INIT_LIST_HEAD(&buf->attachments);
	INIT_LIST_HEAD(&buf->mappings);
	INIT_LIST_HEAD(&buf->eventfds);
	init_waitqueue_head(&buf->idle);
	buf->read_only = flags & P2P_BAR_READ_ONLY;
	buf->nr_ranges = nr_ranges;
	memcpy(buf->ranges, ranges, flex_array_size(buf, ranges, nr_ranges));
	return buf;
}

/**
 * p2p_bar_export() - export slices of a BAR as one dma-buf
 * @owner: The owner, which cannot be unregistered meanwhile.
 * @bar: 0 to 5.
 * @ranges: The slices, in order; they may overlap.
 * @nr_ranges: Entries in @ranges.
 * @open_flags: Of the dma-buf's file: O_ACCMODE and O_CLOEXEC.
 * @flags: P2P_BAR_READ_ONLY or 0.
 *
 * While the owner is blocked the buffer is made all the same, and revoked.
 *
 * Return: the dma-buf, or an ERR_PTR(): EINVAL for a range that is empty,
 * unaligned or beyond the BAR, for no range, or for a sum that overflows;
 * EOVERFLOW where the end of a range overflows; ENODEV where @bar is not a
 * memory BAR or the owner is closed; what check_ranges() says; ENOMEM. The
 * dma-buf belongs to the caller: dma_buf_put(), or dma_buf_fd(), ends that.
 */
struct dma_buf *p2p_bar_export(struct p2p_bar_owner *owner, int bar,
			       const struct p2p_bar_range *ranges,
			       unsigned int nr_ranges, int open_flags,
			       unsigned int flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct p2p_bar_provider *provider;
	struct p2p_bar_buffer *buf;
	struct dma_buf *dmabuf;
	u64 size;
	int ret;

	if (bar < 0 || bar >= PCI_STD_NUM_BARS || !owner->providers[bar])
		return ERR_PTR(-ENODEV);
	provider = owner->providers[bar];
	ret = p2p_bar_check_ranges(provider, ranges, nr_ranges, &size);
	if (!ret && owner->ops->check_ranges)
		ret = owner->ops->check_ranges(owner->pdev, bar, ranges,
					       nr_ranges);
	if (ret)
		return ERR_PTR(ret);
	buf = p2p_bar_buffer_create(owner, provider, ranges, nr_ranges, flags);
	if (IS_ERR(buf))
		return ERR_CAST(buf);

	buf->size = size;
	info.ops = &p2p_bar_dmabuf_ops;
	info.size = size;
	info.flags = open_flags;
	info.priv = buf;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf)) {
		p2p_bar_buffer_free(buf);
		return dmabuf;
	}
	buf->dmabuf = dmabuf;
	buf->id = file_inode(dmabuf->file)->i_ino;

	/* From here on dma_buf_put() frees the buffer. */
	ret = p2p_bar_owner_add(owner, buf);
	if (ret) {
		dma_buf_put(dmabuf);
		return ERR_PTR(ret);
	}
	trace_p2p_bar_export(buf);
	return dmabuf;
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_export, "P2P_BAR");

static int __init p2p_bar_init(void)
{
	int ret = misc_register(&p2p_bar_miscdev);

	if (!ret)
		p2p_bar_debugfs_create();
	return ret;
}

static void __exit p2p_bar_exit(void)
{
	p2p_bar_debugfs_remove();
	misc_deregister(&p2p_bar_miscdev);
	p2p_bar_cut_exit();
}

module_init(p2p_bar_init);
module_exit(p2p_bar_exit);

MODULE_DESCRIPTION("Slices of PCI BARs as dma-bufs, without struct page");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DMA_BUF");
