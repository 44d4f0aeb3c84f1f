/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All this module knows about differences between Linux 6.1 and 7.3.
 */
#ifndef IMPORTER_COMPAT_H
#define IMPORTER_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/scatterlist.h>

#include "p2p_test_importer.h"

/*
 * MODULE_IMPORT_NS() takes a token before 6.13 and a string since; this is
 * what either makes of it.
 */
#define IMPORTER_IMPORT_NS MODULE_INFO(import_ns, "DMA_BUF")

/* The importer's callback was renamed, and became optional, in 7.x. */
#ifdef IMPORTER_HAVE_INVALIDATE_MAPPINGS
#define importer_notify_op	invalidate_mappings
#define IMPORTER_NOTIFY_OPTIONAL	true
#else
#define importer_notify_op	move_notify
#define IMPORTER_NOTIFY_OPTIONAL	false
#endif

/* hrtimer_init() gave way to hrtimer_setup() in 6.13. */
static inline void
importer_hrtimer_setup(struct hrtimer *timer,
		       enum hrtimer_restart (*function)(struct hrtimer *timer))
{
#ifdef IMPORTER_HAVE_HRTIMER_SETUP
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	timer->function = function;
#endif
}

/*
 * CONFIG_DMABUF_DEBUG keeps importers away from the pages. Older kernels flip
 * all bits above the low eight of page_link, so that no page reads as all
 * ones there. Newer ones hand out a copy without pages, which reads as 0: then
 * nothing is known.
 */
static inline u32 importer_entry_page_flags(const struct scatterlist *sg)
{
	unsigned long link = sg->page_link & ~0xfful;

	if (!IS_ENABLED(CONFIG_DMABUF_DEBUG))
		return sg->page_link & ~SG_PAGE_LINK_MASK ?
		       P2P_IMPORTER_ENTRY_HAS_PAGE : 0;
	if (!link)
		return P2P_IMPORTER_ENTRY_PAGE_HIDDEN;
	return link == ~0xfful ? 0 : P2P_IMPORTER_ENTRY_HAS_PAGE;
}

#endif /* IMPORTER_COMPAT_H */
