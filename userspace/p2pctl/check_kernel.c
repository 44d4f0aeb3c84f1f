// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of the kernel: the two modules, and the options they rest on.
 */
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "check.h"
#include "sysfs.h"

static bool locked_down(void)
{
	return sysfs_has_word("[integrity]", "/sys/kernel/security/lockdown") ||
	       sysfs_has_word("[confidentiality]",
			      "/sys/kernel/security/lockdown");
}

static void advise_module(struct check_finding *finding, const char *name)
{
	if (locked_down())
		check_advise(finding,
			     "Load it. Secure Boot has locked the kernel down: the module must be signed with a key the machine trusts (mokutil --import).");
	else
		check_advise(finding, "Load it.");
	check_type(finding, "modprobe %s", name);
}

static void run_exporter(const struct check_patient *patient,
			 struct check_finding *finding)
{
	(void)patient;
	if (sysfs_exists("/sys/module/p2p_bar_exporter")) {
		check_saw(finding, CHECK_OK, "p2p-bar-exporter is loaded");
		return;
	}
	check_saw(finding, CHECK_STOP, "p2p-bar-exporter is not loaded");
	advise_module(finding, "p2p-bar-exporter");
}

static void run_driver(const struct check_patient *patient,
		       struct check_finding *finding)
{
	(void)patient;
	if (sysfs_exists("/sys/bus/pci/drivers/" GROUP_OUR_DRIVER)) {
		check_saw(finding, CHECK_OK, GROUP_OUR_DRIVER " is loaded");
		return;
	}
	check_saw(finding, CHECK_STOP, GROUP_OUR_DRIVER " is not loaded");
	advise_module(finding, GROUP_OUR_DRIVER);
}

/* --- options ------------------------------------------------------------------ */

/* A configuration, compressed or not, whose place depends on the distribution. */
static void *config_open(void)
{
	static const char * const places[] = {
		"/proc/config.gz", "/boot/config-%s", "/lib/modules/%s/config",
		"/lib/modules/%s/build/.config",
	};
	char release[SYSFS_LINE], place[SYSFS_PATH], path[SYSFS_PATH];
	void *file = NULL;	/* zlib's */
	size_t i;

	sysfs_line(release, "/proc/sys/kernel/osrelease");
	for (i = 0; i < sizeof(places) / sizeof(*places) && !file; i++) {
		if (strstr(places[i], "%s"))
			snprintf(place, sizeof(place), "%.*s%s%s",
				 (int)(strstr(places[i], "%s") - places[i]),
				 places[i], release,
				 strstr(places[i], "%s") + 2);
		else
			snprintf(place, sizeof(place), "%s", places[i]);
		sysfs_path(path, "%s", place);
		file = gzopen(path, "re");
	}
	return file;
}

/* 1: on, 0: off, -1: nobody knows. */
static int option(const char *name)
{
	void *file = config_open();
	size_t length = strlen(name);
	char line[SYSFS_LINE];
	int found = 0;

	if (!file)
		return -1;
	while (!found && gzgets(file, line, sizeof(line)))
		found = !strncmp(line, name, length) && line[length] == '=' &&
			(line[length + 1] == 'y' || line[length + 1] == 'm');
	gzclose(file);
	return found;
}

static void say_option(struct check_finding *finding, const char *name, int on)
{
	if (on > 0) {
		check_saw(finding, CHECK_OK, "%s is on", name);
	} else if (on < 0) {
		check_saw(finding, CHECK_UNKNOWN,
			  "the kernel's configuration cannot be read");
		check_advise(finding, "See whether %s is on.", name);
		check_type(finding, "grep %s= /boot/config-$(uname -r)", name);
	} else {
		check_saw(finding, CHECK_STOP, "%s is off", name);
		check_advise(finding, "This kernel cannot do it. Boot one that was built with %s.",
			     name);
	}
}

static void run_vfio(const struct check_patient *patient,
		     struct check_finding *finding)
{
	(void)patient;
	/* What is loaded needs no configuration to prove it. */
	if (sysfs_exists("/sys/module/vfio_pci_core"))
		check_saw(finding, CHECK_OK, "vfio-pci-core is loaded");
	else
		say_option(finding, "CONFIG_VFIO_PCI_CORE",
			   option("CONFIG_VFIO_PCI_CORE"));
}

static void run_iommu(const struct check_patient *patient,
		      struct check_finding *finding)
{
	static const char * const names[] = {
		"CONFIG_AMD_IOMMU", "CONFIG_INTEL_IOMMU", "CONFIG_ARM_SMMU_V3",
		"CONFIG_VIRTIO_IOMMU",
	};
	size_t i;

	(void)patient;
	if (group_iommu_on()) {
		check_saw(finding, CHECK_OK, "the kernel drives an IOMMU");
		return;
	}
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (option(names[i]) > 0) {
			check_saw(finding, CHECK_OK, "%s is on", names[i]);
			return;
		}
	}
	say_option(finding, "CONFIG_INTEL_IOMMU or CONFIG_AMD_IOMMU",
		   option(names[0]));
}

static void run_dmabuf(const struct check_patient *patient,
		       struct check_finding *finding)
{
	(void)patient;
	if (sysfs_exists("/sys/module/p2p_bar_exporter"))
		check_saw(finding, CHECK_OK, "there are dma-bufs: the exporter is loaded");
	else
		say_option(finding, "CONFIG_DMA_SHARED_BUFFER",
			   option("CONFIG_DMA_SHARED_BUFFER"));
}

const struct check check_kernel[] = {
	{ "kernel-vfio-pci-core", CHECK_MACHINE, run_vfio },
	{ "kernel-iommu", CHECK_MACHINE, run_iommu },
	{ "kernel-dma-buf", CHECK_MACHINE, run_dmabuf },
	{ "module-p2p-bar-exporter", CHECK_MACHINE, run_exporter },
	{ "module-vfio-pci-dmabuf", CHECK_MACHINE, run_driver },
	{}
};
