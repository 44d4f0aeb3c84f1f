// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a check says.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "sysfs.h"

void check_saw(struct check_finding *finding, enum check_verdict verdict,
	       const char *format, ...)
{
	va_list args;

	finding->verdict = verdict;
	va_start(args, format);
	vsnprintf(finding->seen, sizeof(finding->seen), format, args);
	va_end(args);
}

void check_advise(struct check_finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(finding->advice, sizeof(finding->advice), format, args);
	va_end(args);
}

void check_type(struct check_finding *finding, const char *format, ...)
{
	size_t used = strlen(finding->command);
	size_t room = sizeof(finding->command);
	va_list args;

	if (used && used + 1 < room)
		finding->command[used++] = '\n';
	va_start(args, format);
	vsnprintf(finding->command + used, room - used, format, args);
	va_end(args);
}

int check_chosen_bar(const struct check_patient *patient)
{
	return patient->bar >= 0 ? patient->bar :
				   fn_best_bar(patient->exporter);
}

const char *check_iommu_argument(void)
{
	/* What the firmware says of it comes before whose CPU it is. */
	if (sysfs_exists("/sys/firmware/acpi/tables/DMAR") ||
	    sysfs_has_word("GenuineIntel", "/proc/cpuinfo"))
		return "intel_iommu=on iommu=nopt";
	return "iommu=nopt";
}
