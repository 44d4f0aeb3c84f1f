// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2pctl bind: gives devices to vfio-pci-dmabuf.
 *
 * Invariant: everything is looked at before anything is changed, and if one of
 * several functions cannot be bound, those bound so far are given back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "driver.h"
#include "group.h"
#include "inuse.h"

#define MOST	64

struct request {
	const char *text[MOST];
	int nr;
	bool group;
	bool force;
	bool dry_run;
	const char *driver;
	const struct fn *fns[MOST];	/* to be bound */
	int nr_fns;
};

static const struct argp_option options[] = {
	{ "driver", 'd', "NAME", 0, "Another VFIO driver than vfio-pci-dmabuf", 0 },
	{ "force", 'f', NULL, 0, "Even if it is in use or the group is not viable", 0 },
	{ "group", 'g', NULL, 0, "Also what keeps the IOMMU group from being viable", 0 },
	{ "dry-run", 'n', NULL, 0, "Only say what would be done", 0 },
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->err_stream = NULL;
		return 0;
	case 'd':
		if (strchr(arg, '/') || !*arg)
			args_refuse("no name of a driver: '%s'", arg);
		request->driver = arg;
		return 0;
	case 'f':
		request->force = true;
		return 0;
	case 'g':
		request->group = true;
		return 0;
	case 'n':
		request->dry_run = true;
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

static void add(struct request *request, const struct fn *fn)
{
	int i;

	for (i = 0; i < request->nr_fns; i++) {
		if (request->fns[i] == fn)
			return;
	}
	if (request->nr_fns == MOST)
		args_refuse("more than %d devices", MOST);
	request->fns[request->nr_fns++] = fn;
}

static bool listed(const struct request *request, const struct fn *fn)
{
	int i;

	for (i = 0; i < request->nr_fns; i++) {
		if (request->fns[i] == fn)
			return true;
	}
	return false;
}

static void add_group(const struct fabric *fabric, struct request *request,
		      const struct fn *of)
{
	const struct fn *fn = NULL;

	while ((fn = group_obstacle(fabric, of, fn)))
		add(request, fn);
}

static void choose(const struct fabric *fabric, struct request *request)
{
	const struct fn *fn;
	int i;

	for (i = 0; i < request->nr; i++) {
		fn = fabric_find_text(fabric, request->text[i]);
		if (fn_is_bridge(fn))
			args_refuse("%s is a bridge: VFIO takes none", fn->text);
		add(request, fn);
	}
	for (i = 0; i < request->nr && request->group; i++)
		add_group(fabric, request, request->fns[i]);
}

static void check_driver(const struct request *request)
{
	if (!sysfs_exists("/sys/bus/pci/drivers/%s", request->driver))
		args_fail("there is no driver %s: modprobe %s", request->driver,
			  request->driver);
}

static void check_viable(const struct fabric *fabric,
			 const struct request *request, const struct fn *of)
{
	const struct fn *fn = NULL;

	if (of->group == FN_NO_GROUP)
		args_fail("%s is in no IOMMU group: switch the IOMMU on (p2pctl doctor)",
			  of->text);
	while ((fn = group_obstacle(fabric, of, fn))) {
		if (!listed(request, fn))
			args_fail("group %d is not viable: %s is bound to %s (--group binds it)",
				  of->group, fn->text, fn->driver);
	}
}

static void check_all(const struct fabric *fabric, const struct request *request)
{
	char why[SYSFS_LINE];
	int i;

	check_driver(request);
	for (i = 0; i < request->nr_fns && !request->force; i++) {
		check_viable(fabric, request, request->fns[i]);
		if (strcmp(request->fns[i]->driver, request->driver) &&
		    inuse(request->fns[i], why))
			args_fail("%s: %s (--force takes it away)",
				  request->fns[i]->text, why);
	}
}

static void undo(struct driver_before *before, int nr)
{
	while (nr--) {
		if (before[nr].fn)
			driver_restore(&before[nr]);
	}
}

static void say(const struct request *request, const struct fn *fn)
{
	bool same = !strcmp(fn->driver, request->driver);

	printf("%s: %s %s%s%s\n", fn->text, request->dry_run && !same ?
	       "would be bound to" : "bound to", request->driver,
	       same ? " already" : ", was ",
	       same ? "" : *fn->driver ? fn->driver : "without driver");
}

static int bind_all(const struct request *request)
{
	struct driver_before before[MOST] = {};
	const struct fn *fn;
	int i;

	for (i = 0; i < request->nr_fns; i++) {
		fn = request->fns[i];
		if (strcmp(fn->driver, request->driver) && !request->dry_run &&
		    !driver_bind(fn, request->driver, &before[i])) {
			undo(before, i);
			return EXIT_NO;
		}
	}
	for (i = 0; i < request->nr_fns; i++)
		say(request, request->fns[i]);
	return EXIT_YES;
}

int cmd_bind(int argc, char **argv)
{
	static const struct argp parser = {
		.options = options,
		.parser = parse,
		.args_doc = "DEVICE...",
		.doc =
			"Gives devices to vfio-pci-dmabuf, so that their BARs can be exported. 'p2pctl unbind' undoes it.",
	};
	struct request request = { .driver = GROUP_OUR_DRIVER };
	struct fabric fabric;
	int ret;

	args_parse(&parser, argc, argv, &request);
	if (!request.nr)
		args_refuse("no device");
	fabric_load(&fabric);
	choose(&fabric, &request);
	check_all(&fabric, &request);
	ret = bind_all(&request);
	fabric_free(&fabric);
	return ret;
}
