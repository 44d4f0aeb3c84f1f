// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rdma_bar.h"
#include "rdma_child.h"

static void stream_for_ever(int told)
{
	static const struct vfio_region_dma_range range = {
		RDMA_BAR_LEAVES_AT, RDMA_BAR_REGION,
	};
	struct rdma_bar bar;

	if (rdma_bar_open(&bar) || rdma_bar_export(&bar, &range, 1) ||
	    rdma_bar_begin(&bar, 0))
		_exit(1);
	rdma_stream_good(&bar.stream, 2);
	if (write(told, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

pid_t rdma_child_start(void)
{
	int ends[2];
	pid_t pid;
	char byte;

	if (pipe(ends))
		return -1;
	pid = fork();
	if (!pid)
		stream_for_ever(ends[1]);
	close(ends[1]);
	if (pid > 0 && read(ends[0], &byte, 1) != 1) {
		rdma_child_kill(pid);
		pid = -1;
	}
	close(ends[0]);
	return pid;
}

void rdma_child_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
