// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA-only scatter tables: DMA addresses and lengths, and nothing else. No
 * entry has a page or a CPU length, and @orig_nents is 0, so that nobody takes
 * the memory for RAM.
 *
 * The mapping (what the DMA API has to undo) and the table (what the importer
 * sees) are two objects. All tables of one device, buffer and direction share
 * one mapping; each has its entries for itself, because importers edit them.
 * A table is one allocation: neither freeing nor unmapping reads what it says.
 */
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/iommu.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "p2p_bar_priv.h"
#include "p2p_bar_trace.h"

/**
 * p2p_bar_sgt_piece() - how much to map at a stretch
 * @start: First byte, as CPU physical address; page-aligned.
 * @length: What is left of the range, in bytes; page-aligned, not 0.
 *
 * The DMA API gives each stretch an address of its own, aligned to the
 * stretch's size at best. A stretch that starts off a large-page boundary
 * would fall to small IOMMU pages for all of its length; so it ends at the
 * next boundary, and the bulk begins there.
 *
 * Return: bytes, from 1 page to @length.
 */
u64 p2p_bar_sgt_piece(phys_addr_t start, u64 length)
{
	static const u64 large[] = { SZ_1G, SZ_2M };
	u64 head;
	size_t i;

	/* Up to the first boundary of the largest page that fits behind it. */
	for (i = 0; i < ARRAY_SIZE(large); i++) {
		head = -(u64)start & (large[i] - 1);
		if (head + large[i] > length)
			continue;
		if (!head)
			return length & ~(large[i] - 1);
		length = head;
	}
	return length;
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_sgt_piece, "P2P_BAR_PRIV");

/**
 * p2p_bar_sgt_entry() - how much to put into one scatter entry
 * @start: First byte, as DMA address.
 * @length: What is left of the piece, in bytes, not 0.
 *
 * Entries end at multiples of P2P_BAR_MAX_ENTRY, a power of two that an
 * unsigned int holds, so that importers which choose page sizes find every
 * inner boundary aligned.
 *
 * Return: bytes, from 1 to @length.
 */
u64 p2p_bar_sgt_entry(dma_addr_t start, u64 length)
{
	return min_t(u64, length,
		     P2P_BAR_MAX_ENTRY - (start & (P2P_BAR_MAX_ENTRY - 1)));
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_sgt_entry, "P2P_BAR_PRIV");

/**
 * p2p_bar_sgt_translated() - whether an IOMMU translates a device's DMA
 * @dev: The device that does the DMA.
 *
 * Return: true where the DMA API makes translations for @dev and so can end
 * them.
 */
bool p2p_bar_sgt_translated(struct device *dev)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	return domain && iommu_is_dma_domain(domain);
}

/* Without translation there are no IOMMU pages: a range is one stretch. */
static u64 p2p_bar_range_step(struct p2p_bar_buffer *buf, bool translated,
			      const struct p2p_bar_range *range, u64 done)
{
	u64 left = range->length - done;

	if (!translated)
		return left;
	return p2p_bar_sgt_piece(buf->provider->start + range->offset + done,
				 left);
}

static unsigned int p2p_bar_buffer_pieces(struct p2p_bar_buffer *buf,
					  bool translated)
{
	unsigned int i, nr = 0;
	u64 done;

	for (i = 0; i < buf->nr_ranges; i++) {
		for (done = 0; done < buf->ranges[i].length; nr++)
			done += p2p_bar_range_step(buf, translated,
						   &buf->ranges[i], done);
	}
	return nr;
}

static unsigned int p2p_bar_mapping_entries(struct p2p_bar_mapping *mapping)
{
	unsigned int i, nr = 0;
	u64 done;

	for (i = 0; i < mapping->nr_pieces; i++) {
		struct p2p_bar_piece *piece = &mapping->pieces[i];

		for (done = 0; done < piece->length; nr++)
			done += p2p_bar_sgt_entry(piece->addr + done,
						  piece->length - done);
	}
	return nr;
}

static void p2p_bar_mapping_undo(struct p2p_bar_mapping *mapping)
{
	struct p2p_bar_piece *piece;

	while (mapping->nr_pieces) {
		piece = &mapping->pieces[--mapping->nr_pieces];
		if (mapping->type == P2P_BAR_ROUTE_HOST)
			dma_unmap_resource(mapping->dev, piece->addr,
					   piece->length, mapping->dir,
					   DMA_ATTR_SKIP_CPU_SYNC);
	}
}

static int p2p_bar_piece_map(struct p2p_bar_buffer *buf,
			     struct p2p_bar_mapping *mapping, u64 offset,
			     u64 length)
{
	struct p2p_bar_piece *piece = &mapping->pieces[mapping->nr_pieces];
	struct p2p_bar_provider *provider = buf->provider;

	if (mapping->type == P2P_BAR_ROUTE_BUS) {
		piece->addr = provider->bus_start + offset;
		if (piece->addr + length - 1 > dma_get_mask(mapping->dev))
			return -EOPNOTSUPP;
	} else {
		piece->addr = dma_map_resource(mapping->dev,
					       provider->start + offset, length,
					       mapping->dir,
					       DMA_ATTR_SKIP_CPU_SYNC);
		if (dma_mapping_error(mapping->dev, piece->addr))
			return -EIO;
	}
	piece->length = length;
	mapping->nr_pieces++;
	return 0;
}

