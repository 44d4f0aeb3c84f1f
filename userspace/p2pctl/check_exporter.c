// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of the exporter: its driver, group, memory and power.
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "sysfs.h"

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

/* Since Linux 6.19, where it has CONFIG_PCI_P2PDMA. */
static bool vfio_pci_exports(void)
{
	unsigned int major, minor;
	char release[SYSFS_LINE];

	sysfs_line(release, "/proc/sys/kernel/osrelease");
	return sscanf(release, "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 19));
}

static void judge_vfio_pci(const struct check_patient *patient,
			   struct check_finding *finding)
{
	if (vfio_pci_exports() &&
	    !(patient->importer && check_importer_pins(patient->importer))) {
		check_saw(finding, CHECK_WARN,
			  "bound to vfio-pci: the kernel's own exporter serves it");
		check_advise(finding,
			     "That one refuses importers that pin, tells nobody of a revocation, and has no part in /dev/p2p_dmabuf. For these bind our variant: programs see no other difference.");
		return;
	}
	check_saw(finding, CHECK_STOP, "bound to vfio-pci");
	check_advise(finding,
		     "vfio-pci itself cannot export (before Linux 6.19), or not to this importer. Bind our variant of it instead: programs see no difference.");
}

static void run_driver(const struct check_patient *patient,
		       struct check_finding *finding)
{
	const struct fn *fn = patient->exporter;

	if (!strcmp(fn->driver, GROUP_OUR_DRIVER)) {
		check_saw(finding, CHECK_OK, "bound to %s", fn->driver);
		return;
	}
	if (!strcmp(fn->driver, "vfio-pci")) {
		judge_vfio_pci(patient, finding);
	} else if (group_driver_is_vfio(fn->driver)) {
		check_saw(finding, CHECK_STOP, "bound to %s", fn->driver);
		check_advise(finding,
			     "That variant of vfio-pci does not export. Bind ours instead.");
	} else {
		check_saw(finding, CHECK_STOP, *fn->driver ? "bound to %s" :
			  "bound to no driver%s", fn->driver);
		check_advise(finding,
			     "Bind our VFIO driver to it. What %s gives (disks, network) goes away meanwhile.",
			     *fn->driver ? fn->driver : "no driver");
	}
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
			  "memory is off in PCI_COMMAND although the device is open: writes are lost, reads give ones or zeros");
		check_advise(finding,
			     "If the process that has it switched it off (its buffers are then revoked), only that process can switch it on: bit 1 of PCI_COMMAND, by its VFIO descriptor. If somebody else did:");
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

const struct check check_exporter[] = {
	{ "exporter-driver", CHECK_EXPORTER, run_driver },
	{ "exporter-denylist", CHECK_EXPORTER, run_denylist },
	{ "exporter-group", CHECK_EXPORTER, run_group },
	{ "exporter-memory", CHECK_EXPORTER, run_memory },
	{ "exporter-power", CHECK_EXPORTER, run_power },
	{}
};
