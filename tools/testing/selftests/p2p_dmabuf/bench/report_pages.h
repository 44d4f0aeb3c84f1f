/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pages of a report.
 */
#ifndef SELFTEST_P2P_REPORT_PAGES_H
#define SELFTEST_P2P_REPORT_PAGES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report_table.h"

void page_markdown(FILE *file, const char *name);
void page_rest(FILE *file, const char *name);

/* report_curves.c */
void page_scale_plot(FILE *file, const char *name);
void page_memory_plot(FILE *file, const char *name);

/* report_needs.c: what is required, and whether it is met. */
void page_needs(const struct table *table);

/* A time or a number of bytes in the unit that suits it. */
void page_time(double ns, char *text, size_t size);
void page_bytes(double bytes, char *text, size_t size);

/* "median (quartile to quartile)", or what stands for no value. */
void page_median_time(const char *metric, const char *side, uint64_t x,
		      char *text, size_t size);

#endif
