// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <string.h>

#include "report_pages.h"
#include "report_samples.h"

#define SIZE_OF_PAGE 4096.0
#define SIZE_OF_STRUCT_PAGE 64.0

/* ---- values ---- */

void page_time(double ns, char *text, size_t size)
{
	static const char * const units[] = { "ns", "µs", "ms", "s" };
	size_t unit = 0;

	while (ns >= 999.5 && unit < 3) {
		ns /= 1000;
		unit++;
	}
	snprintf(text, size, ns < 9.95 ? "%.2f %s" : "%.0f %s", ns,
		 units[unit]);
}

void page_bytes(double bytes, char *text, size_t size)
{
	static const char * const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t unit = 0;

	/* What one buffer takes is of interest to the byte. */
	while (fabs(bytes) >= 10240 && unit < 4) {
		bytes /= 1024;
		unit++;
	}
	snprintf(text, size, "%.0f %s", bytes, units[unit]);
}

void page_median_time(const char *metric, const char *side, uint64_t x,
		      char *text, size_t size)
{
	const struct samples *samples = samples_find(metric, side, x);
	const char *note = samples_note(metric, side);
	char middle[32], low[32], high[32];

	if (!samples) {
		snprintf(text, size, "%s", note ? note : "-");
		return;
	}
	page_time(samples_quantile(samples, 0.5), middle, sizeof(middle));
	page_time(samples_quantile(samples, 0.25), low, sizeof(low));
	page_time(samples_quantile(samples, 0.75), high, sizeof(high));
	snprintf(text, size, "%s (%s to %s)", middle, low, high);
}

static void median_bytes(const char *metric, const char *side, uint64_t x,
			 char *text, size_t size)
{
	const struct samples *samples = samples_find(metric, side, x);

	if (samples)
		page_bytes(samples_quantile(samples, 0.5), text, size);
	else
		snprintf(text, size, "-");
}

/* ---- times ---- */

static const struct {
	const char *what;
	const char *metric;
	uint64_t x;
} times[] = {
	{ "export and close", "export_close", 0 },
	{ "attach and detach", "attach_detach", 0 },
	{ "first map, a page", "first_map_page", 0 },
	{ "first map, 1 GiB", "first_map_1g", 0 },
	{ "first map, 64 GiB", "first_map_64g", 0 },
	{ "first map, 64 GiB at 4 KiB", "first_map_64g_off", 0 },
	{ "repeated map, a page", "again_map_page", 0 },
	{ "map by the k-th attachment, a page", "kth_map_page", 0 },
	{ "map by the k-th attachment, 1 GiB", "kth_map_1g", 0 },
	{ "map by the k-th attachment, 64 GiB", "kth_map_64g", 0 },
	{ "map by the k-th attachment, 64 GiB at 4 KiB", "kth_map_64g_off", 0 },
	{ "map of 1,000 ranges of 4 KiB", "ranges", 0 },
	{ "low power without a buffer", "revoke", 0 },
	{ "revocation of 1 buffer of 2 ms", "revoke", 1 },
	{ "revocation of 10 buffers of 2 ms", "revoke", 10 },
	{ "revocation of 1,000 buffers of 2 ms", "revoke", 1000 },
};

static void page_times(const struct table *table)
{
	static const char * const sides[] = {
		"ours", "in-tree", "dma_iova", "dma_map_resource"
	};
	char cells[4][96];
	size_t i, side;

	table_heading(table, "Times");
	table_text(table, "Medians over all turns, and their quartiles.");
	table_begin(table, "what", "ours", "in-tree", "dma_iova_*()",
		    "dma_map_resource()", NULL);
	for (i = 0; i < sizeof(times) / sizeof(*times); i++) {
		for (side = 0; side < 4; side++)
			page_median_time(times[i].metric, sides[side],
					 times[i].x, cells[side],
					 sizeof(cells[side]));
		table_row(table, times[i].what, cells[0], cells[1], cells[2],
			  cells[3], NULL);
	}
	table_end(table);
}

/* ---- memory ---- */

static const uint64_t bars[] = { 1ULL << 30, 64ULL << 30, 1024ULL << 30 };

static const struct {
	const char *what;
	const char *metric;
	const char *side;
} weights[] = {
	{ "a buffer, ours", "buffer_bytes", "ours" },
	{ "a buffer, in-tree", "buffer_bytes", "in-tree" },
	{ "a buffer of 1,000 ranges, ours", "ranged_bytes", "ours" },
	{ "a buffer of 1,000 ranges, in-tree", "ranged_bytes", "in-tree" },
	{ "a mapping of 1 GiB, ours", "slice_mapping_bytes", "ours" },
	{ "a mapping of 1 GiB, in-tree", "slice_mapping_bytes", "in-tree" },
	{ "a mapping of the whole BAR, ours", "bar_mapping_bytes", "ours" },
	{ "a mapping of the whole BAR, in-tree", "bar_mapping_bytes",
	  "in-tree" },
};

