// SPDX-License-Identifier: GPL-2.0-only
#include <unistd.h>

#include "map.h"
#include "sample.h"

const struct importer_manner map_manner = {
	.mode = P2P_IMPORTER_DYNAMIC,
	.letgo = P2P_IMPORTER_LETGO_AT_ONCE,
	.flags = P2P_IMPORTER_NO_TABLE,
};

struct map_attached map_attach(struct side_machine *machine, uint64_t offset,
			       uint64_t length)
{
	struct map_attached att;

	att.dmabuf = must("export", side_export(machine, offset, length));
	att.handle = must("attach", importer_attach(machine->session,
						    att.dmabuf, &map_manner));
	return att;
}

void map_detach(struct side_machine *machine, struct map_attached *att)
{
	importer_detach(machine->session, att->handle);
	close(att->dmabuf);
}

double map_ns(struct side_machine *machine, const struct map_attached *att,
	      uint64_t rounds)
{
	struct p2p_importer_map_loop loop = {
		.handle = att->handle,
		.direction = P2P_IMPORTER_BIDIRECTIONAL,
		.rounds = rounds,
	};
	int ret = importer_map_loop_timed(machine->session, &loop);

	return ret ? ret : (double)loop.map_ns / rounds;
}

double map_must(double ns)
{
	must("map", ns < 0 ? ns : 0);
	return ns;
}
