// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Memory regions.
 *
 * Invariant: device memory is registered as a dma-buf or not at all. For most of
 * it the kernel sees to that: it cannot be pinned. With on-demand paging nothing
 * is pinned, and ibv_reg_mr() would succeed with a region that fails at the
 * first access: there the memory is looked at before.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <p2pdmabuf.h>

#include "memory.h"
#include "p2pdmabuf-ibverbs.h"

/* What is asked for. */
struct request {
	struct ibv_pd *pd;
	void *addr;
	size_t length;
	uint64_t iova;
	int access;
};

/* ibv_reg_mr() is this with iova == addr. */
static struct ibv_mr *reg_memory(const struct request *request)
{
	return ibv_reg_mr_iova(request->pd, request->addr, request->length,
			       request->iova, (unsigned int)request->access);
}

/* Consumes @buffer: the region has a reference of its own. */
static struct ibv_mr *reg_buffer(const struct request *request, int buffer,
				 uint64_t offset)
{
	struct ibv_mr *mr = ibv_reg_dmabuf_mr(request->pd, offset,
					      request->length, request->iova,
					      buffer, request->access);
	int error = errno;

	close(buffer);
	errno = error;
	/* libibverbs puts the offset there, which nobody else can use. */
	if (mr)
		mr->addr = request->addr;
	return mr;
}

/* @error tells why there is no dma-buf: what counts if it is device memory. */
static struct ibv_mr *reg_without_buffer(const struct request *request,
					 int error)
{
	enum p2p_memory memory;
	struct ibv_mr *mr;
	int failure;

	if (request->access & IBV_ACCESS_ON_DEMAND) {
		memory = p2p_memory_of(request->addr, request->length);
		if (memory == P2P_MEMORY_ORDINARY)
			return reg_memory(request);
		errno = memory == P2P_MEMORY_DEVICE ? error : EOPNOTSUPP;
		return NULL;
	}
	mr = reg_memory(request);
	if (mr)
		return mr;
	/* Not only for EFAULT: limits are checked before memory is. */
	failure = errno;
	memory = p2p_memory_of(request->addr, request->length);
	errno = memory == P2P_MEMORY_DEVICE ? error : failure;
	return NULL;
}

/* The whole address space, paged on demand; it covers BARs as well as holes. */
static int is_implicit(const struct request *request)
{
	return !request->addr && request->length == SIZE_MAX &&
	       request->access & IBV_ACCESS_ON_DEMAND;
}

struct ibv_mr *p2p_ibv_reg_mr_iova(struct ibv_pd *pd, void *addr, size_t length,
				   uint64_t iova, int access)
{
	struct request request = { pd, addr, length, iova, access };
	uint64_t offset;
	int buffer;

	if (!pd) {
		errno = EINVAL;
		return NULL;
	}
	if (!length || is_implicit(&request))
		return reg_memory(&request);
	buffer = p2p_buffer_export_pointer(addr, length, O_RDWR | O_CLOEXEC,
					   &offset);
	if (buffer < 0)
		return reg_without_buffer(&request, errno);
	return reg_buffer(&request, buffer, offset);
}

struct ibv_mr *p2p_ibv_reg_mr(struct ibv_pd *pd, void *addr, size_t length,
			      int access)
{
	return p2p_ibv_reg_mr_iova(pd, addr, length, (uintptr_t)addr, access);
}
