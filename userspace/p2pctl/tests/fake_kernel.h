/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the linker calls p2pctl's functions (real) and those in front (wrap).
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

int __real_sysfs_write(const char *path, const char *text);
int __real_sysfs_mkdir(const char *path);
int __real_sysfs_rmdir(const char *path);
int __wrap_sysfs_write(const char *path, const char *text);
int __wrap_sysfs_mkdir(const char *path);
int __wrap_sysfs_rmdir(const char *path);

#endif
