/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What "p2pctl topo" shows, whatever the form.
 */
#ifndef P2PCTL_TOPO_H
#define P2PCTL_TOPO_H

#include "group.h"
#include "route.h"

struct topo {
	struct fabric fabric;
	struct route_hosts hosts;
	bool all;			/* chipset functions, too */
	const struct fn *exporter;	/* NULL: all pairs */
	const struct fn *importer;
	struct route route;		/* of that pair */
};

/* Whether there is something to see in @fn or below it. */
bool topo_shown(const struct topo *topo, const struct fn *fn);

/* Whether the pair's route leads through @fn; and through a host bridge. */
bool topo_on_route(const struct topo *topo, const struct fn *fn);
bool topo_host_on_route(const struct topo *topo, int host);

/* "ACS redirects", "ACS off", "ACS unknown", "" where there is none. */
const char *topo_acs(const struct fn *fn);

#define TOPO_TEXT 160
/* "IOMMU translated, group 3" */
void topo_iommu(const struct fn *fn, char text[TOPO_TEXT]);
/* "forwards: the CPU does" */
const char *topo_host_judged(const struct topo *topo, int host);
void topo_host_name(const struct topo *topo, int host, char text[TOPO_TEXT]);

/* Rows and columns of "all pairs". */
bool topo_can_export(const struct fn *fn);
bool topo_can_import(const struct fn *fn);

void topo_print_text(const struct topo *topo);
void topo_print_json(const struct topo *topo);
void topo_print_dot(const struct topo *topo);
void topo_print_svg(const struct topo *topo);

#endif
