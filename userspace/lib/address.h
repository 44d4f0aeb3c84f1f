/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef P2P_ADDRESS_H
#define P2P_ADDRESS_H

#include <linux/p2p_dmabuf.h>

#include "p2pdmabuf.h"

int p2p_address_check(const struct p2p_address *address);
int p2p_address_to_kernel(const struct p2p_address *address,
			  struct p2p_dmabuf_pci *pci);
void p2p_address_from_kernel(const struct p2p_dmabuf_pci *pci,
			     struct p2p_address *address);

#endif
