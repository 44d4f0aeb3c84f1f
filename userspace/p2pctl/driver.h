/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes which driver a function is bound to.
 */
#ifndef P2PCTL_DRIVER_H
#define P2PCTL_DRIVER_H

#include "fabric.h"
#include "sysfs.h"

/* What there was, to undo it. */
struct driver_before {
	const struct fn *fn;
	char driver[FN_DRIVER];
	char override[SYSFS_LINE];
};

/*
 * Binds @fn to @driver: to no other. What there was is noted in @before. On
 * failure it says why on stderr, puts back what there was, and returns false.
 */
bool driver_bind(const struct fn *fn, const char *driver,
		 struct driver_before *before);

/* Best effort; says what it could not do. */
void driver_restore(const struct driver_before *before);

/*
 * Takes @fn's driver away and forgets the override. With @probe the kernel then
 * chooses a driver: @now receives its name, "" for none.
 */
bool driver_release(const struct fn *fn, bool probe, char now[SYSFS_LINE]);

#endif
