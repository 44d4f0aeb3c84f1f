// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2pctl export: makes a dma-buf, holds it or runs a command with it.
 *
 * Invariant: the device stays open as long as the buffer is to be of use: closing
 * it would retire the buffer.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "slice.h"
#include "term.h"

/* What shells answer, too. */
#define EXIT_NOT_RUN	127
#define EXIT_SIGNAL	128

struct request {
	const char *device;
	bool bar_given;
	char **command;
	struct slice slice;
};

static const struct argp_option options[] = {
	{
		"range",
		'r',
			"OFFSET:LENGTH",
			0, "A part of the BAR, and more of them (default: all of it)", 0 },
	{ "read-only", 'R', NULL, 0, "Importers may only read", 0 },
	{}
};

static void take_argument(struct request *request, char *arg,
			  struct argp_state *state)
{
	if (!request->device) {
		request->device = arg;
	} else if (!request->bar_given) {
		request->slice.bar = args_number(arg, "the BAR", 0, 5);
		request->bar_given = true;
	} else {
		request->command = state->argv + state->next - 1;
		state->next = state->argc;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->err_stream = NULL;
		return 0;
	case 'r':
		slice_add_range(&request->slice, arg);
		return 0;
	case 'R':
		request->slice.open_flags = O_RDONLY;
		return 0;
	case ARGP_KEY_ARG:
		take_argument(request, arg, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run_command(char **command, int fd)
{
	char number[16];
	pid_t pid;
	int status;

	snprintf(number, sizeof(number), "%d", fd);
	setenv("P2P_DMABUF_FD", number, 1);
	/* Ctrl-C is for the command. */
	signal(SIGINT, SIG_IGN);
	pid = fork();
	if (pid < 0)
		args_fail("cannot fork: %s", strerror(errno));
	if (!pid) {
		signal(SIGINT, SIG_DFL);
		execvp(command[0], command);
		args_complain("cannot run %s: %s", command[0], strerror(errno));
		_exit(EXIT_NOT_RUN);
	}
	while (waitpid(pid, &status, 0) < 0)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   EXIT_SIGNAL + WTERMSIG(status);
}

static int hold(const struct slice *slice, const char *device, int fd,
		const sigset_t *signals)
{
	char size[TERM_SIZE];
	int got;

	printf("%d %d\n", getpid(), fd);
	fflush(stdout);
	if (isatty(STDOUT_FILENO))
		fprintf(stderr, "process and descriptor of %s of BAR %u of %s; Ctrl-C ends it\n",
			term_size(slice_length(slice), size), slice->bar,
			device);
	sigwait(signals, &got);
	return EXIT_YES;
}

int cmd_export(int argc, char **argv)
{
	static const struct argp parser = {
		.options = options,
		.parser = parse,
		.args_doc = "DEVICE BAR [COMMAND...]",
		.doc =
			"Exports a BAR as a dma-buf. Prints process and descriptor and holds it until a signal comes; or runs COMMAND with the descriptor, whose number is in P2P_DMABUF_FD, and returns its exit code.",
	};
	struct request request = { .slice.open_flags = O_RDWR };
	sigset_t signals;
	int fd, ret;

	args_parse(&parser, argc, argv, &request);
	if (!request.bar_given)
		args_refuse("needs a device and the number of a BAR: DEVICE BAR");
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	slice_open(&request.slice, request.device);
	/* For COMMAND, hence not O_CLOEXEC. */
	fd = slice_export(&request.slice);
	if (request.command) {
		ret = run_command(request.command, fd);
	} else {
		sigprocmask(SIG_BLOCK, &signals, NULL);
		ret = hold(&request.slice, request.device, fd, &signals);
	}
	close(fd);
	p2p_device_close(request.slice.device);
	return ret;
}
