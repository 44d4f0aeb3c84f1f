/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault injection: the Nth allocation or access to user memory that the calling
 * thread makes the kernel do fails. Source: the kernel's
 * Documentation/fault-injection/fault-injection.rst, /proc/thread-self/fail-nth.
 */
#ifndef SELFTEST_P2P_FAULT_H
#define SELFTEST_P2P_FAULT_H

#include <stdbool.h>

/*
 * Whether this kernel can; makes faults quiet, and allocations that may wait
 * fail, too.
 */
bool fault_possible(void);

/* From now on the nth one fails, once; 0 or a negative errno. */
int fault_arm(unsigned int nth);

/* Whether it came to that. None will fail from now on. */
bool fault_disarm(void);

#endif
