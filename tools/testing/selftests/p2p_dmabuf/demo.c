// SPDX-License-Identifier: GPL-2.0-only
/*
 * The main job, step by step, for people to read. Ends with 1 at the first step
 * that does not go as told.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/steps.h"
#include "lib/vfio.h"

#define MIB (1024 * 1024ULL)
#define LENGTH (32 * MIB)

static void say_sum(const char *what, const void *data)
{
	unsigned char sum[SHA256_DIGEST_LENGTH];
	char text[2 * sizeof(sum) + 1];
	size_t i;

	SHA256(data, LENGTH, sum);
	for (i = 0; i < sizeof(sum); i++)
		sprintf(text + 2 * i, "%02x", sum[i]);
	say("  sha256 of %s: %s", what, text);
}

static void move_bytes(int importer, int handle, const char *bar)
{
	char *drive = malloc(LENGTH);

	step("the controller reads 32 MiB of its drive into the BAR",
	     importer_dma(importer, handle, 0, 0, 0, LENGTH), 0);
	step("the CPU reads the drive's blocks",
	     importer_drive_read(importer, 0, drive, LENGTH), 0);
	say_sum("the drive", drive);
	say_sum("the BAR", bar);
	expect("BAR and drive are equal", !memcmp(bar, drive, LENGTH));

	step("the controller writes the BAR back, to the next 32 MiB",
	     importer_dma(importer, handle, P2P_IMPORTER_TO_DRIVE, LENGTH, 0,
			  LENGTH), 0);
	step("the CPU reads them",
	     importer_drive_read(importer, LENGTH, drive, LENGTH), 0);
	expect("both copies are equal", !memcmp(bar, drive, LENGTH));
	free(drive);
}

static void *reset(void *dev)
{
	return (void *)(intptr_t)vfio_reset(dev);
}

/* The importer here needs half a second to let go: time to look around. */
static void reset_while_mapped(struct vfio_dev *dev, int importer, int handle)
{
	pthread_t thread;
	void *ret;

	pthread_create(&thread, NULL, reset, dev);
	step("VFIO_DEVICE_RESET: the importer is told",
	     importer_wait(importer, handle, P2P_IMPORTER_NOTIFIED, 1, 10000),
	     0);
	pthread_join(thread, &ret);
	step("the reset comes back when the importer has let go",
	     (intptr_t)ret, 0);
	expect("it has", !importer_mapped(importer, handle));
	step("its next transfer is refused",
	     importer_dma(importer, handle, 0, 0, 0, 512), -ENXIO);
	step("after the reset it is told again and maps",
	     importer_map(importer, handle), 0);
	step("and reaches the BAR as before",
	     importer_dma(importer, handle, 0, 0, 0, LENGTH), 0);
}

int main(void)
{
	const struct importer_manner manner = {
		.mode = P2P_IMPORTER_DYNAMIC,
		.letgo = P2P_IMPORTER_LETGO_LATE,
		.letgo_ms = 500,
	};
	int importer, dmabuf, handle;
	struct vfio_dev dev;
	char *bar;

	say("exporter %s (BAR %u), importer %s, an NVMe controller",
	    guest_exporter(), guest_bar(), guest_importer());
	step("open the exporter through VFIO",
	     vfio_open(&dev, guest_exporter()), 0);
	dmabuf = step("export its 64 MiB BAR as a dma-buf",
		      vfio_export(&dev, guest_bar(), 0, 64 * MIB), 0);
	importer = step("open the importer", importer_open(guest_importer()), 0);
	handle = step("attach it to the dma-buf and map",
		      importer_attach_map(importer, dmabuf, &manner), 0);
	bar = vfio_map(&dev, guest_bar(), 0, LENGTH);
	expect("map the BAR for the CPU, to look at it", bar != MAP_FAILED);

	move_bytes(importer, handle, bar);
	reset_while_mapped(&dev, importer, handle);

	vfio_close(&dev);
	munmap(bar, LENGTH);
	step("close the device, with the dma-buf open: mapping it",
	     importer_map(importer, handle), -ENODEV);
	step("close the rest", close(importer) | close(dmabuf), 0);
	return 0;
}
