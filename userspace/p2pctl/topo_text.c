// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fabric as text: a tree, below it the routes.
 */
#include <stdio.h>
#include <string.h>

#include "term.h"
#include "topo.h"

/* Room for the lines on the left of the deepest function: 6 bytes a level. */
#define TREE_PREFIX	1024

static int next_shown(const struct topo *topo, int fn)
{
	while (fn >= 0 && !topo_shown(topo, &topo->fabric.fns[fn]))
		fn = topo->fabric.fns[fn].next;
	return fn;
}

static const char *role(const struct topo *topo, const struct fn *fn)
{
	if (fn == topo->exporter && fn == topo->importer)
		return "  <- exporter, importer";
	if (fn == topo->exporter)
		return "  <- exporter";
	return fn == topo->importer ? "  <- importer" : "";
}

static void print_fn(const struct topo *topo, const struct fn *fn)
{
	bool marked = topo_on_route(topo, fn);
	const char *acs = topo_acs(fn);
	char iommu[TOPO_TEXT];

	printf("%s%s%s  %s", term_begin(marked ? TERM_CYAN : TERM_PLAIN),
	       fn->text, term_end(), fn_kind(fn));
	if (*acs)
		printf("  %s[%s]%s", term_begin(fn_redirects(fn) ? TERM_YELLOW :
						TERM_PLAIN), acs, term_end());
	if (!fn_is_bridge(fn)) {
		topo_iommu(fn, iommu);
		printf("  [%s]  %s  %s%s%s", iommu,
		       *fn->driver ? fn->driver : "no driver",
		       term_begin(TERM_DIM), fn->name, term_end());
	}
	printf("%s%s%s\n", term_begin(TERM_BOLD), role(topo, fn), term_end());
}

static void print_level(const struct topo *topo, int first, char *prefix)
{
	size_t length = strlen(prefix);
	int fn, next;

	for (fn = next_shown(topo, first); fn >= 0; fn = next) {
		next = next_shown(topo, topo->fabric.fns[fn].next);
		printf("%s%s ", prefix, next >= 0 ? "├─" : "└─");
		print_fn(topo, &topo->fabric.fns[fn]);
		if (length + 8 > TREE_PREFIX)
			continue;
		strcat(prefix, next >= 0 ? "│  " : "   ");
		print_level(topo, topo->fabric.fns[fn].first_child, prefix);
		prefix[length] = '\0';
	}
}

static void print_tree(const struct topo *topo)
{
	char prefix[TREE_PREFIX], name[TOPO_TEXT];
	int i, first;

	for (i = 0; i < topo->fabric.nr_hosts; i++) {
		first = topo->fabric.hosts[i].first_child;
		if (next_shown(topo, first) < 0)
			continue;
		topo_host_name(topo, i, name);
		printf("%shost bridge %s%s  [%s]\n",
		       term_begin(topo_host_on_route(topo, i) ? TERM_CYAN :
				  TERM_BOLD), name, term_end(),
		       topo_host_judged(topo, i));
		prefix[0] = '\0';
		print_level(topo, first, prefix);
	}
}

static void print_pair(const struct topo *topo)
{
	char text[ROUTE_TEXT];

	route_text(&topo->route, text);
	printf("\n%s%s from %s to BARs of %s: %s%s\n", term_begin(TERM_BOLD),
	       "route", topo->importer->text, topo->exporter->text, text,
	       term_end());
}

static const char *cell(const struct route *route, enum term_style *style)
{
	*style = TERM_GREEN;
	if (route_is(route, P2P_ROUTE_BUS))
		return "bus";
	if (route_is(route, P2P_ROUTE_HOST))
		return route->info.flags & P2P_ROUTE_TRANSLATED ? "host" :
								  "host*";
	*style = TERM_RED;
	return "-";
}

static void matrix_row(const struct topo *topo, struct term_table *table,
		       const struct fn *exporter)
{
	const struct fabric *fabric = &topo->fabric;
	enum term_style style;
	struct route route;
	const char *text;
	int i;

	term_table_cell(table, TERM_PLAIN, "%s", exporter->text);
	for (i = 0; i < fabric->nr; i++) {
		if (!topo_can_import(&fabric->fns[i]))
			continue;
		route_find(fabric, &topo->hosts, exporter, &fabric->fns[i],
			   &route);
		text = cell(&route, &style);
		term_table_cell(table, style, "%s", text);
	}
}

static void print_matrix(const struct topo *topo)
{
	const struct fabric *fabric = &topo->fabric;
	const char *headings[fabric->nr + 1];
	struct term_table *table;
	int i, columns = 1;

	headings[0] = "BARS OF \\ BY";
	for (i = 0; i < fabric->nr; i++) {
		if (topo_can_import(&fabric->fns[i]))
			headings[columns++] = fabric->fns[i].text;
	}
	table = term_table_new(headings, columns);
	for (i = 0; i < fabric->nr; i++) {
		if (topo_can_export(&fabric->fns[i]))
			matrix_row(topo, table, &fabric->fns[i]);
	}
	putchar('\n');
	term_table_print(table);
	term_table_free(table);
	puts("bus: inside a switch; host: through the root complex, * not translated; -: none");
}

void topo_print_text(const struct topo *topo)
{
	print_tree(topo);
	if (topo->exporter)
		print_pair(topo);
	else
		print_matrix(topo);
}
