// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/p2p_dmabuf/buffers: every buffer that is under an owner's
 * control, and below each its importers.
 *
 *   buffer <ino> <exporter> bar <n> <state> generation <n> tables <n>
 *	ranges <n> size <bytes>
 *     importer <device> <driver> route <type>[ translated| direct]
 *	distance <n> maps <n> pins <n>: <reason>
 *
 * For people; not a stable interface.
 */
#include <linux/debugfs.h>
#include <linux/dma-resv.h>
#include <linux/seq_file.h>

#include "p2p_bar_priv.h"

static struct dentry *p2p_bar_debugfs;

static const char *p2p_bar_route_kind(const struct p2p_bar_attachment *att)
{
	if (att->route.type != P2P_BAR_ROUTE_HOST)
		return "";
	return p2p_bar_mapping_translated(att->attach->dev) ?
	       " translated" : " direct";
}

static void p2p_bar_attachment_show(struct seq_file *m,
				    const struct p2p_bar_attachment *att)
{
	char reason[160];

	p2p_bar_route_explain(&att->route, reason, sizeof(reason));
	seq_printf(m, "  importer %s %s route %s%s distance %u maps %u pins %u: %s\n",
		   dev_name(att->attach->dev),
		   dev_driver_string(att->attach->dev),
		   p2p_bar_route_name(att->route.type), p2p_bar_route_kind(att),
		   att->route.distance, att->maps, att->pins, reason);
}

static void p2p_bar_buffer_show(struct seq_file *m, struct p2p_bar_buffer *buf)
{
	struct p2p_bar_attachment *att;

	dma_resv_lock(buf->dmabuf->resv, NULL);
	seq_printf(m, "buffer %lu %s bar %d %s generation %llu tables %u ranges %u size %llu\n",
		   buf->id, pci_name(buf->provider->pdev), buf->provider->bar,
		   buf->retired ? "retired" : buf->revoked ? "revoked" : "live",
		   buf->generation, buf->tables, buf->nr_ranges, buf->size);
	list_for_each_entry(att, &buf->attachments, node)
		p2p_bar_attachment_show(m, att);
	dma_resv_unlock(buf->dmabuf->resv);
}

/*
 * What overflows, seq_file asks for again with twice the room: then the rest need
 * not be looked at before.
 */
static void p2p_bar_owner_show(struct p2p_bar_owner *owner, void *arg)
{
	struct p2p_bar_buffer *buf = NULL;

	while ((buf = p2p_bar_owner_next(owner, buf))) {
		if (seq_has_overflowed(arg)) {
			dma_buf_put(buf->dmabuf);
			break;
		}
		p2p_bar_buffer_show(arg, buf);
	}
}

static int p2p_bar_buffers_show(struct seq_file *m, void *unused)
{
	p2p_bar_owner_for_each(p2p_bar_owner_show, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(p2p_bar_buffers);

/**
 * p2p_bar_debugfs_create() - show the buffers in debugfs, where there is one
 */
void p2p_bar_debugfs_create(void)
{
	p2p_bar_debugfs = debugfs_create_dir("p2p_dmabuf", NULL);
	debugfs_create_file("buffers", 0400, p2p_bar_debugfs, NULL,
			    &p2p_bar_buffers_fops);
}

/**
 * p2p_bar_debugfs_remove() - remove what p2p_bar_debugfs_create() made
 */
void p2p_bar_debugfs_remove(void)
{
	debugfs_remove_recursive(p2p_bar_debugfs);
}
