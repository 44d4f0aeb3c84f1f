// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Routes: asked for.
 *
 * Invariant: a route is passed on as the kernel gave it, with types, reasons and
 * flags that this library may not know.
 */
#include <errno.h>

#include "address.h"
#include "control.h"
#include "route.h"
#include "same.h"

P2P_SAME(P2P_ROUTE_NONE, P2P_DMABUF_ROUTE_NONE);
P2P_SAME(P2P_ROUTE_BUS, P2P_DMABUF_ROUTE_BUS);
P2P_SAME(P2P_ROUTE_HOST, P2P_DMABUF_ROUTE_HOST);
P2P_SAME(P2P_ROUTE_TRANSLATED, P2P_DMABUF_ROUTE_TRANSLATED);
P2P_SAME(P2P_ROUTE_HAS_BLOCKER, P2P_DMABUF_ROUTE_HAS_BLOCKER);
P2P_SAME(P2P_ROUTE_REDIRECTED, P2P_DMABUF_ROUTE_REDIRECTED);
P2P_SAME(P2P_REASON_SAME_FUNCTION, P2P_DMABUF_REASON_SAME_FUNCTION);
P2P_SAME(P2P_REASON_COMMON_BRIDGE, P2P_DMABUF_REASON_COMMON_BRIDGE);
P2P_SAME(P2P_REASON_HOST_CPU, P2P_DMABUF_REASON_HOST_CPU);
P2P_SAME(P2P_REASON_HOST_LISTED, P2P_DMABUF_REASON_HOST_LISTED);
P2P_SAME(P2P_REASON_HOST_OVERRIDE, P2P_DMABUF_REASON_HOST_OVERRIDE);
P2P_SAME(P2P_REASON_NOT_PCI, P2P_DMABUF_REASON_NOT_PCI);
P2P_SAME(P2P_REASON_HOST_UNLISTED, P2P_DMABUF_REASON_HOST_UNLISTED);
P2P_SAME(P2P_REASON_HOST_FAR, P2P_DMABUF_REASON_HOST_FAR);
P2P_SAME(P2P_REASON_HOST_NEVER, P2P_DMABUF_REASON_HOST_NEVER);
P2P_SAME(P2P_REASON_TOO_DEEP, P2P_DMABUF_REASON_TOO_DEEP);

void p2p_route_from_kernel(const struct p2p_dmabuf_route_info *info,
			   struct p2p_route *route)
{
	*route = (struct p2p_route){
		.type = info->type,
		.reason = info->reason,
		.distance = info->distance,
		.flags = info->flags,
	};
	if (info->flags & P2P_DMABUF_ROUTE_HAS_BLOCKER)
		p2p_address_from_kernel(&info->blocker, &route->blocker);
}

static int route_ask(struct p2p_dmabuf_route *request,
		     const struct p2p_address *importer,
		     struct p2p_route *route)
{
	if (!route) {
		errno = EINVAL;
		return -1;
	}
	if (p2p_address_to_kernel(importer, &request->importer) ||
	    p2p_control_call(P2P_DMABUF_ROUTE, request))
		return -1;
	p2p_route_from_kernel(&request->route, route);
	return 0;
}

int p2p_route_query(const struct p2p_address *exporter,
		    const struct p2p_address *importer,
		    struct p2p_route *route)
{
	struct p2p_dmabuf_route request = { .size = sizeof(request) };

	if (p2p_address_to_kernel(exporter, &request.exporter))
		return -1;
	return route_ask(&request, importer, route);
}

int p2p_route_query_buffer(int buffer, const struct p2p_address *importer,
			   struct p2p_route *route)
{
	struct p2p_dmabuf_route request = {
		.size = sizeof(request),
		.flags = P2P_DMABUF_ROUTE_OF_FD,
		.fd = buffer,
	};

	return route_ask(&request, importer, route);
}
