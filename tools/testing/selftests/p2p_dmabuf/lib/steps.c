// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "steps.h"

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

int step(const char *what, int ret, int expected)
{
	if (ret < 0)
		say("  %-58s %s", what, strerror(-ret));
	else
		say("  %-58s ok", what);
	if ((ret < 0 ? ret : 0) != expected) {
		say("FAILED: expected %s", expected ? strerror(-expected) : "ok");
		exit(1);
	}
	return ret;
}

void expect(const char *what, int held)
{
	step(what, held ? 0 : -EPROTO, 0);
}
