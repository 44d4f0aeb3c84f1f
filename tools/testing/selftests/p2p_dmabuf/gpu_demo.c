// SPDX-License-Identifier: GPL-2.0-only
/*
 * A picture travels from a drive into a BAR and from there onto a screen, step by
 * step, for people to read; the CPU maps neither. Then the BAR is reset, and at
 * last closed, while it is shown. Ends with 1 at the first step that does not go
 * as told.
 *
 * The drive begins with two pictures, the second one GPU_SLICE_SIZE behind the
 * first one.
 *
 *	gpu_demo		all that
 *	gpu_demo refused	there is no more to it than the refusal
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/control.h"
#include "lib/gpu.h"
#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/monitor.h"
#include "lib/steps.h"
#include "lib/vfio.h"

#define SLICE (16ULL << 20)	/* where in the BAR */

struct demo {
	struct vfio_dev dev;
	int dmabuf;
	int drive;
	int handle;
	struct gpu gpu;
	int monitor;
};

static void open_all(struct demo *d)
{
	step("open the exporter through VFIO",
	     vfio_open(&d->dev, guest_exporter()), 0);
	d->dmabuf = step("export 4 MiB of its BAR as a dma-buf",
			 vfio_export(&d->dev, guest_bar(), SLICE,
				     GPU_SLICE_SIZE), 0);
	d->drive = step("open the drive's controller",
			importer_open(guest_importer()), 0);
	d->handle = step("attach it to the dma-buf and map",
			 importer_attach_map(d->drive, d->dmabuf,
					     &importer_good), 0);
	step("open the display", gpu_open(&d->gpu, GPU_VIRTIO), 0);
	d->monitor = step("open the emulator's monitor", monitor_open(), 0);
}

static void show(struct demo *d)
{
	step("drmPrimeFDToHandle(): the display imports the dma-buf",
	     gpu_import(&d->gpu, d->dmabuf), 0);
	step("drmModeAddFB2(): its beginning is a picture, 1024x768",
	     gpu_add_fb(&d->gpu), 0);
	step("drmModeSetCrtc(): the screen shows it", gpu_show(&d->gpu), 0);
	expect("the display has it mapped", control_maps(d->dmabuf, guest_gpu()) == 1);
}

static void load(struct demo *d, unsigned int picture)
{
	step("the controller reads a picture of its drive into the BAR",
	     importer_dma(d->drive, d->handle, 0, picture * GPU_SLICE_SIZE, 0,
			  GPU_PICTURE_SIZE), 0);
	step("drmModeDirtyFB(): there is something new to see",
	     gpu_flush(&d->gpu), 0);
}

static void dump(struct demo *d, const char *name)
{
	char what[80];

	snprintf(what, sizeof(what), "the emulator dumps the screen: %s.png",
		 name);
	step(what, monitor_dump_screen(d->monitor, name), 0);
}

static void reset(struct demo *d)
{
	step("VFIO_DEVICE_RESET, while it is shown", vfio_reset(&d->dev), 0);
	expect("neither the display nor the drive has it mapped",
	       !control_maps(d->dmabuf, guest_gpu()) &&
	       !control_maps(d->dmabuf, guest_importer()));
	step("the drive's controller maps it again",
	     importer_map(d->drive, d->handle), 0);
	step("drmModeSetCrtc(): the screen shows it again",
	     gpu_show(&d->gpu), 0);
	expect("the display has it mapped", control_maps(d->dmabuf, guest_gpu()) == 1);
}

static void close_all(struct demo *d)
{
	vfio_close(&d->dev);
	say("  closed the exporter, while it is shown");
	expect("neither the display nor the drive has it mapped",
	       !control_maps(d->dmabuf, guest_gpu()) &&
	       !control_maps(d->dmabuf, guest_importer()));
	step("drmModeSetCrtc(): show it once more", gpu_show(&d->gpu), -ENODEV);
	gpu_close(&d->gpu);
	step("close the rest", close(d->drive) | close(d->dmabuf), 0);
	step("open the exporter again",
	     vfio_open(&d->dev, guest_exporter()), 0);
	vfio_close(&d->dev);
}

static void be_refused(struct demo *d)
{
	step("drmPrimeFDToHandle(): the display imports the dma-buf",
	     gpu_import(&d->gpu, d->dmabuf), -EOPNOTSUPP);
}

static void be_shown(struct demo *d)
{
	show(d);
	dump(d, "before");
	load(d, 0);
	dump(d, "screen");
	reset(d);
	load(d, 1);
	dump(d, "after-reset");
	close_all(d);
}

int main(int argc, char **argv)
{
	struct demo d;

	say("exporter %s (BAR %u), drive %s, display %s", guest_exporter(),
	    guest_bar(), guest_importer(), guest_gpu());
	open_all(&d);
	if (argc > 1)
		be_refused(&d);
	else
		be_shown(&d);
	return 0;
}
