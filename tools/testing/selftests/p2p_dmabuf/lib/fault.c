// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fault.h"
#include "guest.h"

#define DEBUGFS "/sys/kernel/debug/"

static const char * const settings[][2] = {
	{ DEBUGFS "failslab/verbose", "0" },
	{ DEBUGFS "failslab/ignore-gfp-wait", "N" },
	{ DEBUGFS "fail_page_alloc/verbose", "0" },
	{ DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N" },
	{ DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N" },
	{ DEBUGFS "fail_page_alloc/min-order", "0" },
	{ DEBUGFS "fail_usercopy/verbose", "0" },
	{ NULL, NULL },
};

/* Of the thread that opened it. */
static int fail_nth = -1;

bool fault_possible(void)
{
	size_t i;

	for (i = 0; settings[i][0]; i++) {
		if (guest_write(settings[i][0], settings[i][1]))
			return false;
	}
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return fail_nth >= 0;
}

int fault_arm(unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	return pwrite(fail_nth, text, len, 0) == len ? 0 : -errno;
}

bool fault_disarm(void)
{
	char text[16] = "";

	/* The kernel's copies to and from here count, too. */
	if (pread(fail_nth, text, sizeof(text) - 1, 0) < 0)
		return false;
	pwrite(fail_nth, "0", 1, 0);
	pwrite(fail_nth, "0", 1, 0);
	return !strtoul(text, NULL, 10);
}
