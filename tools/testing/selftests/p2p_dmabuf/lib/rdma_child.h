/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another process, with a device, a buffer and NICs of its own, which writes by
 * RDMA to the beginning of the BAR until it is killed.
 */
#ifndef SELFTEST_P2P_RDMA_CHILD_H
#define SELFTEST_P2P_RDMA_CHILD_H

#include <sys/types.h>

/* When this returns bytes have arrived. -1: it did not get that far. */
pid_t rdma_child_start(void);
void rdma_child_kill(pid_t pid);

#endif
