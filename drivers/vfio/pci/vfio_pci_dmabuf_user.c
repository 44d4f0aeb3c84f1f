// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a process has of a device: mappings of its BARs, and descriptors.
 *
 * vfio-pci-core leaves its device's address in each mapping it makes; nobody
 * else's mappings have that, and nobody can make them but through the device's
 * descriptor.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/vfio.h>

#include "vfio_pci_dmabuf_priv.h"

#define P2P_VFIO_PGOFF_SHIFT (VFIO_PCI_OFFSET_SHIFT - PAGE_SHIFT)

/**
 * p2p_vfio_vma_bar() - which BAR a mapping shows
 * @pdev: The function, bound to this driver.
 * @vma: Any mapping, with its mmap lock held.
 * @offset: Receives the byte of the BAR that is at the mapping's start.
 *
 * Return: 0 to 5, or -ENODEV if it is no mapping of one of @pdev's BARs.
 */
int p2p_vfio_vma_bar(struct pci_dev *pdev, const struct vm_area_struct *vma,
		     u64 *offset)
{
	struct p2p_vfio_device *p2p = p2p_vfio_from_pdev(pdev);
	u64 pgoff;

	if (vma->vm_private_data != &p2p->core || !(vma->vm_flags & VM_PFNMAP))
		return -ENODEV;
	pgoff = p2p_vfio_vma_pgoff(&p2p->core, vma);
	if (pgoff >> P2P_VFIO_PGOFF_SHIFT > VFIO_PCI_BAR5_REGION_INDEX)
		return -ENODEV;
	*offset = (pgoff & (BIT_ULL(P2P_VFIO_PGOFF_SHIFT) - 1)) << PAGE_SHIFT;
	return pgoff >> P2P_VFIO_PGOFF_SHIFT;
}

/**
 * p2p_vfio_owns_file() - whether a file shows that its holder has the device
 * @pdev: The function, bound to this driver.
 * @file: Any file.
 *
 * Return: true for the VFIO device's file and for its group's.
 */
bool p2p_vfio_owns_file(struct pci_dev *pdev, struct file *file)
{
	struct vfio_device *vdev = &p2p_vfio_from_pdev(pdev)->core.vdev;

	return p2p_vfio_is_device_file(vdev, file) ||
	       vfio_file_has_dev(file, vdev);
}
