/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lifetime: a struct importer lives from probe until the last session closes;
 * its engine only until unbind. A session owns its attachments. An ioctl holds
 * a reference on the attachment it works on, which keeps its memory and the
 * buffer, but not the dma-buf attachment: importer_attach_close() ends that.
 *
 * Lock order: importer.gate > stream_lock > dmabuf->resv > dma_gate >
 * nvme_engine.lock; status_lock is innermost and never held across a call.
 */
#ifndef IMPORTER_PRIV_H
#define IMPORTER_PRIV_H

#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/rwsem.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "importer_compat.h"
#include "nvme_engine.h"
#include "p2p_test_importer.h"

/* One bound controller. */
struct importer {
	struct kref ref;
	struct nvme_engine engine;
	struct miscdevice misc;
	char name[32];

	/* Read: in an ioctl or a release. Write: unbinding. */
	struct rw_semaphore gate;
	/* Set before unbinding takes @gate, to end long ioctls. Read freely. */
	bool gone;

	/* Any change of any attachment's status. */
	wait_queue_head_t events;

	struct mutex sessions_lock;	/* Protects @sessions */
	struct list_head sessions;
};

/* The address list of one mapping. Immutable; outlives the mapping. */
struct importer_table {
	struct kref ref;
	u32 nents;
	u32 orig_nents;
	u32 total;
	u64 bytes;
	struct p2p_importer_entry *entries;	/* @total of them */
	struct nvme_run *runs;			/* @nents of them */
};

struct importer_fence;

struct importer_attachment {
	struct kref ref;
	struct importer *importer;
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attach;
	u32 mode;
	u32 letgo;
	u32 letgo_ms;
	u32 flags;
	u64 fence_context;

	/* Protected by dmabuf->resv: */
	struct sg_table *sgt;		/* NULL: not mapped */
	enum dma_data_direction direction;
	bool pinned;
	bool closing;			/* also read without */
	u64 letgo_map;			/* @letgo_work ends it; also read without */
	u64 maps;			/* numbers the mappings, from 1 */

	struct hrtimer letgo_timer;	/* queues one of these */
	struct delayed_work letgo_work;	/* signals, queues @unmap_work */
	struct work_struct unmap_work;
	u64 unmap_map;			/* @unmap_work ends it; lockless */

	/*
	 * Read: around one command to the mapping's addresses. Write: to
	 * change the fields below. Who clears @usable knows that no command
	 * is in flight any more.
	 */
	struct rw_semaphore dma_gate;
	bool usable;			/* @table is mapped and may be used */
	struct importer_table *table;	/* of the last mapping */
	u64 gate_map;			/* that mapping's number */

	spinlock_t status_lock;		/* Protects the next two */
	struct p2p_importer_status status;
	struct importer_fence *fence;	/* not signalled yet, or NULL */

	struct mutex stream_lock;	/* Protects the next two */
	struct importer_stream *stream;
	bool stream_closed;		/* none may start any more */
};

/*
 * Two, because work that waits for reservation locks must never keep back the
 * work that signals the fences their holders wait for.
 */
extern struct workqueue_struct *importer_signal_workqueue;
extern struct workqueue_struct *importer_unmap_workqueue;

/* importer_attach.c */
struct importer_attachment *
importer_attach_open(struct importer *importer,
		     const struct p2p_importer_attach *arg);
void importer_attach_close(struct importer_attachment *att);
void importer_attach_put(struct importer_attachment *att);
int importer_attach_map(struct importer_attachment *att, u32 direction);
int importer_attach_unmap(struct importer_attachment *att);
int importer_attach_map_loop(struct importer_attachment *att,
			     struct p2p_importer_map_loop *arg);
int importer_attach_wait(struct importer_attachment *att,
			 const struct p2p_importer_wait *arg);
void importer_attach_status(struct importer_attachment *att,
			    struct p2p_importer_status *status);
void importer_attach_changed(struct importer_attachment *att);
int importer_attach_failed(struct importer_attachment *att, int err);

/* importer_fence.c */
int importer_fence_add(struct importer_attachment *att);
void importer_fence_signal(struct importer_attachment *att, u64 map);
void importer_fence_forget(struct importer_attachment *att);

/* importer_table.c */
struct importer_table *importer_table_copy(const struct sg_table *sgt);
struct importer_table *importer_table_get(struct importer_attachment *att,
					  bool last);
void importer_table_put(struct importer_table *table);
void importer_table_edit(struct sg_table *sgt);
int importer_table_read(struct importer_attachment *att,
			struct p2p_importer_table *arg);

/* importer_transfer.c */
int importer_transfer(struct importer_attachment *att,
		      struct p2p_importer_transfer *arg);
int importer_stream_start(struct importer_attachment *att,
			  const struct p2p_importer_stream *arg);
int importer_stream_stop(struct importer_attachment *att);
void importer_stream_close(struct importer_attachment *att);

#endif /* IMPORTER_PRIV_H */
