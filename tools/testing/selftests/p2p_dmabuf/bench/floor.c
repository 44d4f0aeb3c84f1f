// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "floor.h"
#include "sample.h"

const char * const floor_names[FLOOR_WAYS] = {
	[P2P_FLOOR_RESOURCE] = "dma_map_resource",
	[P2P_FLOOR_IOVA] = "dma_iova",
};

static int node(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open(P2P_FLOOR_NODE, O_RDWR | O_CLOEXEC);
	must(P2P_FLOOR_NODE, fd < 0 ? -errno : 0);
	return fd;
}

static uint32_t address_of(const char *bdf)
{
	unsigned int domain, bus, slot, function;

	if (sscanf(bdf, "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4)
		must("PCI address", -EINVAL);
	return domain << 16 | bus << 8 | slot << 3 | function;
}

double floor_map_ns(const struct side_machine *machine, uint32_t way,
		    const struct floor_slices *slices)
{
	struct p2p_floor_map map = {
		.exporter = address_of(machine->exporter),
		.importer = address_of(machine->importer),
		.bar = machine->bar,
		.way = way,
		.offset = slices->offset,
		.length = slices->length,
		.stride = slices->stride,
		.slices = slices->nr,
		.rounds = 1,
	};

	if (!ioctl(node(), P2P_FLOOR_MAP, &map))
		return map.map_ns;
	return errno == EOPNOTSUPP ? -EOPNOTSUPP :
				     must("map by the DMA API", -errno);
}
