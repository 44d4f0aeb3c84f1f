/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Routes between functions: the kernel's answer, or an estimate without it.
 */
#ifndef P2PCTL_ROUTE_H
#define P2PCTL_ROUTE_H

#include "fabric.h"

struct route {
	struct p2p_route info;
	bool asked;		/* the kernel's answer */
	bool uncertain;		/* an estimate, without ACS having been read */
};

/* How root complexes are judged. */
struct route_hosts {
	bool cpu_forwards;
	char policy[16];	/* of the module; "allowlist" without it */
};

void route_hosts_load(struct route_hosts *hosts);

/*
 * Asks the kernel, or else estimates. A pair the kernel does not want to judge
 * (ENODEV) is estimated as well.
 */
void route_find(const struct fabric *fabric, const struct route_hosts *hosts,
		const struct fn *exporter, const struct fn *importer,
		struct route *route);

void route_estimate(const struct fabric *fabric, const struct route_hosts *hosts,
		    const struct fn *exporter, const struct fn *importer,
		    struct route *route);

#define ROUTE_REDIRECTING 32
/*
 * The functions whose ACS sends requests past the lowest bridge that both are
 * below: how many are put into @found, the first being the route's blocker.
 */
int route_redirecting(const struct fabric *fabric, const struct fn *exporter,
		      const struct fn *importer,
		      const struct fn *found[ROUTE_REDIRECTING]);

/* Whether the allow-list has that host bridge; and if only within itself. */
enum route_listed {
	ROUTE_UNLISTED,
	ROUTE_LISTED,
	ROUTE_LISTED_NEAR,
};

enum route_listed route_host_listed(const struct fabric *fabric, int host);

/* An address, or words for what has none. */
const char *route_importer_name(const struct p2p_importer *importer,
				char text[P2P_ADDRESS_SIZE]);

bool route_is(const struct route *route, enum p2p_route_type type);

#define ROUTE_TEXT 128
/* A few words: what, how far, why, at what bridge. */
void route_text(const struct route *route, char text[ROUTE_TEXT]);

#endif
