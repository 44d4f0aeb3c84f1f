// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a buffer is.
 *
 * Invariant: a description is of one moment, and whole: as long as something did
 * not fit, the kernel is asked again for all of it.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "address.h"
#include "control.h"
#include "fd.h"
#include "route.h"
#include "same.h"

P2P_SAME(P2P_STATE_LIVE, P2P_DMABUF_LIVE);
P2P_SAME(P2P_STATE_REVOKED, P2P_DMABUF_REVOKED);
P2P_SAME(P2P_STATE_RETIRED, P2P_DMABUF_RETIRED);
P2P_SAME(P2P_INFO_READ_ONLY, P2P_DMABUF_INFO_READ_ONLY);
P2P_SAME(P2P_IMPORTER_KEEPS, P2P_DMABUF_IMPORTER_KEEPS);
/* The kernel fills an array of ranges, and a driver's name fits. */
P2P_SAME(sizeof(struct p2p_range), sizeof(struct vfio_region_dma_range));
P2P_SAME(sizeof(((struct p2p_importer *)0)->driver),
	 sizeof(((struct p2p_dmabuf_importer *)0)->driver));

/* Room for most buffers at the first try. */
#define FIRST_ROOM 8

/* The kernel's answer, and the arrays that it goes to. */
struct answer {
	struct p2p_dmabuf_info info;
	struct p2p_range *ranges;
	struct p2p_dmabuf_importer *importers;
};

static void answer_free(struct answer *answer)
{
	free(answer->ranges);
	free(answer->importers);
	answer->ranges = NULL;
	answer->importers = NULL;
}

static int answer_alloc(struct answer *answer, size_t nr_ranges,
			size_t nr_importers)
{
	answer_free(answer);
	answer->ranges = calloc(nr_ranges, sizeof(*answer->ranges));
	answer->importers = calloc(nr_importers, sizeof(*answer->importers));
	return answer->ranges && answer->importers ? 0 : -1;
}

/* Importers may come between two calls: there may be no last one soon. */
static int answer_get(struct answer *answer, int control, int buffer)
{
	uint32_t nr_ranges = FIRST_ROOM, nr_importers = FIRST_ROOM;

	for (;;) {
		if (answer_alloc(answer, nr_ranges, nr_importers))
			return -1;
		answer->info = (struct p2p_dmabuf_info){
			.size = sizeof(answer->info),
			.fd = buffer,
			.nr_ranges = nr_ranges,
			.nr_importers = nr_importers,
			.ranges = (uintptr_t)answer->ranges,
			.importers = (uintptr_t)answer->importers,
		};
		if (ioctl(control, P2P_DMABUF_INFO, &answer->info))
			return -1;
		if (answer->info.nr_ranges <= nr_ranges &&
		    answer->info.nr_importers <= nr_importers)
			return 0;
		if (answer->info.nr_ranges > nr_ranges)
			nr_ranges = answer->info.nr_ranges;
		if (answer->info.nr_importers > nr_importers)
			nr_importers = answer->info.nr_importers;
	}
}

static bool is_pci(const struct p2p_dmabuf_pci *pci)
{
	struct p2p_dmabuf_pci none;

	memset(&none, 0xff, sizeof(none));
	return memcmp(pci, &none, sizeof(none));
}

static void importer_from_kernel(const struct p2p_dmabuf_importer *from,
				 struct p2p_importer *to)
{
	to->flags = from->flags & P2P_DMABUF_IMPORTER_KEEPS;
	if (is_pci(&from->device))
		p2p_address_from_kernel(&from->device, &to->address);
	else
		to->flags |= P2P_IMPORTER_NOT_PCI;
	to->maps = from->maps;
	to->pins = from->pins;
	p2p_route_from_kernel(&from->route, &to->route);
	memcpy(to->driver, from->driver, sizeof(to->driver));
	to->driver[sizeof(to->driver) - 1] = '\0';
}

static struct p2p_importer *importers_make(const struct answer *answer)
{
	size_t nr = answer->info.nr_importers, i;
	struct p2p_importer *importers = calloc(nr, sizeof(*importers));

	for (i = 0; importers && i < nr; i++)
		importer_from_kernel(&answer->importers[i], &importers[i]);
	return importers;
}

/* Takes the ranges over. */
static struct p2p_info *info_make(struct answer *answer)
{
	const struct p2p_dmabuf_info *from = &answer->info;
	struct p2p_info *info = calloc(1, sizeof(*info));

	if (!info)
		return NULL;
	if (from->nr_importers) {
		info->importers = importers_make(answer);
		if (!info->importers) {
			free(info);
			return NULL;
		}
	}
	p2p_address_from_kernel(&from->device, &info->address);
	info->bar = from->bar;
	info->state = from->state;
	info->flags = from->flags;
	info->length = from->length;
	info->generation = from->generation;
	info->events = from->events;
	info->id = from->id;
	info->nr_ranges = from->nr_ranges;
	info->nr_importers = from->nr_importers;
	info->ranges = answer->ranges;
	answer->ranges = NULL;
	return info;
}

struct p2p_info *p2p_info_get(int buffer)
{
	struct answer answer = { .ranges = NULL };
	struct p2p_info *info = NULL;
	int control = p2p_control_open();
	int error;

	if (control < 0)
		return NULL;
	if (!answer_get(&answer, control, buffer))
		info = info_make(&answer);
	error = errno;
	answer_free(&answer);
	p2p_fd_close(control);
	errno = error;
	return info;
}

void p2p_info_free(struct p2p_info *info)
{
	if (!info)
		return;
	free((void *)info->ranges);
	free((void *)info->importers);
	free(info);
}

const char *p2p_state_name(uint32_t state)
{
	static const char * const names[] = {
		[P2P_STATE_LIVE] = "live",
		[P2P_STATE_REVOKED] = "revoked",
		[P2P_STATE_RETIRED] = "retired",
	};

	return state < sizeof(names) / sizeof(names[0]) ? names[state]
							: "unknown";
}
