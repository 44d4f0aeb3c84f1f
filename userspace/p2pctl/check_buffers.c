// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of buffers that are there: revoked and retired ones cannot be mapped.
 */
#include <string.h>

#include "buffers.h"
#include "check.h"

static const struct buffers_entry *find(const struct buffers *buffers,
					const struct fn *exporter,
					const char *state, int *count)
{
	const struct buffers_entry *found = NULL;
	int i;

	*count = 0;
	for (i = 0; i < buffers->nr; i++) {
		if (strcmp(buffers->list[i].exporter, exporter->text) ||
		    (state && strcmp(buffers->list[i].state, state)))
			continue;
		found = &buffers->list[i];
		++*count;
	}
	return found;
}

static void judge(const struct buffers *buffers, const struct fn *exporter,
		  struct check_finding *finding)
{
	const struct buffers_entry *entry;
	int count;

	entry = find(buffers, exporter, "revoked", &count);
	if (entry) {
		check_saw(finding, CHECK_STOP,
			  "buffer %llu is revoked, one of %d: importers get ENODEV",
			  entry->id, count);
		check_advise(finding,
			     "The device is in a reset, asleep, or the process that has it switched its memory off (exporter-memory, exporter-power). When that ends, by that process, the buffer is restored by itself. See it happen with:");
		check_type(finding, "p2pctl watch");
		return;
	}
	entry = find(buffers, exporter, "retired", &count);
	if (entry) {
		check_saw(finding, CHECK_WARN,
			  "buffer %llu is retired, one of %d: importers get ENODEV for ever",
			  entry->id, count);
		check_advise(finding,
			     "The device was closed, or the buffer taken back. Export again, and close what holds the old one.");
		check_type(finding, "p2pctl info --all");
		return;
	}
	find(buffers, exporter, NULL, &count);
	check_saw(finding, CHECK_OK, "%d buffers, none of them revoked", count);
}

static void run_revoked(const struct check_patient *patient,
			struct check_finding *finding)
{
	struct buffers buffers;
	int ret = buffers_load(&buffers);

	if (ret) {
		check_saw(finding, CHECK_UNKNOWN, BUFFERS_FILE ": %s",
			  strerror(-ret));
		check_advise(finding,
			     "Only root can see it, where debugfs is mounted. Ask again so, or ask about the one buffer.");
		check_type(finding, "sudo p2pctl doctor %s",
			   patient->exporter->text);
		return;
	}
	judge(&buffers, patient->exporter, finding);
	buffers_free(&buffers);
}

const struct check check_buffers[] = {
	{ "exporter-buffers", CHECK_EXPORTER, run_revoked },
	{}
};
