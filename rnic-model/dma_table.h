/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a device can reach of its client's memory: stretches of addresses, each
 * a part of a file. The many stretches of one file share one mapping of it.
 */
#ifndef DMA_TABLE_H
#define DMA_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dma_table;

struct dma_stretch {
	uint64_t address;
	uint64_t size;		/* bytes */
	uint64_t offset;	/* in the file */
	bool readable;
	bool writable;
};

struct dma_table *dma_table_new(void);
void dma_table_free(struct dma_table *table);

/*
 * The descriptor stays the caller's; -1: there is no file, and nothing of the
 * stretch can be reached. 0 or an errno: EEXIST where it overlaps another one.
 */
int dma_table_add(struct dma_table *table, const struct dma_stretch *stretch,
		  int fd);

/* All that lie in it; EINVAL, and nothing done, if one does so in part. */
int dma_table_remove(struct dma_table *table, uint64_t address, uint64_t size);
void dma_table_clear(struct dma_table *table);

/*
 * The bytes, from the address, that lie side by side; *at is where. 0: nothing
 * is there, or not for that. Until the table changes.
 */
size_t dma_table_find(struct dma_table *table, uint64_t address, bool write,
		      char **at);

#endif
