/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device opened to export from it, for export and bench.
 */
#ifndef P2PCTL_SLICE_H
#define P2PCTL_SLICE_H

#include "args.h"

#define SLICE_RANGES	64

struct slice {
	struct p2p_device *device;
	unsigned int bar;
	struct p2p_range ranges[SLICE_RANGES];
	size_t nr_ranges;
	int open_flags;
};

/* "OFFSET:LENGTH", added to @slice; refuses what is none. */
void slice_add_range(struct slice *slice, const char *text);

/* Opens; without ranges the slice is the whole BAR. Ends the program if it fails. */
void slice_open(struct slice *slice, const char *address);

/* A descriptor. Ends the program if it fails, with the reason. */
int slice_export(const struct slice *slice);

uint64_t slice_length(const struct slice *slice);

#endif
