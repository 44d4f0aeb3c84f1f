// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the exporter put into a scatter table, copied at map time: to show it,
 * and to go on using it when a test asks for an importer that does.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "importer_priv.h"

static void importer_table_release(struct kref *ref)
{
	struct importer_table *table;

	table = container_of(ref, struct importer_table, ref);
	kvfree(table->runs);
	kvfree(table->entries);
	kfree(table);
}

void importer_table_put(struct importer_table *table)
{
	if (table)
		kref_put(&table->ref, importer_table_release);
}

static struct importer_table *importer_table_alloc(u32 nents, u32 orig_nents)
{
	struct importer_table *table = kzalloc(sizeof(*table), GFP_KERNEL);

	if (!table)
		return NULL;
	kref_init(&table->ref);
	table->nents = nents;
	table->orig_nents = orig_nents;
	table->total = max(nents, orig_nents);
	table->entries = kvcalloc(table->total, sizeof(*table->entries),
				  GFP_KERNEL);
	table->runs = kvcalloc(nents, sizeof(*table->runs), GFP_KERNEL);
	if (!table->entries || !table->runs) {
		importer_table_put(table);
		return NULL;
	}
	return table;
}

static void importer_table_copy_dma(struct importer_table *table, u32 i,
				    struct scatterlist *sg)
{
	table->runs[i].addr = sg_dma_address(sg);
	table->runs[i].len = sg_dma_len(sg);
	table->bytes += sg_dma_len(sg);
	table->entries[i].dma_address = sg_dma_address(sg);
	table->entries[i].dma_length = sg_dma_len(sg);
}

/* NULL: out of memory. A table shorter than it says is cut to what is there. */
struct importer_table *importer_table_copy(const struct sg_table *sgt)
{
	struct scatterlist *sg = sgt->sgl;
	struct importer_table *table;
	u32 i;

	table = importer_table_alloc(sgt->nents, sgt->orig_nents);
	if (!table)
		return NULL;

	for (i = 0; i < table->total && sg; i++, sg = sg_next(sg)) {
		table->entries[i].cpu_length = sg->length;
		table->entries[i].cpu_offset = sg->offset;
		table->entries[i].flags = importer_entry_page_flags(sg);
		if (i < table->nents)
			importer_table_copy_dma(table, i, sg);
	}
	table->total = i;
	table->nents = min(table->nents, i);
	return table;
}

/* As ib_umem does when a region starts inside an entry; it mends it, too. */
void importer_table_edit(struct sg_table *sgt)
{
	struct scatterlist *sg = sgt->sgl;

	if (!sgt->nents || sg_dma_len(sg) <= PAGE_SIZE)
		return;
	sg_dma_address(sg) += PAGE_SIZE;
	sg_dma_len(sg) -= PAGE_SIZE;
}

/*
 * The table of the current mapping, or with @last of the last one; NULL if
 * there is none.
 */
struct importer_table *importer_table_get(struct importer_attachment *att,
					  bool last)
{
	struct importer_table *table;
	bool mapped;

	spin_lock(&att->status_lock);
	mapped = att->status.mapped;
	spin_unlock(&att->status_lock);
	if (!mapped && !last)
		return NULL;

	down_read(&att->dma_gate);
	table = att->table;
	if (table)
		kref_get(&table->ref);
	up_read(&att->dma_gate);
	return table;
}

int importer_table_read(struct importer_attachment *att,
			struct p2p_importer_table *arg)
{
	bool last = arg->flags & P2P_IMPORTER_TABLE_LAST;
	struct importer_table *table;
	int err = 0;
	size_t len;

	if (arg->flags & ~P2P_IMPORTER_TABLE_LAST)
		return -EINVAL;
	table = importer_table_get(att, last);
	if (!table)
		return -ENXIO;

	arg->total = table->total;
	arg->nents = table->nents;
	arg->orig_nents = table->orig_nents;
	len = array_size(min(arg->capacity, table->total),
			 sizeof(*table->entries));
	if (copy_to_user(u64_to_user_ptr(arg->entries), table->entries, len))
		err = -EFAULT;
	importer_table_put(table);
	return err;
}
