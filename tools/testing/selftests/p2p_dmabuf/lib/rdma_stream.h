/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread that writes by RDMA without a pause, whatever comes of it.
 */
#ifndef SELFTEST_P2P_RDMA_STREAM_H
#define SELFTEST_P2P_RDMA_STREAM_H

#include <pthread.h>
#include <stdatomic.h>

#include "rdma.h"

struct rdma_stream {
	pthread_t thread;
	struct rdma_nic *nic;		/* the thread's until the stream's end */
	struct rdma_transfer transfer;	/* again and again */
	atomic_bool stop;
	atomic_ulong good;		/* transfers completed */
	atomic_ulong bad;		/* failed, or not taken */
	atomic_int last;		/* what rdma_do() said of the last bad one */
};

/* 0 or a negative errno. */
int rdma_stream_begin(struct rdma_stream *stream, struct rdma_nic *nic,
		      const struct rdma_transfer *transfer);
void rdma_stream_end(struct rdma_stream *stream);

/* Wait until so many more have completed, or failed. */
void rdma_stream_good(struct rdma_stream *stream, unsigned long more);
void rdma_stream_bad(struct rdma_stream *stream, unsigned long more);

#endif
