// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings: what the DMA API has made of a buffer for one device, and how it is
 * undone. Three ways lead to DMA addresses:
 *
 * - On a BUS route the addresses are the bus's, and there is nothing to undo.
 * - Where an IOMMU translates and the kernel lets its addresses be laid out
 *   (dma_iova_*(), Linux 6.16), a buffer has one stretch of them; its ranges
 *   follow each other without a gap, except where one begins a little later so
 *   that large IOMMU pages fit.
 * - Else dma_map_resource() gives each piece of a range an address of its own,
 *   and pieces are chosen so that large IOMMU pages fit.
 *
 * Nothing is undone by what an importer's table says.
 */
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/iommu.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "p2p_bar_priv.h"

/* Sizes of large IOMMU pages, the larger one first. */
static const u64 p2p_bar_large[] = { SZ_1G, SZ_2M };

/*
 * Bytes up to the first boundary of the largest page that fits behind it, and
 * that page's size in @large: 0 if none fits.
 */
static u64 p2p_bar_mapping_head(phys_addr_t start, u64 length, u64 *large)
{
	u64 head;
	size_t i;

	/* Of many ranges, most are small. */
	*large = 0;
	if (length < SZ_2M)
		return 0;
	for (i = 0; i < ARRAY_SIZE(p2p_bar_large); i++) {
		*large = p2p_bar_large[i];
		head = -(u64)start & (*large - 1);
		if (head <= length && length - head >= *large)
			return head;
	}
	*large = 0;
	return 0;
}

/**
 * p2p_bar_mapping_piece() - how much to map at a stretch
 * @start: First byte, as CPU physical address; page-aligned.
 * @length: What is left of the range, in bytes; page-aligned, not 0.
 *
 * dma_map_resource() gives each stretch an address of its own, aligned to the
 * stretch's size at best. A stretch that starts off a large-page boundary
 * would fall to small IOMMU pages for all of its length; so it ends at the
 * next boundary, and the bulk begins there.
 *
 * Return: bytes, from 1 page to @length.
 */
u64 p2p_bar_mapping_piece(phys_addr_t start, u64 length)
{
	u64 large, head = p2p_bar_mapping_head(start, length, &large);

	while (head) {
		length = head;
		head = p2p_bar_mapping_head(start, length, &large);
	}
	return large ? round_down(length, large) : length;
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_mapping_piece, "P2P_BAR_PRIV");

/**
 * p2p_bar_mapping_place() - where in a stretch of IOMMU addresses a range goes
 * @offset: The first free byte of the stretch, whose beginning is aligned to
 *	the largest page that any of its ranges can use.
 * @start: The range's first byte, as CPU physical address; page-aligned.
 * @length: Of the range, in bytes; page-aligned, not 0.
 *
 * Large IOMMU pages need a place that agrees with @start in the lower bits.
 *
 * Return: the offset of the range, at least @offset; less than that where the
 * sum overflows.
 */
u64 p2p_bar_mapping_place(u64 offset, phys_addr_t start, u64 length)
{
	u64 large;

	p2p_bar_mapping_head(start, length, &large);
	if (!large)
		return offset;
	return offset + ((start - offset) & (large - 1));
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_mapping_place, "P2P_BAR_PRIV");

/**
 * p2p_bar_mapping_translated() - whether an IOMMU translates a device's DMA
 * @dev: The device that does the DMA.
 *
 * Return: true where the DMA API makes translations for @dev and so can end
 * them.
 */
bool p2p_bar_mapping_translated(struct device *dev)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	return domain && iommu_is_dma_domain(domain);
}

static phys_addr_t p2p_bar_range_start(const struct p2p_bar_buffer *buf,
				       const struct p2p_bar_range *range)
{
	return buf->provider->start + range->offset;
}

/* Whether a range that begins at this DMA address is out of the device's reach. */
static bool p2p_bar_beyond(const struct p2p_bar_mapping *mapping, u64 addr,
			   const struct p2p_bar_range *range)
{
	return addr + range->length - 1 > dma_get_mask(mapping->dev);
}

