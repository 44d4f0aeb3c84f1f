// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2pctl watch: what happens to buffers, as it happens, and how often, by importer.
 *
 * One buffer's events come through the library, without gaps. Those of all
 * buffers, and what importers do, come from the module's trace events: root only,
 * and the kernel drops some where nobody reads fast enough.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "command.h"
#include "json.h"
#include "remote.h"
#include "term.h"
#include "trace.h"

struct request {
	const char *text[2];
	int nr;
	unsigned long count;	/* 0: until a signal comes */
	bool json;
	int signals;
};

static const struct argp_option options[] = {
	{ "count", 'n', "N", 0, "End after N events", 0 },
	ARGS_JSON,
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->err_stream = NULL;
		return 0;
	case 'n':
		request->count = args_number(arg, "the count", 1, 999999999);
		return 0;
	case KEY_JSON:
		request->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (request->nr == 2)
			args_refuse("too much: '%s'", arg);
		request->text[request->nr++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* One document a line: whoever reads need not wait for the end. */
static void print_line(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
	fflush(stdout);
}

/* Waits for @fd. false: a signal came first. */
static bool wait_for(const struct request *request, int fd)
{
	struct pollfd fds[] = {
		{ .fd = request->signals, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0)
		;
	return !fds[0].revents;
}

/* --- one buffer --------------------------------------------------------------- */

static void print_importers(const struct p2p_info *info)
{
	char name[P2P_ADDRESS_SIZE];
	size_t i;

	for (i = 0; i < info->nr_importers; i++)
		printf("  importer %s %s: maps %u, pins %u\n",
		       route_importer_name(&info->importers[i], name),
		       info->importers[i].driver, info->importers[i].maps,
		       info->importers[i].pins);
}

static void show_event(const struct request *request, int fd,
		       const struct p2p_event *event)
{
	struct json_object *object;
	struct p2p_info *info;

	if (request->json) {
		object = json_object_new_object();
		json_add_number(object, "number", event->number);
		json_add_text(object, "event", p2p_event_name(event->type));
		print_line(object);
		return;
	}
	printf("%llu %s\n", (unsigned long long)event->number,
	       p2p_event_name(event->type));
	info = p2p_info_get(fd);
	if (info)
		print_importers(info);
	p2p_info_free(info);
	fflush(stdout);
}

static int watch_one(const struct request *request)
{
	int fd = remote_fd(request->text[0], request->text[1]);
	struct p2p_events *events = p2p_events_open(fd);
	unsigned long seen = 0;
	struct p2p_event event;

	if (!events)
		return args_complain("cannot watch descriptor %s of process %s: %s",
				     request->text[1], request->text[0],
				     strerror(errno));
	while ((!request->count || seen < request->count) &&
	       wait_for(request, p2p_events_fd(events))) {
		if (p2p_events_next(events, 0, &event)) {
			if (errno == EAGAIN)
				continue;
			break;
		}
		show_event(request, fd, &event);
		seen++;
		if (event.type == P2P_EVENT_RETIRE)
			break;
	}
	p2p_events_close(events);
	close(fd);
	return EXIT_YES;
}

/* --- all ---------------------------------------------------------------------- */

static const char * const counted[] = {
	"attach", "map", "unmap", "cut", "refuse",
};

#define COUNTED	(sizeof(counted) / sizeof(*counted))

struct counts {
	char importer[TRACE_WORD];
	unsigned long of[COUNTED];
};

struct tally {
	struct counts *list;
	int nr;
};

static struct counts *tally_of(struct tally *tally, const char *importer)
{
	struct counts *list;
	int i;

	for (i = 0; i < tally->nr; i++) {
		if (!strcmp(tally->list[i].importer, importer))
			return &tally->list[i];
	}
	list = realloc(tally->list, (i + 1) * sizeof(*list));
	if (!list)
		args_fail("out of memory");
	tally->list = list;
	memset(&list[i], 0, sizeof(*list));
	snprintf(list[i].importer, sizeof(list[i].importer), "%s", importer);
	tally->nr++;
	return &list[i];
}

static void tally_add(struct tally *tally, const struct trace_event *event)
{
	size_t i;

	if (!*event->importer)
		return;
	for (i = 0; i < COUNTED; i++) {
		if (!strcmp(event->name, counted[i]))
			tally_of(tally, event->importer)->of[i]++;
	}
}

static void tally_print(const struct tally *tally)
{
	static const char * const headings[] = {
		"IMPORTER", "ATTACH", "MAP", "UNMAP", "CUT", "REFUSE",
	};
	struct term_table *table;
	size_t column;
	int i;

	if (!tally->nr)
		return;
	table = term_table_new(headings, COUNTED + 1);
	for (i = 0; i < tally->nr; i++) {
		term_table_cell(table, TERM_PLAIN, "%s",
				tally->list[i].importer);
		for (column = 0; column < COUNTED; column++)
			term_table_cell(table, TERM_PLAIN, "%lu",
					tally->list[i].of[column]);
	}
	putchar('\n');
	term_table_print(table);
	term_table_free(table);
}

static void show_trace(const struct request *request,
		       const struct trace_event *event)
{
	struct json_object *object;

	if (!request->json) {
		printf("%s %-7s %s %s\n", event->time, event->name,
		       event->exporter, event->rest);
		fflush(stdout);
		return;
	}
	object = json_object_new_object();
	json_add_text(object, "time", event->time);
	json_add_text(object, "event", event->name);
	json_add_text(object, "exporter", event->exporter);
	json_add_text(object, "importer",
		      *event->importer ? event->importer : NULL);
	json_add_text(object, "text", event->rest);
	print_line(object);
}

static void read_trace(const struct request *request, struct trace *trace,
		       struct tally *tally)
{
	struct trace_event event;
	unsigned long seen = 0;
	char line[2 * SYSFS_LINE];

	/* A line that is there already is not waited for again. */
	setvbuf(trace->pipe, NULL, _IONBF, 0);
	while ((!request->count || seen < request->count) &&
	       wait_for(request, fileno(trace->pipe)) &&
	       fgets(line, sizeof(line), trace->pipe)) {
		if (!trace_parse(line, &event))
			continue;
		tally_add(tally, &event);
		show_trace(request, &event);
		seen++;
	}
}

static int watch_all(const struct request *request)
{
	struct tally tally = {};
	struct trace trace = {};
	int ret = trace_open(&trace);

	if (ret)
		return args_complain("cannot trace: %s (needs root, tracefs and the module)",
				     strerror(-ret));
	read_trace(request, &trace, &tally);
	trace_close(&trace);
	if (!request->json)
		tally_print(&tally);
	free(tally.list);
	return EXIT_YES;
}

int cmd_watch(int argc, char **argv)
{
	static const struct argp parser = {
		.options = options,
		.parser = parse,
		.args_doc = "[PID FD]",
		.doc =
			"Shows what happens to a process's buffer, or to all buffers and what importers do with them, and counts by importer.",
	};
	struct request request = {};
	sigset_t signals;

	args_parse(&parser, argc, argv, &request);
	if (request.nr == 1)
		args_refuse("needs both a process and its descriptor, or neither: PID FD");
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	request.signals = signalfd(-1, &signals, SFD_CLOEXEC);
	return request.nr ? watch_one(&request) : watch_all(&request);
}
