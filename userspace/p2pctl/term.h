/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What people read: colours, tables, sizes, progress.
 */
#ifndef P2PCTL_TERM_H
#define P2PCTL_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum term_style {
	TERM_PLAIN,
	TERM_BOLD,
	TERM_DIM,
	TERM_GREEN,
	TERM_YELLOW,
	TERM_RED,
	TERM_CYAN,
};

/* Escape sequences, or "" where they have no place. */
const char *term_begin(enum term_style style);
const char *term_end(void);

/* "64 MiB": the largest unit that keeps it whole; room for 24. */
#define TERM_SIZE 24
const char *term_size(uint64_t bytes, char text[TERM_SIZE]);

/* Rows of text under headings, columns as wide as they need to be. */
struct term_table;

struct term_table *term_table_new(const char * const *headings, int columns);
void term_table_cell(struct term_table *table, enum term_style style,
		     const char *format, ...)
	__attribute((format(printf, 3, 4)));
void term_table_print(struct term_table *table);
void term_table_free(struct term_table *table);

/* A line on stderr that replaces the one before; only on a terminal. */
void term_progress(const char *what, uint64_t done, uint64_t all);
void term_progress_end(void);

#endif
