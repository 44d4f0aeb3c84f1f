// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drivers of PCI functions, by driver_override.
 *
 * Invariant: a bind either ends with the function bound to exactly that driver,
 * or with what there was before. The override is written first: at no moment may
 * another driver take the function.
 */
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "driver.h"

static bool write_file(const char *path, const char *text)
{
	int ret = sysfs_write(path, text);

	if (!ret)
		return true;
	args_complain("%s: %s", path, strerror(-ret));
	return false;
}

static bool override(const struct fn *fn, const char *driver)
{
	char path[SYSFS_PATH], text[SYSFS_LINE + 1];

	sysfs_path(path, "/sys/bus/pci/devices/%s/driver_override", fn->text);
	snprintf(text, sizeof(text), "%s\n", driver);
	return write_file(path, text);
}

static void bound_to(const struct fn *fn, char driver[SYSFS_LINE])
{
	sysfs_link(driver, "/sys/bus/pci/devices/%s/driver", fn->text);
}

static bool take_away(const struct fn *fn)
{
	char driver[SYSFS_LINE], path[SYSFS_PATH];

	bound_to(fn, driver);
	if (!*driver)
		return true;
	sysfs_path(path, "/sys/bus/pci/devices/%s/driver/unbind", fn->text);
	return write_file(path, fn->text);
}

static int probe(const struct fn *fn)
{
	char path[SYSFS_PATH];

	sysfs_path(path, "/sys/bus/pci/drivers_probe");
	return sysfs_write(path, fn->text);
}

static void note(const struct fn *fn, struct driver_before *before)
{
	char driver[SYSFS_LINE];

	before->fn = fn;
	bound_to(fn, driver);
	snprintf(before->driver, sizeof(before->driver), "%.63s", driver);
	sysfs_line(before->override, "/sys/bus/pci/devices/%s/driver_override",
		   fn->text);
	if (!strcmp(before->override, "(null)"))
		before->override[0] = '\0';
}

void driver_restore(const struct driver_before *before)
{
	char path[SYSFS_PATH], now[SYSFS_LINE];

	if (!take_away(before->fn) || !override(before->fn, before->override))
		return;
	if (!*before->driver)
		return;
	probe(before->fn);
	bound_to(before->fn, now);
	if (!strcmp(now, before->driver))
		return;
	/* Not the kernel's choice: somebody had bound it by hand. */
	sysfs_path(path, "/sys/bus/pci/drivers/%s/bind", before->driver);
	write_file(path, before->fn->text);
}

bool driver_bind(const struct fn *fn, const char *driver,
		 struct driver_before *before)
{
	char now[SYSFS_LINE];
	int ret;

	note(fn, before);
	if (!override(fn, driver))
		return false;
	if (!take_away(fn)) {
		override(fn, before->override);
		return false;
	}
	ret = probe(fn);
	bound_to(fn, now);
	if (!strcmp(now, driver))
		return true;
	args_complain("%s: %s did not take it%s%s; the kernel's log may say why",
		      fn->text, driver, ret ? ": " : "",
		      ret ? strerror(-ret) : "");
	driver_restore(before);
	return false;
}

bool driver_release(const struct fn *fn, bool choose, char now[SYSFS_LINE])
{
	now[0] = '\0';
	if (!override(fn, "") || !take_away(fn))
		return false;
	/* That no driver wants it is no failure. */
	if (choose)
		probe(fn);
	bound_to(fn, now);
	return true;
}
