/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A map as the importer sees it, timed within the kernel around the one call.
 */
#ifndef SELFTEST_P2P_MAP_H
#define SELFTEST_P2P_MAP_H

#include <stdint.h>

#include "../lib/importer.h"
#include "side.h"

/* Lets go at once, and keeps no table: what is measured is the exporter. */
extern const struct importer_manner map_manner;

/* A buffer and its only attachment. */
struct map_attached {
	int dmabuf;
	int handle;
};

struct map_attached map_attach(struct side_machine *machine, uint64_t offset,
			       uint64_t length);
void map_detach(struct side_machine *machine, struct map_attached *att);

/* Of one of so many maps, each with its unmap: ns, or a negative errno. */
double map_ns(struct side_machine *machine, const struct map_attached *att,
	      uint64_t rounds);

/* Ends the program if it is an errno. */
double map_must(double ns);

#endif
