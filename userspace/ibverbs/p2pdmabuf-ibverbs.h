/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * libp2pdmabuf-ibverbs: memory regions of BARs and of ordinary memory alike.
 */
#ifndef P2PDMABUF_IBVERBS_H
#define P2PDMABUF_IBVERBS_H

#include <stddef.h>
#include <stdint.h>

#include <infiniband/verbs.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * p2p_ibv_reg_mr() - register a pointer, whatever it points to
 * @pd: Protection domain.
 * @addr: Into ordinary memory, or into mappings of one BAR by mmap() of a VFIO
 *	device's descriptor.
 * @length: Bytes.
 * @access: IBV_ACCESS_LOCAL_WRITE and so on.
 *
 * Ordinary memory is registered as ibv_reg_mr() does it, whether or not
 * p2p-dmabuf is there. A part of a BAR becomes a dma-buf, which the region keeps
 * until it is deregistered; the region's addresses are those of @addr, and mr->addr
 * and mr->length what was asked for, as for memory. It cannot be changed with
 * ibv_rereg_mr(). BARs are registered with @access as it is: kernels refuse
 * IBV_ACCESS_ON_DEMAND and others that have no meaning there.
 *
 * What is neither, and a BAR that cannot be exported, is an error. No page of it
 * is registered in another way.
 *
 * Return: the region, to be ended with ibv_dereg_mr(), or NULL with errno
 *
 * * ENODEV: it is device memory, but not one that can be exported: not a BAR
 *   of a device bound to vfio-pci-dmabuf, of several, not consecutive, or
 *   mapped together with other memory.
 * * ENOENT: it is device memory, and /dev/p2p_dmabuf is missing (the module
 *   p2p-bar-exporter is not loaded).
 * * EACCES: it is device memory, and /dev/p2p_dmabuf may not be opened.
 * * ENOTTY: it is device memory, and the loaded module is too old.
 * * EPERM: it touches a page with the MSI-X table or its pending bits, and the
 *   platform does not isolate interrupts. Of ordinary memory as at ibv_reg_mr().
 * * EOPNOTSUPP: no route leads from the NIC to the BAR, or the NIC's driver
 *   pins and nothing could cut it off (p2p_route_query() tells which); or it
 *   cannot register dma-bufs; or IBV_ACCESS_ON_DEMAND is asked for and the
 *   kernel does not tell in /proc/self/smaps what memory it is.
 * * EFAULT: a part of it is not mapped at all.
 * * EINVAL: @pd is NULL, or the kernel refuses @access.
 * * ENOMEM, EMFILE, ENFILE and what ibv_reg_mr() and ibv_reg_dmabuf_mr() give
 *   else.
 */
struct ibv_mr *p2p_ibv_reg_mr(struct ibv_pd *pd, void *addr, size_t length,
			      int access);

/**
 * p2p_ibv_reg_mr_iova() - the same, with addresses of the caller's choice
 * @pd: Protection domain.
 * @addr: As at p2p_ibv_reg_mr().
 * @length: Bytes.
 * @iova: The address that @addr has for the NIC and its peers. Its place in a
 *	page must be that of @addr.
 * @access: IBV_ACCESS_LOCAL_WRITE and so on.
 *
 * Return: as p2p_ibv_reg_mr()
 */
struct ibv_mr *p2p_ibv_reg_mr_iova(struct ibv_pd *pd, void *addr, size_t length,
				   uint64_t iova, int access);

#ifdef __cplusplus
}
#endif

#endif /* P2PDMABUF_IBVERBS_H */
