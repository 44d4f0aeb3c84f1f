// SPDX-License-Identifier: GPL-2.0-only
/*
 * What people read.
 *
 * Invariant: colours and progress only where a terminal is at the other end, and
 * colours only if NO_COLOR (no-color.org) is not set or empty; so what goes into
 * a file or a pipe is plain text.
 */
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "term.h"

static bool term_colours(void)
{
	const char *no = getenv("NO_COLOR");
	const char *type = getenv("TERM");

	if (!isatty(STDOUT_FILENO) || (no && *no))
		return false;
	return !type || strcmp(type, "dumb");
}

const char *term_begin(enum term_style style)
{
	static const char * const sequences[] = {
		[TERM_PLAIN] = "",
		[TERM_BOLD] = "\033[1m",
		[TERM_DIM] = "\033[2m",
		[TERM_GREEN] = "\033[32m",
		[TERM_YELLOW] = "\033[33m",
		[TERM_RED] = "\033[1;31m",
		[TERM_CYAN] = "\033[36m",
	};

	return term_colours() ? sequences[style] : "";
}

const char *term_end(void)
{
	return term_colours() ? "\033[0m" : "";
}

const char *term_size(uint64_t bytes, char text[TERM_SIZE])
{
	static const char * const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t unit = 0;

	while (bytes && !(bytes & 1023) && unit < 4) {
		bytes >>= 10;
		unit++;
	}
	snprintf(text, TERM_SIZE, "%llu %s", (unsigned long long)bytes,
		 units[unit]);
	return text;
}

struct term_cell {
	enum term_style style;
	char *text;
};

struct term_table {
	int columns;
	int nr;
	int room;
	struct term_cell *cells;
};

static void table_add(struct term_table *table, enum term_style style,
		      char *text)
{
	if (table->nr == table->room) {
		table->room = table->room ? 2 * table->room : 64;
		table->cells = realloc(table->cells,
				       table->room * sizeof(*table->cells));
		if (!table->cells)
			err(EXIT_NO, NULL);
	}
	table->cells[table->nr].style = style;
	table->cells[table->nr].text = text;
	table->nr++;
}

struct term_table *term_table_new(const char * const *headings, int columns)
{
	struct term_table *table = calloc(1, sizeof(*table));
	int i;

	if (!table)
		err(EXIT_NO, NULL);
	table->columns = columns;
	for (i = 0; i < columns; i++)
		term_table_cell(table, TERM_BOLD, "%s", headings[i]);
	return table;
}

void term_table_cell(struct term_table *table, enum term_style style,
		     const char *format, ...)
{
	va_list args;
	char *text;
	int ret;

	va_start(args, format);
	ret = vasprintf(&text, format, args);
	va_end(args);
	if (ret < 0)
		err(EXIT_NO, NULL);
	table_add(table, style, text);
}

static int table_width(const struct term_table *table, int column)
{
	int i, length, width = 0;

	for (i = column; i < table->nr; i += table->columns) {
		length = strlen(table->cells[i].text);
		if (length > width)
			width = length;
	}
	return width;
}

void term_table_print(struct term_table *table)
{
	bool last;
	int i;

	for (i = 0; i < table->nr; i++) {
		last = (i + 1) % table->columns == 0;
		printf("%s%-*s%s%s", term_begin(table->cells[i].style),
		       last ? 0 : table_width(table, i % table->columns),
		       table->cells[i].text, term_end(), last ? "\n" : "  ");
	}
}

void term_table_free(struct term_table *table)
{
	int i;

	for (i = 0; i < table->nr; i++)
		free(table->cells[i].text);
	free(table->cells);
	free(table);
}

#define PROGRESS_WIDTH 30

void term_progress(const char *what, uint64_t done, uint64_t all)
{
	int filled = all ? (int)(done * PROGRESS_WIDTH / all) : PROGRESS_WIDTH;
	int i;

	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K%-16s [", what);
	for (i = 0; i < PROGRESS_WIDTH; i++)
		fputc(i < filled ? '#' : '.', stderr);
	fprintf(stderr, "] %llu/%llu", (unsigned long long)done,
		(unsigned long long)all);
}

void term_progress_end(void)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
}
