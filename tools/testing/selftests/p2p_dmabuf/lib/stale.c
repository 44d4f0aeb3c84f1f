// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "importer.h"
#include "stale.h"

#define DEVICES_BYTE 0xa5
#define CPUS_BYTE 0x11
#define LONG_MS 60000

int stale_prepare(const struct stale *stale)
{
	char *pattern = malloc(stale->length);
	int ret;

	if (!pattern)
		return -ENOMEM;
	memset(pattern, DEVICES_BYTE, stale->length);
	ret = importer_drive_write(stale->importer, 0, pattern, stale->length);
	free(pattern);
	return ret;
}

int stale_begin(const struct stale *stale)
{
	return importer_stream(stale->importer, stale->handle,
			       P2P_IMPORTER_STALE, 0, 0, stale->length);
}

int stale_end(const struct stale *stale)
{
	return importer_stream_stop(stale->importer, stale->handle);
}

static void wait_for_rounds(const struct stale *stale, unsigned int more)
{
	uint64_t rounds = importer_status(stale->importer,
					  stale->handle).stream_rounds;

	importer_wait(stale->importer, stale->handle, P2P_IMPORTER_STREAMED,
		      rounds + more, LONG_MS);
}

unsigned long stale_overwritten(const struct stale *stale)
{
	unsigned long changed = 0;
	size_t i;

	wait_for_rounds(stale, 1);
	memset(stale->bar, CPUS_BYTE, stale->length);
	wait_for_rounds(stale, 3);
	for (i = 0; i < stale->length; i++)
		changed += stale->bar[i] != CPUS_BYTE;
	return changed;
}
