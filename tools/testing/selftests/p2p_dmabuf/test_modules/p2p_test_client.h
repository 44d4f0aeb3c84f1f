/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/p2p_test_client: see bar_client.c.
 */
#ifndef P2P_TEST_CLIENT_H
#define P2P_TEST_CLIENT_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* @start is a pointer of the caller's; else a byte of @exporter's BAR @bar. */
#define P2P_TEST_CLIENT_POINTER	1

/**
 * struct p2p_test_client_map - a map, and what has become of it
 * @flags: P2P_TEST_CLIENT_POINTER or 0.
 * @importer: Bus << 8 | devfn of the function to map for.
 * @exporter: Bus << 8 | devfn.
 * @bar: 0 to 5.
 * @start: First byte.
 * @length: In bytes.
 * @offset: Receives the place of a pointer in its buffer.
 * @address: Receives the first DMA address, while mapped.
 * @bytes: Receives what is mapped.
 * @entries: Receives the entries of the table.
 * @revoked: Receives how often the driver was told to stop.
 * @restored: Receives how often it was told that it may map again.
 * @reserved: Nothing.
 */
struct p2p_test_client_map {
	__u32 flags;
	__u32 importer;
	__u32 exporter;
	__u32 bar;
	__u64 start;
	__u64 length;
	__u64 offset;
	__u64 address;
	__u64 bytes;
	__u32 entries;
	__u32 revoked;
	__u32 restored;
	__u32 reserved;
};

#define P2P_TEST_CLIENT_MAP	_IOWR('p', 0xc0, struct p2p_test_client_map)
#define P2P_TEST_CLIENT_AGAIN	_IOWR('p', 0xc1, struct p2p_test_client_map)
#define P2P_TEST_CLIENT_LOOK	_IOWR('p', 0xc2, struct p2p_test_client_map)

/* A dma-buf of this module's own, which has nothing in it: its descriptor. */
#define P2P_TEST_CLIENT_FOREIGN	_IO('p', 0xc3)

#endif /* P2P_TEST_CLIENT_H */
