/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command lines: what all subcommands parse alike, and how they refuse.
 */
#ifndef P2PCTL_ARGS_H
#define P2PCTL_ARGS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include <p2pdmabuf.h>

/* Exit codes; the manual page has them, too. */
enum {
	EXIT_YES,	/* done; or: nothing in the way */
	EXIT_NO,	/* failed; or: there is something */
	EXIT_USAGE,	/* the command line makes no sense */
};

/* Keys of options without a letter. */
enum {
	KEY_JSON = 0x100,
	KEY_FIRST,	/* those of the subcommand, from here */
};

#define ARGS_JSON \
	{ "json", KEY_JSON, NULL, 0, "Print JSON, for programs", 0 }

/* Parses with @parser's parser. Ends the program if that refuses. */
void args_parse(const struct argp *parser, int argc, char **argv, void *input);

/* One line, "p2pctl COMMAND: ...", and the end. */
void args_refuse(const char *format, ...)
	__attribute((noreturn, format(printf, 1, 2)));
void args_fail(const char *format, ...)
	__attribute((noreturn, format(printf, 1, 2)));

/* The same without the end: EXIT_NO, for "return args_complain(...)". */
int args_complain(const char *format, ...)
	__attribute((format(printf, 1, 2)));

/* [SEGMENT:]BUS:DEVICE.FUNCTION; refuses what is none. */
void args_address(const char *text, struct p2p_address *address);

/* A number with k, M, G or T behind it, powers of 1024; refuses others. */
uint64_t args_size(const char *text, const char *what);

/* A plain number from @first to @last. */
unsigned long args_number(const char *text, const char *what,
			  unsigned long first, unsigned long last);

#endif
