// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap() of a buffer's file: the CPU's way to the slices, in the buffer's order.
 *
 * A page is there only while the buffer may be mapped by importers, too. Faults
 * put it there, and look at the buffer's state, under its dma_resv lock; who
 * revokes changes the state and then zaps under that lock. In between an access
 * ends with SIGBUS.
 *
 * There is no struct page, so nothing can pin these pages: not get_user_pages(),
 * and so no O_DIRECT.
 */
#include <linux/dma-resv.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "p2p_bar_priv.h"

/* The first range that ends behind a byte of the buffer. */
static unsigned int p2p_bar_mmap_range(const struct p2p_bar_buffer *buf,
				       u64 offset)
{
	unsigned int low = 0, high = buf->nr_ranges - 1, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (buf->ends[middle] > offset)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static phys_addr_t p2p_bar_mmap_address(const struct p2p_bar_buffer *buf,
					u64 offset)
{
	unsigned int i = p2p_bar_mmap_range(buf, offset);
	u64 before = i ? buf->ends[i - 1] : 0;

	return buf->provider->start + buf->ranges[i].offset + offset - before;
}

static vm_fault_t p2p_bar_mmap_fault(struct vm_fault *vmf)
{
	struct p2p_bar_buffer *buf = vmf->vma->vm_private_data;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	phys_addr_t address;

	/* Whoever is killed meanwhile shall not wait: the fault is repeated. */
	if (dma_resv_lock_interruptible(buf->dmabuf->resv, NULL))
		return VM_FAULT_NOPAGE;
	if (p2p_bar_buffer_mappable(buf)) {
		address = p2p_bar_mmap_address(buf, (u64)vmf->pgoff << PAGE_SHIFT);
		ret = vmf_insert_pfn(vmf->vma, vmf->address,
				     PHYS_PFN(address));
	}
	dma_resv_unlock(buf->dmabuf->resv);
	return ret;
}

static const struct vm_operations_struct p2p_bar_mmap_ops = {
	.fault = p2p_bar_mmap_fault,
};

static int p2p_bar_mmap_prepare(struct p2p_bar_buffer *buf)
{
	u64 *ends, end = 0;
	unsigned int i;

	ends = kvmalloc_array(buf->nr_ranges, sizeof(*ends),
			      GFP_KERNEL_ACCOUNT);
	if (!ends)
		return -ENOMEM;
	for (i = 0; i < buf->nr_ranges; i++) {
		end += buf->ranges[i].length;
		ends[i] = end;
	}
	dma_resv_lock(buf->dmabuf->resv, NULL);
	if (!buf->ends)
		swap(buf->ends, ends);
	dma_resv_unlock(buf->dmabuf->resv);
	kvfree(ends);
	return 0;
}

/**
 * p2p_bar_mmap() - the dma-buf's mmap op
 * @dmabuf: The dma-buf; its core has seen to it that @vma lies within.
 * @vma: The mapping; holds the dma-buf's file.
 *
 * Return: 0; -EINVAL for a private mapping; -EACCES where it is to be written
 * and the buffer is read-only; -ENOMEM.
 */
int p2p_bar_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct p2p_bar_buffer *buf = dmabuf->priv;
	int ret;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (buf->read_only && vma->vm_flags & VM_WRITE)
		return -EACCES;
	ret = p2p_bar_mmap_prepare(buf);
	if (ret)
		return ret;

	if (buf->read_only)
		vm_flags_clear(vma, VM_MAYWRITE);
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	if (READ_ONCE(buf->write_combining))
		vma->vm_page_prot = pgprot_writecombine(vma->vm_page_prot);
	else
		vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	vma->vm_page_prot = pgprot_decrypted(vma->vm_page_prot);
	vma->vm_private_data = buf;
	vma->vm_ops = &p2p_bar_mmap_ops;
	return 0;
}

/**
 * p2p_bar_mmap_zap() - take a buffer from the CPUs
 * @buf: The buffer, revoked, with its dma_resv lock held.
 */
void p2p_bar_mmap_zap(struct p2p_bar_buffer *buf)
{
	dma_resv_assert_held(buf->dmabuf->resv);
	unmap_mapping_range(buf->dmabuf->file->f_mapping, 0, 0, true);
}
