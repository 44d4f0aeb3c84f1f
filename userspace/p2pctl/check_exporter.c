// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of the exporter: its driver, group, BARs, memory and interrupts.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "sysfs.h"
#include "term.h"

#define COMMAND_MEMORY	0x2

/* Kept from untrusted users by VFIO's list of errata. */
static const uint16_t denied[] = {
	0x0435, 0x0443, 0x0b25, 0x0cfe, 0x19e2, 0x19e3, 0x37c8, 0x37c9,
};

static bool is_denied(const struct fn *fn)
{
	size_t i;

	for (i = 0; i < sizeof(denied) / sizeof(*denied); i++) {
		if (fn->vendor == 0x8086 && fn->device == denied[i])
			return true;
	}
	return false;
}

static void run_driver(const struct check_patient *patient,
		       struct check_finding *finding)
{
	const struct fn *fn = patient->exporter;

	if (!strcmp(fn->driver, GROUP_OUR_DRIVER)) {
		check_saw(finding, CHECK_OK, "bound to %s", fn->driver);
		return;
	}
	if (!strcmp(fn->driver, "vfio-pci"))
		check_advise(finding,
			     "vfio-pci itself cannot export (before Linux 6.19) or not all that is needed. Bind our variant of it instead: programs see no difference.");
	else if (group_driver_is_vfio(fn->driver))
		check_advise(finding,
			     "That variant of vfio-pci does not export. Bind ours instead.");
	else
		check_advise(finding,
			     "Bind our VFIO driver to it. What %s gives (disks, network) goes away meanwhile.",
			     *fn->driver ? fn->driver : "no driver");
	check_saw(finding, CHECK_STOP, *fn->driver ? "bound to %s" :
		  "bound to no driver%s", fn->driver);
	check_type(finding, "p2pctl bind %s", fn->text);
}

static void run_denylist(const struct check_patient *patient,
			 struct check_finding *finding)
{
	char off[SYSFS_LINE];

	sysfs_line(off, "/sys/module/vfio_pci_dmabuf/parameters/disable_denylist");
	if (!is_denied(patient->exporter)) {
		check_saw(finding, CHECK_OK, "not on VFIO's denylist");
	} else if (*off == 'Y') {
		check_saw(finding, CHECK_OK, "on VFIO's denylist, which is switched off");
	} else {
		check_saw(finding, CHECK_STOP,
			  "on VFIO's denylist, for errata a user could exploit");
		check_advise(finding, "If you trust whoever gets the device, switch the list off.");
		check_type(finding, "modprobe -r vfio-pci-dmabuf");
		check_type(finding, "modprobe vfio-pci-dmabuf disable_denylist=1");
	}
}

static void run_group(const struct check_patient *patient,
		      struct check_finding *finding)
{
	const struct fn *fn = patient->exporter;
	const struct fn *other = group_obstacle(&patient->fabric, fn, NULL);

	if (fn->group == FN_NO_GROUP) {
		check_saw(finding, CHECK_STOP, "in no IOMMU group");
		check_advise(finding, "See iommu-on.");
		return;
	}
	if (!other) {
		check_saw(finding, CHECK_OK, "IOMMU group %d is viable",
			  fn->group);
		return;
	}
	check_saw(finding, CHECK_STOP,
		  "IOMMU group %d is not viable: %s in it is bound to %s",
		  fn->group, other->text, other->driver);
	if (group_obstacle_is(&patient->fabric, fn, patient->importer)) {
		check_advise(finding,
			     "VFIO gives out a group as a whole, and the importer is in it: put one of the two into a slot with a group of its own, below ports with ACS.");
		check_type(finding, "p2pctl topo --all");
		return;
	}
	check_advise(finding,
		     "VFIO gives out a group as a whole: bind its other functions, too, or move the card to a slot with a group of its own.");
	check_type(finding, "p2pctl bind --group %s", fn->text);
}

/* --- BARs --------------------------------------------------------------------- */

static int chosen_bar(const struct check_patient *patient)
{
	return patient->bar >= 0 ? patient->bar :
				   fn_best_bar(patient->exporter);
}

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
	int bar = chosen_bar(patient);
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

/* --- memory and power --------------------------------------------------------- */

static bool is_open(const struct fn *fn)
{
	uint64_t enabled;

	sysfs_number(&enabled, "/sys/bus/pci/devices/%s/enable", fn->text);
	return enabled;
}

