/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_INVALIDATE_MAPPINGS_H
#define P2P_COMPAT_INVALIDATE_MAPPINGS_H

#include <linux/dma-buf.h>

#define dma_buf_invalidate_mappings(dmabuf) dma_buf_move_notify(dmabuf)

#endif
