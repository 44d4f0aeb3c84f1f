/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef P2P_FD_H
#define P2P_FD_H

void p2p_fd_close(int fd);

#endif
