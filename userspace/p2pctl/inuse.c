// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds what a device is used for, before it is taken away.
 *
 * Invariant: only says what it has seen. That it finds nothing is no proof.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "inuse.h"

static bool network_up(const struct fn *fn, char why[SYSFS_LINE])
{
	struct sysfs_names names;
	char state[SYSFS_LINE];
	bool up = false;
	int i;

	sysfs_names_load(&names, "/sys/bus/pci/devices/%s/net", fn->text);
	for (i = 0; i < names.nr && !up; i++) {
		sysfs_line(state, "/sys/bus/pci/devices/%s/net/%s/operstate",
			   fn->text, names.entry[i]->d_name);
		up = !strcmp(state, "up");
		if (up)
			snprintf(why, SYSFS_LINE, "network interface %.60s is up",
				 names.entry[i]->d_name);
	}
	sysfs_names_free(&names);
	return up;
}

/* Whether that block device lies in the function's folder. */
static bool belongs(const struct fn *fn, const char *block)
{
	char path[SYSFS_PATH], folder[P2P_ADDRESS_SIZE + 2];
	char *real;
	bool found;

	sysfs_path(path, "/sys/class/block/%s", block);
	real = realpath(path, NULL);
	snprintf(folder, sizeof(folder), "/%s/", fn->text);
	found = real && strstr(real, folder);
	free(real);
	return found;
}

static bool mounted(const char *block)
{
	char name[SYSFS_LINE];

	snprintf(name, sizeof(name), "/dev/%.200s ", block);
	return sysfs_has_word(name, "/proc/self/mounts") ||
	       sysfs_has_word(name, "/proc/swaps") ||
	       !sysfs_is_empty("/sys/class/block/%s/holders", block);
}

static bool disk_used(const struct fn *fn, char why[SYSFS_LINE])
{
	struct sysfs_names names;
	bool used = false;
	int i;

	sysfs_names_load(&names, "/sys/class/block");
	for (i = 0; i < names.nr && !used; i++) {
		used = belongs(fn, names.entry[i]->d_name) &&
		       mounted(names.entry[i]->d_name);
		if (used)
			snprintf(why, SYSFS_LINE, "disk %.60s is mounted or otherwise in use",
				 names.entry[i]->d_name);
	}
	sysfs_names_free(&names);
	return used;
}

bool inuse_by_vfio(const struct fn *fn)
{
	uint64_t enabled;

	sysfs_number(&enabled, "/sys/bus/pci/devices/%s/enable", fn->text);
	return enabled && group_driver_is_vfio(fn->driver);
}

bool inuse(const struct fn *fn, char why[SYSFS_LINE])
{
	if (inuse_by_vfio(fn)) {
		snprintf(why, SYSFS_LINE, "a process has it open through VFIO");
		return true;
	}
	return network_up(fn, why) || disk_used(fn, why);
}
