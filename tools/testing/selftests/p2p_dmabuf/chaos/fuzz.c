// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fuzzer of what a process can do with a VFIO device, its buffers and an
 * importer. Only documented errors may come back, no buffer may be left. What
 * the kernel has to say is in its log.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "lib/guest.h"

static int fuzz(const struct engine *engine)
{
	int64_t begun = guest_now_ms();
	struct chaos_world world;
	unsigned long wrong;
	int ret;

	ret = chaos_open(&world);
	if (ret) {
		printf("# cannot begin: %s\n", strerror(-ret));
		return ret;
	}
	ret = engine_run(engine, &world);
	chaos_close(&world);
	wrong = engine_report(engine->results);
	wrong += guest_count_lines(GUEST_BUFFERS, "buffer ");
	printf("# %lld s\n", (long long)(guest_now_ms() - begun) / 1000);
	return ret || wrong;
}

int main(int argc, char **argv)
{
	struct engine engine = {
		.guided = true,
		.end_ms = INT64_MAX,
	};
	int ret;

	if (argc < 4) {
		fprintf(stderr, "usage: fuzz SEED CALLS THREADS [blind]\n");
		return 2;
	}
	engine.seed = strtoul(argv[1], NULL, 0);
	engine.calls = strtoul(argv[2], NULL, 0);
	engine.threads = strtoul(argv[3], NULL, 0);
	if (argc > 4 && !strcmp(argv[4], "blind"))
		engine.guided = false;
	engine.results = calloc(1, sizeof(*engine.results));
	if (!engine.threads || !engine.results)
		return 2;
	printf("TAP version 13\n1..1\n# seed %lu, %u threads%s\n", engine.seed,
	       engine.threads, engine.guided ? "" : ", blind");
	ret = fuzz(&engine);
	printf("%s 1 fuzz\n", ret ? "not ok" : "ok");
	free(engine.results);
	return !!ret;
}
