/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An importing device as a test program uses it: see p2p_test_importer.h.
 *
 * Functions return a negative errno when they fail.
 */
#ifndef SELFTEST_P2P_IMPORTER_H
#define SELFTEST_P2P_IMPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../test_modules/p2p_test_importer.h"

/* How an importer is to behave; all zero but .mode is a good one. */
struct importer_manner {
	uint32_t mode;
	uint32_t letgo;
	uint32_t letgo_ms;
	uint32_t flags;
};

extern const struct importer_manner importer_good;

/*
 * One that pins, and has no callback that could let go: where the kernel wants
 * it to have one all the same, such a callback is there to complain.
 */
struct importer_manner importer_keeper(void);

/* A session with the controller at a PCI address. */
int importer_open(const char *bdf);

/* Attach a dma-buf: a handle or a negative errno. */
int importer_attach(int fd, int dmabuf, const struct importer_manner *manner);
int importer_detach(int fd, uint32_t handle);
int importer_map(int fd, uint32_t handle);
int importer_map_dir(int fd, uint32_t handle, uint32_t direction);
int importer_unmap(int fd, uint32_t handle);

/* Attach and map in one: a handle or a negative errno. */
int importer_attach_map(int fd, int dmabuf,
			const struct importer_manner *manner);

/* Up to capacity entries of the current table; the counts always. */
int importer_table(int fd, uint32_t handle, struct p2p_importer_entry *entries,
		   uint32_t capacity, struct p2p_importer_table *table);

struct p2p_importer_status importer_status(int fd, uint32_t handle);
bool importer_mapped(int fd, uint32_t handle);
int importer_wait(int fd, uint32_t handle, uint32_t event, uint64_t count,
		  uint32_t timeout_ms);

/* Move bytes by the controller's DMA. */
int importer_dma(int fd, uint32_t handle, uint32_t flags, uint64_t drive_offset,
		 uint64_t buffer_offset, uint64_t length);
int importer_stream(int fd, uint32_t handle, uint32_t flags,
		    uint64_t drive_offset, uint64_t buffer_offset,
		    uint64_t length);
int importer_stream_stop(int fd, uint32_t handle);

/* Access the drive by the CPU. */
int importer_drive_write(int fd, uint64_t offset, const void *buf,
			 size_t length);
int importer_drive_read(int fd, uint64_t offset, void *buf, size_t length);

/* The width of the controller's DMA addresses; 64 is the default. */
int importer_dma_bits(int fd, uint32_t bits);

int importer_map_loop(int fd, uint32_t handle, uint64_t rounds);

/* The same with its times; -EIO if rounds are missing. */
int importer_map_loop_timed(int fd, struct p2p_importer_map_loop *loop);

#endif
