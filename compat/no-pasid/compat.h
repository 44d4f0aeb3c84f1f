/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_NO_PASID_H
#define P2P_COMPAT_NO_PASID_H

#define P2P_VFIO_PASID_OPS

#endif
