// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "report_samples.h"

#define MOST 1024

static struct samples all[MOST];
static size_t nr_all;

static struct {
	char metric[32];
	char side[32];
	char text[128];
} notes[MOST];
static size_t nr_notes;

static char facts[16][128];
static size_t nr_facts;

static struct samples *find(const char *metric, const char *side, uint64_t x)
{
	size_t i;

	for (i = 0; i < nr_all; i++) {
		if (!strcmp(all[i].metric, metric) &&
		    !strcmp(all[i].side, side) &&
		    (x == SAMPLES_ANY_X || all[i].x == x))
			return &all[i];
	}
	return NULL;
}

static struct samples *find_or_make(const char *metric, const char *side,
				    uint64_t x)
{
	struct samples *samples = find(metric, side, x);

	if (samples || nr_all == MOST)
		return samples;
	samples = &all[nr_all++];
	snprintf(samples->metric, sizeof(samples->metric), "%s", metric);
	snprintf(samples->side, sizeof(samples->side), "%s", side);
	samples->x = x;
	return samples;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void add(struct samples *samples, double value)
{
	samples->values = realloc(samples->values,
				  (samples->nr + 1) * sizeof(value));
	samples->values[samples->nr++] = value;
	qsort(samples->values, samples->nr, sizeof(value), compare);
}

static void read_line(const char *line)
{
	unsigned long long x;
	char metric[32], side[32];
	struct samples *samples;
	double value;

	if (nr_notes < MOST &&
	    sscanf(line, "note %31s %31s %127[^\n]", notes[nr_notes].metric,
		   notes[nr_notes].side, notes[nr_notes].text) == 3)
		nr_notes++;
	if (nr_facts < sizeof(facts) / sizeof(*facts) &&
	    sscanf(line, "fact %127[^\n]", facts[nr_facts]) == 1)
		nr_facts++;
	if (sscanf(line, "sample %31s %31s %llu %lf", metric, side, &x,
		   &value) != 4)
		return;
	samples = find_or_make(metric, side, x);
	if (samples)
		add(samples, value);
}

bool samples_read(FILE *file)
{
	bool done = false;
	char line[512];

	while (fgets(line, sizeof(line), file)) {
		done = !strcmp(line, "done\n");
		read_line(line);
	}
	return done;
}

const struct samples *samples_find(const char *metric, const char *side,
				   uint64_t x)
{
	return find(metric, side, x);
}

double samples_quantile(const struct samples *samples, double part)
{
	double place = part * (samples->nr - 1);
	size_t below = place;
	double rest = place - below;

	if (below + 1 >= samples->nr)
		return samples->values[samples->nr - 1];
	return samples->values[below] * (1 - rest) +
	       samples->values[below + 1] * rest;
}

double samples_sum(const struct samples *samples)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < samples->nr; i++)
		sum += samples->values[i];
	return sum;
}

const char *samples_note(const char *metric, const char *side)
{
	size_t i;

	for (i = 0; i < nr_notes; i++) {
		if (!strcmp(notes[i].metric, metric) &&
		    !strcmp(notes[i].side, side))
			return notes[i].text;
	}
	return NULL;
}

const char *samples_fact(size_t i)
{
	return i < nr_facts ? facts[i] : NULL;
}
