/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_INVALIDATE_MAPPINGS_H
#define P2P_COMPAT_INVALIDATE_MAPPINGS_H

#include <linux/dma-buf.h>

/* The operation of an importer. */
#define invalidate_mappings move_notify

/* Only to complain that it should not have been called. */
#define P2P_BAR_PINNED_LISTEN 0

#endif
