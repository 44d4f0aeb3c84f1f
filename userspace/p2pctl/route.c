// SPDX-License-Identifier: GPL-2.0-only
/*
 * Estimates of routes, for machines where the module is not (yet) loaded.
 *
 * Invariant: the rules are those of the kernel side's route engine, so that an
 * estimate says what the kernel would. Where the two can differ the estimate is
 * marked: ACS is visible to root only. The kernel's word always comes first.
 */
#include <stdio.h>
#include <string.h>

#include "group.h"
#include "route.h"
#include "sysfs.h"

/* Host bridges that forward between root ports; some only between their own. */
static const struct {
	uint16_t device;	/* of Intel */
	enum route_listed listed;
} listed_hosts[] = {
	{ 0x2f00, ROUTE_LISTED_NEAR },
	{ 0x2f01, ROUTE_LISTED_NEAR },
	{ 0x3c00, ROUTE_LISTED_NEAR },
	{ 0x3c01, ROUTE_LISTED_NEAR },
	{ 0x09a2, ROUTE_LISTED },
	{ 0x2020, ROUTE_LISTED },
	{ 0x2030, ROUTE_LISTED },
	{ 0x2031, ROUTE_LISTED },
	{ 0x2032, ROUTE_LISTED },
	{ 0x2033, ROUTE_LISTED },
};

#define VENDOR_INTEL	0x8086
#define FAMILY_ZEN	0x17

/* The bridges that the kernel follows. */
#define MAX_HOPS	32

enum route_listed route_host_listed(const struct fabric *fabric, int host)
{
	int first = fabric->hosts[host].first;
	size_t i;

	if (first < 0 || fabric->fns[first].vendor != VENDOR_INTEL)
		return ROUTE_UNLISTED;
	for (i = 0; i < sizeof(listed_hosts) / sizeof(*listed_hosts); i++) {
		if (fabric->fns[first].device == listed_hosts[i].device)
			return listed_hosts[i].listed;
	}
	return ROUTE_UNLISTED;
}

/* AMD forwards between all root ports from Zen on. */
static bool cpu_forwards(void)
{
	char path[SYSFS_PATH];
	char line[SYSFS_LINE];
	unsigned int family = 0;
	bool amd = false;
	FILE *file;

	sysfs_path(path, "/proc/cpuinfo");
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		if (strstr(line, "AuthenticAMD"))
			amd = true;
		if (sscanf(line, "cpu family : %u", &family) == 1)
			break;
	}
	fclose(file);
	return amd && family >= FAMILY_ZEN;
}

void route_hosts_load(struct route_hosts *hosts)
{
	char line[SYSFS_LINE];

	hosts->cpu_forwards = cpu_forwards();
	if (!sysfs_line(line, "/sys/module/p2p_bar_exporter/parameters/host_bridge"))
		snprintf(line, sizeof(line), "allowlist");
	snprintf(hosts->policy, sizeof(hosts->policy), "%.15s", line);
}

static void refuse(struct route *route, uint32_t reason,
		   const struct fabric *fabric, int host)
{
	int first = fabric->hosts[host].first;

	route->info.type = P2P_ROUTE_NONE;
	route->info.reason = reason;
	/* ACS is the obstacle that can be removed: it stays named. */
	if (route->info.flags & P2P_ROUTE_REDIRECTED || first < 0)
		return;
	route->info.flags |= P2P_ROUTE_HAS_BLOCKER;
	route->info.blocker = fabric->fns[first].address;
}

static void through_listed(const struct fabric *fabric,
			   const struct fn *exporter, const struct fn *importer,
			   struct route *route)
{
	const int hosts[] = { exporter->host, importer->host };
	enum route_listed listed;
	int i;

	for (i = 0; i < 2; i++) {
		listed = route_host_listed(fabric, hosts[i]);
		if (listed == ROUTE_UNLISTED) {
			refuse(route, P2P_REASON_HOST_UNLISTED, fabric,
			       hosts[i]);
			return;
		}
		if (listed == ROUTE_LISTED_NEAR && hosts[0] != hosts[1]) {
			refuse(route, P2P_REASON_HOST_FAR, fabric,
			       hosts[i]);
			return;
		}
	}
	route->info.type = P2P_ROUTE_HOST;
	route->info.reason = P2P_REASON_HOST_LISTED;
}

