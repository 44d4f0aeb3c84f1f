// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "report_plot.h"
#include "report_table.h"

#define WIDTH 760
#define HEIGHT 440
#define LEFT 70
#define RIGHT 230
#define TOP 40
#define BOTTOM 50

/* Powers of ten at the ends of an axis. */
struct axis {
	double first;
	double last;
};

static void axis_extend(struct axis *axis, double value)
{
	axis->first = fmin(axis->first, floor(log10(value)));
	axis->last = fmax(axis->last, ceil(log10(value)));
}

static double axis_part(const struct axis *axis, double value)
{
	return (log10(value) - axis->first) / (axis->last - axis->first);
}

static double at_x(const struct axis *axis, double value)
{
	return LEFT + axis_part(axis, value) * (WIDTH - LEFT - RIGHT);
}

static double at_y(const struct axis *axis, double value)
{
	return HEIGHT - BOTTOM -
	       axis_part(axis, value) * (HEIGHT - TOP - BOTTOM);
}

static void find_axes(const struct plot *plot, struct axis *x, struct axis *y)
{
	size_t i, k;

	*x = *y = (struct axis){ INFINITY, -INFINITY };
	for (i = 0; i < plot->nr; i++) {
		for (k = 0; k < plot->lines[i].nr; k++) {
			axis_extend(x, plot->lines[i].x[k]);
			axis_extend(y, plot->lines[i].y[k]);
		}
	}
}

static void write_x_axis(FILE *file, const struct plot *plot,
			 const struct axis *axis)
{
	char text[32];
	double power, x;

	for (power = axis->first; power <= axis->last; power++) {
		x = at_x(axis, pow(10, power));
		plot->x_label(pow(10, power), text, sizeof(text));
		fprintf(file, "<path class=\"grid\" d=\"M%.1f %d V%d\"/>\n", x,
			TOP, HEIGHT - BOTTOM);
		fprintf(file, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
			x, HEIGHT - BOTTOM + 18, text);
	}
	fprintf(file, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
		(LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, plot->x_title);
}

static void write_y_axis(FILE *file, const struct plot *plot,
			 const struct axis *axis)
{
	char text[32];
	double power, y;

	for (power = axis->first; power <= axis->last; power++) {
		y = at_y(axis, pow(10, power));
		plot->y_label(pow(10, power), text, sizeof(text));
		fprintf(file, "<path class=\"grid\" d=\"M%d %.1f H%d\"/>\n",
			LEFT, y, WIDTH - RIGHT);
		fprintf(file, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
			LEFT - 6, y + 4, text);
	}
}

static void write_line(FILE *file, const struct plot_line *line,
		       const struct axis *x, const struct axis *y)
{
	size_t k;

	fprintf(file, "<polyline stroke=\"%s\"%s points=\"", line->colour,
		line->dashed ? " stroke-dasharray=\"5 4\"" : "");
	for (k = 0; k < line->nr; k++)
		fprintf(file, "%s%.1f,%.1f", k ? " " : "", at_x(x, line->x[k]),
			at_y(y, line->y[k]));
	fprintf(file, "\"/>\n");
	for (k = 0; k < line->nr; k++)
		fprintf(file, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\" fill=\"%s\"/>\n",
			at_x(x, line->x[k]), at_y(y, line->y[k]), line->colour);
}

static void write_legend(FILE *file, const struct plot_line *line, size_t i)
{
	int y = TOP + 10 + i * 20;

	fprintf(file, "<polyline stroke=\"%s\"%s points=\"%d,%d %d,%d\"/>\n",
		line->colour, line->dashed ? " stroke-dasharray=\"5 4\"" : "",
		WIDTH - RIGHT + 15, y, WIDTH - RIGHT + 45, y);
	fprintf(file, "<text x=\"%d\" y=\"%d\">%s</text>\n",
		WIDTH - RIGHT + 52, y + 4, line->name);
}

void plot_write(FILE *file, const struct plot *plot)
{
	struct axis x, y;
	size_t i;

	find_axes(plot, &x, &y);
	table_licence(file, "<!--", " -->");
	fprintf(file, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\"",
		WIDTH, HEIGHT);
	fprintf(file, " font-family=\"sans-serif\" font-size=\"12\">\n");
	fprintf(file, "<style>.grid { stroke: #ccc }\n");
	fprintf(file, "polyline { fill: none; stroke-width: 2 }</style>\n");
	fprintf(file, "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n",
		WIDTH, HEIGHT);
	fprintf(file, "<text x=\"%d\" y=\"22\" font-size=\"14\">%s</text>\n",
		LEFT, plot->title);
	write_x_axis(file, plot, &x);
	write_y_axis(file, plot, &y);
	for (i = 0; i < plot->nr; i++) {
		write_line(file, &plot->lines[i], &x, &y);
		write_legend(file, &plot->lines[i], i);
	}
	fprintf(file, "</svg>\n");
}
