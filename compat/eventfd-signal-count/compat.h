/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_EVENTFD_SIGNAL_COUNT
#define P2P_COMPAT_EVENTFD_SIGNAL_COUNT

#include <linux/eventfd.h>

#define eventfd_signal(ctx) ((void)eventfd_signal(ctx, 1))

#endif
