// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of what the caller may open.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "sysfs.h"

static int may(const char *path, int mode)
{
	return eaccess(path, mode) ? errno : 0;
}

static void run_control(const struct check_patient *patient,
			struct check_finding *finding)
{
	char path[SYSFS_PATH];
	int err;

	(void)patient;
	sysfs_path(path, "/dev/p2p_dmabuf");
	err = may(path, R_OK);
	if (!err) {
		check_saw(finding, CHECK_OK, "/dev/p2p_dmabuf can be read");
	} else if (err == ENOENT) {
		check_saw(finding, CHECK_WARN, "/dev/p2p_dmabuf is not there");
		check_advise(finding,
			     "Exports work without it; routes, info, events and pointers need it. Load the module, or a newer one.");
		check_type(finding, "modprobe p2p-bar-exporter");
	} else {
		check_saw(finding, CHECK_STOP, "/dev/p2p_dmabuf: %s",
			  strerror(err));
		check_advise(finding, "Give your user the right to read it.");
		check_type(finding, "chmod a+r /dev/p2p_dmabuf");
	}
}

/* The group's node, or the device's own where the kernel has those. */
static void exporter_node(const struct fn *fn, char path[SYSFS_PATH],
			  const char **shown)
{
	struct sysfs_names names;

	sysfs_names_load(&names, "/sys/bus/pci/devices/%s/vfio-dev", fn->text);
	if (names.nr && sysfs_exists("/dev/vfio/devices/%s",
				     names.entry[0]->d_name))
		sysfs_path(path, "/dev/vfio/devices/%s",
			   names.entry[0]->d_name);
	else
		sysfs_path(path, "/dev/vfio/%d", fn->group);
	sysfs_names_free(&names);
	*shown = path + strlen(sysfs_root());
}

static void run_vfio(const struct check_patient *patient,
		     struct check_finding *finding)
{
	char path[SYSFS_PATH];
	const char *shown;
	int err;

	exporter_node(patient->exporter, path, &shown);
	err = may(path, R_OK | W_OK);
	if (!err) {
		check_saw(finding, CHECK_OK, "%s can be opened", shown);
	} else if (err == ENOENT) {
		check_saw(finding, CHECK_STOP, "%s is not there", shown);
		check_advise(finding, "It comes when a VFIO driver has the device.");
		check_type(finding, "p2pctl bind %s", patient->exporter->text);
	} else {
		check_saw(finding, CHECK_STOP, "%s: %s", shown, strerror(err));
		check_advise(finding, "Give the node to the user that opens the device.");
		check_type(finding, "chown $USER %s", shown);
	}
}

static void run_container(const struct check_patient *patient,
			  struct check_finding *finding)
{
	char path[SYSFS_PATH];
	int err;

	(void)patient;
	sysfs_path(path, "/dev/vfio/vfio");
	err = may(path, R_OK | W_OK);
	if (err && sysfs_exists("/dev/iommu")) {
		sysfs_path(path, "/dev/iommu");
		err = may(path, R_OK | W_OK);
	}
	if (!err) {
		check_saw(finding, CHECK_OK, "%s can be opened",
			  path + strlen(sysfs_root()));
		return;
	}
	check_saw(finding, CHECK_STOP, "%s: %s", path + strlen(sysfs_root()),
		  strerror(err));
	if (err == ENOENT) {
		check_advise(finding, "Load VFIO.");
		check_type(finding, "modprobe vfio-pci");
	} else {
		check_advise(finding, "Everybody may have it: it gives no access to a device.");
		check_type(finding, "chmod a+rw %s",
			   path + strlen(sysfs_root()));
	}
}

const struct check check_access[] = {
	{ "access-p2p-dmabuf", CHECK_MACHINE, run_control },
	{ "access-vfio", CHECK_MACHINE, run_container },
	{ "access-vfio-device", CHECK_EXPORTER, run_vfio },
	{}
};
