// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eight threads that share their descriptors and know nothing of each other:
 * each call meets buffers that are being closed, mapped, revoked and exported
 * at the same moment. Only documented errors may come back, nothing may be
 * left when all is closed, and the kernel's log is read after the run.
 */
#include <stdlib.h>

#include "kselftest_harness.h"

#include "chaos/engine.h"
#include "lib/guest.h"

FIXTURE(race)
{
};

FIXTURE_SETUP(race)
{
}

FIXTURE_TEARDOWN(race)
{
}

TEST_F_TIMEOUT(race, every_call_against_every_other, 300)
{
	/* A minute where resets are real, a glance elsewhere. */
	int64_t ms = guest_is("root") ? 60000 : 5000;
	struct engine engine = {
		.threads = 8,
		.calls = ULONG_MAX,
		.end_ms = guest_now_ms() + ms,
		.results = calloc(1, sizeof(*engine.results)),
	};
	struct chaos_world world;

	ASSERT_NE(NULL, engine.results);
	ASSERT_EQ(0, chaos_open(&world));
	EXPECT_EQ(0, engine_run(&engine, &world));
	chaos_close(&world);
	EXPECT_EQ(0, engine_report(engine.results));
	EXPECT_EQ(0, guest_count_lines(GUEST_BUFFERS, "buffer "));
	free(engine.results);
}

TEST_HARNESS_MAIN
