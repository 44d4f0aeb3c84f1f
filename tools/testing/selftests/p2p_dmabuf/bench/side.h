/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two that are compared: this project's exporter, and the kernel's own. They
 * differ in the driver that the exporting device is bound to; the importer, and
 * everything a program does, is the same.
 */
#ifndef SELFTEST_P2P_SIDE_H
#define SELFTEST_P2P_SIDE_H

#include <stdbool.h>

#include "../lib/vfio.h"

enum side {
	SIDE_OURS,
	SIDE_KERNEL,
	SIDES
};

/* An exporter in the hands of one side, and the importing controller. */
struct side_machine {
	enum side side;
	const char *name;	/* of the side, in samples */
	const char *exporter;	/* PCI addresses */
	const char *importer;
	unsigned int bar;
	struct vfio_dev dev;
	int session;		/* with the importer */
};

/* Gives a PCI device to a driver; ends the program where that fails. */
void side_bind(const char *bdf, const char *driver);

/* Gives the exporter to a side, and opens it. */
void side_take(struct side_machine *machine, enum side side,
	       const char *exporter);
void side_leave(struct side_machine *machine);

/* Whether this kernel has such an exporter. The device is left open. */
bool side_exports(struct side_machine *machine);

/* A buffer of one range: a descriptor. */
int side_export(struct side_machine *machine, uint64_t offset, uint64_t length);

#endif
