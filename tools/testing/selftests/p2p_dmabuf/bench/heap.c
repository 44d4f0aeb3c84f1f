// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/membarrier.h>

#include "../lib/guest.h"
#include "heap.h"

#define PAGE_BYTES 4096.0

/* Readings that have to agree. */
#define AGREE 3

/* Of all zones' counters: "pgalloc_normal 123", after a line feed. */
static long sum_of(const char *text, const char *name)
{
	long sum = 0;

	while ((text = strstr(text, name))) {
		text += strlen(name);
		text += strcspn(text, " ");
		sum += strtol(text, NULL, 10);
	}
	return sum;
}

static long reading(void)
{
	char *text;
	long pages;

	/* A grace period of RCU: files and inodes are freed after one. */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	free(guest_read("/proc/sys/vm/stat_refresh"));
	text = guest_read("/proc/vmstat");
	pages = sum_of(text, "\npgalloc_") - sum_of(text, "\npgfree") -
		sum_of(text, "\nnr_sec_page_table_pages");
	free(text);
	return pages;
}

double heap_bytes(void)
{
	long last = reading(), pages;
	int agreed = 1;

	while (agreed < AGREE) {
		pages = reading();
		agreed = pages == last ? agreed + 1 : 1;
		last = pages;
	}
	return last * PAGE_BYTES;
}
