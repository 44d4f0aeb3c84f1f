// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * /dev/p2p_dmabuf.
 *
 * Invariant: ENODEV is only ever the answer of a call. That the node has no
 * driver behind it is ENOENT, like the node's absence: else a caller would take
 * a module that is not loaded for memory that is not a BAR.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "control.h"
#include "fd.h"

int p2p_control_open(void)
{
	int fd = open("/dev/p2p_dmabuf", O_RDONLY | O_CLOEXEC);

	if (fd < 0 && (errno == ENODEV || errno == ENXIO))
		errno = ENOENT;
	return fd;
}

/* One ioctl, on a descriptor that lives as long as it. */
int p2p_control_call(unsigned long command, void *argument)
{
	int fd = p2p_control_open();
	int ret;

	if (fd < 0)
		return -1;
	ret = ioctl(fd, command, argument);
	p2p_fd_close(fd);
	return ret;
}