/* ---- one stretch for all ---- */

/* Bytes of IOMMU addresses the buffer takes, or 0 if they are too many. */
static u64 p2p_bar_stretch_size(const struct p2p_bar_buffer *buf)
{
	const struct p2p_bar_range *range;
	u64 place, size = 0;
	unsigned int i;

	for (i = 0; i < buf->nr_ranges; i++) {
		range = &buf->ranges[i];
		place = p2p_bar_mapping_place(size,
					      p2p_bar_range_start(buf, range),
					      range->length);
		if (place < size ||
		    check_add_overflow(place, range->length, &size))
			return 0;
	}
	return size;
}

/*
 * The kernel aligns a stretch to its own size, rounded up to a power of two,
 * hence to each large page within.
 */
static bool p2p_bar_stretch_alloc(struct p2p_bar_buffer *buf,
				  struct device *dev,
				  struct dma_iova_state *iova)
{
	u64 size = p2p_bar_stretch_size(buf);

	/* Half of what the mask spans: more has no hope, and sets flag bits. */
	if (!size || size > dma_get_mask(dev) / 2 || size > SIZE_MAX / 2)
		return false;
	return dma_iova_try_alloc(dev, iova, 0, size);
}

static void p2p_bar_mapping_add(struct p2p_bar_mapping *mapping,
				dma_addr_t addr, u64 length)
{
	struct p2p_bar_piece *last = &mapping->pieces[mapping->nr_pieces];

	last->addr = addr;
	last->length = length;
	mapping->nr_pieces++;
}

/* As p2p_bar_mapping_add(), but into the last piece where it goes on. */
static void p2p_bar_mapping_extend(struct p2p_bar_mapping *mapping,
				   dma_addr_t addr, u64 length)
{
	struct p2p_bar_piece *last = mapping->pieces + mapping->nr_pieces - 1;

	if (mapping->nr_pieces && last->addr + last->length == addr)
		last->length += length;
	else
		p2p_bar_mapping_add(mapping, addr, length);
}

/**
 * p2p_bar_stretch_unlink() - end the translation of a stretch, and keep it
 * @mapping: A mapping with a stretch of IOMMU addresses.
 *
 * Each piece apart: unlinking stops at a gap.
 */
void p2p_bar_stretch_unlink(struct p2p_bar_mapping *mapping)
{
	struct p2p_bar_piece *piece;

	while (mapping->nr_pieces) {
		piece = &mapping->pieces[--mapping->nr_pieces];
		dma_iova_unlink(mapping->dev, &mapping->iova,
				piece->addr - mapping->iova.addr, piece->length,
				mapping->dir, DMA_ATTR_MMIO);
	}
}

static int p2p_bar_stretch_link(struct p2p_bar_buffer *buf,
				struct p2p_bar_mapping *mapping)
{
	const struct p2p_bar_range *range;
	u64 place, end = 0;
	phys_addr_t start;
	unsigned int i;
	int ret;

	for (i = 0; i < buf->nr_ranges; i++) {
		range = &buf->ranges[i];
		start = p2p_bar_range_start(buf, range);
		place = p2p_bar_mapping_place(end, start, range->length);
		ret = dma_iova_link(mapping->dev, &mapping->iova, start, place,
				    range->length, mapping->dir, DMA_ATTR_MMIO);
		if (ret)
			return ret;
		p2p_bar_mapping_extend(mapping, mapping->iova.addr + place,
				       range->length);
		end = place + range->length;
	}
	return dma_iova_sync(mapping->dev, &mapping->iova, 0, end);
}

/* What has been cut is unlinked already. */
static void p2p_bar_stretch_free(struct p2p_bar_mapping *mapping)
{
	p2p_bar_stretch_unlink(mapping);
	dma_iova_free(mapping->dev, &mapping->iova);
}

/* ---- pieces ---- */

