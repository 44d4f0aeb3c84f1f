// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of the IOMMU: that there is one, and what it does by default.
 */
#include "check.h"
#include "sysfs.h"

static void run_on(const struct check_patient *patient,
		   struct check_finding *finding)
{
	(void)patient;
	if (group_iommu_on()) {
		check_saw(finding, CHECK_OK, "the kernel has IOMMU groups");
		return;
	}
	check_saw(finding, CHECK_STOP,
		  "there are no IOMMU groups: no IOMMU, or switched off");
	check_advise(finding,
		     "VFIO takes no device without one. Switch on VT-d, AMD-Vi or SMMU in the firmware's setup, add \"%s\" to the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub), and boot again.",
		     check_iommu_argument());
	check_type(finding, "update-grub && reboot");
}

/* Of any group: a machine's default is what most of them have. */
static void count_groups(const struct fabric *fabric, int *direct,
			 int *translated)
{
	int i;

	*direct = 0;
	*translated = 0;
	for (i = 0; i < fabric->nr; i++) {
		if (fn_is_bridge(&fabric->fns[i]))
			continue;
		if (group_translates(group_mode(&fabric->fns[i])))
			++*translated;
		else if (group_mode(&fabric->fns[i]) == GROUP_DIRECT)
			++*direct;
	}
}

static void run_mode(const struct check_patient *patient,
		     struct check_finding *finding)
{
	int direct, translated;

	count_groups(&patient->fabric, &direct, &translated);
	if (!direct && !translated) {
		check_saw(finding, CHECK_UNKNOWN,
			  "no function's IOMMU mode is known");
		check_advise(finding, "See what the groups' types say.");
		check_type(finding, "cat /sys/kernel/iommu_groups/*/type");
		return;
	}
	if (!direct) {
		check_saw(finding, CHECK_OK, "DMA of all %d devices is translated",
			  translated);
		return;
	}
	check_saw(finding, CHECK_WARN,
		  "DMA of %d devices passes untranslated (iommu=pt), of %d it is translated",
		  direct, translated);
	check_advise(finding,
		     "Importers that listen work so; those that pin (efa, bnxt_re, mana, ionic) need translation. If you have such, add \"%s\" to the kernel's command line, take iommu=pt away, and boot again.",
		     check_iommu_argument());
	check_type(finding, "update-grub && reboot");
}

const struct check check_iommu[] = {
	{ "iommu-on", CHECK_MACHINE, run_on },
	{ "iommu-mode", CHECK_MACHINE, run_mode },
	{}
};
