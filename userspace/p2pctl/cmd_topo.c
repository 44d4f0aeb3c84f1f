// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2pctl topo: the PCIe fabric, and the routes in it.
 */
#include <stdio.h>

#include "command.h"
#include "topo.h"

enum {
	KEY_DOT = KEY_FIRST,
	KEY_SVG,
	KEY_ALL,
};

struct request {
	const char *text[2];
	int nr;
	bool all;
	void (*print)(const struct topo *topo);
};

static const struct argp_option options[] = {
	{ "all", 'a', NULL, 0, "Also what takes no part in peer-to-peer", 0 },
	{ "dot", KEY_DOT, NULL, 0, "Print a graph for graphviz", 0 },
	{ "svg", KEY_SVG, NULL, 0, "Print a picture", 0 },
	ARGS_JSON,
	{}
};

static void choose(struct request *request, void (*print)(const struct topo *))
{
	if (request->print)
		args_refuse("only one of --json, --dot and --svg");
	request->print = print;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->err_stream = NULL;
		return 0;
	case 'a':
		request->all = true;
		return 0;
	case KEY_JSON:
		choose(request, topo_print_json);
		return 0;
	case KEY_DOT:
		choose(request, topo_print_dot);
		return 0;
	case KEY_SVG:
		choose(request, topo_print_svg);
		return 0;
	case ARGP_KEY_ARG:
		if (request->nr == 2)
			args_refuse("one device too many: '%s'", arg);
		request->text[request->nr++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_topo(int argc, char **argv)
{
	static const struct argp parser = {
		.options = options,
		.parser = parse,
		.args_doc = "[EXPORTER IMPORTER]",
		.doc =
			"Shows the PCIe fabric as a tree, and the routes between two devices or all.",
	};
	struct request request = {};
	struct topo topo = {};

	args_parse(&parser, argc, argv, &request);
	if (request.nr == 1)
		args_refuse("needs both devices, or none: EXPORTER IMPORTER");
	topo.all = request.all;
	fabric_load(&topo.fabric);
	route_hosts_load(&topo.hosts);
	if (request.nr) {
		topo.exporter = fabric_find_text(&topo.fabric, request.text[0]);
		topo.importer = fabric_find_text(&topo.fabric, request.text[1]);
		route_find(&topo.fabric, &topo.hosts, topo.exporter,
			   topo.importer, &topo.route);
	}
	if (!request.print)
		request.print = topo_print_text;
	request.print(&topo);
	fabric_free(&topo.fabric);
	return EXIT_YES;
}
