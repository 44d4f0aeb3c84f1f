// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a pointer of user space to a buffer.
 *
 * The pointer leads to mappings of a BAR, by an open file of the driver that owns
 * it. What is found out about them is true while the mmap lock is held; the file
 * is held beyond that, so the device stays open, and its owner registered, until
 * the buffer has been made. No page is looked at: they need not be there.
 */
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/sched/mm.h>

#include "p2p_bar_priv.h"

/* What the mappings at a range of addresses show. */
struct p2p_bar_view {
	struct p2p_bar_owner *owner;
	struct file *file;
	int bar;
	struct p2p_bar_range range;
	bool read_only;
};

/* The next mapping, from @address on, or that it does not go on with this. */
static int p2p_bar_view_extend(struct p2p_bar_view *view,
			       const struct vm_area_struct *vma, u64 address)
{
	struct p2p_bar_owner *owner;
	u64 offset;
	int bar;

	if (!(vma->vm_flags & VM_READ))
		return -EACCES;
	owner = p2p_bar_owner_of_vma(vma, &bar, &offset);
	if (!owner)
		return -ENODEV;
	offset += address - vma->vm_start;
	if (!view->owner) {
		view->owner = owner;
		view->file = get_file(vma->vm_file);
		view->bar = bar;
		view->range.offset = offset;
	} else {
		p2p_bar_owner_put(owner);
		if (owner != view->owner || bar != view->bar ||
		    offset != view->range.offset + view->range.length)
			return -ENODEV;
	}
	if (!(vma->vm_flags & VM_WRITE))
		view->read_only = true;
	return 0;
}

static int p2p_bar_view_walk(struct p2p_bar_view *view, u64 start, u64 end)
{
	struct vm_area_struct *vma;
	u64 at, next;
	int ret;

	for (at = start; at < end; at = next) {
		vma = vma_lookup(current->mm, at);
		if (!vma)
			return -EFAULT;
		ret = p2p_bar_view_extend(view, vma, at);
		if (ret)
			return ret;
		next = min_t(u64, vma->vm_end, end);
		view->range.length = next - start;
	}
	return 0;
}

static void p2p_bar_view_put(struct p2p_bar_view *view)
{
	if (!view->owner)
		return;
	p2p_bar_owner_put(view->owner);
	fput(view->file);
}

/* Whole pages. The last byte must be an address, so that there is an end. */
static int p2p_bar_view_bounds(u64 address, u64 length, u64 *start, u64 *end)
{
	if (!length)
		return -EINVAL;
	if (check_add_overflow(address, length, end) ||
	    *end > ULONG_MAX - PAGE_SIZE)
		return -EOVERFLOW;
	*start = round_down(address, PAGE_SIZE);
	*end = round_up(*end, PAGE_SIZE);
	return 0;
}

static int p2p_bar_view_get(struct p2p_bar_view *view, u64 start, u64 end)
{
	int ret;

	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	ret = p2p_bar_view_walk(view, start, end);
	mmap_read_unlock(current->mm);
	return ret;
}

/**
 * p2p_bar_get_user() - a buffer for a pointer of the calling process
 * @address: The pointer, into its own mapping of a BAR; need not be aligned.
 * @length: Bytes from there on; need not be aligned.
 * @open_flags: Of the dma-buf's file: O_ACCMODE and O_CLOEXEC.
 * @offset: Receives the place of @address in the dma-buf, less than a page.
 *
 * Where a page in between cannot be written by the process, importers may only
 * read from the buffer. The buffer has nothing to do with the mappings any more.
 *
 * Return: the dma-buf, which belongs to the caller, or an ERR_PTR(): EINVAL for
 * no length; EOVERFLOW where the end is not representable; EFAULT for what is
 * not mapped; EACCES for what cannot be read; ENODEV for mappings of something
 * else, of several BARs, or not consecutive ones; EINTR; and what
 * p2p_bar_export() says.
 */
struct dma_buf *p2p_bar_get_user(u64 address, u64 length, int open_flags,
				 u64 *offset)
{
	struct p2p_bar_view view = {};
	struct dma_buf *dmabuf;
	u64 start, end;
	int ret;

	ret = p2p_bar_view_bounds(address, length, &start, &end);
	if (ret)
		return ERR_PTR(ret);
	ret = p2p_bar_view_get(&view, start, end);
	if (ret) {
		dmabuf = ERR_PTR(ret);
		goto out_put;
	}
	/* The device may have been woken, or put to sleep, by nobody we saw. */
	p2p_bar_refresh(view.owner);
	dmabuf = p2p_bar_export(view.owner, view.bar, &view.range, 1,
				open_flags,
				view.read_only ? P2P_BAR_READ_ONLY : 0);
	*offset = address - start;
out_put:
	p2p_bar_view_put(&view);
	return dmabuf;
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_get_user, "P2P_BAR");
