// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the samples of a run say: tables in Markdown and in reStructuredText, and
 * plots. On the host.
 *
 * usage: bench_report SAMPLES FOLDER NAME: leaves FOLDER/NAME.md, NAME.txt (the
 * reStructuredText), NAME-scale.svg and NAME-memory.svg.
 */
#include <stdio.h>
#include <string.h>

#include "report_pages.h"
#include "report_samples.h"

static FILE *create(const char *folder, const char *name, const char *suffix)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffix);
	file = fopen(path, "w");
	if (!file)
		perror(path);
	return file;
}

static const struct {
	const char *suffix;
	void (*write)(FILE *file, const char *name);
} pages[] = {
	{ ".md", page_markdown },
	{ ".txt", page_rest },
	{ "-scale.svg", page_scale_plot },
	{ "-memory.svg", page_memory_plot },
};

int main(int argc, char **argv)
{
	FILE *file;
	size_t i;

	if (argc != 4) {
		fprintf(stderr, "usage: bench_report SAMPLES FOLDER NAME\n");
		return 2;
	}
	file = fopen(argv[1], "r");
	if (!file || !samples_read(file)) {
		fprintf(stderr, "%s: not the samples of a whole run\n",
			argv[1]);
		return 1;
	}
	fclose(file);
	for (i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		file = create(argv[2], argv[3], pages[i].suffix);
		if (!file)
			return 1;
		pages[i].write(file, argv[3]);
		if (fclose(file)) {
			perror(argv[2]);
			return 1;
		}
	}
	return 0;
}
