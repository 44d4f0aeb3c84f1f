// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of the fabric is shown, and the words for it.
 *
 * Invariant: text and pictures say the same, because all of it is decided here.
 */
#include <stdio.h>
#include <string.h>

#include "topo.h"

static bool below(const struct topo *topo, const struct fn *top,
		  const struct fn *fn)
{
	const struct fn *fns = topo->fabric.fns;

	for (; fn; fn = fn->parent < 0 ? NULL : &fns[fn->parent]) {
		if (fn == top)
			return true;
	}
	return false;
}

bool topo_shown(const struct topo *topo, const struct fn *fn)
{
	int child;

	if (topo->exporter)
		return below(topo, fn, topo->exporter) ||
		       below(topo, fn, topo->importer);
	if (topo->all || fn_is_peer(fn))
		return true;
	for (child = fn->first_child; child >= 0;
	     child = topo->fabric.fns[child].next) {
		if (topo_shown(topo, &topo->fabric.fns[child]))
			return true;
	}
	return false;
}

/* Above the common bridge only if the route goes up to the host bridge. */
bool topo_on_route(const struct topo *topo, const struct fn *fn)
{
	bool above_exporter, above_importer;

	if (!topo->exporter || route_is(&topo->route, P2P_ROUTE_NONE))
		return false;
	above_exporter = below(topo, fn, topo->exporter);
	above_importer = below(topo, fn, topo->importer);
	if (route_is(&topo->route, P2P_ROUTE_HOST))
		return above_exporter || above_importer;
	if (above_exporter != above_importer)
		return true;
	/* Above both: the lowest such is where requests turn round. */
	for (int child = fn->first_child; child >= 0;
	     child = topo->fabric.fns[child].next) {
		if (below(topo, &topo->fabric.fns[child], topo->exporter) &&
		    below(topo, &topo->fabric.fns[child], topo->importer))
			return false;
	}
	return above_exporter;
}

bool topo_host_on_route(const struct topo *topo, int host)
{
	return topo->exporter && route_is(&topo->route, P2P_ROUTE_HOST) &&
	       (topo->exporter->host == host || topo->importer->host == host);
}

const char *topo_acs(const struct fn *fn)
{
	if (!fn->config_known)
		return fn_is_bridge(fn) ? "ACS unknown" : "";
	if (!fn->acs_cap)
		return "";
	return fn_redirects(fn) ? "ACS redirects" : "ACS off";
}

void topo_iommu(const struct fn *fn, char text[TOPO_TEXT])
{
	if (fn->group == FN_NO_GROUP)
		snprintf(text, TOPO_TEXT, "no IOMMU");
	else
		snprintf(text, TOPO_TEXT, "IOMMU %s, group %d",
			 group_mode_name(group_mode(fn)), fn->group);
}

const char *topo_host_judged(const struct topo *topo, int host)
{
	if (!strcmp(topo->hosts.policy, "never"))
		return "not used: host_bridge=never";
	if (topo->hosts.cpu_forwards)
		return "forwards: the CPU does";
	if (!strcmp(topo->hosts.policy, "always"))
		return "taken to forward: host_bridge=always";
	switch (route_host_listed(&topo->fabric, host)) {
	case ROUTE_LISTED:
		return "forwards: on the allow-list";
	case ROUTE_LISTED_NEAR:
		return "forwards between its own ports only";
	default:
		return "not on the allow-list";
	}
}

void topo_host_name(const struct topo *topo, int host, char text[TOPO_TEXT])
{
	const struct fabric_host *facts = &topo->fabric.hosts[host];

	snprintf(text, TOPO_TEXT, "%04x:%02x", facts->domain, facts->bus);
}

bool topo_can_export(const struct fn *fn)
{
	return fn_is_peer(fn) && fn_best_bar(fn) >= 0;
}

bool topo_can_import(const struct fn *fn)
{
	return fn_is_peer(fn);
}