static void run_memory(const struct check_patient *patient,
		       struct check_finding *finding)
{
	const struct fn *fn = patient->exporter;

	if (fn->command & COMMAND_MEMORY) {
		check_saw(finding, CHECK_OK, "answers memory requests");
	} else if (!is_open(fn)) {
		check_saw(finding, CHECK_OK,
			  "memory is off while nobody has the device; opening it switches it on");
	} else {
		check_saw(finding, CHECK_STOP,
			  "memory is off in PCI_COMMAND although the device is open: its buffers are revoked");
		check_advise(finding,
			     "The process that has it must switch it on (bit 1 of PCI_COMMAND, by its VFIO descriptor), or you.");
		check_type(finding, "setpci -s %s COMMAND=0002:0002", fn->text);
	}
}

static void run_power(const struct check_patient *patient,
		      struct check_finding *finding)
{
	const struct fn *fn = patient->exporter;
	char state[SYSFS_LINE];

	if (!sysfs_line(state, "/sys/bus/pci/devices/%s/power_state", fn->text)) {
		check_saw(finding, CHECK_UNKNOWN, "the power state cannot be read");
		check_advise(finding, "Ask the device.");
		check_type(finding, "setpci -s %s CAP_PM+4.w", fn->text);
	} else if (!strcmp(state, "D0") || !strcmp(state, "unknown")) {
		check_saw(finding, CHECK_OK, "awake (%s)", state);
	} else if (!is_open(fn)) {
		check_saw(finding, CHECK_OK,
			  "asleep (%s) while nobody has it; opening it wakes it",
			  state);
	} else {
		check_saw(finding, CHECK_STOP,
			  "asleep (%s) although the device is open: its buffers are revoked",
			  state);
		check_advise(finding,
			     "The process that has it must wake it: VFIO_DEVICE_FEATURE_LOW_POWER_EXIT, or D0 by a config write. Or keep it awake.");
		check_type(finding, "echo on > /sys/bus/pci/devices/%s/power/control",
			   fn->text);
	}
}

/* --- MSI-X -------------------------------------------------------------------- */

static bool interrupts_isolated(void)
{
	/* Architectures without it have their vectors elsewhere. */
	return sysfs_has_word("IR-", "/proc/interrupts") ||
	       sysfs_has_word("ITS-", "/proc/interrupts");
}

/* How many pages the table makes unfit. */
static uint64_t msix_pages(const struct fn_msix *msix)
{
	uint64_t page = sysconf(_SC_PAGESIZE);

	return (msix->offset + msix->size + page - 1) / page -
	       msix->offset / page;
}

static void warn_msix(const struct fn *fn, int bar,
		      struct check_finding *finding)
{
	uint64_t all = fn->bars[bar].size / sysconf(_SC_PAGESIZE);
	uint64_t pages = msix_pages(&fn->msix);

	check_saw(finding, pages < all ? CHECK_WARN : CHECK_STOP,
		  "%llu of %llu pages of BAR %d hold the MSI-X table (at %#llx), and there is no interrupt remapping: they are refused",
		  (unsigned long long)pages, (unsigned long long)all, bar,
		  (unsigned long long)fn->msix.offset);
	check_advise(finding,
		     "Switch interrupt remapping on (in the firmware's setup; no \"intremap=off\" on the kernel's command line), or export ranges without those pages, or another BAR.");
	check_type(finding, "p2pctl list %s", fn->text);
	if (pages < all)
		check_type(finding, "p2pctl export %s %d --range OFFSET:LENGTH",
			   fn->text, bar);
}

static void run_msix(const struct check_patient *patient,
		     struct check_finding *finding)
{
	const struct fn *fn = patient->exporter;
	int bar = chosen_bar(patient);

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

const struct check check_exporter[] = {
	{ "exporter-driver", CHECK_EXPORTER, run_driver },
	{ "exporter-denylist", CHECK_EXPORTER, run_denylist },
	{ "exporter-group", CHECK_EXPORTER, run_group },
	{ "exporter-bar", CHECK_EXPORTER, run_bar },
	{ "exporter-memory", CHECK_EXPORTER, run_memory },
	{ "exporter-power", CHECK_EXPORTER, run_power },
	{ "exporter-msix", CHECK_EXPORTER, run_msix },
	{}
};
