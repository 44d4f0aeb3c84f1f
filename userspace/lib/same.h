/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef P2P_SAME_H
#define P2P_SAME_H

/* What the public header calls by a name of its own is the kernel's number. */
#define P2P_SAME(ours, kernels) \
	_Static_assert((long)(ours) == (long)(kernels), #ours)

#endif
