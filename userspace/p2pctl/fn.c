// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a function is, judged by what was read of it.
 */
#include <unistd.h>

#include "fabric.h"
#include "fabric_config.h"

/* Base classes of what belongs to the machine rather than to a card. */
enum {
	CLASS_MULTIMEDIA	= 0x04,
	CLASS_BRIDGE		= 0x06,
	CLASS_SYSTEM		= 0x08,
	CLASS_SERIAL		= 0x0c,
};

bool fn_is_bridge(const struct fn *fn)
{
	return fn->header == 1;
}

bool fn_is_peer(const struct fn *fn)
{
	switch (fn->class >> 8) {
	case CLASS_MULTIMEDIA:
	case CLASS_BRIDGE:
	case CLASS_SYSTEM:
	case CLASS_SERIAL:
		return false;
	default:
		return !fn_is_bridge(fn);
	}
}

const char *fn_kind(const struct fn *fn)
{
	switch (fn->pcie_type) {
	case FN_PCIE_ROOT_PORT:
		return "root port";
	case FN_PCIE_UPSTREAM:
		return "switch, up";
	case FN_PCIE_DOWNSTREAM:
		return "switch, down";
	case FN_PCIE_TO_PCI:
	case FN_PCIE_FROM_PCI:
		return "PCIe/PCI bridge";
	}
	if (fn->class == 0x0600)
		return "host bridge";
	return fn_is_bridge(fn) ? "bridge" : "endpoint";
}

bool fn_bar_usable(const struct fn *fn, int bar)
{
	const struct fn_bar *facts = &fn->bars[bar];

	return !fn_is_bridge(fn) && facts->memory && facts->start &&
	       facts->size >= (uint64_t)sysconf(_SC_PAGESIZE);
}

int fn_best_bar(const struct fn *fn)
{
	int i, best = -1;

	for (i = 0; i < FN_BARS; i++) {
		if (fn_bar_usable(fn, i) &&
		    (best < 0 || fn->bars[i].size > fn->bars[best].size))
			best = i;
	}
	return best;
}
