// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/membarrier.h>

#include "../lib/guest.h"
#include "heap.h"

/* Readings that have to agree. */
#define AGREE 3

static long field_kib(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtol(line + strlen(name), NULL, 10) : 0;
}

static long reading_kib(void)
{
	char *text;
	long kib;

	/* One grace period of RCU: files and inodes are freed after one. */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	free(guest_read("/proc/sys/vm/stat_refresh"));
	text = guest_read("/proc/meminfo");
	kib = field_kib(text, "\nSlab:") + field_kib(text, "\nVmallocUsed:");
	free(text);
	return kib;
}

double heap_bytes(void)
{
	long last = reading_kib(), kib;
	int agreed = 1;

	while (agreed < AGREE) {
		kib = reading_kib();
		agreed = kib == last ? agreed + 1 : 1;
		last = kib;
	}
	return last * 1024.0;
}
