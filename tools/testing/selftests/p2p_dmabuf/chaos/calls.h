/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls that threads make without regard for each other: of a VFIO device,
 * of the buffers exported from it, of /dev/p2p_dmabuf, and of an importer.
 */
#ifndef CHAOS_CALLS_H
#define CHAOS_CALLS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/vfio.h"

#define CHAOS_SLOTS 8
#define CHAOS_ARGS 12

/* State of nrand48(): the low bits of rand_r() depend on each other. */
struct dice {
	unsigned short state[3];
};

unsigned int pick(struct dice *dice, unsigned int below);

/* What all threads share; each slot may be emptied or filled at any moment. */
struct chaos_world {
	struct vfio_dev vfio;		/* but for .device: see below */
	atomic_int device;
	int importer;
	atomic_int buffers[CHAOS_SLOTS];	/* descriptors */
	atomic_int handles[CHAOS_SLOTS];	/* of attachments */
	int node;			/* /dev/p2p_dmabuf */
	uint64_t bar_at;		/* offset of the BAR, for mmap() */
	atomic_int eventfds[CHAOS_SLOTS];
};

/* What is a thread's own. */
struct chaos_state {
	struct chaos_world *world;
	struct vfio_dev dev;
	struct dice dice;
	char *edge;		/* of a page behind which there is none */
};

/* One call; what the arguments mean is up to it, and any value is allowed. */
struct chaos_call {
	unsigned int kind;
	uint64_t args[CHAOS_ARGS];
};

/* 0 or a negative errno. */
int chaos_open(struct chaos_world *world);
void chaos_close(struct chaos_world *world);

bool chaos_begin(struct chaos_state *state, struct chaos_world *world);
void chaos_end(struct chaos_state *state);

/* A call at random: mostly one that makes sense. */
void chaos_invent(struct chaos_call *call, struct dice *dice);

/* A value at random for an argument: mostly one at some edge. */
uint64_t chaos_value(struct dice *dice);

/* 0 or a positive errno. */
int chaos_run(struct chaos_state *state, const struct chaos_call *call);

/* Whether the documentation of the call allows for the errno. */
bool chaos_documented(const struct chaos_call *call, int err);

/*
 * How much rarer it is to be made where time counts: it takes long, or takes
 * away what takes long to make.
 */
unsigned int chaos_cost(const struct chaos_call *call);

const char *chaos_name(unsigned int kind);
unsigned int chaos_kinds(void);

#endif
