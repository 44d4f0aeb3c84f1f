/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_NO_REGION_INFO_OP_H
#define P2P_COMPAT_NO_REGION_INFO_OP_H

#define P2P_VFIO_REGION_INFO_OP

#endif
