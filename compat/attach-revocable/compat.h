/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_ATTACH_REVOCABLE_H
#define P2P_COMPAT_ATTACH_REVOCABLE_H

#include <linux/dma-buf.h>

/* dma_buf_dynamic_attach() insists on a callback there. */
static inline bool dma_buf_attach_revocable(struct dma_buf_attachment *attach)
{
	return attach->importer_ops;
}

#endif
