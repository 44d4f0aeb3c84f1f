// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_DEVICE_FEATURE_DMA_BUF: from a user's request to a file descriptor.
 *
 * Everything is checked before anything is made, and the descriptor comes last:
 * from fd_install() on the buffer belongs to the file alone.
 */
#include <linux/dma-buf.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "vfio_pci_dmabuf_priv.h"

/* The user's ranges are handed to p2p_bar_export() as they are. */
static_assert(sizeof(struct vfio_region_dma_range) ==
	      sizeof(struct p2p_bar_range));
static_assert(offsetof(struct vfio_region_dma_range, offset) ==
	      offsetof(struct p2p_bar_range, offset));
static_assert(offsetof(struct vfio_region_dma_range, length) ==
	      offsetof(struct p2p_bar_range, length));

/* Whether a device can trigger other devices' interrupts by its writes. */
static bool p2p_vfio_msi_isolated(struct pci_dev *pdev)
{
	struct iommu_group *group = iommu_group_get(&pdev->dev);
	bool isolated;

	if (!group)
		return false;
	isolated = iommu_group_has_isolated_msi(group);
	iommu_group_put(group);
	return isolated;
}

static bool p2p_vfio_overlaps(const struct p2p_bar_range *range, u64 start,
			      u64 length)
{
	/* Whole pages are exported, so whole pages are protected. */
	u64 first = round_down(start, PAGE_SIZE);
	u64 end = round_up(start + length, PAGE_SIZE);

	return range->offset < end && first < range->offset + range->length;
}

/**
 * p2p_vfio_check_ranges() - whether slices of a BAR may be exported
 * @pdev: The function.
 * @bar: 0 to 5.
 * @ranges: The slices, within the BAR.
 * @nr: Entries in @ranges.
 *
 * An importer that can write the MSI-X table can make the device write anywhere
 * an interrupt may be written to.
 *
 * Return: 0 or -EPERM.
 */
int p2p_vfio_check_ranges(struct pci_dev *pdev, int bar,
			  const struct p2p_bar_range *ranges, unsigned int nr)
{
	struct p2p_vfio_device *p2p = p2p_vfio_from_pdev(pdev);
	unsigned int i;

	if (bar != p2p->core.msix_bar || p2p_vfio_msi_isolated(pdev))
		return 0;
	for (i = 0; i < nr; i++) {
		if (!p2p_vfio_overlaps(&ranges[i], p2p->core.msix_offset,
				       p2p->core.msix_size))
			continue;
		pci_notice_ratelimited(pdev, "vfio-pci-dmabuf: BAR %d: the range at %#llx holds the MSI-X table, and interrupts are not isolated (no interrupt remapping)\n",
				       bar, ranges[i].offset);
		return -EPERM;
	}
	return 0;
}

static int p2p_vfio_check_request(const struct vfio_device_feature_dma_buf *req,
				  size_t argsz)
{
	if (req->flags || req->open_flags & ~(O_ACCMODE | O_CLOEXEC) ||
	    (req->open_flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	if (!req->nr_ranges || req->nr_ranges > P2P_DMABUF_MAX_RANGES ||
	    argsz < struct_size(req, dma_ranges, req->nr_ranges))
		return -EINVAL;
	if (req->region_index > VFIO_PCI_BAR5_REGION_INDEX)
		return -ENODEV;
	return 0;
}

/*
 * The descriptor is reserved before the dma-buf is made: once others can find
 * the buffer nothing may fail any more.
 */
static int p2p_vfio_export_fd(struct p2p_vfio_device *p2p,
			      const struct vfio_device_feature_dma_buf *req,
			      const struct p2p_bar_range *ranges)
{
	struct dma_buf *dmabuf;
	int fd;

	fd = get_unused_fd_flags(req->open_flags & O_CLOEXEC);
	if (fd < 0)
		return fd;

	dmabuf = p2p_bar_export(p2p->owner, req->region_index, ranges,
				req->nr_ranges, req->open_flags, 0);
	if (IS_ERR(dmabuf)) {
		put_unused_fd(fd);
		return PTR_ERR(dmabuf);
	}
	fd_install(fd, dmabuf->file);	/* consumes the reference */
	return fd;
}

/**
 * p2p_vfio_feature_export() - answer VFIO_DEVICE_FEATURE_DMA_BUF
 * @p2p: The device, open.
 * @flags: Of the VFIO_DEVICE_FEATURE call.
 * @arg: The user's struct vfio_device_feature_dma_buf.
 * @argsz: Bytes the user says are there.
 *
 * Return: a file descriptor, 0 for a probe, or a negative errno as documented
 * at struct vfio_device_feature_dma_buf.
 */
int p2p_vfio_feature_export(struct p2p_vfio_device *p2p, u32 flags,
			    void __user *arg, size_t argsz)
{
	struct vfio_device_feature_dma_buf __user *uarg = arg;
	struct vfio_device_feature_dma_buf req;
	struct p2p_bar_range *ranges;
	int ret;

	ret = vfio_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_GET,
				 sizeof(req));
	if (ret != 1)
		return ret;
	if (copy_from_user(&req, uarg, sizeof(req)))
		return -EFAULT;
	ret = p2p_vfio_check_request(&req, argsz);
	if (ret)
		return ret;

	ranges = vmemdup_array_user(uarg->dma_ranges, req.nr_ranges,
				    sizeof(*ranges));
	if (IS_ERR(ranges))
		return PTR_ERR(ranges);
	/* The call may have woken the device from low power. */
	p2p_bar_refresh(p2p->owner);
	ret = p2p_vfio_export_fd(p2p, &req, ranges);
	kvfree(ranges);
	return ret;
}
