// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ratios that are required of this project's exporter: medians over all
 * turns of one run.
 */
#include <math.h>
#include <string.h>

#include "report_pages.h"
#include "report_samples.h"

static const struct need {
	const char *what;
	const char *metric;
	uint64_t x;
	const char *against;	/* a side, or "raw": the faster way of the DMA API */
	double limit;
} needs[] = {
	{ "export and close", "export_close", 0, "in-tree", 1.1 },
	{ "first map, a page", "first_map_page", 0, "in-tree", 1.1 },
	{ "first map, 1 GiB", "first_map_1g", 0, "in-tree", 1.1 },
	{ "first map, 64 GiB", "first_map_64g", 0, "in-tree", 1.1 },
	{ "first map, a page", "first_map_page", 0, "raw", 1.25 },
	{ "first map, 1 GiB", "first_map_1g", 0, "raw", 1.25 },
	{ "first map, 64 GiB", "first_map_64g", 0, "raw", 1.25 },
	{ "first map, 64 GiB at 4 KiB", "first_map_64g_off", 0, "in-tree",
	  0.02 },
	{ "map by the k-th attachment, 64 GiB at 4 KiB", "kth_map_64g_off", 0,
	  "in-tree", 0.1 },
	{ "map by the k-th attachment, 64 GiB", "kth_map_64g", 0, "in-tree",
	  0.1 },
	{ "map by the k-th attachment, 1 GiB", "kth_map_1g", 0, "in-tree",
	  0.1 },
	{ "map by the k-th attachment, a page", "kth_map_page", 0, "in-tree",
	  0.1 },
	{ "map of 1,000 ranges", "ranges", 0, "raw", 1.25 },
	{ "revocation, 1,000 buffers of 2 ms", "revoke", 1000, "in-tree",
	  0.01 },
};

static double median(const char *metric, const char *side, uint64_t x)
{
	const struct samples *samples = samples_find(metric, side, x);

	return samples ? samples_quantile(samples, 0.5) : NAN;
}

static double median_against(const struct need *need)
{
	if (strcmp(need->against, "raw"))
		return median(need->metric, need->against, need->x);
	/* fmin() takes the one that is a number. */
	return fmin(median(need->metric, "dma_iova", need->x),
		    median(need->metric, "dma_map_resource", need->x));
}

static const char *against_name(const struct need *need)
{
	return strcmp(need->against, "raw") ? need->against : "the DMA API";
}

static void print_need(const struct table *table, const struct need *need)
{
	double ratio = median(need->metric, "ours", need->x) /
		       median_against(need);
	char limit[32], measured[32];

	/* Left out, as there is no such exporter. */
	if (samples_note("side", need->against))
		return;
	snprintf(limit, sizeof(limit), "%g", need->limit);
	snprintf(measured, sizeof(measured), "%.2g", ratio);
	if (ratio >= 0.1)
		snprintf(measured, sizeof(measured), "%.2f", ratio);
	if (isnan(ratio))
		table_row(table, need->what, against_name(need), limit,
			  "not measured", "", NULL);
	else
		table_row(table, need->what, against_name(need), limit,
			  measured, ratio <= need->limit ? "met" : "missed",
			  NULL);
}

/* The least allocation is of 8 bytes: below 1 it is the statistics' grain. */
static void print_loss(const struct table *table, const char *side,
		       const char *limit)
{
	const struct samples *lost = samples_find("lost", side,
						  SAMPLES_ANY_X);
	char what[64], measured[64];
	double each;

	if (!lost)
		return;
	each = samples_sum(lost) / lost->nr / lost->x;
	snprintf(measured, sizeof(measured), "%.2f in %zu rounds",
		 each, (size_t)(lost->nr * lost->x));
	snprintf(what, sizeof(what), "bytes lost by a map and unmap, %s", side);
	table_row(table, what, "-", limit, measured,
		  !*limit ? "" : fabs(each) < 1 ? "met" : "missed", NULL);
}

void page_needs(const struct table *table)
{
	size_t i;

	table_heading(table, "What is required");
	table_begin(table, "what", "compared with", "at most", "measured", "",
		    NULL);
	for (i = 0; i < sizeof(needs) / sizeof(*needs); i++)
		print_need(table, &needs[i]);
	print_loss(table, "ours", "0");
	print_loss(table, "in-tree", "");
	table_end(table);
}
