// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sample.h"

uint64_t sample_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

void sample_print(const char *metric, const char *side, uint64_t x,
		  double value)
{
	printf("sample %s %s %llu %.3f\n", metric, side, (unsigned long long)x,
	       value);
	fflush(stdout);
}

void sample_note(const char *metric, const char *side, const char *text)
{
	printf("note %s %s %s\n", metric, side, text);
	fflush(stdout);
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double sample_median(double *values, size_t nr)
{
	qsort(values, nr, sizeof(*values), compare);
	return (values[(nr - 1) / 2] + values[nr / 2]) / 2;
}

int must(const char *what, int ret)
{
	if (ret >= 0)
		return ret;
	printf("bench: %s: %s\n", what, strerror(-ret));
	exit(1);
}