static void through_host(const struct fabric *fabric,
			 const struct route_hosts *hosts,
			 const struct fn *exporter, const struct fn *importer,
			 struct route *route)
{
	if (!strcmp(hosts->policy, "never")) {
		refuse(route, P2P_REASON_HOST_NEVER, fabric,
		       exporter->host);
		return;
	}
	route->info.type = P2P_ROUTE_HOST;
	if (hosts->cpu_forwards)
		route->info.reason = P2P_REASON_HOST_CPU;
	else if (!strcmp(hosts->policy, "always"))
		route->info.reason = P2P_REASON_HOST_OVERRIDE;
	else
		through_listed(fabric, exporter, importer, route);
	if (route->info.type == P2P_ROUTE_HOST &&
	    group_translates(group_mode(importer)))
		route->info.flags |= P2P_ROUTE_TRANSLATED;
}

static const struct fn *parent(const struct fabric *fabric, const struct fn *fn)
{
	return fn->parent < 0 ? NULL : &fabric->fns[fn->parent];
}

/* The lowest function above, or at, both. */
static const struct fn *common(const struct fabric *fabric, const struct fn *a,
			       const struct fn *b)
{
	while (a && b && a != b) {
		if (a->depth > b->depth) {
			a = parent(fabric, a);
		} else if (b->depth > a->depth) {
			b = parent(fabric, b);
		} else {
			a = parent(fabric, a);
			b = parent(fabric, b);
		}
	}
	return a == b ? a : NULL;
}

/* From @fn up to @top, which is looked at if it is @inclusive. */
static int find_redirecting(const struct fabric *fabric, const struct fn *fn,
			    const struct fn *top, bool inclusive,
			    const struct fn *found[], int room)
{
	int nr = 0;

	for (; fn && (fn != top || inclusive); fn = parent(fabric, fn)) {
		if (fn_redirects(fn) && nr < room)
			found[nr++] = fn;
		if (fn == top)
			break;
	}
	return nr;
}

int route_redirecting(const struct fabric *fabric, const struct fn *exporter,
		      const struct fn *importer,
		      const struct fn *found[ROUTE_REDIRECTING])
{
	const struct fn *top = common(fabric, exporter, importer);
	int nr;

	if (!top)
		return 0;
	nr = find_redirecting(fabric, exporter, top, true, found,
			      ROUTE_REDIRECTING);
	return nr + find_redirecting(fabric, importer, top, false, found + nr,
				     ROUTE_REDIRECTING - nr);
}

/* Whether the configuration of all that is looked at could be read. */
static bool acs_known(const struct fabric *fabric, const struct fn *fn,
		      const struct fn *top)
{
	for (; fn && fn != top; fn = parent(fabric, fn)) {
		if (!fn->config_known)
			return false;
	}
	return !fn || fn->config_known;
}

void route_estimate(const struct fabric *fabric, const struct route_hosts *hosts,
		    const struct fn *exporter, const struct fn *importer,
		    struct route *route)
{
	const struct fn *top = common(fabric, exporter, importer);
	const struct fn *redirecting[ROUTE_REDIRECTING];

	memset(route, 0, sizeof(*route));
	if (exporter->depth >= MAX_HOPS || importer->depth >= MAX_HOPS) {
		route->info.reason = P2P_REASON_TOO_DEEP;
		return;
	}
	if (!top) {
		route->info.distance = exporter->depth + importer->depth + 2;
		through_host(fabric, hosts, exporter, importer, route);
		return;
	}
	route->info.distance = exporter->depth + importer->depth - 2 * top->depth;
	route->uncertain = !acs_known(fabric, exporter, top) ||
			   !acs_known(fabric, importer, top);
	if (route_redirecting(fabric, exporter, importer, redirecting)) {
		route->info.flags |= P2P_ROUTE_HAS_BLOCKER |
				     P2P_ROUTE_REDIRECTED;
		route->info.blocker = redirecting[0]->address;
		through_host(fabric, hosts, exporter, importer, route);
		return;
	}
	route->info.type = P2P_ROUTE_BUS;
	route->info.reason = route->info.distance ?
			     P2P_REASON_COMMON_BRIDGE :
			     P2P_REASON_SAME_FUNCTION;
}

void route_find(const struct fabric *fabric, const struct route_hosts *hosts,
		const struct fn *exporter, const struct fn *importer,
		struct route *route)
{
	memset(route, 0, sizeof(*route));
	if (!p2p_route_query(&exporter->address, &importer->address, &route->info))
		route->asked = true;
	else
		route_estimate(fabric, hosts, exporter, importer, route);
}