/* Without translation there are no IOMMU pages: a range is one piece. */
static u64 p2p_bar_range_step(struct p2p_bar_buffer *buf, bool translated,
			      const struct p2p_bar_range *range, u64 done)
{
	u64 left = range->length - done;

	if (!translated)
		return left;
	return p2p_bar_mapping_piece(p2p_bar_range_start(buf, range) + done,
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

static int p2p_bar_range_map(struct p2p_bar_buffer *buf,
			     struct p2p_bar_mapping *mapping,
			     const struct p2p_bar_range *range)
{
	u64 done, length;
	dma_addr_t addr;

	/* The DMA API takes this for a bug in the caller, and warns. */
	if (!mapping->translated &&
	    p2p_bar_beyond(mapping, p2p_bar_range_start(buf, range), range))
		return -EOPNOTSUPP;
	for (done = 0; done < range->length; done += length) {
		length = p2p_bar_range_step(buf, mapping->translated, range,
					    done);
		addr = dma_map_resource(mapping->dev,
					p2p_bar_range_start(buf, range) + done,
					length, mapping->dir,
					DMA_ATTR_SKIP_CPU_SYNC);
		if (dma_mapping_error(mapping->dev, addr))
			return -EIO;
		p2p_bar_mapping_add(mapping, addr, length);
	}
	return 0;
}

static int p2p_bar_pieces_map(struct p2p_bar_buffer *buf,
			      struct p2p_bar_mapping *mapping)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < buf->nr_ranges && !ret; i++)
		ret = p2p_bar_range_map(buf, mapping, &buf->ranges[i]);
	return ret;
}

static void p2p_bar_pieces_unmap(struct p2p_bar_mapping *mapping)
{
	struct p2p_bar_piece *piece;

	p2p_bar_cut_settle(mapping);
	while (mapping->nr_pieces) {
		piece = &mapping->pieces[--mapping->nr_pieces];
		dma_unmap_resource(mapping->dev, piece->addr, piece->length,
				   mapping->dir, DMA_ATTR_SKIP_CPU_SYNC);
	}
}

/* ---- bus addresses ---- */

static int p2p_bar_bus_map(struct p2p_bar_buffer *buf,
			   struct p2p_bar_mapping *mapping)
{
	const struct p2p_bar_range *range;
	unsigned int i;
	u64 addr;

	for (i = 0; i < buf->nr_ranges; i++) {
		range = &buf->ranges[i];
		addr = buf->provider->bus_start + range->offset;
		if (p2p_bar_beyond(mapping, addr, range))
			return -EOPNOTSUPP;
		p2p_bar_mapping_extend(mapping, addr, range->length);
	}
	return 0;
}

/* ---- mappings ---- */

static int p2p_bar_mapping_make(struct p2p_bar_buffer *buf,
				struct p2p_bar_mapping *mapping)
{
	if (mapping->type == P2P_BAR_ROUTE_BUS)
		return p2p_bar_bus_map(buf, mapping);
	if (dma_use_iova(&mapping->iova))
		return p2p_bar_stretch_link(buf, mapping);
	return p2p_bar_pieces_map(buf, mapping);
}

static void p2p_bar_mapping_undo(struct p2p_bar_mapping *mapping)
{
	if (dma_use_iova(&mapping->iova))
		p2p_bar_stretch_free(mapping);
	else if (mapping->type == P2P_BAR_ROUTE_HOST)
		p2p_bar_pieces_unmap(mapping);
}

/* Ends a mapping; its memory is for the next one of the attachment. */
static void p2p_bar_mapping_destroy(struct p2p_bar_mapping *mapping,
				    struct p2p_bar_attachment *att)
{
	p2p_bar_mapping_undo(mapping);
	kvfree(att->spare_mapping);
	att->spare_mapping = mapping;
}

