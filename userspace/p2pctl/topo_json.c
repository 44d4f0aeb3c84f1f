// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fabric as JSON: all functions whatever is shown otherwise, and the routes.
 */
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "topo.h"

static const char *acs_word(const struct fn *fn)
{
	if (!fn->config_known)
		return "unknown";
	if (!fn->acs_cap)
		return "none";
	return fn_redirects(fn) ? "redirects" : "off";
}

static struct json_object *host_json(const struct topo *topo, int host)
{
	const struct fabric_host *facts = &topo->fabric.hosts[host];
	struct json_object *object = json_object_new_object();
	char name[TOPO_TEXT];

	topo_host_name(topo, host, name);
	json_add_text(object, "root_bus", name);
	json_add_text(object, "first_function",
		      facts->first < 0 ? NULL :
		      topo->fabric.fns[facts->first].text);
	json_add_text(object, "judged", topo_host_judged(topo, host));
	return object;
}

static struct json_object *fn_json(const struct topo *topo, const struct fn *fn)
{
	struct json_object *object = json_object_new_object();
	char host[TOPO_TEXT];

	topo_host_name(topo, fn->host, host);
	json_add_text(object, "device", fn->text);
	json_add_text(object, "root_bus", host);
	json_add_text(object, "parent", fn->parent < 0 ? NULL :
		      topo->fabric.fns[fn->parent].text);
	json_add_text(object, "kind", fn_kind(fn));
	json_add_text(object, "name", fn->name);
	json_add_text(object, "driver", *fn->driver ? fn->driver : NULL);
	json_add_text(object, "acs", acs_word(fn));
	json_add_text(object, "iommu", group_mode_name(group_mode(fn)));
	if (fn->group == FN_NO_GROUP)
		json_add_text(object, "iommu_group", NULL);
	else
		json_add_number(object, "iommu_group", fn->group);
	return object;
}

static void add_route(struct json_object *routes, const struct fn *exporter,
		      const struct fn *importer, const struct route *route)
{
	struct json_object *object = json_route(route);

	json_add_text(object, "exporter", exporter->text);
	json_add_text(object, "importer", importer->text);
	json_object_array_add(routes, object);
}

static void add_routes_to(const struct topo *topo, struct json_object *routes,
			  const struct fn *exporter)
{
	const struct fabric *fabric = &topo->fabric;
	struct route route;
	int i;

	for (i = 0; i < fabric->nr; i++) {
		if (!topo_can_import(&fabric->fns[i]))
			continue;
		route_find(fabric, &topo->hosts, exporter, &fabric->fns[i],
			   &route);
		add_route(routes, exporter, &fabric->fns[i], &route);
	}
}

void topo_print_json(const struct topo *topo)
{
	struct json_object *object = json_object_new_object();
	const struct fabric *fabric = &topo->fabric;
	struct json_object *list;
	int i;

	list = json_add_list(object, "host_bridges");
	for (i = 0; i < fabric->nr_hosts; i++)
		json_object_array_add(list, host_json(topo, i));
	list = json_add_list(object, "functions");
	for (i = 0; i < fabric->nr; i++)
		json_object_array_add(list, fn_json(topo, &fabric->fns[i]));
	list = json_add_list(object, "routes");
	if (topo->exporter)
		add_route(list, topo->exporter, topo->importer, &topo->route);
	for (i = 0; i < fabric->nr && !topo->exporter; i++) {
		if (topo_can_export(&fabric->fns[i]))
			add_routes_to(topo, list, &fabric->fns[i]);
	}
	json_print(object);
}
