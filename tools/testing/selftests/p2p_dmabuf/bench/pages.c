// SPDX-License-Identifier: GPL-2.0-only
/*
 * A BAR with page structures: what the machine has less of, and how long that
 * takes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/guest.h"
#include "measure.h"
#include "sample.h"

#define PARAMETERS "/sys/module/p2p_bar_pages/parameters/"

static double free_bytes(void)
{
	char *text = guest_read("/proc/meminfo");
	double kib = strtod(strstr(text, "MemFree:") + strlen("MemFree:"),
			    NULL);

	free(text);
	return kib * 1024;
}

static double setup_ns(void)
{
	char *text = guest_read(PARAMETERS "setup_ns");
	double ns = strtod(text, NULL);

	free(text);
	return ns;
}

void measure_pages(const char *exporter, uint64_t bytes)
{
	char text[32];
	double before;

	snprintf(text, sizeof(text), "%llu", (unsigned long long)bytes);
	must(PARAMETERS "bytes", guest_write(PARAMETERS "bytes", text));
	side_bind(exporter, "vfio-pci");
	before = free_bytes();
	side_bind(exporter, "p2p-bar-pages");
	sample_print("pages_bytes", "struct-page", bytes,
		     before - free_bytes());
	sample_print("pages_ns", "struct-page", bytes, setup_ns());
	side_bind(exporter, "vfio-pci");
}
