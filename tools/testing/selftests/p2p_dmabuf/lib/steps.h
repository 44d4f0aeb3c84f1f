/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A job told step by step, for people to read. The program ends with 1 at the
 * first step that does not go as told.
 */
#ifndef SELFTEST_P2P_STEPS_H
#define SELFTEST_P2P_STEPS_H

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The step's result, which must be what is expected: 0 or a negative errno. */
int step(const char *what, int ret, int expected);
void expect(const char *what, int held);

#endif
