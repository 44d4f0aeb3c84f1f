/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef P2P_ROUTE_H
#define P2P_ROUTE_H

#include <linux/p2p_dmabuf.h>

#include "p2pdmabuf.h"

void p2p_route_from_kernel(const struct p2p_dmabuf_route_info *info,
			   struct p2p_route *route);

#endif
