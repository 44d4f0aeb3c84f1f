// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA-only scatter tables: DMA addresses and lengths, and nothing else. No
 * entry has a page or a CPU length, and @orig_nents is 0, so that nobody takes
 * the memory for RAM.
 *
 * The mapping (p2p_bar_mapping.c) and the table (what the importer sees) are
 * two objects. All tables of one device, buffer and direction share one
 * mapping; each has its entries for itself, because importers edit them. A
 * table is one allocation: neither freeing nor unmapping reads what it says.
 *
 * The memory of both stays with the attachment for its next map, so that mapping
 * again allocates nothing here.
 */
#include <linux/dma-resv.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "p2p_bar_priv.h"
#include "p2p_bar_trace.h"

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

/* As many as p2p_bar_sgt_entry() makes: one more than a piece has boundaries. */
static unsigned int p2p_bar_mapping_entries(struct p2p_bar_mapping *mapping)
{
	unsigned int i, nr = 0;

	for (i = 0; i < mapping->nr_pieces; i++) {
		u64 first = mapping->pieces[i].addr;
		u64 last = first + mapping->pieces[i].length - 1;

		nr += last / P2P_BAR_MAX_ENTRY - first / P2P_BAR_MAX_ENTRY + 1;
	}
	return nr;
}

static struct p2p_bar_table *
p2p_bar_table_memory(struct p2p_bar_attachment *att, unsigned int nents)
{
	struct p2p_bar_table *table = att->spare_table;

	if (table && table->room >= nents) {
		att->spare_table = NULL;
		return table;
	}
	table = kvmalloc(struct_size(table, sgl, nents), GFP_KERNEL);
	if (table)
		table->room = nents;
	return table;
}

static void p2p_bar_table_destroy(struct p2p_bar_table *table,
				  struct p2p_bar_attachment *att)
{
	kvfree(att->spare_table);
	att->spare_table = table;
}

static struct p2p_bar_table *
p2p_bar_table_create(struct p2p_bar_mapping *mapping,
		     struct p2p_bar_attachment *att)
{
	unsigned int i, nents = p2p_bar_mapping_entries(mapping);
	struct p2p_bar_table *table = p2p_bar_table_memory(att, nents);
	struct scatterlist *sg;
	u64 done, length;

	if (!table)
		return NULL;
	/* Clears the entries, too. */
	sg_init_table(table->sgl, nents);
	table->mapping = mapping;
	table->sgt = (struct sg_table){};
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
			sg++;	/* of one allocation */
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
	struct p2p_bar_mapping *mapping;
	struct p2p_bar_table *table;

	dma_resv_assert_held(buf->dmabuf->resv);

	mapping = p2p_bar_mapping_get(buf, att, dir);
	if (IS_ERR(mapping))
		return ERR_CAST(mapping);

	table = p2p_bar_table_create(mapping, att);
	if (!table) {
		p2p_bar_mapping_put(mapping, att);
		return ERR_PTR(-ENOMEM);
	}
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

	p2p_bar_table_destroy(table, att);
	if (!mapping->cut)
		WRITE_ONCE(buf->tables, buf->tables - 1);
	if (p2p_bar_mapping_put(mapping, att))
		att->owes_flush = true;
	att->maps--;
	if (!buf->tables)
		wake_up_all(&buf->idle);
}