static int p2p_bar_range_map(struct p2p_bar_buffer *buf,
			     struct p2p_bar_mapping *mapping,
			     const struct p2p_bar_range *range)
{
	u64 done = 0, length;
	int ret;

	while (done < range->length) {
		length = p2p_bar_range_step(buf, mapping->translated, range,
					    done);
		ret = p2p_bar_piece_map(buf, mapping, range->offset + done,
					length);
		if (ret)
			return ret;
		done += length;
	}
	return 0;
}

static struct p2p_bar_mapping *
p2p_bar_mapping_create(struct p2p_bar_buffer *buf, struct device *dev,
		       enum p2p_bar_route_type type,
		       enum dma_data_direction dir)
{
	bool translated = type == P2P_BAR_ROUTE_HOST &&
			  p2p_bar_sgt_translated(dev);
	struct p2p_bar_mapping *mapping;
	unsigned int i;
	int ret;

	mapping = kvzalloc(struct_size(mapping, pieces,
				       p2p_bar_buffer_pieces(buf, translated)),
			   GFP_KERNEL);
	if (!mapping)
		return ERR_PTR(-ENOMEM);
	mapping->translated = translated;
	mapping->dev = dev;
	mapping->dir = dir;
	mapping->type = type;

	for (i = 0; i < buf->nr_ranges; i++) {
		ret = p2p_bar_range_map(buf, mapping, &buf->ranges[i]);
		if (ret)
			goto err_undo;
	}
	list_add(&mapping->node, &buf->mappings);
	return mapping;

err_undo:
	p2p_bar_mapping_undo(mapping);
	kvfree(mapping);
	return ERR_PTR(ret);
}

static void p2p_bar_mapping_destroy(struct p2p_bar_mapping *mapping)
{
	list_del(&mapping->node);
	p2p_bar_mapping_undo(mapping);
	kvfree(mapping);
}

/* Two attachments of one device differ in their route if the policy changed. */
static struct p2p_bar_mapping *
p2p_bar_mapping_find(struct p2p_bar_buffer *buf, struct device *dev,
		     enum p2p_bar_route_type type, enum dma_data_direction dir)
{
	struct p2p_bar_mapping *mapping;

	list_for_each_entry(mapping, &buf->mappings, node) {
		if (mapping->dev == dev && mapping->type == type &&
		    mapping->dir == dir)
			return mapping;
	}
	return p2p_bar_mapping_create(buf, dev, type, dir);
}

static struct p2p_bar_table *
p2p_bar_table_create(struct p2p_bar_mapping *mapping)
{
	unsigned int i, nents = p2p_bar_mapping_entries(mapping);
	struct p2p_bar_table *table;
	struct scatterlist *sg;
	u64 done, length;

	table = kvzalloc(struct_size(table, sgl, nents), GFP_KERNEL);
	if (!table)
		return NULL;
	sg_init_table(table->sgl, nents);
	table->mapping = mapping;
	table->sgt.sgl = table->sgl;
	table->sgt.nents = nents;

	sg = table->sgl;
	for (i = 0; i < mapping->nr_pieces; i++) {
		struct p2p_bar_piece *piece = &mapping->pieces[i];

		for (done = 0; done < piece->length; done += length) {
			length = p2p_bar_sgt_entry(piece->addr + done,
						   piece->length - done);
			sg_dma_address(sg) = piece->addr + done;
			sg_dma_len(sg) = length;
			sg = sg_next(sg);
		}
	}
	return table;
}

/**
 * p2p_bar_sgt_map() - map a buffer for an importer
 * @buf: The buffer, with its dma_resv lock held.
 * @att: The importer; its route leads somewhere.
 * @dir: The direction of the DMA.
 *
 * Return: a table, to be given back with p2p_bar_sgt_unmap(), or an ERR_PTR():
 * ENOMEM; EIO where the DMA API refuses; EOPNOTSUPP where the importer cannot
 * address the BAR.
 */
struct sg_table *p2p_bar_sgt_map(struct p2p_bar_buffer *buf,
				 struct p2p_bar_attachment *att,
				 enum dma_data_direction dir)
{
	struct device *dev = att->attach->dev;
	struct p2p_bar_mapping *mapping;
	struct p2p_bar_table *table;

	dma_resv_assert_held(buf->dmabuf->resv);

	mapping = p2p_bar_mapping_find(buf, dev, att->route.type, dir);
	if (IS_ERR(mapping))
		return ERR_CAST(mapping);

	table = p2p_bar_table_create(mapping);
	if (!table) {
		if (!mapping->users)
			p2p_bar_mapping_destroy(mapping);
		return ERR_PTR(-ENOMEM);
	}
	mapping->users++;
	att->maps++;
	WRITE_ONCE(buf->tables, buf->tables + 1);
	return &table->sgt;
}

/**
 * p2p_bar_sgt_unmap() - take a table back
 * @buf: The buffer, with its dma_resv lock held.
 * @att: The importer.
 * @sgt: What p2p_bar_sgt_map() returned, in whatever state.
 */
void p2p_bar_sgt_unmap(struct p2p_bar_buffer *buf,
		       struct p2p_bar_attachment *att, struct sg_table *sgt)
{
	struct p2p_bar_table *table =
		container_of(sgt, struct p2p_bar_table, sgt);
	struct p2p_bar_mapping *mapping = table->mapping;

	dma_resv_assert_held(buf->dmabuf->resv);

	kvfree(table);
	if (!--mapping->users) {
		if (mapping->translated)
			att->owes_flush = true;
		p2p_bar_mapping_destroy(mapping);
	}
	att->maps--;
	WRITE_ONCE(buf->tables, buf->tables - 1);
	if (!buf->tables)
		wake_up_all(&buf->idle);
}
