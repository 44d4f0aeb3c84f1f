/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel has allocated.
 */
#ifndef SELFTEST_P2P_HEAP_H
#define SELFTEST_P2P_HEAP_H

/*
 * Bytes of all pages, but for the IOMMU's tables, that are allocated more than at
 * some other time; once what was freed before is free.
 */
double heap_bytes(void);

#endif
