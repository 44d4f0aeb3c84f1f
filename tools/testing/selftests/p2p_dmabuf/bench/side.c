// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "../lib/guest.h"
#include "../lib/importer.h"
#include "sample.h"
#include "side.h"

static const struct {
	const char *name;
	const char *driver;
} sides[SIDES] = {
	[SIDE_OURS] = { "ours", "vfio-pci-dmabuf" },
	[SIDE_KERNEL] = { "in-tree", "vfio-pci" },
};

static bool bound_to(const char *bdf, const char *driver)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t length;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", bdf);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	return !strcmp(strrchr(target, '/') + 1, driver);
}

void side_bind(const char *bdf, const char *driver)
{
	if (bound_to(bdf, driver))
		return;
	/* Fails where it has no driver. */
	guest_write_device(bdf, "driver/unbind", bdf);
	must("driver_override", guest_write_device(bdf, "driver_override",
						   driver));
	must("drivers_probe", guest_write("/sys/bus/pci/drivers_probe", bdf));
	if (!bound_to(bdf, driver)) {
		printf("bench: %s is not bound to %s\n", bdf, driver);
		exit(1);
	}
}

void side_take(struct side_machine *machine, enum side side,
	       const char *exporter)
{
	machine->side = side;
	machine->name = sides[side].name;
	machine->exporter = exporter;
	side_bind(exporter, sides[side].driver);
	must("open the exporter", vfio_open(&machine->dev, exporter));
	must("switch memory on", vfio_set_memory(&machine->dev, 1));
	machine->session = must("open the importer",
				importer_open(machine->importer));
}

void side_leave(struct side_machine *machine)
{
	close(machine->session);
	vfio_close(&machine->dev);
}

bool side_exports(struct side_machine *machine)
{
	struct vfio_device_feature probe = {
		.argsz = sizeof(probe),
		.flags = VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_GET |
			 VFIO_DEVICE_FEATURE_DMA_BUF,
	};

	return !vfio_feature(machine->dev.device, &probe);
}

/* By hand: nothing but the call is to be timed. */
int side_export(struct side_machine *machine, uint64_t offset, uint64_t length)
{
	struct vfio_export_request req = {
		.feature.argsz = sizeof(req),
		.feature.flags = VFIO_DEVICE_FEATURE_GET |
				 VFIO_DEVICE_FEATURE_DMA_BUF,
		.region_index = machine->bar,
		.open_flags = O_RDWR | O_CLOEXEC,
		.nr_ranges = 1,
		.ranges = { { offset, length } },
	};

	return vfio_feature(machine->dev.device, &req);
}
