// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2pctl bench: what can be measured without an importer.
 *
 * Invariant: the numbers are of single calls, sorted, nothing left out but the
 * first tenth, which warms up.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "json.h"
#include "slice.h"
#include "term.h"

enum {
	KEY_BAR = KEY_FIRST,
};

struct bench {
	const char *text[2];
	int nr;
	int bar;
	unsigned long count;
	bool json;
	struct slice slice;
	struct p2p_address exporter;
	struct p2p_address importer;
	int fd;
};

static const struct argp_option options[] = {
	{ "bar", KEY_BAR, "N", 0, "The BAR to export (default: the largest)", 0 },
	{ "count", 'n', "N", 0, "Calls of each kind (default: 1000)", 0 },
	ARGS_JSON,
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct bench *bench = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->err_stream = NULL;
		return 0;
	case KEY_BAR:
		bench->bar = args_number(arg, "the BAR", 0, 5);
		return 0;
	case 'n':
		bench->count = args_number(arg, "the count", 10, 10000000);
		return 0;
	case KEY_JSON:
		bench->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (bench->nr == 2)
			args_refuse("one device too many: '%s'", arg);
		bench->text[bench->nr++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Each is called and timed; 0, or -1 with errno. */
static int do_export(const struct bench *bench)
{
	int fd = p2p_buffer_export(bench->slice.device, bench->slice.bar,
				   bench->slice.ranges, bench->slice.nr_ranges,
				   O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int do_route(const struct bench *bench)
{
	struct p2p_route route;

	return p2p_route_query(&bench->exporter, &bench->importer, &route);
}

static int do_info(const struct bench *bench)
{
	struct p2p_info *info = p2p_info_get(bench->fd);

	if (!info)
		return -1;
	p2p_info_free(info);
	return 0;
}

static const struct {
	const char *name;
	const char *text;
	int (*call)(const struct bench *bench);
} kinds[] = {
	{ "export_close", "export and close", do_export },
	{ "route", "route query", do_route },
	{ "info", "info", do_info },
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

struct result {
	int err;		/* of the call that failed, 0 if none did */
	uint64_t least;		/* nanoseconds, all of them */
	uint64_t median;
	uint64_t most;		/* of 99 in 100 */
};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static int order(const void *a, const void *b)
{
	const uint64_t *left = a;
	const uint64_t *right = b;

	return *left < *right ? -1 : *left > *right;
}

static int take_times(const struct bench *bench, size_t kind, uint64_t *times)
{
	unsigned long i, warm = bench->count / 10;
	uint64_t start;

	for (i = 0; i < warm + bench->count; i++) {
		if (i % 64 == 0)
			term_progress(kinds[kind].text, i, warm + bench->count);
		start = now();
		if (kinds[kind].call(bench))
			return errno;
		if (i >= warm)
			times[i - warm] = now() - start;
	}
	return 0;
}

static void measure(const struct bench *bench, size_t kind,
		    struct result *result)
{
	uint64_t *times = calloc(bench->count, sizeof(*times));

	if (!times)
		args_fail("out of memory");
	result->err = take_times(bench, kind, times);
	term_progress_end();
	qsort(times, bench->count, sizeof(*times), order);
	result->least = times[0];
	result->median = times[bench->count / 2];
	result->most = times[bench->count * 99 / 100];
	free(times);
}

static void cell_time(struct term_table *table, uint64_t ns)
{
	term_table_cell(table, TERM_PLAIN, "%llu.%02llu",
			(unsigned long long)ns / 1000,
			(unsigned long long)ns % 1000 / 10);
}

static void print_text(const struct bench *bench, const struct result *results)
{
	static const char * const headings[] = {
		"MICROSECONDS", "LEAST", "MEDIAN", "99 %",
	};
	struct term_table *table = term_table_new(headings, 4);
	size_t i;

	(void)bench;
	for (i = 0; i < KINDS; i++) {
		term_table_cell(table, TERM_PLAIN, "%s", kinds[i].text);
		if (results[i].err) {
			term_table_cell(table, TERM_RED, "-");
			term_table_cell(table, TERM_RED, "-");
			term_table_cell(table, TERM_RED, "%s",
					strerror(results[i].err));
			continue;
		}
		cell_time(table, results[i].least);
		cell_time(table, results[i].median);
		cell_time(table, results[i].most);
	}
	term_table_print(table);
	term_table_free(table);
}

static void print_json(const struct bench *bench, const struct result *results)
{
	struct json_object *object = json_object_new_object();
	struct json_object *kind;
	size_t i;

	json_add_number(object, "count", bench->count);
	json_add_number(object, "length", slice_length(&bench->slice));
	for (i = 0; i < KINDS; i++) {
		kind = json_object_new_object();
		json_add_text(kind, "error", results[i].err ?
			      strerror(results[i].err) : NULL);
		if (!results[i].err) {
			json_add_number(kind, "least_ns", results[i].least);
			json_add_number(kind, "median_ns", results[i].median);
			json_add_number(kind, "p99_ns", results[i].most);
		}
		json_object_object_add(object, kinds[i].name, kind);
	}
	json_print(object);
}

static int largest_bar(const char *text)
{
	struct fabric fabric;
	int bar;

	fabric_load(&fabric);
	bar = fn_best_bar(fabric_find_text(&fabric, text));
	fabric_free(&fabric);
	if (bar < 0)
		args_fail("%s has no memory BAR of a page or more", text);
	return bar;
}

static int run(struct bench *bench)
{
	struct result results[KINDS] = {};
	int ret = EXIT_YES;
	size_t i;

	bench->fd = slice_export(&bench->slice);
	for (i = 0; i < KINDS; i++) {
		measure(bench, i, &results[i]);
		if (results[i].err)
			ret = EXIT_NO;
	}
	if (bench->json)
		print_json(bench, results);
	else
		print_text(bench, results);
	close(bench->fd);
	return ret;
}

int cmd_bench(int argc, char **argv)
{
	static const struct argp parser = {
		.options = options,
		.parser = parse,
		.args_doc = "DEVICE [IMPORTER]",
		.doc =
			"Measures exports, route queries and descriptions of a buffer. Exit code 1 if one of them fails.",
	};
	struct bench bench = { .bar = -1, .count = 1000 };
	int ret;

	args_parse(&parser, argc, argv, &bench);
	if (!bench.nr)
		args_refuse("no device");
	args_address(bench.text[0], &bench.exporter);
	args_address(bench.text[bench.nr - 1], &bench.importer);
	bench.slice.open_flags = O_RDWR;
	bench.slice.bar = bench.bar >= 0 ? bench.bar : largest_bar(bench.text[0]);
	slice_open(&bench.slice, bench.text[0]);
	ret = run(&bench);
	p2p_device_close(bench.slice.device);
	return ret;
}
