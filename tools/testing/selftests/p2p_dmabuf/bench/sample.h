/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the benchmark says: a line a sample, for report.c to read.
 *
 *   sample METRIC SIDE X VALUE
 *   note METRIC SIDE TEXT
 *
 * METRIC and X are those of metrics.c; VALUE is in ns or bytes.
 */
#ifndef SELFTEST_P2P_SAMPLE_H
#define SELFTEST_P2P_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

/* CLOCK_MONOTONIC in ns. */
uint64_t sample_now(void);

void sample_print(const char *metric, const char *side, uint64_t x,
		  double value);
void sample_note(const char *metric, const char *side, const char *text);

/* Sorts the values. */
double sample_median(double *values, size_t nr);

/* Ends the program unless a result is 0 or more; returns it. */
int must(const char *what, int ret);

#endif
