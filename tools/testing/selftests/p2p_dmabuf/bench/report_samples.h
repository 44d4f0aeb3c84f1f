/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The samples of a run, read back: see sample.h.
 */
#ifndef SELFTEST_P2P_REPORT_SAMPLES_H
#define SELFTEST_P2P_REPORT_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* All values of one metric, side and x; values sorted. */
struct samples {
	char metric[32];
	char side[32];
	uint64_t x;
	size_t nr;
	double *values;
};

/* False if the file is no complete run. */
bool samples_read(FILE *file);

/* As an x: of those there are, the first one. */
#define SAMPLES_ANY_X UINT64_MAX

/* NULL if there are none. */
const struct samples *samples_find(const char *metric, const char *side,
				   uint64_t x);

/* From 0 (the least) to 1, interpolated; 0.5 is the median. */
double samples_quantile(const struct samples *samples, double part);

double samples_sum(const struct samples *samples);

/* Lines "fact TEXT": about the run. NULL beyond the last one. */
const char *samples_fact(size_t i);

/* The text of a note, or NULL. */
const char *samples_note(const char *metric, const char *side);

#endif
