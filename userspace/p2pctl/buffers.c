// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the module's table of buffers.
 *
 * Invariant: the table is made for people. A line that does not look as expected
 * is passed over, not guessed at.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "buffers.h"
#include "sysfs.h"

static void *grow(void *list, int nr, size_t size)
{
	list = realloc(list, (nr + 1) * size);
	if (!list)
		args_fail("out of memory");
	return list;
}

static void add_buffer(struct buffers *buffers, const char *line)
{
	struct buffers_entry entry = {};

	if (sscanf(line,
		   "buffer %llu %63s bar %d %15s generation %llu tables %u ranges %u size %llu",
		   &entry.id, entry.exporter, &entry.bar, entry.state,
		   &entry.generation, &entry.tables, &entry.ranges,
		   &entry.size) != 8)
		return;
	buffers->list = grow(buffers->list, buffers->nr, sizeof(entry));
	buffers->list[buffers->nr++] = entry;
}

/* The route is one word or two; what follows is looked for by its name. */
static bool parse_importer(const char *line, struct buffers_importer *importer)
{
	const char *distance = strstr(line, " distance ");
	const char *route = strstr(line, " route ");

	if (!distance || !route || distance < route)
		return false;
	route += strlen(" route ");
	snprintf(importer->route, sizeof(importer->route), "%.*s",
		 (int)(distance - route), route);
	return sscanf(line, " importer %63s %63s", importer->device,
		      importer->driver) == 2 &&
	       sscanf(distance, " distance %u maps %u pins %u: %199[^\n]",
		      &importer->distance, &importer->maps, &importer->pins,
		      importer->reason) == 4;
}

static void add_importer(struct buffers *buffers, const char *line)
{
	struct buffers_importer importer = {};
	struct buffers_entry *entry;

	if (!buffers->nr || !parse_importer(line, &importer))
		return;
	entry = &buffers->list[buffers->nr - 1];
	entry->importers = grow(entry->importers, entry->nr_importers,
				sizeof(importer));
	entry->importers[entry->nr_importers++] = importer;
}

int buffers_load(struct buffers *buffers)
{
	char path[SYSFS_PATH];
	char *line = NULL;
	size_t room = 0;
	FILE *file;

	memset(buffers, 0, sizeof(*buffers));
	sysfs_path(path, BUFFERS_FILE);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	while (getline(&line, &room, file) >= 0) {
		if (!strncmp(line, "buffer ", strlen("buffer ")))
			add_buffer(buffers, line);
		else
			add_importer(buffers, line);
	}
	free(line);
	fclose(file);
	return 0;
}

void buffers_free(struct buffers *buffers)
{
	int i;

	for (i = 0; i < buffers->nr; i++)
		free(buffers->list[i].importers);
	free(buffers->list);
}
