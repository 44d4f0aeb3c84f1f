// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes in words.
 *
 * Invariant: an estimate says that it is one.
 */
#include <stdio.h>

#include "route.h"

bool route_is(const struct route *route, enum p2p_route_type type)
{
	return route->info.type == type;
}

const char *route_importer_name(const struct p2p_importer *importer,
				char text[P2P_ADDRESS_SIZE])
{
	if (importer->flags & P2P_IMPORTER_NOT_PCI)
		return "(not PCI)";
	return p2p_address_format(&importer->address, text, P2P_ADDRESS_SIZE);
}

static const char *translation(const struct route *route)
{
	if (!route_is(route, P2P_ROUTE_HOST))
		return "";
	return route->info.flags & P2P_ROUTE_TRANSLATED ? ", translated" :
							  ", direct";
}

static void blocker_text(const struct route *route, char text[64])
{
	char address[P2P_ADDRESS_SIZE];
	const char *what = "at";

	text[0] = '\0';
	if (!(route->info.flags & P2P_ROUTE_HAS_BLOCKER))
		return;
	if (route->info.flags & P2P_ROUTE_REDIRECTED)
		what = "ACS redirects at";
	snprintf(text, 64, ", %s %s", what,
		 p2p_address_format(&route->info.blocker, address,
				    sizeof(address)));
}

static const char *doubt(const struct route *route)
{
	if (route->asked)
		return "";
	return route->uncertain ? " (estimate, ACS unknown)" : " (estimate)";
}

void route_text(const struct route *route, char text[ROUTE_TEXT])
{
	char blocker[64];

	blocker_text(route, blocker);
	snprintf(text, ROUTE_TEXT, "%s%s, distance %u: %s%s%s",
		 p2p_route_type_name(route->info.type), translation(route),
		 route->info.distance,
		 p2p_route_reason_name(route->info.reason), blocker,
		 doubt(route));
}
