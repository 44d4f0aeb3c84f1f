// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2pctl: looks at, sets up and diagnoses peer-to-peer DMA into VFIO devices.
 *
 * Invariant: the first word chooses a subcommand and everything behind it is that
 * one's. A result that could not be written to stdout is a failure.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "command.h"

const char *argp_program_version = "p2pctl 0.1";

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "bench", cmd_bench },
	{ "bind", cmd_bind },
	{ "doctor", cmd_doctor },
	{ "export", cmd_export },
	{ "info", cmd_info },
	{ "list", cmd_list },
	{ "route", cmd_route },
	{ "topo", cmd_topo },
	{ "unbind", cmd_unbind },
	{ "watch", cmd_watch },
};

static const char doc[] =
	"Looks at, sets up and diagnoses peer-to-peer DMA into the BARs of VFIO devices.\vCommands:\n"
	"  list      BARs that can be exported, and who drives them\n"
	"  bind      give devices to vfio-pci-dmabuf\n"
	"  unbind    undo that\n"
	"  topo      the PCIe fabric, with routes; text, JSON or picture\n"
	"  route     how one device's DMA reaches another's BARs\n"
	"  doctor    what stops a transfer, and what to do about it\n"
	"  export    make a dma-buf, hold it or run a command with it\n"
	"  info      what a buffer is, and who uses it\n"
	"  watch     what happens to buffers, as it happens\n"
	"  bench     quick numbers\n\n"
	"'p2pctl COMMAND --help' says more. Exit code: 0 yes or done, 1 no or failed, 2 wrong usage."
	;

struct choice {
	int index;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct choice *choice = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->err_stream = NULL;
		return 0;
	case ARGP_KEY_ARG:
		choice->index = state->next - 1;
		state->next = state->argc;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run(int argc, char **argv)
{
	char name[32];
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(argv[0], commands[i].name))
			continue;
		snprintf(name, sizeof(name), "p2pctl %s", argv[0]);
		argv[0] = name;
		return commands[i].run(argc, argv);
	}
	args_refuse("no such command: '%s' (p2pctl --help lists them)", argv[0]);
}

int main(int argc, char **argv)
{
	static const struct argp parser = {
		.parser = parse,
		.args_doc = "COMMAND [ARGUMENT...]",
		.doc = doc,
	};
	struct choice choice = {};
	char name[] = "p2pctl";
	int ret;

	argv[0] = name;
	args_parse(&parser, argc, argv, &choice);
	if (!choice.index)
		args_refuse("no command (p2pctl --help lists them)");
	ret = run(argc - choice.index, argv + choice.index);
	if (fflush(stdout) || ferror(stdout))
		args_fail("cannot write the output: %s", strerror(errno));
	return ret;
}
