// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2pctl unbind: gives devices back to the driver the kernel chooses.
 *
 * Invariant: touches only what a VFIO driver has, and nothing that a process has
 * open: the kernel would wait for that process.
 */
#include <stdio.h>

#include "command.h"
#include "driver.h"
#include "group.h"
#include "inuse.h"

#define MOST	64

struct request {
	const char *text[MOST];
	int nr;
	bool force;
	bool none;
};

static const struct argp_option options[] = {
	{ "force", 'f', NULL, 0, "Even if a process has it open: waits for it", 0 },
	{ "no-driver", 'n', NULL, 0, "Leave it without a driver", 0 },
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->err_stream = NULL;
		return 0;
	case 'f':
		request->force = true;
		return 0;
	case 'n':
		request->none = true;
		return 0;
	case ARGP_KEY_ARG:
		if (request->nr == MOST)
			args_refuse("more than %d devices", MOST);
		request->text[request->nr++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void check(const struct request *request, const struct fn *fn)
{
	if (!group_driver_is_vfio(fn->driver))
		args_fail("%s is bound to %s, which is no VFIO driver",
			  fn->text, *fn->driver ? fn->driver : "no driver");
	if (!request->force && inuse_by_vfio(fn))
		args_fail("%s: a process has it open; --force waits for it",
			  fn->text);
}

static bool release(const struct request *request, const struct fn *fn)
{
	char now[SYSFS_LINE];

	if (!driver_release(fn, !request->none, now))
		return false;
	printf("%s: bound to %s, was %s\n", fn->text, *now ? now : "no driver",
	       fn->driver);
	return true;
}

int cmd_unbind(int argc, char **argv)
{
	static const struct argp parser = {
		.options = options,
		.parser = parse,
		.args_doc = "DEVICE...",
		.doc = "Takes devices from their VFIO driver and lets the kernel choose another.",
	};
	const struct fn *fns[MOST];
	struct request request = {};
	struct fabric fabric;
	int i, ret = EXIT_YES;

	args_parse(&parser, argc, argv, &request);
	if (!request.nr)
		args_refuse("no device");
	fabric_load(&fabric);
	for (i = 0; i < request.nr; i++) {
		fns[i] = fabric_find_text(&fabric, request.text[i]);
		check(&request, fns[i]);
	}
	for (i = 0; i < request.nr; i++) {
		if (!release(&request, fns[i]))
			ret = EXIT_NO;
	}
	fabric_free(&fabric);
	return ret;
}
