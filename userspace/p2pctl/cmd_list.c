// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2pctl list: BARs that can be exported, and who drives them.
 *
 * Invariant: without --all every line is a BAR that could be exported now or
 * after a bind; a BAR's verdict is the same here and in the doctor's.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "group.h"
#include "json.h"
#include "term.h"

struct list {
	bool all;
	bool json;
	const char *text[64];
	int nr;
	const struct fn *only[64];
};

static const struct argp_option options[] = {
	{ "all", 'a', NULL, 0, "Also functions and BARs that cannot be exported", 0 },
	ARGS_JSON,
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct list *list = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->err_stream = NULL;
		return 0;
	case 'a':
		list->all = true;
		return 0;
	case KEY_JSON:
		list->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (list->nr == 64)
			args_refuse("more than 64 addresses");
		list->text[list->nr++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* How far a BAR is from being exported. */
struct state {
	const char *name;	/* for programs */
	const char *text;
	enum term_style style;
};

static const struct state ready = { "ready", "ready", TERM_GREEN };
static const struct state after_bind = { "bind", "after bind", TERM_CYAN };
static const struct state no_iommu = {
	"no-iommu", "no: without an IOMMU, VFIO takes no device", TERM_DIM };
static const struct state bridge = { "bridge", "no: of a bridge", TERM_DIM };
static const struct state no_memory = {
	"not-memory", "no: I/O ports", TERM_DIM };
static const struct state no_address = {
	"unassigned", "no: has no address", TERM_DIM };
static const struct state too_small = {
	"too-small", "no: less than a page", TERM_DIM };

static const struct state *bar_state(const struct fn *fn, int bar)
{
	if (fn_is_bridge(fn))
		return &bridge;
	if (!fn->bars[bar].memory)
		return &no_memory;
	if (!fn->bars[bar].start)
		return &no_address;
	if (!fn_bar_usable(fn, bar))
		return &too_small;
	if (!strcmp(fn->driver, GROUP_OUR_DRIVER))
		return &ready;
	return fn->group == FN_NO_GROUP ? &no_iommu : &after_bind;
}

static bool wanted(const struct list *list, const struct fn *fn)
{
	int i;

	for (i = 0; i < list->nr; i++) {
		if (list->only[i] == fn)
			return true;
	}
	return !list->nr;
}

/* Named functions are shown whatever they are. */
static bool bar_shown(const struct list *list, const struct fn *fn, int bar)
{
	if (!fn->bars[bar].size || !wanted(list, fn))
		return false;
	return list->all || list->nr ||
	       (fn_is_peer(fn) && fn_bar_usable(fn, bar));
}

static void bar_kind(const struct fn_bar *bar, char text[32])
{
	if (!bar->memory)
		snprintf(text, 32, "I/O");
	else
		snprintf(text, 32, "%s%s", bar->wide ? "64-bit" : "32-bit",
			 bar->prefetch ? ", prefetchable" : "");
}

static void bar_row(struct term_table *table, const struct fn *fn, int bar)
{
	const struct state *state = bar_state(fn, bar);
	char size[TERM_SIZE], kind[32];

	bar_kind(&fn->bars[bar], kind);
	term_table_cell(table, TERM_PLAIN, "%s", fn->text);
	term_table_cell(table, TERM_PLAIN, "%d", bar);
	term_table_cell(table, TERM_PLAIN, "%s",
			term_size(fn->bars[bar].size, size));
	term_table_cell(table, TERM_PLAIN, "%s", kind);
	term_table_cell(table, TERM_PLAIN, "%s", *fn->driver ? fn->driver : "-");
	if (fn->group == FN_NO_GROUP)
		term_table_cell(table, TERM_PLAIN, "-");
	else
		term_table_cell(table, TERM_PLAIN, "%d", fn->group);
	term_table_cell(table, state->style, "%s", state->text);
	term_table_cell(table, TERM_PLAIN, "%s", fn->name);
}

static void print_text(const struct fabric *fabric, const struct list *list)
{
	static const char * const headings[] = {
		"DEVICE", "BAR", "SIZE", "KIND", "DRIVER", "GROUP", "EXPORT",
		"NAME",
	};
	struct term_table *table = term_table_new(headings, 8);
	int i, bar;

	for (i = 0; i < fabric->nr; i++) {
		for (bar = 0; bar < FN_BARS; bar++) {
			if (bar_shown(list, &fabric->fns[i], bar))
				bar_row(table, &fabric->fns[i], bar);
		}
	}
	term_table_print(table);
	term_table_free(table);
}

static struct json_object *bar_json(const struct fn *fn, int bar)
{
	struct json_object *object = json_object_new_object();

	json_add_number(object, "bar", bar);
	json_add_number(object, "size", fn->bars[bar].size);
	json_add_flag(object, "memory", fn->bars[bar].memory);
	json_add_flag(object, "64bit", fn->bars[bar].wide);
	json_add_flag(object, "prefetchable", fn->bars[bar].prefetch);
	json_add_text(object, "export", bar_state(fn, bar)->name);
	return object;
}

static struct json_object *fn_json(const struct list *list, const struct fn *fn)
{
	struct json_object *object = json_object_new_object();
	struct json_object *bars;
	int bar;

	json_add_text(object, "device", fn->text);
	json_add_text(object, "name", fn->name);
	json_add_text(object, "driver", *fn->driver ? fn->driver : NULL);
	if (fn->group == FN_NO_GROUP)
		json_add_text(object, "iommu_group", NULL);
	else
		json_add_number(object, "iommu_group", fn->group);
	bars = json_add_list(object, "bars");
	for (bar = 0; bar < FN_BARS; bar++) {
		if (bar_shown(list, fn, bar))
			json_object_array_add(bars, bar_json(fn, bar));
	}
	return object;
}

static bool fn_shown(const struct list *list, const struct fn *fn)
{
	int bar;

	for (bar = 0; bar < FN_BARS; bar++) {
		if (bar_shown(list, fn, bar))
			return true;
	}
	return (list->all || list->nr) && wanted(list, fn);
}

static void print_json(const struct fabric *fabric, const struct list *list)
{
	struct json_object *devices = json_object_new_array();
	int i;

	for (i = 0; i < fabric->nr; i++) {
		if (fn_shown(list, &fabric->fns[i]))
			json_object_array_add(devices,
					      fn_json(list, &fabric->fns[i]));
	}
	json_print(devices);
}

int cmd_list(int argc, char **argv)
{
	static const struct argp parser = {
		.options = options,
		.parser = parse,
		.args_doc = "[DEVICE...]",
		.doc = "Shows BARs that can be exported, and who drives them.",
	};
	struct list list = {};
	struct fabric fabric;
	int i;

	args_parse(&parser, argc, argv, &list);
	fabric_load(&fabric);
	for (i = 0; i < list.nr; i++)
		list.only[i] = fabric_find_text(&fabric, list.text[i]);
	if (list.json)
		print_json(&fabric, &list);
	else
		print_text(&fabric, &list);
	fabric_free(&fabric);
	return EXIT_YES;
}
