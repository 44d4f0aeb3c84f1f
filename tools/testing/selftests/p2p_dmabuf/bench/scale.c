// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many live buffers on one device: what all of them take to be made, mapped,
 * listed, revoked and closed.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../lib/guest.h"
#include "map.h"
#include "measure.h"
#include "sample.h"

struct crowd {
	struct side_machine *machine;
	uint64_t nr;
	int *dmabufs;
	int *handles;
};

static void crowd_export(struct crowd *crowd)
{
	uint64_t i;

	for (i = 0; i < crowd->nr; i++)
		crowd->dmabufs[i] = must("export",
					 side_export(crowd->machine,
						     i * 4 * KIB, 4 * KIB));
}

static void crowd_attach(struct crowd *crowd)
{
	uint64_t i;

	for (i = 0; i < crowd->nr; i++)
		crowd->handles[i] = must("attach",
					 importer_attach(crowd->machine->session,
							 crowd->dmabufs[i],
							 &map_manner));
}

static void crowd_map(struct crowd *crowd)
{
	uint64_t i;

	for (i = 0; i < crowd->nr; i++)
		must("map", importer_map(crowd->machine->session,
					 crowd->handles[i]));
}

static void crowd_list(struct crowd *crowd)
{
	if (guest_count_lines(GUEST_BUFFERS, "buffer ") != crowd->nr)
		must("list every buffer", -EIO);
}

static void crowd_revoke(struct crowd *crowd)
{
	must("switch memory off", vfio_set_memory(&crowd->machine->dev, 0));
}

static void crowd_detach(struct crowd *crowd)
{
	uint64_t i;

	for (i = 0; i < crowd->nr; i++)
		importer_detach(crowd->machine->session, crowd->handles[i]);
}

static void crowd_close(struct crowd *crowd)
{
	uint64_t i;

	for (i = 0; i < crowd->nr; i++)
		close(crowd->dmabufs[i]);
}

static const struct {
	const char *metric;
	void (*all)(struct crowd *crowd);
	bool ours_only;
} steps[] = {
	{ "scale_export", crowd_export, false },
	{ "scale_attach", crowd_attach, false },
	{ "scale_map", crowd_map, false },
	{ "scale_list", crowd_list, true },
	{ "scale_revoke", crowd_revoke, false },
	{ "scale_detach", crowd_detach, false },
	{ "scale_close", crowd_close, false },
};

void measure_allow(uint64_t buffers)
{
	struct rlimit limit = { buffers + 100, buffers + 100 };

	must("fs.file-max", guest_write("/proc/sys/fs/file-max", "1000000"));
	must("RLIMIT_NOFILE", setrlimit(RLIMIT_NOFILE, &limit) ? -errno : 0);
}

void measure_scale(struct side_machine *machine, uint64_t buffers)
{
	struct crowd crowd = {
		.machine = machine,
		.nr = buffers,
		.dmabufs = calloc(buffers, sizeof(int)),
		.handles = calloc(buffers, sizeof(int)),
	};
	uint64_t start;
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		if (steps[i].ours_only && machine->side != SIDE_OURS)
			continue;
		start = sample_now();
		steps[i].all(&crowd);
		sample_print(steps[i].metric, machine->name, buffers,
			     sample_now() - start);
	}
	must("switch memory on", vfio_set_memory(&machine->dev, 1));
	free(crowd.dmabufs);
	free(crowd.handles);
}
