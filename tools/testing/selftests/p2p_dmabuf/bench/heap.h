/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel has allocated.
 */
#ifndef SELFTEST_P2P_HEAP_H
#define SELFTEST_P2P_HEAP_H

/*
 * Bytes in slabs and from vmalloc, once what was freed before is free, and each
 * CPU's share of the statistics is in it.
 */
double heap_bytes(void);

#endif
