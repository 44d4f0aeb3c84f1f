// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Invariant: as libibverbs does it, a dma-buf's region has the offset for its
 * address, and at a failure errno is set. An exported buffer is a real
 * descriptor, so that it shows when it is not closed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <infiniband/verbs.h>

#include "mock_verbs.h"
#include "mock_verbs_calls.h"

struct mock_verbs mock;
static struct ibv_mr region;

static FILE *open_file(const char *path, const char *mode)
{
	if (!mock.smaps)
		return __real_fopen(path, mode);
	if (!mock.smaps[0]) {
		errno = ENOENT;
		return NULL;
	}
	return fmemopen((void *)mock.smaps, strlen(mock.smaps), "r");
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	return open_file(path, mode);
}

FILE *__wrap_fopen64(const char *path, const char *mode)
{
	return open_file(path, mode);
}

int __wrap_p2p_buffer_export_pointer(const void *pointer, size_t length,
				     int open_flags, uint64_t *offset)
{
	mock.nr_exports++;
	mock.pointer = pointer;
	mock.length = length;
	mock.open_flags = open_flags;
	if (mock.export_errno) {
		errno = mock.export_errno;
		return -1;
	}
	*offset = mock.offset;
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static struct ibv_mr *answer(struct ibv_pd *pd, void *addr, size_t length,
			     int error)
{
	if (error) {
		errno = error;
		return NULL;
	}
	region = (struct ibv_mr){ .pd = pd, .addr = addr, .length = length };
	return &region;
}

struct ibv_mr *__wrap_ibv_reg_mr_iova2(struct ibv_pd *pd, void *addr,
				       size_t length, uint64_t iova,
				       unsigned int access)
{
	mock.nr_memory++;
	mock.addr = addr;
	mock.length = length;
	mock.iova = iova;
	mock.access = access;
	return answer(pd, addr, length, mock.memory_errno);
}

/* A compiler that does not optimize leaves the macro's other branch. */
struct ibv_mr *__wrap_ibv_reg_mr_iova(struct ibv_pd *pd, void *addr,
				      size_t length, uint64_t iova, int access)
{
	return __wrap_ibv_reg_mr_iova2(pd, addr, length, iova,
				       (unsigned int)access);
}

struct ibv_mr *__wrap_ibv_reg_dmabuf_mr(struct ibv_pd *pd, uint64_t offset,
					size_t length, uint64_t iova, int fd,
					int access)
{
	mock.nr_buffer++;
	mock.asked_offset = offset;
	mock.length = length;
	mock.iova = iova;
	mock.buffer = fd;
	mock.access = (unsigned int)access;
	return answer(pd, (void *)(uintptr_t)offset, length, mock.buffer_errno);
}

int mock_setup(void **state)
{
	(void)state;
	mock = (struct mock_verbs){ .buffer = -1 };
	return 0;
}
