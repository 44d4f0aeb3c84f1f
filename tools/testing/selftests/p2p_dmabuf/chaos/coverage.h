/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of the modules' code a thread has run, by the kernel's KCOV. Source: the
 * kernel's Documentation/dev-tools/kcov.rst.
 */
#ifndef CHAOS_COVERAGE_H
#define CHAOS_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>

/* One thread's; all functions are for the thread that opened it. */
struct coverage {
	int fd;
	unsigned long *trace;
};

/* false where the kernel has no KCOV: then nothing is ever new. */
bool coverage_open(struct coverage *coverage);

void coverage_begin(struct coverage *coverage);

/* Branches since the begin that no thread has taken before. */
size_t coverage_end(struct coverage *coverage);

/* Branches taken by all threads so far. */
size_t coverage_total(void);

#endif
