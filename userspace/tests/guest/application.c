// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Stands for a program that drives a device and lets another one read and write
 * a part of its BAR.
 *
 *	application DEVICE BAR OFFSET LENGTH IMPORTER
 *
 * Exports that part by the library, attaches and maps it for the selftests'
 * importer, an NVMe controller, and then does what the lines of its input say;
 * after each it prints "done", or why not:
 *
 *	move		bytes from the drive into the BAR and back; compares them
 *	read		the BAR onto the drive; compares them
 *	map		again, after a revocation
 *	memory off|on	by PCI_COMMAND, through the VFIO descriptor
 *
 * Ends with 0 if all was done.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <p2pdmabuf.h>

#include "lib/importer.h"

struct application {
	struct p2p_device *device;
	size_t length;
	unsigned char *bar;	/* the CPU's way to the same bytes */
	int importer;
	int handle;
};

static const struct importer_manner manner = { .mode = P2P_IMPORTER_DYNAMIC };

static void set_up(struct application *app, char **argv)
{
	unsigned int bar = strtoul(argv[2], NULL, 0);
	struct p2p_range range = {
		.offset = strtoull(argv[3], NULL, 0),
		.length = strtoull(argv[4], NULL, 0),
	};
	struct p2p_address address;
	int buffer;

	if (p2p_address_parse(argv[1], &address))
		err(1, "%s", argv[1]);
	app->device = p2p_device_open(&address, 0);
	if (!app->device)
		err(1, "open %s", argv[1]);
	buffer = p2p_buffer_export(app->device, bar, &range, 1,
				   O_RDWR | O_CLOEXEC);
	if (buffer < 0)
		err(1, "export");
	app->length = range.length;
	app->bar = p2p_device_map_bar(app->device, bar, range.offset,
				      range.length, PROT_READ | PROT_WRITE);
	if (!app->bar)
		err(1, "map");
	app->importer = importer_open(argv[5]);
	if (app->importer < 0)
		errx(1, "open %s: %s", argv[5], strerror(-app->importer));
	app->handle = importer_attach_map(app->importer, buffer, &manner);
	if (app->handle < 0)
		errx(1, "import: %s", strerror(-app->handle));
}

/* --- what can be asked for ---------------------------------------------------- */

static bool equal(const struct application *app, const unsigned char *bytes)
{
	size_t i;

	for (i = 0; i < app->length; i++) {
		if (app->bar[i] != bytes[i])
			return false;
	}
	return true;
}

/* The BAR onto the drive, behind what "move" has there. */
static int read_bar(const struct application *app)
{
	unsigned char *bytes = malloc(app->length);
	int ret;

	ret = importer_dma(app->importer, app->handle, P2P_IMPORTER_TO_DRIVE,
			   app->length, 0, app->length);
	if (!ret)
		ret = importer_drive_read(app->importer, app->length, bytes,
					  app->length);
	if (!ret && !equal(app, bytes))
		ret = -EIO;
	free(bytes);
	return ret;
}

static int move(const struct application *app)
{
	static unsigned char round;
	unsigned char *bytes = malloc(app->length);
	size_t i;
	int ret;

	round++;
	for (i = 0; i < app->length; i++)
		bytes[i] = round + i / 509;
	ret = importer_drive_write(app->importer, 0, bytes, app->length);
	if (!ret)
		ret = importer_dma(app->importer, app->handle, 0, 0, 0,
				   app->length);
	if (!ret && !equal(app, bytes))
		ret = -EIO;
	free(bytes);
	return ret ? ret : read_bar(app);
}

static int map(const struct application *app)
{
	return importer_map(app->importer, app->handle);
}

static int switch_memory(const struct application *app, bool on)
{
	struct vfio_region_info config = {
		.argsz = sizeof(config),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	int fd = p2p_device_fd(app->device);
	uint16_t command;
	off_t place;

	if (ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &config))
		return -errno;
	place = config.offset + PCI_COMMAND;
	if (pread(fd, &command, 2, place) != 2)
		return -errno;
	command = on ? command | PCI_COMMAND_MEMORY :
		       command & ~PCI_COMMAND_MEMORY;
	return pwrite(fd, &command, 2, place) == 2 ? 0 : -errno;
}

static int memory_off(const struct application *app)
{
	return switch_memory(app, false);
}

static int memory_on(const struct application *app)
{
	return switch_memory(app, true);
}

static const struct {
	const char *words;
	int (*run)(const struct application *app);
} commands[] = {
	{ "move", move },
	{ "read", read_bar },
	{ "map", map },
	{ "memory off", memory_off },
	{ "memory on", memory_on },
};

static int obey(const struct application *app, const char *words)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (!strcmp(words, commands[i].words))
			return commands[i].run(app);
	}
	return -EOPNOTSUPP;
}

int main(int argc, char **argv)
{
	struct application app;
	char words[64];
	int status = 0;
	int ret;

	if (argc != 6)
		errx(2, "usage: application DEVICE BAR OFFSET LENGTH IMPORTER");
	setlinebuf(stdout);
	set_up(&app, argv);
	while (fgets(words, sizeof(words), stdin)) {
		words[strcspn(words, "\n")] = '\0';
		ret = obey(&app, words);
		if (ret)
			status = 1;
		printf("%s\n", ret ? strerror(-ret) : "done");
	}
	return status;
}
