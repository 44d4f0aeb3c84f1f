/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors of other processes.
 */
#ifndef P2PCTL_REMOTE_H
#define P2PCTL_REMOTE_H

/* A copy of descriptor @fd of process @pid. Ends the program if it fails. */
int remote_fd(const char *pid, const char *fd);

#endif
