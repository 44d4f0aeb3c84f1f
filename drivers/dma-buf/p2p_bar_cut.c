// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cut: a mapping is ended without its importer's help. The exporter made
 * the IOMMU's translation, so the exporter takes it away, and flushes it, at
 * once. What the importer's device still sends there ends as a fault. The
 * addresses stay reserved, so that they mean nothing else, until the importer
 * unmaps them.
 *
 * Where a stretch of addresses was laid out (dma_iova_*()), the kernel knows
 * both steps. Else the mapping is one of dma_map_resource(), whose undoing warns
 * unless all of it is translated: so, when the importer has unmapped, its
 * addresses are first made to lead to empty memory, for reading only. Never back
 * to the BAR, not even for that instant: an importer that does not let go may
 * have a device that does not, either.
 */
#include <linux/gfp.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/mutex.h>

#include "p2p_bar_priv.h"

/* So large that an IOMMU's large pages fit: then few steps settle a large cut. */
#define P2P_BAR_VOID_SIZE	SZ_2M

/* Empty memory: NULL until it is needed, then there until the module goes. */
static DEFINE_MUTEX(p2p_bar_void_lock);
static struct page *p2p_bar_void;

/**
 * p2p_bar_cut_possible() - whether an importer's mappings can be cut
 * @att: The importer.
 *
 * Return: true where all of its DMA passes an IOMMU that the DMA API has set up
 * for it.
 */
bool p2p_bar_cut_possible(const struct p2p_bar_attachment *att)
{
	return att->route.type == P2P_BAR_ROUTE_HOST &&
	       p2p_bar_mapping_translated(att->attach->dev);
}

/**
 * p2p_bar_cut_prepare() - have what a cut needs
 *
 * A cut itself cannot fail for want of memory.
 *
 * Return: 0 or -ENOMEM.
 */
int p2p_bar_cut_prepare(void)
{
	int ret = 0;

	mutex_lock(&p2p_bar_void_lock);
	if (!p2p_bar_void)
		p2p_bar_void = alloc_pages(GFP_KERNEL | __GFP_ZERO |
					   __GFP_NOWARN,
					   get_order(P2P_BAR_VOID_SIZE));
	if (!p2p_bar_void)
		ret = -ENOMEM;
	mutex_unlock(&p2p_bar_void_lock);
	return ret;
}

/**
 * p2p_bar_cut_exit() - give back what p2p_bar_cut_prepare() got
 */
void p2p_bar_cut_exit(void)
{
	if (p2p_bar_void)
		__free_pages(p2p_bar_void, get_order(P2P_BAR_VOID_SIZE));
}

/**
 * p2p_bar_cut_mapping() - end a mapping's translation
 * @mapping: One that is translated and not cut, with its buffer's dma_resv lock
 *	held, after p2p_bar_cut_prepare() has succeeded.
 *
 * When this returns, no DMA by its addresses reaches the BAR.
 */
void p2p_bar_cut_mapping(struct p2p_bar_mapping *mapping)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(mapping->dev);
	struct p2p_bar_piece *piece;
	unsigned int i;

	mapping->cut = true;
	if (dma_use_iova(&mapping->iova)) {
		p2p_bar_stretch_unlink(mapping);
		return;
	}
	for (i = 0; i < mapping->nr_pieces; i++) {
		piece = &mapping->pieces[i];
		WARN_ON(iommu_unmap(domain, piece->addr, piece->length) !=
			piece->length);
	}
}

/*
 * false: nothing is mapped. Never for want of memory: a page table for each 2 MiB
 * at most, of which the kernel must not run short here.
 */
static bool p2p_bar_void_map(struct iommu_domain *domain,
			     const struct p2p_bar_piece *piece)
{
	u64 done, length;

	for (done = 0; done < piece->length; done += length) {
		length = min_t(u64, piece->length - done, P2P_BAR_VOID_SIZE);
		if (iommu_map(domain, piece->addr + done,
			      page_to_phys(p2p_bar_void), length, IOMMU_READ,
			      GFP_KERNEL | __GFP_NOFAIL)) {
			iommu_unmap(domain, piece->addr, done);
			return false;
		}
	}
	return true;
}

/**
 * p2p_bar_cut_settle() - make the DMA API able to undo what was cut
 * @mapping: A mapping of dma_map_resource(), about to be destroyed.
 *
 * Pieces that the IOMMU does not take any more are left out of it: their
 * addresses stay reserved for good, and the log says so.
 */
void p2p_bar_cut_settle(struct p2p_bar_mapping *mapping)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(mapping->dev);
	unsigned int i, kept = 0;

	if (!mapping->cut)
		return;
	for (i = 0; i < mapping->nr_pieces; i++) {
		if (p2p_bar_void_map(domain, &mapping->pieces[i]))
			mapping->pieces[kept++] = mapping->pieces[i];
		else
			dev_err(mapping->dev,
				"p2p-bar: %llu bytes of IOMMU addresses cannot be freed\n",
				mapping->pieces[i].length);
	}
	mapping->nr_pieces = kept;
}
