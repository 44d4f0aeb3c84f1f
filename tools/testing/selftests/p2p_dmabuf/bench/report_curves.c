// SPDX-License-Identifier: GPL-2.0-only
/*
 * The plots: time against the number of buffers, memory against the BAR's size.
 */
#include <string.h>

#include "report_pages.h"
#include "report_plot.h"
#include "report_samples.h"

struct curve {
	const char *name;
	const char *colour;
	bool dashed;
	const char *metric;
	const char *side;
};

static const struct curve scale_curves[] = {
	{ "export", "#1b6ca8", false, "scale_export", "ours" },
	{ "map", "#c0392b", false, "scale_map", "ours" },
	{ "revoke", "#27854a", false, "scale_revoke", "ours" },
	{ "close", "#8e44ad", false, "scale_close", "ours" },
	{ "list", "#7f8c8d", false, "scale_list", "ours" },
	{ "export, in-tree", "#1b6ca8", true, "scale_export", "in-tree" },
	{ "map, in-tree", "#c0392b", true, "scale_map", "in-tree" },
	{ "revoke, in-tree", "#27854a", true, "scale_revoke", "in-tree" },
	{ "close, in-tree", "#8e44ad", true, "scale_close", "in-tree" },
};

static const struct curve memory_curves[] = {
	{ "page structures", "#c0392b", false, "pages_bytes", "struct-page" },
	{ "mapping of it all, ours", "#1b6ca8", false, "bar_mapping_bytes",
	  "ours" },
	{ "mapping of it all, in-tree", "#1b6ca8", true, "bar_mapping_bytes",
	  "in-tree" },
	{ "buffer, ours", "#27854a", false, "buffer_bytes", "ours" },
	{ "buffer, in-tree", "#27854a", true, "buffer_bytes", "in-tree" },
};

static const uint64_t places[] = {
	1000, 3000, 10000, 30000, 100000,
	1ULL << 30, 4ULL << 30, 16ULL << 30, 64ULL << 30, 1024ULL << 30
};

static void fill(struct plot_line *line, const struct curve *curve)
{
	const struct samples *samples;
	double value;
	size_t i;

	*line = (struct plot_line){
		.name = curve->name,
		.colour = curve->colour,
		.dashed = curve->dashed,
	};
	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		samples = samples_find(curve->metric, curve->side, places[i]);
		value = samples ? samples_quantile(samples, 0.5) : 0;
		if (value <= 0)
			continue;
		line->x[line->nr] = places[i];
		line->y[line->nr++] = value;
	}
}

static void label_time(double ns, char *text, size_t size)
{
	static const char * const units[] = { "ns", "µs", "ms", "s" };
	size_t unit = 0;

	while (ns >= 1000 && unit < 3) {
		ns /= 1000;
		unit++;
	}
	snprintf(text, size, "%g %s", ns, units[unit]);
}

static void label_number(double value, char *text, size_t size)
{
	snprintf(text, size, "%.0f", value);
}

/* Of a BAR: powers of ten of GiB would be none of bytes. */
static void label_gigabytes(double value, char *text, size_t size)
{
	snprintf(text, size, "%g GB", value / 1e9);
}

static void label_bytes(double value, char *text, size_t size)
{
	static const char * const units[] = { "B", "KB", "MB", "GB" };
	size_t unit = 0;

	while (value >= 1000 && unit < 3) {
		value /= 1000;
		unit++;
	}
	snprintf(text, size, "%g %s", value, units[unit]);
}

static void draw(FILE *file, struct plot *plot, const struct curve *curves,
		 size_t nr)
{
	struct plot_line lines[16];
	size_t i;

	plot->lines = lines;
	for (i = 0; i < nr; i++) {
		fill(&lines[plot->nr], &curves[i]);
		plot->nr += lines[plot->nr].nr > 0;
	}
	plot_write(file, plot);
}

void page_scale_plot(FILE *file, const char *name)
{
	struct plot plot = {
		.title = "Time for all buffers of one device",
		.x_title = "buffers",
		.x_label = label_number,
		.y_label = label_time,
	};

	draw(file, &plot, scale_curves,
	     sizeof(scale_curves) / sizeof(*scale_curves));
}

void page_memory_plot(FILE *file, const char *name)
{
	struct plot plot = {
		.title = "The kernel's memory",
		.x_title = "size of the BAR",
		.x_label = label_gigabytes,
		.y_label = label_bytes,
	};

	draw(file, &plot, memory_curves,
	     sizeof(memory_curves) / sizeof(*memory_curves));
}
