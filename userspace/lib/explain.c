// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Routes in words.
 *
 * Invariant: an explanation says in this order which way it is, why, what
 * keeps requests from a better one, and which drivers are served. It advises
 * only what an administrator can do, with what it costs.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "p2pdmabuf.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PARAMETER "/sys/module/p2p_bar_exporter/parameters/host_bridge"

/* The longest explanation is some 900 characters; the tests build it. */
struct text {
	char buffer[2048];
	size_t length;
};

static const char * const type_names[] = {
	[P2P_ROUTE_NONE] = "none",
	[P2P_ROUTE_BUS] = "bus",
	[P2P_ROUTE_HOST] = "host",
};

static const struct reason {
	const char *name;
	const char *why;
	const char *advice;
} reasons[] = {
	[P2P_REASON_SAME_FUNCTION] = {
		.name = "same-function",
		.why = "Importer and exporter are one function.",
	},
	[P2P_REASON_COMMON_BRIDGE] = {
		.name = "common-bridge",
		.why =
			"A PCIe bridge above both functions turns requests "
			"round.",
	},
	[P2P_REASON_HOST_CPU] = {
		.name = "host-cpu",
		.why =
			"The root complex of this CPU forwards between all "
			"its ports.",
	},
	[P2P_REASON_HOST_LISTED] = {
		.name = "host-listed",
		.why = "The host bridges on the way are known to forward.",
	},
	[P2P_REASON_HOST_OVERRIDE] = {
		.name = "host-override",
		.why =
			"The host bridges on the way were not looked at, as "
			"the administrator set host_bridge=always.",
		.advice = "Check that data arrives.",
	},
	[P2P_REASON_NOT_PCI] = {
		.name = "not-pci",
		.why =
			"The importer has no PCI device above it, so that "
			"nobody knows which way its DMA takes.",
		.advice = "Use an importer that is a PCI function.",
	},
	[P2P_REASON_HOST_UNLISTED] = {
		.name = "host-unlisted",
		.why =
			"The way leads through a host bridge that is not "
			"known to forward between its ports.",
		.advice =
			"Put both functions below one PCIe switch; or, if the "
			"maker of the platform says that it forwards, write "
			"\"always\" to " PARAMETER ".",
	},
	[P2P_REASON_HOST_FAR] = {
		.name = "host-far",
		.why =
			"The functions are below different host bridges, and "
			"these forward between their own ports only.",
		.advice =
			"Put both functions below the same host bridge "
			"(often: into slots of the same CPU socket).",
	},
	[P2P_REASON_HOST_NEVER] = {
		.name = "host-never",
		.why =
			"The way leads through the root complex, which the "
			"administrator forbade with host_bridge=never.",
		.advice =
			"Put both functions below one PCIe switch; or write "
			"\"allowlist\" to " PARAMETER " to allow host bridges "
			"that are known to forward.",
	},
	[P2P_REASON_TOO_DEEP] = {
		.name = "too-deep",
		.why =
			"There are more bridges above a function than the "
			"kernel follows.",
		.advice =
			"Put the functions into slots closer to the root "
			"complex.",
	},
};

static const struct reason *reason_find(uint32_t reason)
{
	return reason < COUNT(reasons) ? &reasons[reason] : NULL;
}

const char *p2p_route_type_name(uint32_t type)
{
	return type < COUNT(type_names) ? type_names[type] : "unknown";
}

const char *p2p_route_reason_name(uint32_t reason)
{
	const struct reason *known = reason_find(reason);

	return known ? known->name : "unknown";
}

__attribute__((format(printf, 2, 3)))
static void text_add(struct text *text, const char *format, ...)
{
	size_t room = sizeof(text->buffer) - text->length;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text->buffer + text->length, room, format, args);
	va_end(args);
	if (length > 0)
		text->length += (size_t)length < room ? (size_t)length
						      : room - 1;
}

static void add_way(struct text *text, const struct p2p_route *route)
{
	switch (route->type) {
	case P2P_ROUTE_NONE:
		text_add(text, "No route.");
		break;
	case P2P_ROUTE_BUS:
		text_add(text,
			 "Route inside PCIe, past the root complex; distance "
			 "%u.",
			 route->distance);
		break;
	case P2P_ROUTE_HOST:
		text_add(text, "Route through the root complex; distance %u.",
			 route->distance);
		break;
	default:
		text_add(text,
			 "Route of type %u, which this library does not know.",
			 route->type);
	}
}

static void add_reason(struct text *text, const struct p2p_route *route)
{
	const struct reason *reason = reason_find(route->reason);

	if (!reason) {
		text_add(text, " Its reason, %u, is not known to this library.",
			 route->reason);
		return;
	}
	text_add(text, " %s", reason->why);
	if (reason->advice)
		text_add(text, " %s", reason->advice);
}

static void add_blocker(struct text *text, const struct p2p_route *route)
{
	char name[P2P_ADDRESS_SIZE];

	if (!(route->flags & P2P_ROUTE_HAS_BLOCKER) ||
	    !p2p_address_format(&route->blocker, name, sizeof(name)))
		return;
	if (route->flags & P2P_ROUTE_REDIRECTED)
		text_add(text,
			 " There is a PCIe bridge above both functions, but "
			 "ACS on %s sends requests on to the root complex. "
			 "Booting with pci=disable_acs_redir=%s ends that, and "
			 "the isolation between functions that it gives: their "
			 "IOMMU groups may become one.",
			 name, name);
	else
		text_add(text, " The host bridge is the one of %s.", name);
}

/* Drivers that pin are served where their mapping can be cut by an IOMMU. */
static void add_drivers(struct text *text, const struct p2p_route *route)
{
	if (route->type == P2P_ROUTE_NONE)
		return;
	if (route->flags & P2P_ROUTE_TRANSLATED)
		text_add(text,
			 " An IOMMU translates the importer's DMA: drivers "
			 "that pin are served, too.");
	else if (route->type == P2P_ROUTE_HOST)
		text_add(text,
			 " No IOMMU translates the importer's DMA: drivers "
			 "that pin are refused (EOPNOTSUPP). To have them "
			 "served turn the IOMMU on and do not pass the "
			 "importer through (no iommu=pt; \"DMA\" in the type "
			 "of its IOMMU group).");
	else
		text_add(text,
			 " No IOMMU is on the way: drivers that pin are "
			 "refused (EOPNOTSUPP), for nothing could cut them "
			 "off.");
}

char *p2p_route_explain(const struct p2p_route *route)
{
	struct text text = { .length = 0 };

	if (!route) {
		errno = EINVAL;
		return NULL;
	}
	add_way(&text, route);
	add_reason(&text, route);
	add_blocker(&text, route);
	add_drivers(&text, route);
	return strdup(text.buffer);
}
