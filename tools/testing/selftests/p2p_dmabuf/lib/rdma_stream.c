// SPDX-License-Identifier: GPL-2.0-only
#include <sched.h>
#include <stdbool.h>

#include "rdma_stream.h"

static void *stream_thread(void *arg)
{
	struct rdma_stream *stream = arg;
	int ret;

	while (!atomic_load(&stream->stop)) {
		ret = rdma_do(stream->nic, &stream->transfer);
		if (!ret) {
			atomic_fetch_add(&stream->good, 1);
			continue;
		}
		atomic_store(&stream->last, ret);
		atomic_fetch_add(&stream->bad, 1);
	}
	return NULL;
}

int rdma_stream_begin(struct rdma_stream *stream, struct rdma_nic *nic,
		      const struct rdma_transfer *transfer)
{
	stream->nic = nic;
	stream->transfer = *transfer;
	atomic_init(&stream->stop, false);
	atomic_init(&stream->good, 0);
	atomic_init(&stream->bad, 0);
	atomic_init(&stream->last, 0);
	return -pthread_create(&stream->thread, NULL, stream_thread, stream);
}

void rdma_stream_end(struct rdma_stream *stream)
{
	atomic_store(&stream->stop, true);
	pthread_join(stream->thread, NULL);
}

static void wait_for(atomic_ulong *count, unsigned long more)
{
	unsigned long until = atomic_load(count) + more;

	while (atomic_load(count) < until)
		sched_yield();
}

void rdma_stream_good(struct rdma_stream *stream, unsigned long more)
{
	wait_for(&stream->good, more);
}

void rdma_stream_bad(struct rdma_stream *stream, unsigned long more)
{
	wait_for(&stream->bad, more);
}
