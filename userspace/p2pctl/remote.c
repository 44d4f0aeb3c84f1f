// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes copies of other processes' descriptors.
 *
 * Invariant: only with the right to trace the process, which the kernel checks.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "args.h"
#include "remote.h"

#define MOST	99999999

static const char *reason(int err)
{
	switch (err) {
	case ESRCH:
		return "no such process";
	case EBADF:
		return "no such descriptor";
	case EPERM:
		return "not allowed: needs the right to trace the process (root)";
	default:
		return strerror(err);
	}
}

int remote_fd(const char *pid_text, const char *fd_text)
{
	unsigned long pid = args_number(pid_text, "the process", 1, MOST);
	unsigned long fd = args_number(fd_text, "the descriptor", 0, MOST);
	int process, copy;

	process = syscall(SYS_pidfd_open, (pid_t)pid, 0);
	if (process < 0)
		args_fail("process %lu: %s", pid, reason(errno));
	copy = syscall(SYS_pidfd_getfd, process, (int)fd, 0);
	if (copy < 0)
		args_fail("descriptor %lu of process %lu: %s", fd, pid,
			  reason(errno));
	close(process);
	return copy;
}
