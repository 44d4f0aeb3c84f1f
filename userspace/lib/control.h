/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef P2P_CONTROL_H
#define P2P_CONTROL_H

int p2p_control_open(void);
int p2p_control_call(unsigned long command, void *argument);

#endif
