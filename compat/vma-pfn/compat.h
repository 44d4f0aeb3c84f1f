/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_VMA_PFN
#define P2P_COMPAT_VMA_PFN

#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/vfio_pci_core.h>

/* The core has put the page's number into vm_pgoff. */
static inline u64 p2p_vfio_pfn_to_pgoff(struct vfio_pci_core_device *core,
					u64 pfn)
{
	struct resource *bar;
	int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		bar = &core->pdev->resource[i];
		if (resource_size(bar) && pfn >= PHYS_PFN(bar->start) &&
		    pfn <= PHYS_PFN(bar->end))
			return ((u64)i << (VFIO_PCI_OFFSET_SHIFT - PAGE_SHIFT)) +
			       pfn - PHYS_PFN(bar->start);
	}
	return U64_MAX;
}

#define p2p_vfio_vma_pgoff(core, vma) \
	p2p_vfio_pfn_to_pgoff(core, (vma)->vm_pgoff)

#endif
