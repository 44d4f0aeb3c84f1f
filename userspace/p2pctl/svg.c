// SPDX-License-Identifier: GPL-2.0-only
/*
 * A small SVG writer: boxes, lines, texts.
 *
 * Invariant: whatever a text holds, the document stays well-formed: markup is
 * escaped, and control characters and broken UTF-8 become question marks.
 */
#include <stdio.h>
#include <string.h>

#include "svg.h"

/* Length of the UTF-8 sequence at @text, 0 if it is none. */
static int sequence(const unsigned char *text)
{
	int i, length = 1;

	if (*text >= 0xc2 && *text < 0xe0)
		length = 2;
	else if (*text >= 0xe0 && *text < 0xf0)
		length = 3;
	else if (*text >= 0x80)
		return 0;
	for (i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

static void print_ascii(char c)
{
	switch (c) {
	case '<':
		fputs("&lt;", stdout);
		break;
	case '>':
		fputs("&gt;", stdout);
		break;
	case '&':
		fputs("&amp;", stdout);
		break;
	default:
		putchar(c < ' ' || c == 0x7f ? '?' : c);
	}
}

static void print_escaped(const char *text, int most)
{
	int length;

	for (; *text && most > 0; most--, text += length) {
		length = sequence((const unsigned char *)text);
		if (most == 1 && text[1]) {
			fputs("…", stdout);
			return;
		}
		if (length == 1)
			print_ascii(*text);
		else if (length)
			fwrite(text, length, 1, stdout);
		else
			putchar('?');
		length = length ? length : 1;
	}
}

void svg_begin(int width, int height, const char *title)
{
	puts("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
	fputs("<svg xmlns=\"http://www.w3.org/2000/svg\"", stdout);
	printf(" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\">\n",
	       width, height, width, height);
	fputs("<title>", stdout);
	print_escaped(title, 1000);
	puts("</title>");
	printf("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", width,
	       height);
}

void svg_end(void)
{
	puts("</svg>");
}

void svg_box(int x, int y, int width, int height, const char *fill,
	     const char *stroke, int stroke_width)
{
	printf("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"", x, y,
	       width, height);
	printf(" fill=\"%s\" stroke=\"%s\" stroke-width=\"%d\"/>\n", fill, stroke,
	       stroke_width);
}

void svg_elbow(int x1, int y1, int x2, int y2, const char *stroke, int width)
{
	int middle = (x1 + x2) / 2;

	printf("<path d=\"M%d %d H%d V%d H%d\" fill=\"none\" stroke=\"%s\" stroke-width=\"%d\"/>\n",
	       x1, y1, middle, y2, x2, stroke, width);
}

void svg_text(int x, int y, int size, const char *style, int most,
	      const char *text)
{
	printf("<text x=\"%d\" y=\"%d\" font-size=\"%d\" %s>", x, y, size, style);
	print_escaped(text, most);
	puts("</text>");
}
