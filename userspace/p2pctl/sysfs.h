/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel tells in files: /sys, /proc, /dev and /boot, below one root.
 */
#ifndef P2PCTL_SYSFS_H
#define P2PCTL_SYSFS_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYSFS_PATH	1024
#define SYSFS_LINE	256

/* A path below the root. All take a format; the result is cut off, not overrun. */
void sysfs_path(char path[SYSFS_PATH], const char *format, ...)
	__attribute((format(printf, 2, 3)));

/* "" unless the tests have set another root. */
const char *sysfs_root(void);

bool sysfs_exists(const char *format, ...)
	__attribute((format(printf, 1, 2)));
bool sysfs_is_empty(const char *format, ...)
	__attribute((format(printf, 1, 2)));

/* The first line, without its end. "" and false if it cannot be read. */
bool sysfs_line(char line[SYSFS_LINE], const char *format, ...)
	__attribute((format(printf, 2, 3)));
bool sysfs_number(uint64_t *value, const char *format, ...)
	__attribute((format(printf, 2, 3)));

/* Whether a line of the file has @word in it. */
bool sysfs_has_word(const char *word, const char *format, ...)
	__attribute((format(printf, 2, 3)));

/* The last part of where a link leads. "" and false if there is none. */
bool sysfs_link(char name[SYSFS_LINE], const char *format, ...)
	__attribute((format(printf, 2, 3)));

/* Names in a folder, sorted, without those that begin with a dot. */
struct sysfs_names {
	struct dirent **entry;
	int nr;
};

void sysfs_names_load(struct sysfs_names *names, const char *format, ...)
	__attribute((format(printf, 2, 3)));
void sysfs_names_free(struct sysfs_names *names);

/* 0, or a negative errno. @path is one that sysfs_path() made. */
int sysfs_write(const char *path, const char *text);
int sysfs_mkdir(const char *path);
int sysfs_rmdir(const char *path);

#endif
