// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "dma_table.h"

/* A file, mapped from its begin to its end. */
struct image {
	struct image *next;
	dev_t dev;
	ino_t ino;
	char *base;
	size_t size;
	unsigned int users;
	bool writable;
};

struct entry {
	struct dma_stretch stretch;
	struct image *image;	/* or NULL */
};

/* Entries by address; none overlaps another one. */
struct dma_table {
	struct entry *entries;
	size_t count, room;
	struct image *images;
};

/* --- files ----------------------------------------------------------------- */

static struct image *image_map(const struct stat *status, int fd)
{
	struct image *image = calloc(1, sizeof(*image));

	if (!image)
		return NULL;
	image->dev = status->st_dev;
	image->ino = status->st_ino;
	image->size = status->st_size;
	image->writable = true;
	image->base = mmap(NULL, image->size, PROT_READ | PROT_WRITE,
			   MAP_SHARED, fd, 0);
	if (image->base == MAP_FAILED) {
		image->writable = false;
		image->base = mmap(NULL, image->size, PROT_READ, MAP_SHARED,
				   fd, 0);
	}
	if (image->base != MAP_FAILED)
		return image;
	free(image);
	return NULL;
}

/* 0 or an errno. */
static int image_get(struct dma_table *table, int fd, struct image **found)
{
	struct image *image;
	struct stat status;

	if (fstat(fd, &status))
		return errno;
	if (!S_ISREG(status.st_mode) || !status.st_size)
		return EINVAL;
	for (image = table->images; image; image = image->next) {
		if (image->dev == status.st_dev &&
		    image->ino == status.st_ino &&
		    image->size == (size_t)status.st_size)
			break;
	}
	if (!image) {
		image = image_map(&status, fd);
		if (!image)
			return ENOMEM;
		image->next = table->images;
		table->images = image;
	}
	image->users++;
	*found = image;
	return 0;
}

static void image_put(struct dma_table *table, struct image *image)
{
	struct image **link = &table->images;

	if (!image || --image->users)
		return;
	while (*link != image)
		link = &(*link)->next;
	*link = image->next;
	munmap(image->base, image->size);
	free(image);
}

/* --- entries --------------------------------------------------------------- */

struct dma_table *dma_table_new(void)
{
	return calloc(1, sizeof(struct dma_table));
}

void dma_table_clear(struct dma_table *table)
{
	while (table->count)
		image_put(table, table->entries[--table->count].image);
}

void dma_table_free(struct dma_table *table)
{
	if (!table)
		return;
	dma_table_clear(table);
	free(table->entries);
	free(table);
}

static uint64_t entry_last(const struct entry *entry)
{
	return entry->stretch.address + entry->stretch.size - 1;
}

/* The first entry that does not end before the address. */
static size_t entry_at(const struct dma_table *table, uint64_t address)
{
	size_t low = 0, high = table->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (entry_last(&table->entries[middle]) < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool entry_room(struct dma_table *table)
{
	size_t room = table->room ? 2 * table->room : 64;
	struct entry *entries;

	if (table->count < table->room)
		return true;
	entries = realloc(table->entries, room * sizeof(*entries));
	if (!entries)
		return false;
	table->entries = entries;
	table->room = room;
	return true;
}

int dma_table_add(struct dma_table *table, const struct dma_stretch *stretch,
		  int fd)
{
	uint64_t last = stretch->address + stretch->size - 1;
	size_t at = entry_at(table, stretch->address);
	struct image *image = NULL;
	int err;

	if (!stretch->size || last < stretch->address)
		return EINVAL;
	if (at < table->count && table->entries[at].stretch.address <= last)
		return EEXIST;
	if (!entry_room(table))
		return ENOMEM;
	if (fd >= 0) {
		err = image_get(table, fd, &image);
		if (err)
			return err;
		if (stretch->offset > image->size ||
		    stretch->size > image->size - stretch->offset ||
		    (stretch->writable && !image->writable)) {
			image_put(table, image);
			return EINVAL;
		}
	}
	memmove(&table->entries[at + 1], &table->entries[at],
		(table->count - at) * sizeof(*table->entries));
	table->entries[at] = (struct entry){ *stretch, image };
	table->count++;
	return 0;
}

int dma_table_remove(struct dma_table *table, uint64_t address, uint64_t size)
{
	uint64_t last = address + size - 1;
	size_t first = entry_at(table, address), end, i;

	if (!size || last < address)
		return EINVAL;
	for (end = first; end < table->count &&
	     table->entries[end].stretch.address <= last; end++) {
		if (table->entries[end].stretch.address < address ||
		    entry_last(&table->entries[end]) > last)
			return EINVAL;
	}
	for (i = first; i < end; i++)
		image_put(table, table->entries[i].image);
	memmove(&table->entries[first], &table->entries[end],
		(table->count - end) * sizeof(*table->entries));
	table->count -= end - first;
	return 0;
}

size_t dma_table_find(struct dma_table *table, uint64_t address, bool write,
		      char **at)
{
	size_t i = entry_at(table, address);
	const struct entry *entry = &table->entries[i];
	uint64_t offset;

	if (i == table->count || entry->stretch.address > address ||
	    !entry->image ||
	    !(write ? entry->stretch.writable : entry->stretch.readable))
		return 0;
	offset = address - entry->stretch.address;
	*at = entry->image->base + entry->stretch.offset + offset;
	return entry->stretch.size - offset;
}
