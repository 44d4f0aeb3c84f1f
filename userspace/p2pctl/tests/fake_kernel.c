// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel does when sysfs is written to, done to the tests' files.
 *
 *   fake/fail             "ERRNO WORD": writing to a file with WORD in its path
 *   fake/driver-ADDRESS   the driver that would take the function by itself
 *   fake/unwilling        a driver that takes nothing
 *   fake/events           what a trace instance has to say
 *
 * Linked with --wrap, between p2pctl and its sysfs.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_kernel.h"
#include "sysfs.h"

static int failure(const char *path)
{
	char line[SYSFS_LINE], word[SYSFS_LINE];
	int err;

	if (sysfs_line(line, "/fake/fail") &&
	    sscanf(line, "%d %255s", &err, word) == 2 && strstr(path, word))
		return -err;
	return 0;
}

static void attach(const char *address, const char *driver)
{
	char link_path[SYSFS_PATH], target[SYSFS_PATH];
	char unwilling[SYSFS_LINE];

	sysfs_line(unwilling, "/fake/unwilling");
	if (!*driver || !strcmp(driver, unwilling) ||
	    !sysfs_exists("/sys/bus/pci/drivers/%s", driver))
		return;
	sysfs_path(link_path, "/sys/bus/pci/devices/%s/driver", address);
	sysfs_path(target, "/sys/bus/pci/drivers/%s", driver);
	if (symlink(target, link_path))
		abort();
}

static void probe(const char *address)
{
	char driver[SYSFS_LINE];

	sysfs_line(driver, "/sys/bus/pci/devices/%s/driver_override", address);
	if (!*driver || !strcmp(driver, "(null)"))
		sysfs_line(driver, "/fake/driver-%s", address);
	attach(address, driver);
}

static bool ends(const char *path, const char *end)
{
	size_t length = strlen(path);

	return length >= strlen(end) && !strcmp(path + length - strlen(end), end);
}

static void react(const char *path, const char *text)
{
	char driver[SYSFS_PATH];
	const char *name;

	if (ends(path, "/drivers_probe")) {
		probe(text);
	} else if (ends(path, "/unbind")) {
		sysfs_path(driver, "/sys/bus/pci/devices/%s/driver", text);
		unlink(driver);
	} else if (ends(path, "/bind")) {
		snprintf(driver, sizeof(driver), "%.*s",
			 (int)(strlen(path) - strlen("/bind")), path);
		name = strrchr(driver, '/') + 1;
		attach(text, name);
	}
}

int __wrap_sysfs_write(const char *path, const char *text)
{
	int ret = failure(path);

	if (ret)
		return ret;
	/* A file that keeps its length is no attribute. */
	if (truncate(path, 0) && errno != ENOENT)
		return -errno;
	ret = __real_sysfs_write(path, text);
	if (!ret)
		react(path, text);
	return ret;
}

/* A new trace instance comes with its files. */
int __wrap_sysfs_mkdir(const char *path)
{
	char command[3 * SYSFS_PATH];
	int ret = failure(path);

	if (!ret)
		ret = __real_sysfs_mkdir(path);
	if (ret)
		return ret;
	snprintf(command, sizeof(command),
		 "mkdir -p %s/events/p2p_bar && : >%s/events/p2p_bar/enable && cp %s/fake/events %s/trace_pipe",
		 path, path, sysfs_root(), path);
	return system(command) ? -EIO : 0;
}

int __wrap_sysfs_rmdir(const char *path)
{
	char command[2 * SYSFS_PATH];

	snprintf(command, sizeof(command), "rm -r %s", path);
	return system(command) ? -EIO : 0;
}
