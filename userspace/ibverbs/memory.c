// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Tells device memory from ordinary memory.
 *
 * The kernel pins no page of a mapping that has no pages, which it marks as "pf"
 * or "io" in /proc/self/smaps. It refuses to with EFAULT, as it does where
 * nothing is mapped and where memory may not be written.
 *
 * Invariant: memory is called ordinary only if each mapping that it touches was
 * seen without these marks.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define RANGE "%" SCNxPTR "-%" SCNxPTR " "
#define FLAGS "VmFlags:"

/* @line is "VmFlags:" and words of two letters, each behind a space. */
static bool has_device_flag(const char *line)
{
	const char *word = strchr(line, ' ');

	while (word) {
		if (!strncmp(word, " io", 3) || !strncmp(word, " pf", 3))
			return true;
		word = strchr(word + 1, ' ');
	}
	return false;
}

/*
 * A mapping is a line "START-END ..." and, behind others, one with its flags,
 * which older kernels and some configurations do not have.
 */
enum p2p_memory p2p_memory_find(FILE *smaps, uintptr_t start, size_t length)
{
	enum p2p_memory result = P2P_MEMORY_ORDINARY;
	uintptr_t last = start + (length - 1), from, to;
	bool touches = false;
	size_t size = 0;
	char *line = NULL;

	if (last < start)
		last = UINTPTR_MAX;
	while (result != P2P_MEMORY_DEVICE && getline(&line, &size, smaps) > 0) {
		if (sscanf(line, RANGE, &from, &to) == 2) {
			if (touches)
				result = P2P_MEMORY_UNKNOWN;
			touches = from <= last && to > start;
		} else if (touches && !strncmp(line, FLAGS, strlen(FLAGS))) {
			touches = false;
			if (has_device_flag(line))
				result = P2P_MEMORY_DEVICE;
		}
	}
	if (result == P2P_MEMORY_ORDINARY && (touches || ferror(smaps)))
		result = P2P_MEMORY_UNKNOWN;
	free(line);
	return result;
}

enum p2p_memory p2p_memory_of(const void *addr, size_t length)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	enum p2p_memory result;

	if (!smaps)
		return P2P_MEMORY_UNKNOWN;
	result = p2p_memory_find(smaps, (uintptr_t)addr, length);
	fclose(smaps);
	return result;
}
