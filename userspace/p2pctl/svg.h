/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes SVG to stdout.
 */
#ifndef P2PCTL_SVG_H
#define P2PCTL_SVG_H

void svg_begin(int width, int height, const char *title);
void svg_end(void);
void svg_box(int x, int y, int width, int height, const char *fill,
	     const char *stroke, int stroke_width);
/* Down, along, down: from one box's right side to another's left. */
void svg_elbow(int x1, int y1, int x2, int y2, const char *stroke, int width);
/* At most @most characters; more are cut, with an ellipsis. */
void svg_text(int x, int y, int size, const char *style, int most,
	      const char *text);

#endif
