// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading, and writing, what the kernel shows in files.
 *
 * Invariant: every path goes through sysfs_path(), so that the tests' root holds
 * for all of them. What cannot be read is as if it were not there; whoever has to
 * tell the two apart asks access() himself.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sysfs.h"

const char *sysfs_root(void)
{
	const char *root = secure_getenv("P2PCTL_ROOT");

	return root ? root : "";
}

static void path_make(char path[SYSFS_PATH], const char *format, va_list args)
{
	int used = snprintf(path, SYSFS_PATH, "%s", sysfs_root());

	if (used < SYSFS_PATH)
		vsnprintf(path + used, SYSFS_PATH - used, format, args);
}

/* The caller's path, from what its parameter "format" and those behind it say. */
#define PATH_HERE(path)						\
	do {							\
		va_list path_args;				\
								\
		va_start(path_args, format);			\
		path_make(path, format, path_args);		\
		va_end(path_args);				\
	} while (0)

void sysfs_path(char path[SYSFS_PATH], const char *format, ...)
{
	PATH_HERE(path);
}

bool sysfs_exists(const char *format, ...)
{
	char path[SYSFS_PATH];

	PATH_HERE(path);
	return !access(path, F_OK);
}

static int name_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void names_load(struct sysfs_names *names, const char *path)
{
	names->nr = scandir(path, &names->entry, name_shown, versionsort);
	if (names->nr < 0) {
		names->nr = 0;
		names->entry = NULL;
	}
}

void sysfs_names_load(struct sysfs_names *names, const char *format, ...)
{
	char path[SYSFS_PATH];

	PATH_HERE(path);
	names_load(names, path);
}

void sysfs_names_free(struct sysfs_names *names)
{
	int i;

	for (i = 0; i < names->nr; i++)
		free(names->entry[i]);
	free(names->entry);
}

bool sysfs_is_empty(const char *format, ...)
{
	struct sysfs_names names;
	char path[SYSFS_PATH];
	bool empty;

	PATH_HERE(path);
	names_load(&names, path);
	empty = !names.nr;
	sysfs_names_free(&names);
	return empty;
}

static bool line_read(char line[SYSFS_LINE], const char *path)
{
	FILE *file = fopen(path, "re");
	bool found;

	line[0] = '\0';
	if (!file)
		return false;
	found = fgets(line, SYSFS_LINE, file);
	line[strcspn(line, "\n")] = '\0';
	fclose(file);
	return found;
}

bool sysfs_line(char line[SYSFS_LINE], const char *format, ...)
{
	char path[SYSFS_PATH];

	PATH_HERE(path);
	return line_read(line, path);
}

bool sysfs_number(uint64_t *value, const char *format, ...)
{
	char path[SYSFS_PATH];
	char line[SYSFS_LINE];
	char *end;

	PATH_HERE(path);
	*value = 0;
	if (!line_read(line, path))
		return false;
	errno = 0;
	*value = strtoull(line, &end, 0);
	return end != line && !errno;
}

bool sysfs_has_word(const char *word, const char *format, ...)
{
	char path[SYSFS_PATH];
	char *line = NULL;
	bool found = false;
	size_t room = 0;
	FILE *file;

	PATH_HERE(path);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && getline(&line, &room, file) >= 0)
		found = strstr(line, word);
	free(line);
	fclose(file);
	return found;
}

bool sysfs_link(char name[SYSFS_LINE], const char *format, ...)
{
	char path[SYSFS_PATH];
	char target[SYSFS_PATH];
	ssize_t length;

	PATH_HERE(path);
	name[0] = '\0';
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	snprintf(name, SYSFS_LINE, "%s", basename(target));
	return true;
}

int sysfs_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t done;
	int ret = 0;

	if (fd < 0)
		return -errno;
	done = write(fd, text, strlen(text));
	if (done < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int sysfs_mkdir(const char *path)
{
	return mkdir(path, 0700) ? -errno : 0;
}

int sysfs_rmdir(const char *path)
{
	return rmdir(path) ? -errno : 0;
}
