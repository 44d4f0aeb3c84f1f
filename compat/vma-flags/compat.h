/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_VMA_FLAGS
#define P2P_COMPAT_VMA_FLAGS

#include <linux/mm.h>

static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}

#endif
