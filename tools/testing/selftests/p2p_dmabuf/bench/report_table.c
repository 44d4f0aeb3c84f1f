// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <string.h>

#include "report_table.h"

/* In two parts, or checkers take it for this file's. */
void table_licence(FILE *file, const char *open, const char *close)
{
	fprintf(file, "%s SPDX-%s: GPL-2.0-only%s\n", open,
		"License-Identifier", close);
}

void table_heading(const struct table *table, const char *text)
{
	size_t i;

	if (!table->rest) {
		fprintf(table->file, "\n## %s\n\n", text);
		return;
	}
	fprintf(table->file, "\n%s\n", text);
	for (i = 0; i < strlen(text); i++)
		fputc('-', table->file);
	fprintf(table->file, "\n\n");
}

void table_text(const struct table *table, const char *text)
{
	fprintf(table->file, "%s\n\n", text);
}

static int print_row(const struct table *table, va_list cells)
{
	const char *cell;
	int nr = 0;

	while ((cell = va_arg(cells, const char *))) {
		if (table->rest)
			fprintf(table->file, "   %s - %s\n", nr ? " " : "*",
				cell);
		else
			fprintf(table->file, "| %s ", cell);
		nr++;
	}
	if (!table->rest)
		fprintf(table->file, "|\n");
	return nr;
}

void table_begin(const struct table *table, ...)
{
	va_list cells;
	int nr;

	if (table->rest)
		fprintf(table->file,
			".. list-table::\n   :header-rows: 1\n\n");
	va_start(cells, table);
	nr = print_row(table, cells);
	va_end(cells);
	if (table->rest)
		return;
	while (nr--)
		fprintf(table->file, "|---");
	fprintf(table->file, "|\n");
}

void table_row(const struct table *table, ...)
{
	va_list cells;

	va_start(cells, table);
	print_row(table, cells);
	va_end(cells);
}

void table_end(const struct table *table)
{
	fputc('\n', table->file);
}
