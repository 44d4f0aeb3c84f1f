// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2pctl route: how the importer's DMA reaches the exporter's BARs.
 *
 * Invariant: the exit code is the answer.
 */
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "json.h"

struct query {
	const char *text[2];
	int nr;
	bool json;
	bool estimate;
};

static const struct argp_option options[] = {
	{ "estimate", 'e', NULL, 0, "Do not ask the kernel", 0 },
	ARGS_JSON,
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct query *query = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->err_stream = NULL;
		return 0;
	case 'e':
		query->estimate = true;
		return 0;
	case KEY_JSON:
		query->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (query->nr == 2)
			args_refuse("one device too many: '%s'", arg);
		query->text[query->nr++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void print_json(const struct fn *exporter, const struct fn *importer,
		       const struct route *route)
{
	struct json_object *object = json_route(route);

	json_add_text(object, "exporter", exporter->text);
	json_add_text(object, "importer", importer->text);
	json_print(object);
}

static void print_text(const struct route *route)
{
	char *explained = p2p_route_explain(&route->info);
	char text[ROUTE_TEXT];

	route_text(route, text);
	puts(text);
	if (explained)
		puts(explained);
	free(explained);
}

int cmd_route(int argc, char **argv)
{
	static const struct argp parser = {
		.options = options,
		.parser = parse,
		.args_doc = "EXPORTER IMPORTER",
		.doc =
			"Says how IMPORTER's DMA reaches EXPORTER's BARs. Exit code 1 if it does not.",
	};
	const struct fn *exporter, *importer;
	struct route_hosts hosts;
	struct query query = {};
	struct fabric fabric;
	struct route route;

	args_parse(&parser, argc, argv, &query);
	if (query.nr < 2)
		args_refuse("needs two devices: EXPORTER IMPORTER");
	fabric_load(&fabric);
	exporter = fabric_find_text(&fabric, query.text[0]);
	importer = fabric_find_text(&fabric, query.text[1]);
	route_hosts_load(&hosts);
	if (query.estimate)
		route_estimate(&fabric, &hosts, exporter, importer, &route);
	else
		route_find(&fabric, &hosts, exporter, importer, &route);
	if (query.json)
		print_json(exporter, importer, &route);
	else
		print_text(&route);
	fabric_free(&fabric);
	return route_is(&route, P2P_ROUTE_NONE) ? EXIT_NO : EXIT_YES;
}
