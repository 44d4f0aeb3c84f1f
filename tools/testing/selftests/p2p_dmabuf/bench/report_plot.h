/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A plot as SVG: lines over two logarithmic axes.
 */
#ifndef SELFTEST_P2P_REPORT_PLOT_H
#define SELFTEST_P2P_REPORT_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define PLOT_POINTS 16

struct plot_line {
	const char *name;
	const char *colour;
	bool dashed;
	size_t nr;
	double x[PLOT_POINTS];
	double y[PLOT_POINTS];
};

/* The values' names at powers of ten. */
typedef void (*plot_label)(double value, char *text, size_t size);

struct plot {
	const char *title;
	const char *x_title;
	plot_label x_label;
	plot_label y_label;
	size_t nr;
	const struct plot_line *lines;
};

void plot_write(FILE *file, const struct plot *plot);

#endif
