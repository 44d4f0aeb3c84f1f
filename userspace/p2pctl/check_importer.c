// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of the importer: what its driver does with a dma-buf, and whether its
 * DMA can be ended without its help.
 */
#include <string.h>

#include "check.h"
#include "sysfs.h"

#define COMMAND_MASTER	0x4

enum kind {
	KIND_LISTENS,	/* lets go when told */
	KIND_PINS,	/* keeps its mapping: has to be cut */
	KIND_NOT,	/* imports no dma-buf without pages */
	KIND_UNKNOWN,
};

/* By the PCI function's driver. */
static const struct {
	const char *driver;
	enum kind kind;
	const char *rdma;		/* only with this one, too */
	unsigned int listens_from;	/* Linux; it pinned before */
} kinds[] = {
	{ "amdgpu", KIND_LISTENS, NULL, 0 },
	{ "ast", KIND_NOT, NULL, 0 },
	{ "bnxt_en", KIND_PINS, "bnxt_re", 0 },
	{ "e1000e", KIND_NOT, NULL, 0 },
	{ "efa", KIND_PINS, "efa", 0 },
	{ "i40e", KIND_LISTENS, "irdma", 7 },
	{ "i915", KIND_NOT, NULL, 0 },
	{ "ice", KIND_LISTENS, "irdma", 7 },
	{ "idpf", KIND_LISTENS, "irdma", 7 },
	{ "igb", KIND_NOT, NULL, 0 },
	{ "ionic", KIND_PINS, "ionic_rdma", 0 },
	{ "mana", KIND_PINS, "mana_ib", 0 },
	{ "mlx5_core", KIND_LISTENS, "mlx5_ib", 0 },
	{ "nouveau", KIND_NOT, NULL, 0 },
	{ "nvme", KIND_NOT, NULL, 0 },
	{ "radeon", KIND_NOT, NULL, 0 },
	{ "xe", KIND_LISTENS, NULL, 0 },
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static size_t kind_index(const struct fn *fn)
{
	size_t i;

	for (i = 0; i < KINDS; i++) {
		if (!strcmp(fn->driver, kinds[i].driver))
			break;
	}
	return i;
}

static enum kind kind_of(const struct fn *fn)
{
	size_t i = kind_index(fn);
	uint64_t major;

	if (i == KINDS)
		return KIND_UNKNOWN;
	/* "7.3.4-amd64": the number ends at the dot. */
	sysfs_number(&major, "/proc/sys/kernel/osrelease");
	return major < kinds[i].listens_from ? KIND_PINS : kinds[i].kind;
}

bool check_importer_pins(const struct fn *importer)
{
	return kind_of(importer) == KIND_PINS;
}

static void run_driver(const struct check_patient *patient,
		       struct check_finding *finding)
{
	const struct fn *fn = patient->importer;
	size_t i = kind_index(fn);

	if (!*fn->driver) {
		check_saw(finding, CHECK_STOP, "bound to no driver: nothing imports");
		check_advise(finding, "Load the device's own driver.");
		check_type(finding, "echo %s > /sys/bus/pci/drivers_probe",
			   fn->text);
	} else if (i < KINDS && kinds[i].rdma &&
		   sysfs_is_empty("/sys/bus/pci/devices/%s/infiniband",
				  fn->text)) {
		check_saw(finding, CHECK_STOP,
			  "%s without its RDMA half: nothing imports",
			  fn->driver);
		check_advise(finding, "Load the RDMA driver.");
		check_type(finding, "modprobe %s", kinds[i].rdma);
	} else {
		check_saw(finding, CHECK_OK, "bound to %s", fn->driver);
	}
}

static void run_kind(const struct check_patient *patient,
		     struct check_finding *finding)
{
	const char *driver = patient->importer->driver;

	switch (kind_of(patient->importer)) {
	case KIND_LISTENS:
		check_saw(finding, CHECK_OK, "%s lets go when told", driver);
		break;
	case KIND_PINS:
		check_saw(finding, CHECK_OK,
			  "%s pins: it is cut off by a reset (see importer-cut)",
			  driver);
		break;
	case KIND_NOT:
		check_saw(finding, CHECK_STOP,
			  "%s imports no dma-buf that could be taken back",
			  driver);
		check_advise(finding,
			     "The device needs a driver that imports dynamically, with peer-to-peer. A newer kernel may have one.");
		break;
	default:
		check_saw(finding, CHECK_UNKNOWN,
			  "not known whether %s imports, and how",
			  *driver ? driver : "no driver");
		check_advise(finding,
			     "Try it. A refusal leaves a line in the kernel's log that says why.");
		check_type(finding, "dmesg | grep p2p-bar");
	}
}

static void run_iommu(const struct check_patient *patient,
		      struct check_finding *finding)
{
	const struct fn *fn = patient->importer;
	enum group_mode mode = group_mode(fn);

	switch (mode) {
	case GROUP_TRANSLATED:
	case GROUP_LAZY:
		check_saw(finding, CHECK_OK, "its DMA is %s",
			  group_mode_name(mode));
		break;
	case GROUP_UNKNOWN:
		check_saw(finding, CHECK_UNKNOWN, "its IOMMU mode is not known");
		check_advise(finding, "See what its group's type says.");
		check_type(finding, "cat /sys/kernel/iommu_groups/%d/type",
			   fn->group);
		break;
	default:
		check_saw(finding, CHECK_WARN,
			  "its DMA is not translated: after a revocation the importer is believed that it has stopped");
		check_advise(finding,
			     "Let the IOMMU translate its DMA: \"%s\" on the kernel's command line; or, for this device alone (its driver must be unbound for it):",
			     check_iommu_argument());
		if (mode == GROUP_DIRECT)
			check_type(finding, "echo DMA > /sys/kernel/iommu_groups/%d/type",
				   fn->group);
		else
			check_type(finding, "update-grub && reboot");
	}
}

static void run_master(const struct check_patient *patient,
		       struct check_finding *finding)
{
	const struct fn *fn = patient->importer;

	if (fn->command & COMMAND_MASTER) {
		check_saw(finding, CHECK_OK, "may do DMA");
		return;
	}
	check_saw(finding, CHECK_STOP, "bus mastering is off: it can do no DMA");
	check_advise(finding,
		     "Its driver switches it on when the device is used; a failed start may have left it off. Bind the driver again.");
	if (*fn->driver)
		check_type(finding, "echo %s > /sys/bus/pci/drivers/%s/unbind",
			   fn->text, fn->driver);
	check_type(finding, "echo %s > /sys/bus/pci/drivers_probe", fn->text);
}

/* --- what depends on the exporter, too ----------------------------------------- */

static void run_cut(const struct check_patient *patient,
		    struct check_finding *finding)
{
	const struct fn *fn = patient->importer;
	bool host = route_is(&patient->route, P2P_ROUTE_HOST);

	if (!check_importer_pins(fn)) {
		check_saw(finding, CHECK_OK, "not known to need a cut");
		return;
	}
	if (host && group_translates(group_mode(fn))) {
		check_saw(finding, CHECK_OK,
			  "%s pins, and its mapping can be cut: the IOMMU translates it",
			  fn->driver);
		return;
	}
	check_saw(finding, CHECK_STOP,
		  "%s pins, and its mapping cannot be cut: %s", fn->driver,
		  host ? "its DMA is not translated" :
			 "the route does not pass the IOMMU");
	if (host) {
		check_advise(finding,
			     "Let the IOMMU translate its DMA: add \"%s\" to the kernel's command line (/etc/default/grub), without iommu=pt, and boot again.",
			     check_iommu_argument());
		check_type(finding, "update-grub && reboot");
	} else {
		check_advise(finding,
			     "Put exporter and importer below different root ports, or leave ACS redirection on in the switch (no pci=disable_acs_redir).");
		check_type(finding, "p2pctl topo %s %s",
			   patient->exporter->text, fn->text);
	}
}

/* Only addresses that no IOMMU changes must fit. */
static void run_mask(const struct check_patient *patient,
		     struct check_finding *finding)
{
	const struct fn *exporter = patient->exporter;
	const struct fn *fn = patient->importer;
	int bar = check_chosen_bar(patient);
	uint64_t bits, end;

	if (bar < 0 || (route_is(&patient->route, P2P_ROUTE_HOST) &&
			group_translates(group_mode(fn)))) {
		check_saw(finding, CHECK_OK, "the IOMMU gives it addresses that fit");
		return;
	}
	if (!sysfs_number(&bits, "/sys/bus/pci/devices/%s/dma_mask_bits",
			  fn->text)) {
		check_saw(finding, CHECK_UNKNOWN, "its DMA mask cannot be read");
		check_advise(finding, "See that it has as many bits as the BAR's address.");
		check_type(finding, "cat /sys/bus/pci/devices/%s/resource",
			   exporter->text);
		return;
	}
	end = exporter->bars[bar].start + exporter->bars[bar].size - 1;
	if (bits >= 64 || !(end >> bits)) {
		check_saw(finding, CHECK_OK, "addresses %llu bits, enough for BAR %d",
			  (unsigned long long)bits, bar);
		return;
	}
	check_saw(finding, CHECK_STOP,
		  "addresses only %llu bits: BAR %d, up to %#llx, is beyond",
		  (unsigned long long)bits, bar, (unsigned long long)end);
	check_advise(finding,
		     "Let the IOMMU translate (\"%s\" on the kernel's command line), or have the firmware place BARs lower.",
		     check_iommu_argument());
	check_type(finding, "update-grub && reboot");
}

const struct check check_importer[] = {
	{ "importer-driver", CHECK_IMPORTER, run_driver },
	{ "importer-kind", CHECK_IMPORTER, run_kind },
	{ "importer-iommu", CHECK_IMPORTER, run_iommu },
	{ "importer-bus-master", CHECK_IMPORTER, run_master },
	{ "importer-cut", CHECK_PAIR, run_cut },
	{ "importer-dma-mask", CHECK_PAIR, run_mask },
	{}
};
