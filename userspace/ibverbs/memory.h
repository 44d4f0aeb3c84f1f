/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef P2P_MEMORY_H
#define P2P_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum p2p_memory {
	P2P_MEMORY_ORDINARY,
	P2P_MEMORY_DEVICE,
	P2P_MEMORY_UNKNOWN,
};

enum p2p_memory p2p_memory_of(const void *addr, size_t length);
enum p2p_memory p2p_memory_find(FILE *smaps, uintptr_t start, size_t length);

#endif
