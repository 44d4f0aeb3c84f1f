/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that make up short programs of calls, and run them against each
 * other.
 *
 * A program that ran code no program had run before is kept, and later ones are
 * made by changing those that were kept; where the kernel does not tell (KCOV),
 * or the threads are to be blind, all are made up.
 *
 * The same seed gives the same numbers. Which programs are kept depends on what
 * the threads see of each other: one blind thread makes the same calls in every
 * run.
 */
#ifndef CHAOS_ENGINE_H
#define CHAOS_ENGINE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "calls.h"

#define ENGINE_ERRNOS 256
#define ENGINE_KINDS 64

/* What came back, by kind of call and errno. */
struct engine_results {
	atomic_ulong count[ENGINE_KINDS][ENGINE_ERRNOS];
};

struct engine {
	unsigned long seed;
	unsigned int threads;
	bool guided;
	unsigned long calls;	/* of all threads, or ULONG_MAX */
	int64_t end_ms;		/* by guest_now_ms(), or INT64_MAX */
	struct engine_results *results;
};

/* Runs to the first of the two ends: 0 or a negative errno. */
int engine_run(const struct engine *engine, struct chaos_world *world);

/* Prints a line for each kind of call; how many errors are undocumented. */
unsigned long engine_report(const struct engine_results *results);

#endif
