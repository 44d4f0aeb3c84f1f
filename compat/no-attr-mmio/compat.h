/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_NO_ATTR_MMIO_H
#define P2P_COMPAT_NO_ATTR_MMIO_H

#include <linux/dma-mapping.h>

/* What of it mattered before: the CPU's caches hold nothing of it. */
#define DMA_ATTR_MMIO DMA_ATTR_SKIP_CPU_SYNC

#endif
