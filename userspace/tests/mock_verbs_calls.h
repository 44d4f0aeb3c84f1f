/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The names that ld's --wrap gives: __wrap_X() is called instead of X(), and
 * __real_X() is what X() was.
 */
#ifndef MOCK_VERBS_CALLS_H
#define MOCK_VERBS_CALLS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <infiniband/verbs.h>

FILE *__real_fopen(const char *path, const char *mode);

FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen64(const char *path, const char *mode);
int __wrap_p2p_buffer_export_pointer(const void *pointer, size_t length,
				     int open_flags, uint64_t *offset);
struct ibv_mr *__wrap_ibv_reg_mr_iova(struct ibv_pd *pd, void *addr,
				      size_t length, uint64_t iova, int access);
struct ibv_mr *__wrap_ibv_reg_mr_iova2(struct ibv_pd *pd, void *addr,
				       size_t length, uint64_t iova,
				       unsigned int access);
struct ibv_mr *__wrap_ibv_reg_dmabuf_mr(struct ibv_pd *pd, uint64_t offset,
					size_t length, uint64_t iova, int fd,
					int access);

#endif
