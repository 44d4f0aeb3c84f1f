/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What all tests have in common. */
#ifndef TEST_H
#define TEST_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "p2pdmabuf.h"

/* The call fails as the contract says: -1, with this errno. */
#define assert_error(call, error) do { \
	errno = 0; \
	assert_int_equal(call, -1); \
	assert_int_equal(errno, error); \
} while (0)

/* The same for calls that return a pointer. */
#define assert_null_error(call, error) do { \
	errno = 0; \
	assert_null(call); \
	assert_int_equal(errno, error); \
} while (0)

#endif
