// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Descriptors.
 *
 * Invariant: closing one never hides why something else failed.
 */
#include <errno.h>
#include <unistd.h>

#include "fd.h"

/* Closes @fd if it is one; errno stays. */
void p2p_fd_close(int fd)
{
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
}
