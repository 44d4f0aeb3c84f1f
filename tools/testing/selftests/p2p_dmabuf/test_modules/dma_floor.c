// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2p-dma-floor: the least that a mapping of a BAR can take: the calls of the
 * DMA API, and nothing around them. See p2p_dma_floor.h.
 *
 * Everything is undone before a call returns.
 */
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "p2p_dma_floor.h"

/* One mapping of all slices. */
struct floor_mapping {
	struct device *dev;
	phys_addr_t start;
	u64 length;
	u64 stride;
	u32 slices;
	u32 mapped;		/* of the slices */
	dma_addr_t *addrs;	/* one a slice */
#ifdef FLOOR_HAVE_IOVA
	struct dma_iova_state iova;
#endif
};

struct floor_way {
	int (*map)(struct floor_mapping *mapping);
	void (*unmap)(struct floor_mapping *mapping);
};

/* ---- dma_map_resource() ---- */

static void floor_resource_unmap(struct floor_mapping *mapping)
{
	while (mapping->mapped)
		dma_unmap_resource(mapping->dev,
				   mapping->addrs[--mapping->mapped],
				   mapping->length, DMA_BIDIRECTIONAL, 0);
}

static int floor_resource_map(struct floor_mapping *mapping)
{
	dma_addr_t addr;
	u32 i;

	for (i = 0; i < mapping->slices; i++) {
		addr = dma_map_resource(mapping->dev,
					mapping->start + i * mapping->stride,
					mapping->length, DMA_BIDIRECTIONAL, 0);
		if (dma_mapping_error(mapping->dev, addr)) {
			floor_resource_unmap(mapping);
			return -EIO;
		}
		mapping->addrs[mapping->mapped++] = addr;
	}
	return 0;
}

/* ---- dma_iova_*() ---- */

#ifdef FLOOR_HAVE_IOVA
static void floor_iova_unmap(struct floor_mapping *mapping)
{
	dma_iova_destroy(mapping->dev, &mapping->iova,
			 mapping->mapped * mapping->length, DMA_BIDIRECTIONAL,
			 DMA_ATTR_MMIO);
	mapping->mapped = 0;
}

static int floor_iova_link(struct floor_mapping *mapping)
{
	u64 length = mapping->length;
	int err = 0;

	while (!err && mapping->mapped < mapping->slices) {
		err = dma_iova_link(mapping->dev, &mapping->iova,
				    mapping->start +
				    mapping->mapped * mapping->stride,
				    mapping->mapped * length, length,
				    DMA_BIDIRECTIONAL, DMA_ATTR_MMIO);
		if (!err)
			mapping->mapped++;
	}
	return err ?: dma_iova_sync(mapping->dev, &mapping->iova, 0,
				    mapping->mapped * length);
}

static int floor_iova_map(struct floor_mapping *mapping)
{
	int err;

	memset(&mapping->iova, 0, sizeof(mapping->iova));
	if (!dma_iova_try_alloc(mapping->dev, &mapping->iova, 0,
				mapping->slices * mapping->length))
		return -EOPNOTSUPP;
	err = floor_iova_link(mapping);
	if (err)
		floor_iova_unmap(mapping);
	return err;
}
#endif

static const struct floor_way floor_ways[] = {
	[P2P_FLOOR_RESOURCE] = { floor_resource_map, floor_resource_unmap },
#ifdef FLOOR_HAVE_IOVA
	[P2P_FLOOR_IOVA] = { floor_iova_map, floor_iova_unmap },
#endif
};

/* ---- rounds ---- */

static int floor_rounds(const struct floor_way *way,
			struct floor_mapping *mapping, struct p2p_floor_map *arg)
{
	u64 round, start, mapped;
	int err;

	for (round = 0; round < arg->rounds; round++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		start = ktime_get_ns();
		err = way->map(mapping);
		mapped = ktime_get_ns();
		if (err)
			return err;
		way->unmap(mapping);
		arg->map_ns += mapped - start;
		arg->unmap_ns += ktime_get_ns() - mapped;
		cond_resched();
	}
	return 0;
}

static struct pci_dev *floor_device(u32 address)
{
	return pci_get_domain_bus_and_slot(address >> 16, address >> 8 & 0xff,
					   address & 0xff);
}

/* Whether all slices are within the BAR, and their sum within 63 bits. */
static bool floor_fits(struct pci_dev *exporter,
		       const struct p2p_floor_map *arg)
{
	u64 size = pci_resource_len(exporter, arg->bar);
	u64 span, end, sum;

	return !check_mul_overflow(arg->stride, (u64)arg->slices - 1, &span) &&
	       !check_add_overflow(span, arg->offset, &span) &&
	       !check_add_overflow(span, arg->length, &end) && end <= size &&
	       !check_mul_overflow(arg->length, (u64)arg->slices, &sum) &&
	       sum <= LLONG_MAX;
}

static int floor_check(const struct p2p_floor_map *arg)
{
	if (arg->reserved || arg->way > P2P_FLOOR_IOVA || !arg->length ||
	    !arg->slices || arg->slices > P2P_FLOOR_MAX_SLICES ||
	    !PAGE_ALIGNED(arg->offset | arg->length | arg->stride))
		return -EINVAL;
	if (arg->bar >= PCI_STD_NUM_BARS)
		return -ENODEV;
	return arg->way < ARRAY_SIZE(floor_ways) ? 0 : -EOPNOTSUPP;
}

static int floor_map_for(struct pci_dev *importer, struct pci_dev *exporter,
			 struct p2p_floor_map *arg)
{
	struct floor_mapping mapping = {
		.dev = &importer->dev,
		.start = pci_resource_start(exporter, arg->bar) + arg->offset,
		.length = arg->length,
		.stride = arg->stride,
		.slices = arg->slices,
	};
	int err = -ENODEV;

	if (!floor_fits(exporter, arg))
		return -EINVAL;
	mapping.addrs = kvcalloc(arg->slices, sizeof(*mapping.addrs),
				 GFP_KERNEL);
	if (!mapping.addrs)
		return -ENOMEM;
	/* Bound, and so with a DMA domain of its own, until this is over. */
	device_lock(&importer->dev);
	if (importer->dev.driver)
		err = floor_rounds(&floor_ways[arg->way], &mapping, arg);
	device_unlock(&importer->dev);
	kvfree(mapping.addrs);
	return err;
}

static int floor_map(struct p2p_floor_map *arg)
{
	struct pci_dev *exporter, *importer;
	int err = floor_check(arg);

	if (err)
		return err;
	exporter = floor_device(arg->exporter);
	importer = floor_device(arg->importer);
	arg->map_ns = 0;
	arg->unmap_ns = 0;
	err = exporter && importer ? floor_map_for(importer, exporter, arg) :
				     -ENODEV;
	pci_dev_put(importer);
	pci_dev_put(exporter);
	return err;
}

static long floor_ioctl(struct file *file, unsigned int cmd,
			unsigned long address)
{
	void __user *user = (void __user *)address;
	struct p2p_floor_map arg;
	int err;

	if (cmd != P2P_FLOOR_MAP)
		return -ENOTTY;
	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	err = floor_map(&arg);
	if (!err && copy_to_user(user, &arg, sizeof(arg)))
		err = -EFAULT;
	return err;
}

static const struct file_operations floor_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = floor_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice floor_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "p2p-dma-floor",
	.fops = &floor_fops,
	.mode = 0600,
};
module_misc_device(floor_misc);

MODULE_DESCRIPTION("Times the DMA API with BARs, for measuring");
MODULE_LICENSE("GPL");
