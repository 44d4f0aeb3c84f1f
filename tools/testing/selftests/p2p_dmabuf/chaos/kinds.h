/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kinds of calls are made of, and those of /dev/p2p_dmabuf (node.c).
 */
#ifndef CHAOS_KINDS_H
#define CHAOS_KINDS_H

#include "calls.h"

#define PAGE 4096ULL
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct chaos_kind {
	const char *name;
	void (*invent)(uint64_t *a, struct dice *dice);
	int (*run)(struct chaos_state *state, const uint64_t *a);
	unsigned int weight;
	unsigned int cost;	/* how much rarer it is where time counts */
	int errnos[8];		/* documented, up to the first 0 */
};

extern const struct chaos_kind node_kinds[];
extern const unsigned int nr_node_kinds;

/* 0 or a negative errno. */
int node_open(struct chaos_world *world);
void node_close(struct chaos_world *world);

/* Of the BAR, of buffers, and of memory: all that node.c's calls have mapped. */
void areas_unmap(void);

/* Mostly the value, now and then another one. */
uint64_t mostly(struct dice *dice, uint64_t value);

/* A slot, and two values at random. */
void invent_slot(uint64_t *a, struct dice *dice);

int buffer_at(struct chaos_state *state, uint64_t slot);
void put_buffer(struct chaos_state *state, uint64_t slot, int fd);

/* A descriptor's number becomes one of the shared ones, or a negative errno. */
int keep_apart(int fd);

#endif
