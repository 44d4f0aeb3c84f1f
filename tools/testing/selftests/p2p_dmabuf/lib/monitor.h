/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The monitor of the machine's emulator, where the machine has one.
 *
 * Functions return a negative errno when they fail.
 */
#ifndef SELFTEST_P2P_MONITOR_H
#define SELFTEST_P2P_MONITOR_H

int monitor_open(void);

/* What the screen shows, as NAME.png in the run's folder on the host. */
int monitor_dump_screen(int monitor, const char *name);

#endif
