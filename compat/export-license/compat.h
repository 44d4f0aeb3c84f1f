/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_EXPORT_LICENSE_H
#define P2P_COMPAT_EXPORT_LICENSE_H

#define P2P_COMPAT_GPL "_gpl"

#endif
