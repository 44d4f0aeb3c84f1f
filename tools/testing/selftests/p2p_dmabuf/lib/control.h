/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/p2p_dmabuf as a test program uses it.
 *
 * Functions that can fail return a negative errno.
 */
#ifndef SELFTEST_P2P_CONTROL_H
#define SELFTEST_P2P_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include <linux/p2p_dmabuf.h>

#define CONTROL_NODE "/dev/p2p_dmabuf"

/* A call as it is laid out by the caller. */
int control_call(unsigned long command, void *ask);

/* A buffer for a pointer: a descriptor. Offset may be NULL. */
int control_export(const void *pointer, uint64_t length, int open_flags,
		   uint64_t *offset);

/* What a buffer is, with no ranges and importers. */
int control_info(int dmabuf, struct p2p_dmabuf_info *info);

/* Mappings that the importer at this PCI address has; -ENOENT: it is none. */
int control_maps(int dmabuf, const char *importer);

/* The route between two PCI addresses. */
int control_route(const char *exporter, const char *importer,
		  struct p2p_dmabuf_route_info *route);

/* An eventfd for some events of a buffer: a descriptor. */
int control_eventfd(int dmabuf, uint32_t mask);

int control_event_add(int dmabuf, int eventfd, uint32_t mask);
int control_event_remove(int dmabuf, int eventfd);

/* What an eventfd has counted since the last call; waits for something. */
uint64_t control_events(int eventfd);

int control_revoke(int dmabuf, int device);
int control_caching(int dmabuf, uint32_t caching);

/* From text as in sysfs. */
struct p2p_dmabuf_pci control_address(const char *bdf);

#endif
