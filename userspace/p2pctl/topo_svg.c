// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fabric as a picture: host bridges on the left, each level of bridges a
 * column further to the right, a row for each function that has nothing below.
 *
 * Invariant: two passes. The first gives every function that is shown its place,
 * the second draws; lines first, so that boxes lie on them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "svg.h"
#include "topo.h"

enum {
	BOX_WIDTH = 220,
	BOX_HEIGHT = 62,
	COLUMN = BOX_WIDTH + 44,
	ROW = BOX_HEIGHT + 14,
	MARGIN = 20,
	TOP = 64,
	BOTTOM = 56,
	LETTERS = 31,		/* that go into a box */
	SMALL_LETTERS = 36,
};

#define BLUE	"#1f6fd0"
#define GREY	"#8a8a8a"

struct picture {
	const struct topo *topo;
	int *y;			/* of each function's box, -1 if not shown */
	int *host_y;
	int rows;
	int columns;
};

/* Places what is below, then returns the middle of it. */
static int place(struct picture *picture, int first)
{
	const struct fn *fns = picture->topo->fabric.fns;
	int i, top = -1, bottom = -1;

	for (i = first; i >= 0; i = fns[i].next) {
		if (!topo_shown(picture->topo, &fns[i]))
			continue;
		if (picture->columns < fns[i].depth + 2)
			picture->columns = fns[i].depth + 2;
		picture->y[i] = place(picture, fns[i].first_child);
		if (picture->y[i] < 0)
			picture->y[i] = TOP + picture->rows++ * ROW;
		bottom = picture->y[i];
		if (top < 0)
			top = bottom;
	}
	return top < 0 ? -1 : (top + bottom) / 2;
}

static void place_all(struct picture *picture)
{
	const struct fabric *fabric = &picture->topo->fabric;
	int i;

	for (i = 0; i < fabric->nr; i++)
		picture->y[i] = -1;
	for (i = 0; i < fabric->nr_hosts; i++)
		picture->host_y[i] = place(picture,
					   fabric->hosts[i].first_child);
}

static int column_x(int column)
{
	return MARGIN + column * COLUMN;
}

static void draw_line(const struct picture *picture, int i)
{
	const struct topo *topo = picture->topo;
	const struct fn *fn = &topo->fabric.fns[i];
	bool marked = topo_on_route(topo, fn);
	int from;

	if (fn->parent >= 0) {
		from = picture->y[fn->parent];
		marked = marked &&
			 topo_on_route(topo, &topo->fabric.fns[fn->parent]);
	} else {
		from = picture->host_y[fn->host];
		marked = marked && topo_host_on_route(topo, fn->host);
	}
	svg_elbow(column_x(fn->depth) + BOX_WIDTH, from + BOX_HEIGHT / 2,
		  column_x(fn->depth + 1), picture->y[i] + BOX_HEIGHT / 2,
		  marked ? BLUE : GREY, marked ? 4 : 1);
}

static const char *fill(const struct topo *topo, const struct fn *fn)
{
	if (fn == topo->exporter)
		return "#d5f0d5";
	if (fn == topo->importer)
		return "#fde4c4";
	return fn_is_bridge(fn) ? "#eeeeee" : "#ffffff";
}

/* What a function is to the pair, or what it is at all. */
static void describe(const struct topo *topo, const struct fn *fn,
		     char text[TOPO_TEXT])
{
	const char *role = "";

	if (fn == topo->exporter)
		role = "exporter: ";
	else if (fn == topo->importer)
		role = "importer: ";
	if (fn_is_bridge(fn))
		snprintf(text, TOPO_TEXT, "%s", fn_kind(fn));
	else
		snprintf(text, TOPO_TEXT, "%s%s", role,
			 *fn->driver ? fn->driver : "no driver");
}

/* Bridges: ACS. Endpoints: IOMMU, as colour and as words. */
static void draw_mark(const struct fn *fn, int x, int y)
{
	const char *style = "fill=\"#555555\"";
	char text[TOPO_TEXT];

	if (fn_is_bridge(fn)) {
		snprintf(text, sizeof(text), "%s", topo_acs(fn));
		if (fn_redirects(fn))
			style = "fill=\"#b00020\" font-weight=\"bold\"";
	} else {
		topo_iommu(fn, text);
		if (group_translates(group_mode(fn)))
			style = "fill=\"#1b7a2e\"";
	}
	svg_text(x, y, 11, style, SMALL_LETTERS, text);
}

