// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trace events.
 *
 * Invariant: nobody else's tracing is touched: everything is done in an instance,
 * which goes away again.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "trace.h"

static int switch_on(const struct trace *trace)
{
	char path[SYSFS_PATH + 32];

	snprintf(path, sizeof(path), "%s/events/p2p_bar/enable", trace->folder);
	return sysfs_write(path, "1");
}

int trace_open(struct trace *trace)
{
	const char *root = "/sys/kernel/tracing";
	char path[SYSFS_PATH + 32];
	int ret;

	if (!sysfs_exists("%s/instances", root))
		root = "/sys/kernel/debug/tracing";
	sysfs_path(trace->folder, "%s/instances/p2pctl-%d", root, getpid());
	ret = sysfs_mkdir(trace->folder);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), "%s/trace_pipe", trace->folder);
	trace->pipe = fopen(path, "re");
	ret = trace->pipe ? switch_on(trace) : -errno;
	if (ret)
		trace_close(trace);
	return ret;
}

void trace_close(struct trace *trace)
{
	if (trace->pipe)
		fclose(trace->pipe);
	sysfs_rmdir(trace->folder);
}

/* The word before ": p2p_bar_" is the time. */
static void parse_time(const char *line, const char *end, char time[TRACE_WORD])
{
	const char *start = end;

	while (start > line && start[-1] != ' ')
		start--;
	snprintf(time, TRACE_WORD, "%.*s", (int)(end - start), start);
}

bool trace_parse(const char *line, struct trace_event *event)
{
	static const char mark[] = ": p2p_bar_";
	const char *name = strstr(line, mark);
	const char *importer;

	memset(event, 0, sizeof(*event));
	if (!name)
		return false;
	parse_time(line, name, event->time);
	if (sscanf(name + strlen(mark), "%63[a-z]: %63s %255[^\n]", event->name,
		   event->exporter, event->rest) != 3)
		return false;
	importer = strstr(event->rest, "importer=");
	if (importer)
		sscanf(importer, "importer=%63s", event->importer);
	return true;
}
