/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's trace events, in a trace instance of our own.
 */
#ifndef P2PCTL_TRACE_H
#define P2PCTL_TRACE_H

#include <stdio.h>

#include "sysfs.h"

struct trace {
	char folder[SYSFS_PATH];
	FILE *pipe;
};

#define TRACE_WORD	64

struct trace_event {
	char time[TRACE_WORD];
	char name[TRACE_WORD];		/* "map", without "p2p_bar_" */
	char exporter[TRACE_WORD];
	char importer[TRACE_WORD];	/* "" if there is none */
	char rest[SYSFS_LINE];		/* all of the text */
};

/* 0, or a negative errno. */
int trace_open(struct trace *trace);
void trace_close(struct trace *trace);

/* Whether @line is an event. */
bool trace_parse(const char *line, struct trace_event *event);

#endif