static void page_pages(const struct table *table)
{
	const struct samples *bytes, *ns;
	char cells[2][3][64];
	size_t i;

	for (i = 0; i < 3; i++) {
		bytes = samples_find("pages_bytes", "struct-page", bars[i]);
		ns = samples_find("pages_ns", "struct-page", bars[i]);
		snprintf(cells[1][i], sizeof(cells[1][i]), "-");
		if (bytes && ns) {
			page_bytes(samples_quantile(bytes, 0.5), cells[0][i],
				   sizeof(cells[0][i]));
			page_time(samples_quantile(ns, 0.5), cells[1][i],
				  sizeof(cells[1][i]));
			continue;
		}
		page_bytes(bars[i] / SIZE_OF_PAGE * SIZE_OF_STRUCT_PAGE,
			   cells[0][i], sizeof(cells[0][i]));
		strcat(cells[0][i], " (computed: 1.6 %)");
	}
	table_row(table, "page structures of the whole BAR", cells[0][0],
		  cells[0][1], cells[0][2], NULL);
	table_row(table, "time to make these", cells[1][0], cells[1][1],
		  cells[1][2], NULL);
}

static void page_memory(const struct table *table)
{
	char cells[3][64];
	size_t i, bar;

	table_heading(table, "Memory");
	table_text(table, "Of the kernel, by the size of the BAR, without the IOMMU's tables.");
	table_begin(table, "what", "1 GiB", "64 GiB", "1,024 GiB", NULL);
	for (i = 0; i < sizeof(weights) / sizeof(*weights); i++) {
		for (bar = 0; bar < 3; bar++)
			median_bytes(weights[i].metric, weights[i].side,
				     bars[bar], cells[bar], sizeof(cells[bar]));
		table_row(table, weights[i].what, cells[0], cells[1], cells[2],
			  NULL);
	}
	page_pages(table);
	table_end(table);
}

/* ---- scale ---- */

static const struct {
	const char *what;
	const char *metric;
} crowds[] = {
	{ "export", "scale_export" },
	{ "attach", "scale_attach" },
	{ "map", "scale_map" },
	{ "list in debugfs", "scale_list" },
	{ "revoke", "scale_revoke" },
	{ "detach", "scale_detach" },
	{ "close", "scale_close" },
};

static void crowd_cell(const char *metric, const char *side, uint64_t nr,
		       char *text, size_t size)
{
	const struct samples *samples = samples_find(metric, side, nr);

	if (samples)
		page_time(samples_quantile(samples, 0.5) / nr, text, size);
	else
		snprintf(text, size, "-");
}

static void page_crowds(const struct table *table, const char *side,
			const char *heading)
{
	static const uint64_t numbers[] = { 1000, 3000, 10000, 30000, 100000 };
	char cells[5][32];
	size_t i, k;

	if (!samples_find("scale_export", side, numbers[0]))
		return;
	table_heading(table, heading);
	table_text(table, "Time for each of N buffers that live at a time on one device.");
	table_begin(table, "what", "N = 1,000", "3,000", "10,000", "30,000",
		    "100,000", NULL);
	for (i = 0; i < sizeof(crowds) / sizeof(*crowds); i++) {
		if (!samples_find(crowds[i].metric, side, numbers[0]))
			continue;
		for (k = 0; k < 5; k++)
			crowd_cell(crowds[i].metric, side, numbers[k], cells[k],
				   sizeof(cells[k]));
		table_row(table, crowds[i].what, cells[0], cells[1], cells[2],
			  cells[3], cells[4], NULL);
	}
	table_end(table);
}

/* ---- pages ---- */

static void page_facts(FILE *file, bool rest)
{
	const char *fact;
	size_t i;

	for (i = 0; (fact = samples_fact(i)); i++)
		fprintf(file, "%s %s\n", rest ? "*" : "-", fact);
	fputc('\n', file);
}

static void page_tables(const struct table *table)
{
	page_needs(table);
	page_times(table);
	page_memory(table);
	page_crowds(table, "ours", "Many buffers");
	page_crowds(table, "in-tree", "Many buffers, in-tree");
}

void page_markdown(FILE *file, const char *name)
{
	const struct table table = { .file = file };

	table_licence(file, "<!--", " -->");
	fprintf(file, "\n# %s\n\n", name);
	page_facts(file, false);
	page_tables(&table);
	fprintf(file, "![Time against the number of buffers](%s-scale.svg)\n\n",
		name);
	fprintf(file, "![Memory against the size of the BAR](%s-memory.svg)\n",
		name);
}

void page_rest(FILE *file, const char *name)
{
	const struct table table = { .file = file, .rest = true };

	table_licence(file, "..", "");
	fprintf(file, "   Made by scripts/bench.\n\n");
	page_facts(file, true);
	page_tables(&table);
	fprintf(file, ".. figure:: %s-scale.svg\n   :alt: Time against the number of buffers\n\n",
		name);
	fprintf(file, ".. figure:: %s-memory.svg\n   :alt: Memory against the size of the BAR\n",
		name);
}
