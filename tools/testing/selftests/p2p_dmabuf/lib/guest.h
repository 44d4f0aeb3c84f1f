/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine a test runs on: its devices by role, and its kernel's files.
 */
#ifndef SELFTEST_P2P_GUEST_H
#define SELFTEST_P2P_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What buffers there are: a line "buffer NUMBER ..." each. */
#define GUEST_BUFFERS "/sys/kernel/debug/p2p_dmabuf/buffers"

/* PCI addresses, from the environment; NULL if the machine has none. */
const char *guest_exporter(void);
const char *guest_exporter_port(void);
const char *guest_sibling(void);
const char *guest_importer(void);
const char *guest_importer2(void);

/* RDMA NICs. */
const char *guest_nic(void);
const char *guest_nic2(void);

/* A GPU with a screen. */
const char *guest_gpu(void);

/* The BAR to export. */
unsigned int guest_bar(void);

/* Pages at the BAR's beginning that may be exported. */
unsigned int guest_pages(void);

/* Whether the machine's topology has this name. */
bool guest_is(const char *topology);

/* Whether an IOMMU translates what importers do. */
bool guest_translates(void);

/* Whether the kernel, without its modules' own, has this global function. */
bool guest_kernel_has(const char *function);

/* Write a string to a file: 0 or a negative errno. */
int guest_write(const char *path, const char *text);

/* Write to a file below a PCI device's folder in sysfs. */
int guest_write_device(const char *bdf, const char *file, const char *text);

/* Unload a module unless it is in use: 0 or a negative errno. */
int guest_unload(const char *module);

/* Read all of a file as text, to be freed; NULL on error. */
char *guest_read(const char *path);

/* Whether a file has all of these words, one after another, in one line. */
bool guest_line_has(const char *path, const char *first, const char *second,
		    const char *third);

/* How many lines of a file have the word. */
size_t guest_count_lines(const char *path, const char *word);

/* Whether the log's last refusal is of this importer, and has these words. */
bool guest_refused(const char *importer, const char *words);

/* The dma-buf's number, as traces and debugfs name it. */
unsigned long guest_ino(int dmabuf);

/* "live", "revoked", "retired" or "gone": what debugfs says of a dma-buf. */
const char *guest_buffer_state(int dmabuf);

/* SUnreclaim of /proc/meminfo, in KiB. */
long guest_unreclaimable_kib(void);

/* CLOCK_MONOTONIC in ms. */
int64_t guest_now_ms(void);

/* Fill with bytes that depend on the seed and on the position. */
void guest_pattern(void *buf, size_t length, uint32_t seed);

#endif
