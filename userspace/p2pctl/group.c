// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMU groups.
 *
 * VFIO opens a device only if nobody else does DMA from its group: each function
 * has no driver, a VFIO one, or one that declares driver_managed_dma. The last
 * cannot be seen from here; the kernel's are in harmless[].
 */
#include <string.h>

#include "group.h"
#include "sysfs.h"

static const char * const harmless[] = {
	"pci-stub",
	"pcieport",
};

enum group_mode group_mode(const struct fn *fn)
{
	static const struct {
		const char *type;
		enum group_mode mode;
	} modes[] = {
		{ "identity", GROUP_DIRECT },
		{ "DMA", GROUP_TRANSLATED },
		{ "DMA-FQ", GROUP_LAZY },
	};
	char type[SYSFS_LINE];
	size_t i;

	if (fn->group == FN_NO_GROUP)
		return GROUP_NO_IOMMU;
	sysfs_line(type, "/sys/kernel/iommu_groups/%d/type", fn->group);
	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (!strcmp(type, modes[i].type))
			return modes[i].mode;
	}
	return GROUP_UNKNOWN;
}

const char *group_mode_name(enum group_mode mode)
{
	static const char * const names[] = {
		[GROUP_NO_IOMMU] = "none",
		[GROUP_DIRECT] = "direct",
		[GROUP_TRANSLATED] = "translated",
		[GROUP_LAZY] = "translated, lazy",
		[GROUP_UNKNOWN] = "unknown",
	};

	return names[mode];
}

bool group_translates(enum group_mode mode)
{
	return mode == GROUP_TRANSLATED || mode == GROUP_LAZY;
}

bool group_iommu_on(void)
{
	return !sysfs_is_empty("/sys/kernel/iommu_groups");
}

bool group_driver_is_vfio(const char *driver)
{
	/* Variant drivers are called by what they drive: mlx5_vfio_pci ... */
	return strstr(driver, "vfio");
}

bool group_driver_harmless(const char *driver)
{
	size_t i;

	if (!*driver || group_driver_is_vfio(driver))
		return true;
	for (i = 0; i < sizeof(harmless) / sizeof(*harmless); i++) {
		if (!strcmp(driver, harmless[i]))
			return true;
	}
	return false;
}

const struct fn *group_obstacle(const struct fabric *fabric,
				const struct fn *of, const struct fn *fn)
{
	if (of->group == FN_NO_GROUP)
		return NULL;
	for (fn = fn ? fn + 1 : fabric->fns; fn < fabric->fns + fabric->nr; fn++) {
		if (fn != of && fn->group == of->group &&
		    !group_driver_harmless(fn->driver))
			return fn;
	}
	return NULL;
}

bool group_obstacle_is(const struct fabric *fabric, const struct fn *of,
		       const struct fn *other)
{
	const struct fn *fn = NULL;

	while ((fn = group_obstacle(fabric, of, fn))) {
		if (fn == other)
			return true;
	}
	return false;
}