static void draw_fn(const struct picture *picture, int i)
{
	const struct topo *topo = picture->topo;
	const struct fn *fn = &topo->fabric.fns[i];
	bool marked = topo_on_route(topo, fn);
	int x = column_x(fn->depth + 1);
	char text[TOPO_TEXT];
	int y = picture->y[i];

	svg_box(x, y, BOX_WIDTH, BOX_HEIGHT, fill(topo, fn),
		marked ? BLUE : GREY, marked ? 3 : 1);
	svg_text(x + 8, y + 16, 12, "font-weight=\"bold\"", LETTERS, fn->text);
	describe(topo, fn, text);
	svg_text(x + 8, y + 34, 12, "", LETTERS, text);
	draw_mark(fn, x + 8, y + 52);
}

static void draw_host(const struct picture *picture, int host)
{
	const struct topo *topo = picture->topo;
	bool marked = topo_host_on_route(topo, host);
	int y = picture->host_y[host];
	char name[TOPO_TEXT], text[TOPO_TEXT];

	svg_box(column_x(0), y, BOX_WIDTH, BOX_HEIGHT, "#dddddd",
		marked ? BLUE : GREY, marked ? 3 : 1);
	topo_host_name(topo, host, name);
	snprintf(text, sizeof(text), "%.20s", name);
	svg_text(column_x(0) + 8, y + 16, 12, "font-weight=\"bold\"", LETTERS,
		 text);
	svg_text(column_x(0) + 8, y + 34, 12, "", LETTERS, "host bridge");
	svg_text(column_x(0) + 8, y + 52, 11, "fill=\"#555555\"", SMALL_LETTERS,
		 topo_host_judged(topo, host));
}

static void draw_words(const struct picture *picture, int height)
{
	const struct topo *topo = picture->topo;
	char title[ROUTE_TEXT + 80] = "PCIe fabric";
	char route[ROUTE_TEXT] = "";

	if (topo->exporter) {
		snprintf(title, sizeof(title), "%s to BARs of %s",
			 topo->importer->text, topo->exporter->text);
		route_text(&topo->route, route);
	}
	svg_text(MARGIN, 26, 16, "font-weight=\"bold\"", 120, title);
	svg_text(MARGIN, 46, 13, "fill=\"" BLUE "\"", 160, route);
	svg_text(MARGIN, height - 30, 11, "fill=\"#b00020\"", 160,
		 "ACS redirects: requests that meet this bridge go up to the root complex");
	svg_text(MARGIN, height - 14, 11, "fill=\"#1b7a2e\"", 160,
		 "IOMMU translated: importers that pin are served, by route host");
}

static void draw_all(const struct picture *picture)
{
	const struct fabric *fabric = &picture->topo->fabric;
	int height = TOP + picture->rows * ROW + BOTTOM;
	int i, width = column_x(picture->columns);

	svg_begin(width < 560 ? 560 : width, height, "PCIe fabric");
	for (i = 0; i < fabric->nr; i++) {
		if (picture->y[i] >= 0)
			draw_line(picture, i);
	}
	for (i = 0; i < fabric->nr_hosts; i++) {
		if (picture->host_y[i] >= 0)
			draw_host(picture, i);
	}
	for (i = 0; i < fabric->nr; i++) {
		if (picture->y[i] >= 0)
			draw_fn(picture, i);
	}
	draw_words(picture, height);
	svg_end();
}

void topo_print_svg(const struct topo *topo)
{
	struct picture picture = { .topo = topo };

	picture.y = calloc(topo->fabric.nr + 1, sizeof(int));
	picture.host_y = calloc(topo->fabric.nr_hosts + 1, sizeof(int));
	if (!picture.y || !picture.host_y)
		args_fail("out of memory");
	place_all(&picture);
	draw_all(&picture);
	free(picture.y);
	free(picture.host_y);
}
