// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree of PCI functions: from libpci's list and the folders of sysfs, which
 * lie in each other as the bridges do.
 *
 * Invariant: once loaded nothing changes. fns is sorted by address, so that
 * "first", "children" and what is printed have one order everywhere. Indexes, not
 * pointers, tie it together: it may be moved and compared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fabric.h"
#include "fabric_config.h"
#include "sysfs.h"

static int address_order(const struct p2p_address *a,
			 const struct p2p_address *b)
{
	if (a->domain != b->domain)
		return a->domain < b->domain ? -1 : 1;
	if (a->bus != b->bus)
		return a->bus < b->bus ? -1 : 1;
	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	return (int)a->function - b->function;
}

static int fn_order(const void *a, const void *b)
{
	const struct fn *left = a;
	const struct fn *right = b;

	return address_order(&left->address, &right->address);
}

struct fn *fabric_find(const struct fabric *fabric,
		       const struct p2p_address *address)
{
	struct fn key = { .address = *address };

	if (!fabric->nr)
		return NULL;
	return bsearch(&key, fabric->fns, fabric->nr, sizeof(key), fn_order);
}

struct fn *fabric_find_text(const struct fabric *fabric, const char *text)
{
	struct p2p_address address;
	struct fn *fn;

	args_address(text, &address);
	fn = fabric_find(fabric, &address);
	if (!fn)
		args_refuse("no such PCI device: %s (p2pctl topo --all shows them)",
			    text);
	return fn;
}

static int host_get(struct fabric *fabric, uint32_t domain, uint8_t bus)
{
	struct fabric_host *host;
	int i;

	for (i = 0; i < fabric->nr_hosts; i++) {
		host = &fabric->hosts[i];
		if (host->domain == domain && host->bus == bus)
			return i;
	}
	host = realloc(fabric->hosts, (i + 1) * sizeof(*host));
	if (!host)
		args_fail("out of memory");
	fabric->hosts = host;
	fabric->hosts[i] = (struct fabric_host){
		.domain = domain, .bus = bus, .first = -1, .first_child = -1,
	};
	fabric->nr_hosts++;
	return i;
}

/* What the folder that @fn's folder lies in is called. */
static bool parent_folder(const struct fn *fn, char name[SYSFS_LINE])
{
	char path[SYSFS_PATH];
	char *real, *end;

	sysfs_path(path, "/sys/bus/pci/devices/%s", fn->text);
	real = realpath(path, NULL);
	end = real ? strrchr(real, '/') : NULL;
	if (!end || end == real) {
		free(real);
		return false;
	}
	*end = '\0';
	snprintf(name, SYSFS_LINE, "%s", strrchr(real, '/') + 1);
	free(real);
	return true;
}

static void fn_place(struct fabric *fabric, struct fn *fn)
{
	struct p2p_address address;
	struct fn *parent = NULL;
	unsigned int domain, bus;
	char name[SYSFS_LINE];

	fn->parent = -1;
	if (!parent_folder(fn, name))
		return;
	if (sscanf(name, "pci%x:%x", &domain, &bus) == 2) {
		fn->host = host_get(fabric, domain, bus);
		return;
	}
	if (!p2p_address_parse(name, &address))
		parent = fabric_find(fabric, &address);
	if (parent)
		fn->parent = parent - fabric->fns;
}

/* Bridges may have higher addresses than what is below them, hence the climb. */
static void fn_root(struct fabric *fabric, struct fn *fn)
{
	const struct fn *top = fn;

	for (fn->depth = 0; top->parent >= 0; fn->depth++)
		top = &fabric->fns[top->parent];
	fn->host = top->host;
	if (fn->host < 0)
		fn->host = host_get(fabric, fn->address.domain, top->address.bus);
}

static int *children_of(struct fabric *fabric, const struct fn *fn)
{
	return fn->parent >= 0 ? &fabric->fns[fn->parent].first_child :
				 &fabric->hosts[fn->host].first_child;
}

/* Last to first, each put before the others: they end up in order. */
static void tree_link(struct fabric *fabric)
{
	struct fn *fn;
	int i, *first;

	for (i = fabric->nr - 1; i >= 0; i--) {
		fn = &fabric->fns[i];
		first = children_of(fabric, fn);
		fn->next = *first;
		*first = i;
	}
}

/* The kernel names a host bridge by device 0 on its root bus, or a root port. */
static void host_name(const struct fabric *fabric, struct fabric_host *host)
{
	const struct fn *fn;

	if (host->first_child < 0)
		return;
	fn = &fabric->fns[host->first_child];
	if ((!fn->address.device && !fn->address.function) || fn->pcie_type == FN_PCIE_ROOT_PORT)
		host->first = host->first_child;
}

static void fabric_build(struct fabric *fabric)
{
	int i;

	for (i = 0; i < fabric->nr; i++) {
		fabric->fns[i].first_child = -1;
		fabric->fns[i].host = -1;
		fn_place(fabric, &fabric->fns[i]);
	}
	for (i = 0; i < fabric->nr; i++)
		fn_root(fabric, &fabric->fns[i]);
	tree_link(fabric);
	for (i = 0; i < fabric->nr_hosts; i++)
		host_name(fabric, &fabric->hosts[i]);
}

static void fn_read_sysfs(struct fn *fn)
{
	char name[SYSFS_LINE];

	p2p_address_format(&fn->address, fn->text, sizeof(fn->text));
	fn->group = FN_NO_GROUP;
	if (sysfs_link(name, "/sys/bus/pci/devices/%s/iommu_group", fn->text))
		fn->group = atoi(name);
	sysfs_link(name, "/sys/bus/pci/devices/%s/driver", fn->text);
	snprintf(fn->driver, sizeof(fn->driver), "%.63s", name);
}

void fabric_load(struct fabric *fabric)
{
	int i;

	memset(fabric, 0, sizeof(*fabric));
	if (!sysfs_exists("/sys/bus/pci/devices"))
		args_fail("%s/sys/bus/pci is not there: no PCI, or no sysfs mounted",
			  sysfs_root());
	fabric->fns = fabric_scan(&fabric->nr);
	qsort(fabric->fns, fabric->nr, sizeof(*fabric->fns), fn_order);
	for (i = 0; i < fabric->nr; i++)
		fn_read_sysfs(&fabric->fns[i]);
	fabric_build(fabric);
}

void fabric_free(struct fabric *fabric)
{
	free(fabric->fns);
	free(fabric->hosts);
}
