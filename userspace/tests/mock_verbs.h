/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A mock of libibverbs' registrations, of the export of pointers, and of
 * /proc/self/smaps.
 */
#ifndef MOCK_VERBS_H
#define MOCK_VERBS_H

#include <stddef.h>
#include <stdint.h>

extern struct mock_verbs {
	/* What an export gives: a descriptor, or, if not 0, this errno. */
	int export_errno;
	uint64_t offset;
	/* What registrations fail with; 0 for not at all. */
	int memory_errno, buffer_errno;
	/* What /proc/self/smaps says; NULL: as it is; "": it is not there. */
	const char *smaps;

	/* What was asked. */
	size_t nr_exports, nr_memory, nr_buffer;
	const void *pointer;
	int open_flags, buffer;
	uint64_t asked_offset, iova;
	void *addr;
	size_t length;
	unsigned int access;
} mock;

int mock_setup(void **state);

#endif
