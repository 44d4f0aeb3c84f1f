/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_NO_DEVICE_INODE
#define P2P_COMPAT_NO_DEVICE_INODE

/* Only groups' files can be told apart. */
#define p2p_vfio_is_device_file(vdev, file) false

#endif
