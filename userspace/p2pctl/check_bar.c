// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of the exporter's BAR, and of the MSI-X table in it.
 */
#include <stdio.h>
#include <unistd.h>

#include "check.h"
#include "sysfs.h"
#include "term.h"

static void refuse_unassigned(int bar, struct check_finding *finding)
{
	check_saw(finding, CHECK_STOP, "BAR %d has no address", bar);
	check_advise(finding,
		     "The firmware found no room for it: switch on \"Above 4G decoding\" in its setup, or add \"pci=realloc\" to the kernel's command line and boot again.");
	check_type(finding, "update-grub && reboot");
}

static void refuse_bar(const struct fn *fn, int bar,
		       struct check_finding *finding)
{
	const struct fn_bar *facts = &fn->bars[bar];
	char size[TERM_SIZE];

	if (!facts->size) {
		check_saw(finding, CHECK_STOP, "there is no BAR %d", bar);
	} else if (!facts->memory) {
		check_saw(finding, CHECK_STOP, "BAR %d is of I/O ports", bar);
	} else {
		check_saw(finding, CHECK_STOP,
			  "BAR %d is smaller than a page: %s", bar,
			  term_size(facts->size, size));
	}
	check_advise(finding, "Export another BAR.");
	check_type(finding, "p2pctl list %s", fn->text);
}

static void run_bar(const struct check_patient *patient,
		    struct check_finding *finding)
{
	const struct fn *fn = patient->exporter;
	int bar = check_chosen_bar(patient);
	char size[TERM_SIZE], most[TERM_SIZE];

	if (bar < 0) {
		check_saw(finding, CHECK_STOP, "has no memory BAR of a page or more");
		check_advise(finding,
			     "If it should have: the BAR may be switched off in the device's own setup, or have no address.");
		check_type(finding, "p2pctl list --all %s", fn->text);
		return;
	}
	if (fn->bars[bar].memory && !fn->bars[bar].start) {
		refuse_unassigned(bar, finding);
		return;
	}
	if (!fn_bar_usable(fn, bar)) {
		refuse_bar(fn, bar, finding);
		return;
	}
	term_size(fn->bars[bar].size, size);
	check_saw(finding, CHECK_OK, "BAR %d: %s", bar, size);
	if (fn->rebar_max[bar] <= fn->bars[bar].size)
		return;
	check_saw(finding, CHECK_WARN, "BAR %d: %s, and could be %s", bar, size,
		  term_size(fn->rebar_max[bar], most));
	check_advise(finding,
		     "Only that much of the device's memory can be reached. Unbind the device, give the BAR the size 2^N MiB, bind it again.");
	check_type(finding, "cat /sys/bus/pci/devices/%s/resource%d_resize",
		   fn->text, bar);
	check_type(finding, "echo N > /sys/bus/pci/devices/%s/resource%d_resize",
		   fn->text, bar);
}

/* --- MSI-X -------------------------------------------------------------------- */

static bool interrupts_isolated(void)
{
	/* Architectures without it have their vectors elsewhere. */
	return sysfs_has_word("IR-", "/proc/interrupts") ||
	       sysfs_has_word("ITS-", "/proc/interrupts");
}

/* The pages that the table makes unfit, as a part of the BAR. */
static void msix_pages(const struct fn_msix *msix, uint64_t *begin,
		       uint64_t *end)
{
	uint64_t page = sysconf(_SC_PAGESIZE);

	*begin = msix->offset / page * page;
	*end = (msix->offset + msix->size + page - 1) / page * page;
}

/* An export of all the rest. */
static void type_rest(const struct fn *fn, int bar, uint64_t begin,
		      uint64_t end, struct check_finding *finding)
{
	uint64_t size = fn->bars[bar].size;
	char before[64] = "", after[64] = "";

	if (begin)
		snprintf(before, sizeof(before), " --range 0:%#llx",
			 (unsigned long long)begin);
	if (end < size)
		snprintf(after, sizeof(after), " --range %#llx:%#llx",
			 (unsigned long long)end,
			 (unsigned long long)(size - end));
	check_type(finding, "p2pctl export%s%s %s %d", before, after, fn->text,
		   bar);
}

static void warn_msix(const struct fn *fn, int bar,
		      struct check_finding *finding)
{
	unsigned long page = sysconf(_SC_PAGESIZE);
	uint64_t size = fn->bars[bar].size;
	uint64_t begin, end;
	bool all;

	msix_pages(&fn->msix, &begin, &end);
	all = end - begin >= size;
	check_saw(finding, all ? CHECK_STOP : CHECK_WARN,
		  "%llu of %llu pages of BAR %d hold the MSI-X table (at %#llx), and there is no interrupt remapping: they are refused",
		  (unsigned long long)(end - begin) / page,
		  (unsigned long long)size / page, bar,
		  (unsigned long long)fn->msix.offset);
	check_advise(finding,
		     "Switch interrupt remapping on (in the firmware's setup; no \"intremap=off\" on the kernel's command line), or export %s.",
		     all ? "another BAR" : "another BAR, or only the other pages");
	if (all)
		check_type(finding, "p2pctl list %s", fn->text);
	else
		type_rest(fn, bar, begin, end, finding);
}

static void run_msix(const struct check_patient *patient,
		     struct check_finding *finding)
{
	const struct fn *fn = patient->exporter;
	int bar = check_chosen_bar(patient);

	if (!fn->config_known) {
		check_saw(finding, CHECK_UNKNOWN,
			  "only root can see where the MSI-X table is");
		check_advise(finding, "Ask again as root.");
		check_type(finding, "sudo p2pctl doctor %s", fn->text);
	} else if (bar < 0 || fn->msix.bar != bar) {
		check_saw(finding, CHECK_OK, "no MSI-X table in the BAR");
	} else if (interrupts_isolated()) {
		check_saw(finding, CHECK_OK,
			  "the BAR holds the MSI-X table; interrupts are remapped, so it does not matter");
	} else {
		warn_msix(fn, bar, finding);
	}
}

const struct check check_bar[] = {
	{ "exporter-bar", CHECK_EXPORTER, run_bar },
	{ "exporter-msix", CHECK_EXPORTER, run_msix },
	{}
};
