// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command lines.
 *
 * Invariant: what is refused costs exactly one line on stderr and exit code 2.
 * argp would add a hint on a second line, so its errors are said here instead.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"

/* "p2pctl list": how the command is called in messages. */
static const char *args_command = "p2pctl";

static void complain(const char *format, va_list args)
{
	fflush(stdout);
	fprintf(stderr, "%s: ", args_command);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void args_refuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	exit(EXIT_USAGE);
}

void args_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	exit(EXIT_NO);
}

int args_complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	return EXIT_NO;
}

/* getopt has said what is wrong when argp_parse() returns an error. */
void args_parse(const struct argp *parser, int argc, char **argv, void *input)
{
	int err;

	args_command = argv[0];
	err = argp_parse(parser, argc, argv, ARGP_IN_ORDER, NULL, input);
	if (err == ENOMEM)
		args_fail("out of memory");
	if (err)
		exit(EXIT_USAGE);
}

void args_address(const char *text, struct p2p_address *address)
{
	if (p2p_address_parse(text, address))
		args_refuse("not a PCI address, like 0000:01:00.0: '%s'", text);
}

static int size_shift(const char *unit)
{
	static const char units[] = "kMGT";
	const char *found;

	if (!*unit)
		return 0;
	found = strchr(units, *unit == 'K' ? 'k' : *unit);
	if (!found || unit[1])
		return -1;
	return 10 * (int)(found - units + 1);
}

uint64_t args_size(const char *text, const char *what)
{
	uint64_t value;
	char *end;
	int shift;

	if (*text < '0' || *text > '9')
		args_refuse("%s is no size, like 4096, 64k or 2M: '%s'", what,
			    text);
	errno = 0;
	value = strtoull(text, &end, 0);
	shift = size_shift(end);
	if (errno || shift < 0)
		args_refuse("%s is no size, like 4096, 64k or 2M: '%s'", what,
			    text);
	if (value << shift >> shift != value)
		args_refuse("%s is too large: '%s'", what, text);
	return value << shift;
}

unsigned long args_number(const char *text, const char *what,
			  unsigned long first, unsigned long last)
{
	/* Digits only: strtoul() would take signs and blanks, too. */
	size_t length = strspn(text, "0123456789");
	unsigned long value = strtoul(text, NULL, 10);

	if (!length || length > 9 || text[length] || value < first ||
	    value > last)
		args_refuse("%s is no number from %lu to %lu: '%s'", what,
			    first, last, text);
	return value;
}
