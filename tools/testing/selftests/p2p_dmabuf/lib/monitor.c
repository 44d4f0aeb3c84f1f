// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "monitor.h"

#define PROMPT "(qemu) "
#define DONE "\033[K\r\n" PROMPT

int monitor_open(void)
{
	const char *path = getenv("P2P_MONITOR");
	int fd;

	if (!path || !*path)
		return -ENODEV;
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * What comes after all of a command, once it has been done: the echo has only
 * its beginnings before.
 */
static const char *answer(const char *text, const char *command)
{
	const char *at = strstr(text, command);

	return at && strstr(at, PROMPT) ? at + strlen(command) : NULL;
}

/* Commands that do what they should say nothing. */
static int run(int monitor, const char *command)
{
	/* Every letter typed is answered by all that there are so far. */
	size_t size = 4096 + 8 * strlen(command) * strlen(command), length = 0;
	char *text = calloc(1, size);
	const char *said = NULL;
	int ret = -EIO;
	ssize_t got;

	if (dprintf(monitor, "%s\n", command) < 0)
		goto out;
	while (!said && length < size - 1) {
		got = read(monitor, text + length, size - 1 - length);
		if (got <= 0)
			goto out;
		length += got;
		said = answer(text, command);
	}
	if (said && !strcmp(said, DONE))
		ret = 0;
	else
		printf("# monitor: %s\n", said ? said : "no answer");
out:
	free(text);
	return ret;
}

int monitor_dump_screen(int monitor, const char *name)
{
	char command[256];

	snprintf(command, sizeof(command), "screendump %s/%s.png -f png",
		 getenv("P2P_LAB_DIR"), name);
	return run(monitor, command);
}
