/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables as text: Markdown for people, reStructuredText for Documentation/.
 */
#ifndef SELFTEST_P2P_REPORT_TABLE_H
#define SELFTEST_P2P_REPORT_TABLE_H

#include <stdbool.h>
#include <stdio.h>

struct table {
	FILE *file;
	bool rest;
};

/* The licence's line, as a comment. */
void table_licence(FILE *file, const char *open, const char *close);

void table_heading(const struct table *table, const char *text);
void table_text(const struct table *table, const char *text);

/* Cells end with a NULL. */
void table_begin(const struct table *table, ...);
void table_row(const struct table *table, ...);
void table_end(const struct table *table);

#endif
