// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of libp2pdmabuf asks the kernel, answered from files below the tests' root.
 *
 *   fake/route    "TYPE REASON DISTANCE FLAGS BLOCKER", numbers and an address
 *   fake/open     "ERRNO": what opening a device answers; 0: it is opened
 *   fake/export   "ERRNO": what an export answers
 *   fake/info     "ERRNO STATE": what the description of a buffer answers
 *   fake/next     numbers of the events to come: 1 revoke, 2 restore, 3 retire
 *
 * Invariant: without its file a call fails as it does without the module. A
 * buffer is a memfd, so that what is none can be told.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <p2pdmabuf.h>

#include "sysfs.h"

struct p2p_device {
	int unused;
};

struct p2p_events {
	char next[SYSFS_LINE];
	size_t taken;
	int fd;
};

/* Sets errno to the number in the file, or to ENOENT without one. */
static int answer(const char *file)
{
	char line[SYSFS_LINE];

	if (!sysfs_line(line, "/fake/%s", file))
		errno = ENOENT;
	else
		errno = atoi(line);
	return errno ? -1 : 0;
}

int __wrap_p2p_route_query(const struct p2p_address *exporter,
			   const struct p2p_address *importer, struct p2p_route *route)
{
	char line[SYSFS_LINE], blocker[32];

	(void)exporter;
	(void)importer;
	if (sysfs_line(line, "/fake/route") &&
	    sscanf(line, "%u %u %u %u %31s", &route->type, &route->reason,
		   &route->distance, &route->flags, blocker) == 5)
		return p2p_address_parse(blocker, &route->blocker);
	errno = ENOENT;
	return -1;
}

struct p2p_device *__wrap_p2p_device_open(const struct p2p_address *address,
					  unsigned int flags)
{
	(void)address;
	(void)flags;
	return answer("open") ? NULL : calloc(1, sizeof(struct p2p_device));
}

void __wrap_p2p_device_close(struct p2p_device *device)
{
	free(device);
}

int __wrap_p2p_device_bar_size(const struct p2p_device *device, unsigned int bar,
			       uint64_t *size)
{
	(void)device;
	*size = bar == 2 ? 0x4000000 : 0;
	return 0;
}

int __wrap_p2p_buffer_export(const struct p2p_device *device, unsigned int bar,
			     const struct p2p_range *ranges, size_t nr_ranges,
		      int open_flags)
{
	(void)device;
	(void)bar;
	if (answer("export"))
		return -1;
	if (!nr_ranges || ranges[0].offset % 4096 || !ranges[0].length) {
		errno = EINVAL;
		return -1;
	}
	return memfd_create("buffer", open_flags & O_CLOEXEC ? MFD_CLOEXEC : 0);
}

static bool is_buffer(int fd)
{
	if (fcntl(fd, F_GET_SEALS) >= 0)
		return true;
	errno = EINVAL;
	return false;
}

struct p2p_info *__wrap_p2p_info_get(int buffer)
{
	static const struct p2p_range ranges[] = {
		{ 0, 0x10000 }, { 0x200000, 0x200000 },
	};
	static const struct p2p_importer importers[] = {
		{
			.address = { 0, 2, 0, 0 }, .maps = 2, .pins = 1,
			.flags = P2P_IMPORTER_KEEPS, .driver = "efa",
			.route = { P2P_ROUTE_HOST, P2P_REASON_HOST_CPU, 4,
				   P2P_ROUTE_TRANSLATED, {}, {} },
		},
		{ .flags = P2P_IMPORTER_NOT_PCI, .driver = "vgem" },
	};
	struct p2p_info *info;
	char line[SYSFS_LINE];
	unsigned int state;
	int err;

	if (!is_buffer(buffer) || answer("info"))
		return NULL;
	sysfs_line(line, "/fake/info");
	if (sscanf(line, "%d %u", &err, &state) != 2)
		abort();
	info = malloc(sizeof(*info));
	if (!info)
		abort();
	*info = (struct p2p_info){
		.address = { 0, 1, 0, 0 }, .bar = 2, .state = state,
		.flags = P2P_INFO_READ_ONLY, .length = 0x210000,
		.generation = 3, .events = 6, .id = 17, .nr_ranges = 2,
		.ranges = ranges, .nr_importers = 2, .importers = importers,
	};
	return info;
}

void __wrap_p2p_info_free(struct p2p_info *info)
{
	free(info);
}

struct p2p_events *__wrap_p2p_events_open(int buffer)
{
	struct p2p_events *events;

	if (!is_buffer(buffer))
		return NULL;
	events = calloc(1, sizeof(*events));
	if (!events)
		abort();
	if (!sysfs_line(events->next, "/fake/next")) {
		free(events);
		errno = ENODEV;
		return NULL;
	}
	/* Readable for ever. */
	events->fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	return events;
}

void __wrap_p2p_events_close(struct p2p_events *events)
{
	close(events->fd);
	free(events);
}

int __wrap_p2p_events_fd(const struct p2p_events *events)
{
	return events->fd;
}

int __wrap_p2p_events_next(struct p2p_events *events, int timeout,
			   struct p2p_event *event)
{
	(void)timeout;
	if (!events->next[events->taken]) {
		errno = ENODEV;
		return -1;
	}
	event->type = events->next[events->taken] - '0';
	event->number = ++events->taken;
	return 0;
}
