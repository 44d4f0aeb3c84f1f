// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "control.h"

int control_call(unsigned long command, void *ask)
{
	int node = open(CONTROL_NODE, O_RDONLY | O_CLOEXEC), ret;

	if (node < 0)
		return -errno;
	ret = ioctl(node, command, ask) ? -errno : 0;
	close(node);
	return ret;
}

int control_export(const void *pointer, uint64_t length, int open_flags,
		   uint64_t *offset)
{
	struct p2p_dmabuf_export_vma ask = {
		.size = sizeof(ask),
		.address = (uintptr_t)pointer,
		.length = length,
		.open_flags = open_flags,
	};
	int ret = control_call(P2P_DMABUF_EXPORT_VMA, &ask);

	if (ret)
		return ret;
	if (offset)
		*offset = ask.offset;
	return ask.fd;
}

int control_info(int dmabuf, struct p2p_dmabuf_info *info)
{
	*info = (struct p2p_dmabuf_info){
		.size = sizeof(*info),
		.fd = dmabuf,
	};
	return control_call(P2P_DMABUF_INFO, info);
}

struct p2p_dmabuf_pci control_address(const char *bdf)
{
	unsigned int domain = 0, bus = 0, device = 0, function = 0;

	if (sscanf(bdf, "%x:%x:%x.%x", &domain, &bus, &device, &function) != 4)
		fprintf(stderr, "%s is no PCI address\n", bdf);
	return (struct p2p_dmabuf_pci){
		.domain = domain, .bus = bus, .devfn = device << 3 | function,
	};
}

int control_maps(int dmabuf, const char *importer)
{
	const struct p2p_dmabuf_pci address = control_address(importer);
	struct p2p_dmabuf_importer importers[8] = {};
	struct p2p_dmabuf_info ask = {
		.size = sizeof(ask),
		.fd = dmabuf,
		.importers = (uintptr_t)importers,
		.nr_importers = 8,
	};
	int ret = control_call(P2P_DMABUF_INFO, &ask);
	uint32_t i;

	if (ret)
		return ret;
	for (i = 0; i < ask.nr_importers && i < 8; i++) {
		if (!memcmp(&importers[i].device, &address, sizeof(address)))
			return importers[i].maps;
	}
	return -ENOENT;
}

int control_route(const char *exporter, const char *importer,
		  struct p2p_dmabuf_route_info *route)
{
	struct p2p_dmabuf_route ask = {
		.size = sizeof(ask),
		.exporter = control_address(exporter),
		.importer = control_address(importer),
	};
	int ret = control_call(P2P_DMABUF_ROUTE, &ask);

	*route = ask.route;
	return ret;
}

int control_event_add(int dmabuf, int eventfd, uint32_t mask)
{
	struct p2p_dmabuf_event ask = {
		.size = sizeof(ask),
		.fd = dmabuf,
		.eventfd = eventfd,
		.mask = mask,
	};

	return control_call(P2P_DMABUF_EVENT, &ask);
}

int control_event_remove(int dmabuf, int eventfd)
{
	struct p2p_dmabuf_event ask = {
		.size = sizeof(ask),
		.fd = dmabuf,
		.eventfd = eventfd,
		.flags = P2P_DMABUF_EVENT_REMOVE,
	};

	return control_call(P2P_DMABUF_EVENT, &ask);
}

int control_eventfd(int dmabuf, uint32_t mask)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	int ret = control_event_add(dmabuf, fd, mask);

	if (!ret)
		return fd;
	close(fd);
	return ret;
}

uint64_t control_events(int eventfd)
{
	uint64_t count = 0;

	return read(eventfd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

int control_revoke(int dmabuf, int device)
{
	struct p2p_dmabuf_revoke ask = {
		.size = sizeof(ask),
		.fd = dmabuf,
		.device_fd = device,
	};

	return control_call(P2P_DMABUF_REVOKE, &ask);
}

int control_caching(int dmabuf, uint32_t caching)
{
	struct p2p_dmabuf_caching ask = {
		.size = sizeof(ask),
		.fd = dmabuf,
		.caching = caching,
	};

	return control_call(P2P_DMABUF_CACHING, &ask);
}