/* Memory for @nr pieces, all else zero. */
static struct p2p_bar_mapping *
p2p_bar_mapping_memory(struct p2p_bar_attachment *att, unsigned int nr)
{
	struct p2p_bar_mapping *mapping = att->spare_mapping;
	unsigned int room;

	if (mapping && mapping->room >= nr) {
		att->spare_mapping = NULL;
		room = mapping->room;
		memset(mapping, 0, sizeof(*mapping));
		mapping->room = room;
		return mapping;
	}
	mapping = kvzalloc(struct_size(mapping, pieces, nr), GFP_KERNEL);
	if (mapping)
		mapping->room = nr;
	return mapping;
}

static struct p2p_bar_mapping *
p2p_bar_mapping_alloc(struct p2p_bar_buffer *buf,
		      struct p2p_bar_attachment *att)
{
	struct device *dev = att->attach->dev;
	bool translated = att->route.type == P2P_BAR_ROUTE_HOST &&
			  p2p_bar_mapping_translated(dev);
	unsigned int nr = p2p_bar_buffer_pieces(buf, translated);
	struct p2p_bar_mapping *mapping = p2p_bar_mapping_memory(att, nr);

	if (!mapping)
		return NULL;
	mapping->dev = dev;
	mapping->type = att->route.type;
	mapping->translated = translated;
	mapping->kept = att->keeps;
	/* Where there is no stretch, pieces may still fit. */
	if (translated)
		p2p_bar_stretch_alloc(buf, dev, &mapping->iova);
	return mapping;
}

static struct p2p_bar_mapping *
p2p_bar_mapping_create(struct p2p_bar_buffer *buf,
		       struct p2p_bar_attachment *att,
		       enum dma_data_direction dir)
{
	struct p2p_bar_mapping *mapping = p2p_bar_mapping_alloc(buf, att);
	int ret;

	if (!mapping)
		return ERR_PTR(-ENOMEM);
	mapping->dir = dir;
	ret = p2p_bar_mapping_make(buf, mapping);
	if (ret) {
		p2p_bar_mapping_destroy(mapping, att);
		return ERR_PTR(ret);
	}
	list_add(&mapping->node, &buf->mappings);
	return mapping;
}

/**
 * p2p_bar_mapping_get() - the mapping of a buffer for an importer
 * @buf: The buffer, with its dma_resv lock held.
 * @att: The importer.
 * @dir: The direction of the DMA.
 *
 * Attachments of one device share a mapping, unless the routing policy changed
 * in between and their routes differ. Who does not let go shares with its like
 * only.
 *
 * Return: the mapping, made now or shared, to be given back with
 * p2p_bar_mapping_put(), or an ERR_PTR(): ENOMEM; EIO or another errno of the
 * DMA API where it refuses; EOPNOTSUPP where the importer cannot address the BAR.
 */
struct p2p_bar_mapping *p2p_bar_mapping_get(struct p2p_bar_buffer *buf,
					    struct p2p_bar_attachment *att,
					    enum dma_data_direction dir)
{
	struct p2p_bar_mapping *mapping;

	dma_resv_assert_held(buf->dmabuf->resv);

	list_for_each_entry(mapping, &buf->mappings, node) {
		if (mapping->dev == att->attach->dev &&
		    mapping->type == att->route.type &&
		    mapping->dir == dir && mapping->kept == att->keeps &&
		    !mapping->cut) {
			mapping->users++;
			return mapping;
		}
	}
	mapping = p2p_bar_mapping_create(buf, att, dir);
	if (!IS_ERR(mapping))
		mapping->users++;
	return mapping;
}

/**
 * p2p_bar_mapping_put() - give a mapping back
 * @mapping: The mapping, with its buffer's dma_resv lock held.
 * @att: The importer.
 *
 * Return: true if it is gone and the IOMMU may still translate, until it has
 * been flushed.
 */
bool p2p_bar_mapping_put(struct p2p_bar_mapping *mapping,
			 struct p2p_bar_attachment *att)
{
	bool lazy;

	if (--mapping->users)
		return false;
	/* Unlinking flushes by itself, also in lazy mode. */
	lazy = mapping->translated && !dma_use_iova(&mapping->iova);
	list_del(&mapping->node);
	p2p_bar_mapping_destroy(mapping, att);
	return lazy;
}
