// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "engine.h"
#include "lib/guest.h"

#define PROGRAM_MAX 16
#define CORPUS_MAX 4096
#define MILESTONE 500000	/* calls */

struct program {
	unsigned int length;
	struct chaos_call calls[PROGRAM_MAX];
};

struct worker {
	pthread_t thread;
	const struct engine *engine;
	struct chaos_world *world;
	struct chaos_state state;
	struct coverage coverage;
	struct program *corpus;
	unsigned int kept;
	bool speaks;
	bool broken;
};

/* --- programs -------------------------------------------------------------- */

static void program_invent(struct program *program, struct dice *dice)
{
	unsigned int i;

	program->length = 4 + pick(dice, PROGRAM_MAX - 3);
	for (i = 0; i < program->length; i++)
		chaos_invent(&program->calls[i], dice);
}

static void program_change(struct program *program, struct dice *dice)
{
	struct chaos_call *call = &program->calls[pick(dice, program->length)];
	struct chaos_call *last = &program->calls[program->length - 1];

	switch (pick(dice, 4)) {
	case 0:
		chaos_invent(call, dice);
		break;
	case 1:
		call->args[pick(dice, CHAOS_ARGS)] = chaos_value(dice);
		break;
	case 2:
		call->args[pick(dice, CHAOS_ARGS)] ^= 1ULL << pick(dice, 64);
		break;
	default:
		if (program->length == PROGRAM_MAX) {
			memmove(call, call + 1, (last - call) * sizeof(*call));
			program->length--;
		} else {
			chaos_invent(last + 1, dice);
			program->length++;
		}
	}
}

/*
 * What takes long runs much code, so that many programs with it are kept. A run
 * that is guided, and not there to have everything race with everything, makes
 * such calls as much more rarely as they cost.
 */
static void program_hurry(struct program *program, struct dice *dice)
{
	unsigned int i;

	for (i = 0; i < program->length; i++) {
		while (pick(dice, chaos_cost(&program->calls[i])))
			chaos_invent(&program->calls[i], dice);
	}
}

static void program_next(struct worker *worker, struct program *program)
{
	struct dice *dice = &worker->state.dice;
	unsigned int changes = 1 + pick(dice, 4);

	if (!worker->kept || pick(dice, 4) == 0) {
		program_invent(program, dice);
	} else {
		*program = worker->corpus[pick(dice, worker->kept)];
		while (changes--)
			program_change(program, dice);
	}
	if (worker->engine->guided)
		program_hurry(program, dice);
}

static void program_run(struct worker *worker, const struct program *program)
{
	struct engine_results *results = worker->engine->results;
	const struct chaos_call *call;
	unsigned int i;
	int err;

	for (i = 0; i < program->length; i++) {
		call = &program->calls[i];
		err = chaos_run(&worker->state, call);
		if (err < 0 || err >= ENGINE_ERRNOS)
			err = ENGINE_ERRNOS - 1;
		atomic_fetch_add(&results->count[call->kind][err], 1);
	}
}

/* --- threads --------------------------------------------------------------- */

static void worker_keep(struct worker *worker, const struct program *program)
{
	if (coverage_end(&worker->coverage) && worker->kept < CORPUS_MAX)
		worker->corpus[worker->kept++] = *program;
}

/* The threads are about as fast as each other, so one of them speaks for all. */
static void worker_tell(const struct worker *worker, unsigned long before,
			unsigned long done)
{
	const unsigned int threads = worker->engine->threads;

	if (worker->speaks && done * threads / MILESTONE !=
			      before * threads / MILESTONE) {
		printf("# about %lu calls\n",
		       done * threads / MILESTONE * MILESTONE);
		fflush(stdout);
	}
}

static void *worker_thread(void *arg)
{
	struct worker *worker = arg;
	const struct engine *engine = worker->engine;
	unsigned long done = 0, calls = engine->calls / engine->threads;
	struct program program;

	if (!chaos_begin(&worker->state, worker->world)) {
		worker->broken = true;
		return NULL;
	}
	if (engine->guided)
		coverage_open(&worker->coverage);
	while (done < calls && guest_now_ms() < engine->end_ms) {
		program_next(worker, &program);
		coverage_begin(&worker->coverage);
		program_run(worker, &program);
		worker_keep(worker, &program);
		worker_tell(worker, done, done + program.length);
		done += program.length;
	}
	chaos_end(&worker->state);
	return NULL;
}

static int workers_start(struct worker *workers, const struct engine *engine,
			 struct chaos_world *world)
{
	unsigned int i;

	for (i = 0; i < engine->threads; i++) {
		struct worker *worker = &workers[i];

		worker->engine = engine;
		worker->world = world;
		worker->speaks = i == 0;
		worker->state.dice.state[0] = i + 1;
		worker->state.dice.state[1] = engine->seed;
		worker->state.dice.state[2] = engine->seed >> 16;
		worker->corpus = calloc(CORPUS_MAX, sizeof(*worker->corpus));
		if (!worker->corpus)
			return -ENOMEM;
	}
	for (i = 0; i < engine->threads; i++) {
		if (pthread_create(&workers[i].thread, NULL, worker_thread,
				   &workers[i]))
			abort();
	}
	return 0;
}

int engine_run(const struct engine *engine, struct chaos_world *world)
{
	struct worker *workers = calloc(engine->threads, sizeof(*workers));
	unsigned int i, kept = 0;
	int ret;

	if (!workers || chaos_kinds() > ENGINE_KINDS)
		return -ENOMEM;
	ret = workers_start(workers, engine, world);
	for (i = 0; i < engine->threads && !ret; i++) {
		pthread_join(workers[i].thread, NULL);
		kept += workers[i].kept;
		ret = workers[i].broken ? -EIO : 0;
	}
	for (i = 0; i < engine->threads; i++)
		free(workers[i].corpus);
	free(workers);
	if (engine->guided)
		printf("# %zu branches seen, %u programs kept\n",
		       coverage_total(), kept);
	return ret;
}

/* --- report ---------------------------------------------------------------- */

static unsigned long report_kind(unsigned int kind,
				 const atomic_ulong count[ENGINE_ERRNOS],
				 unsigned long *undocumented)
{
	const struct chaos_call call = { .kind = kind };
	unsigned long calls = 0;
	int err;

	printf("# %-10s", chaos_name(kind));
	for (err = 0; err < ENGINE_ERRNOS; err++) {
		unsigned long n = atomic_load(&count[err]);

		if (!n)
			continue;
		calls += n;
		printf(" %s%s %lu,",
		       chaos_documented(&call, err) ? "" : "UNDOCUMENTED ",
		       err ? strerrorname_np(err) ?: "other" : "ok", n);
		if (!chaos_documented(&call, err))
			*undocumented += n;
	}
	printf(" %lu in all\n", calls);
	return calls;
}

unsigned long engine_report(const struct engine_results *results)
{
	unsigned long calls = 0, undocumented = 0;
	unsigned int kind;

	for (kind = 0; kind < chaos_kinds(); kind++)
		calls += report_kind(kind, results->count[kind], &undocumented);
	printf("# %lu calls, %lu undocumented errors\n", calls, undocumented);
	return undocumented;
}
