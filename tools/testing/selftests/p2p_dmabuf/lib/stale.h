/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A controller that never stops writing to the addresses it was given once,
 * whatever its driver has been told, and the BAR as the CPU sees it.
 */
#ifndef SELFTEST_P2P_STALE_H
#define SELFTEST_P2P_STALE_H

#include <stddef.h>

struct stale {
	int importer;
	int handle;		/* of an attachment that is mapped */
	char *bar;
	size_t length;		/* bytes from the BAR's beginning */
};

/* What it writes, from the drive's beginning. 0 or a negative errno. */
int stale_prepare(const struct stale *stale);
int stale_begin(const struct stale *stale);
int stale_end(const struct stale *stale);

/*
 * How many of the bytes that the CPU writes now do not stay.
 *
 * The round in flight is let through first. An IOMMU holds its flush back until
 * writes it has translated have landed (VT-d's drain), but QEMU's does not: its
 * controller translates when a command begins and may write much later.
 */
unsigned long stale_overwritten(const struct stale *stale);

#endif
