// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fabric for graphviz.
 *
 * Invariant: names come from outside (driver, pci.ids) and are quoted.
 */
#include <stdio.h>

#include "topo.h"

static void print_quoted(const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
}

static const char *fill(const struct topo *topo, const struct fn *fn)
{
	if (fn == topo->exporter)
		return "#d5f0d5";
	if (fn == topo->importer)
		return "#fde4c4";
	return fn_is_bridge(fn) ? "#eeeeee" : "#ffffff";
}

static void print_node(const struct topo *topo, const struct fn *fn)
{
	const char *acs = topo_acs(fn);
	char iommu[TOPO_TEXT];

	printf("\t\"%s\" [fillcolor=\"%s\", label=\"%s\\n%s", fn->text,
	       fill(topo, fn), fn->text, fn_kind(fn));
	if (*acs)
		printf("\\n%s", acs);
	if (!fn_is_bridge(fn)) {
		printf("\\n");
		print_quoted(*fn->driver ? fn->driver : "no driver");
		topo_iommu(fn, iommu);
		printf("\\n%s", iommu);
	}
	printf("\"];\n");
}

static void print_edge(const struct topo *topo, const struct fn *fn)
{
	bool marked = topo_on_route(topo, fn);
	char name[TOPO_TEXT];

	if (fn->parent >= 0) {
		snprintf(name, sizeof(name), "%s",
			 topo->fabric.fns[fn->parent].text);
		marked = marked &&
			 topo_on_route(topo, &topo->fabric.fns[fn->parent]);
	} else {
		topo_host_name(topo, fn->host, name);
		marked = marked && topo_host_on_route(topo, fn->host);
	}
	printf("\t\"%s\" -- \"%s\"%s;\n", name, fn->text,
	       marked ? " [color=\"#1f6fd0\", penwidth=4]" : "");
}

static bool host_shown(const struct topo *topo, int host)
{
	int i;

	for (i = 0; i < topo->fabric.nr; i++) {
		if (topo->fabric.fns[i].host == host &&
		    topo_shown(topo, &topo->fabric.fns[i]))
			return true;
	}
	return false;
}

static void print_host(const struct topo *topo, int host)
{
	char name[TOPO_TEXT];

	topo_host_name(topo, host, name);
	printf("\t\"%s\" [fillcolor=\"#dddddd\", label=\"host bridge %s\\n%s\"];\n",
	       name, name, topo_host_judged(topo, host));
}

void topo_print_dot(const struct topo *topo)
{
	const struct fabric *fabric = &topo->fabric;
	char text[ROUTE_TEXT];
	int i;

	puts("graph fabric {\n\trankdir=LR;");
	puts("\tnode [shape=box, style=filled, fontname=\"sans-serif\", fontsize=10];");
	if (topo->exporter) {
		route_text(&topo->route, text);
		printf("\tlabel=\"%s to BARs of %s: %s\";\n",
		       topo->importer->text, topo->exporter->text, text);
	}
	for (i = 0; i < fabric->nr_hosts; i++) {
		if (host_shown(topo, i))
			print_host(topo, i);
	}
	for (i = 0; i < fabric->nr; i++) {
		if (!topo_shown(topo, &fabric->fns[i]))
			continue;
		print_node(topo, &fabric->fns[i]);
		print_edge(topo, &fabric->fns[i]);
	}
	puts("}");
}
