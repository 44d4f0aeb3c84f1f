/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The names that ld's --wrap gives: __wrap_X() is called instead of X(), and
 * __real_X() is what X() was.
 */
#ifndef MOCK_KERNEL_CALLS_H
#define MOCK_KERNEL_CALLS_H

#include <dirent.h>
#include <stddef.h>
#include <sys/types.h>

int __real_open(const char *path, int flags, ...);
int __real_access(const char *path, int mode);
DIR *__real_opendir(const char *path);
ssize_t __real_readlink(const char *path, char *link, size_t size);
void *__real_calloc(size_t nr, size_t size);
void *__real_mmap(void *addr, size_t length, int prot, int flags, int fd,
		  off_t offset);

int __wrap_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_access(const char *path, int mode);
DIR *__wrap_opendir(const char *path);
ssize_t __wrap_readlink(const char *path, char *link, size_t size);
void *__wrap_calloc(size_t nr, size_t size);
void *__wrap_mmap(void *addr, size_t length, int prot, int flags, int fd,
		  off_t offset);
void *__wrap_mmap64(void *addr, size_t length, int prot, int flags, int fd,
		    off_t offset);
int __wrap_ioctl(int fd, unsigned long command, ...);

#endif
