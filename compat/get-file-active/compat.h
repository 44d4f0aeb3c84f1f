/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_GET_FILE_ACTIVE_H
#define P2P_COMPAT_GET_FILE_ACTIVE_H

#include <linux/fs.h>

/*
 * A reference to a file that may be on its way out, or NULL. The caller keeps
 * the file's memory; newer kernels do without that.
 */
static inline struct file *get_file_active(struct file **f)
{
	struct file *file = READ_ONCE(*f);

	return file && get_file_rcu(file) ? file : NULL;
}

#endif
