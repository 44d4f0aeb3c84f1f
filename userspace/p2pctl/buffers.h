/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's table of all buffers, in debugfs.
 */
#ifndef P2PCTL_BUFFERS_H
#define P2PCTL_BUFFERS_H

#include <stdbool.h>
#include <stdint.h>

#define BUFFERS_NAME	64
#define BUFFERS_REASON	200

#define BUFFERS_FILE	"/sys/kernel/debug/p2p_dmabuf/buffers"

struct buffers_importer {
	char device[BUFFERS_NAME];
	char driver[BUFFERS_NAME];
	char route[BUFFERS_NAME];	/* "host translated" */
	unsigned int distance;
	unsigned int maps;
	unsigned int pins;
	char reason[BUFFERS_REASON];
};

struct buffers_entry {
	unsigned long long id;
	char exporter[BUFFERS_NAME];
	int bar;
	char state[16];
	unsigned long long generation;
	unsigned int tables;
	unsigned int ranges;
	unsigned long long size;
	struct buffers_importer *importers;
	int nr_importers;
};

struct buffers {
	struct buffers_entry *list;
	int nr;
};

/* 0, or a negative errno: it is root's, where there is a debugfs at all. */
int buffers_load(struct buffers *buffers);
void buffers_free(struct buffers *buffers);

#endif
