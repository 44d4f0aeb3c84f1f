// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kcov.h>

#include "coverage.h"

/* Words of a trace; what is longer is cut off. */
#define TRACE_WORDS 65536

/* A branch is an instruction's address and the one before it, hashed. */
#define BRANCHES 65536

static atomic_bool seen[BRANCHES];
static atomic_size_t nr_seen;

bool coverage_open(struct coverage *coverage)
{
	coverage->trace = NULL;
	coverage->fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (coverage->fd < 0)
		return false;
	if (ioctl(coverage->fd, KCOV_INIT_TRACE, TRACE_WORDS))
		return false;
	coverage->trace = mmap(NULL, TRACE_WORDS * sizeof(*coverage->trace),
			       PROT_READ | PROT_WRITE, MAP_SHARED,
			       coverage->fd, 0);
	if (coverage->trace == MAP_FAILED)
		coverage->trace = NULL;
	else if (!ioctl(coverage->fd, KCOV_ENABLE, KCOV_TRACE_PC))
		return true;
	coverage->trace = NULL;
	return false;
}

/* The kernel counts in the first word, in the context of this thread. */
void coverage_begin(struct coverage *coverage)
{
	if (coverage->trace)
		__atomic_store_n(&coverage->trace[0], 0, __ATOMIC_RELAXED);
}

static size_t branch(unsigned long from, unsigned long to)
{
	uint64_t mix = (to ^ (from >> 1)) * 0x9e3779b97f4a7c15ull;

	return mix >> 48;
}

size_t coverage_end(struct coverage *coverage)
{
	unsigned long i, words, from = 0;
	size_t fresh = 0;

	if (!coverage->trace)
		return 0;
	words = __atomic_load_n(&coverage->trace[0], __ATOMIC_RELAXED);
	for (i = 1; i <= words && i < TRACE_WORDS; i++) {
		size_t at = branch(from, coverage->trace[i]);

		from = coverage->trace[i];
		if (!atomic_load_explicit(&seen[at], memory_order_relaxed) &&
		    !atomic_exchange(&seen[at], true))
			fresh++;
	}
	atomic_fetch_add(&nr_seen, fresh);
	return fresh;
}

size_t coverage_total(void)
{
	return atomic_load(&nr_seen);
}
