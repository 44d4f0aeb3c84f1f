// SPDX-License-Identifier: GPL-2.0-only
/*
 * An attachment: how the controller attaches, pins, maps, and lets go.
 *
 * Whatever an attachment was told to do with notifies, closing it leaves
 * nothing behind: no DMA, no unsignalled fence, no mapping, no pin.
 *
 * The DMA gate is closed and the fence signalled before the reservation lock
 * is asked for, wherever this is possible: the exporter may hold that lock
 * while it waits for the fence.
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "importer_priv.h"

#define IMPORTER_ATTACH_FLAGS	(P2P_IMPORTER_NO_P2P |		\
				 P2P_IMPORTER_UNMAP_FIRST |	\
				 P2P_IMPORTER_NO_NOTIFY |	\
				 P2P_IMPORTER_EDIT_TABLE |	\
				 P2P_IMPORTER_NO_TABLE |	\
				 P2P_IMPORTER_BY_CLOCK)

/* ---- status ---- */

void importer_attach_changed(struct importer_attachment *att)
{
	wake_up_all(&att->importer->events);
}

/* Passes @err on. */
int importer_attach_failed(struct importer_attachment *att, int err)
{
	spin_lock(&att->status_lock);
	att->status.last_errno = -err;
	spin_unlock(&att->status_lock);
	return err;
}

void importer_attach_status(struct importer_attachment *att,
			    struct p2p_importer_status *status)
{
	u32 handle = status->handle;

	spin_lock(&att->status_lock);
	*status = att->status;
	status->fenced = !!att->fence;
	spin_unlock(&att->status_lock);
	status->handle = handle;
}

static bool importer_attach_happened(struct importer_attachment *att,
				     const struct p2p_importer_wait *arg)
{
	struct p2p_importer_status status = {};

	importer_attach_status(att, &status);
	switch (arg->event) {
	case P2P_IMPORTER_NOTIFIED:
		return status.notifies >= arg->count;
	case P2P_IMPORTER_UNMAPPED:
		return arg->count ? status.unmaps >= arg->count :
				    !status.mapped;
	default:
		return status.stream_rounds >= arg->count;
	}
}

static bool importer_attach_is_over(struct importer_attachment *att)
{
	return READ_ONCE(att->importer->gone) || READ_ONCE(att->closing);
}

int importer_attach_wait(struct importer_attachment *att,
			 const struct p2p_importer_wait *arg)
{
	long timeout = MAX_SCHEDULE_TIMEOUT;

	if (arg->event > P2P_IMPORTER_STREAMED || arg->reserved)
		return -EINVAL;
	if (arg->timeout_ms != P2P_IMPORTER_FOREVER)
		timeout = msecs_to_jiffies(arg->timeout_ms);

	timeout = wait_event_interruptible_timeout(att->importer->events,
						   importer_attach_happened(att, arg) ||
						   importer_attach_is_over(att),
						   timeout);
	if (timeout < 0)
		return -EINTR;
	if (importer_attach_happened(att, arg))
		return 0;
	if (READ_ONCE(att->importer->gone))
		return -ENODEV;
	return timeout ? -ENOENT : -ETIMEDOUT;
}

/* ---- DMA gate ---- */

/*
 * From here on only stale transfers use the addresses of this mapping; of any
 * mapping if @map is 0. A later mapping than @map is left alone.
 */
static void importer_attach_stop_dma(struct importer_attachment *att, u64 map)
{
	down_write(&att->dma_gate);
	if (!map || att->gate_map == map) {
		att->usable = false;
		spin_lock(&att->status_lock);
		att->status.usable = 0;
		spin_unlock(&att->status_lock);
	}
	up_write(&att->dma_gate);
}

static void importer_attach_quiesce(struct importer_attachment *att, u64 map)
{
	importer_attach_stop_dma(att, map);
	importer_fence_signal(att, map);
}

static void importer_attach_publish(struct importer_attachment *att,
				    struct importer_table *table)
{
	struct importer_table *old;

	down_write(&att->dma_gate);
	old = att->table;
	att->table = table;
	att->gate_map = att->maps;
	att->usable = true;
	spin_lock(&att->status_lock);
	att->status.usable = 1;
	att->status.mapped = 1;
	att->status.maps = att->maps;
	spin_unlock(&att->status_lock);
	up_write(&att->dma_gate);
	importer_table_put(old);
}

/* ---- pin ---- */

static bool importer_attach_wants_pin(struct importer_attachment *att)
{
	return att->mode == P2P_IMPORTER_PINNED ||
	       att->mode == P2P_IMPORTER_PIN_LATE;
}

static void importer_attach_set_pinned(struct importer_attachment *att,
				       bool pinned)
{
	att->pinned = pinned;
	spin_lock(&att->status_lock);
	att->status.pinned = pinned;
	spin_unlock(&att->status_lock);
}

static int importer_attach_pin(struct importer_attachment *att)
{
	int err = dma_buf_pin(att->attach);

	if (!err)
		importer_attach_set_pinned(att, true);
	return err;
}

static void importer_attach_unpin(struct importer_attachment *att)
{
	if (!att->pinned)
		return;
	importer_attach_set_pinned(att, false);
	dma_buf_unpin(att->attach);
}

/* ---- map ---- */

/* Maps and pins, in the order of the mode. */
static int importer_attach_acquire(struct importer_attachment *att,
				   enum dma_data_direction direction)
{
	struct sg_table *sgt;
	int err = 0;

	if (att->mode == P2P_IMPORTER_PINNED)
		err = importer_attach_pin(att);
	if (err)
		return err;

	sgt = dma_buf_map_attachment(att->attach, direction);
	if (IS_ERR(sgt)) {
		importer_attach_unpin(att);
		return PTR_ERR(sgt);
	}

	if (att->mode == P2P_IMPORTER_PIN_LATE)
		err = importer_attach_pin(att);
	if (err) {
		dma_buf_unmap_attachment(att->attach, sgt, direction);
		return err;
	}

	att->sgt = sgt;
	att->direction = direction;
	return 0;
}

static void importer_attach_drop(struct importer_attachment *att)
{
	dma_buf_unmap_attachment(att->attach, att->sgt, att->direction);
	att->sgt = NULL;
	importer_attach_unpin(att);
}

/* A dynamic importer has to wait for the exporter's own work on the buffer. */
static int importer_attach_wait_kernel(struct importer_attachment *att)
{
	long ret = dma_resv_wait_timeout(att->dmabuf->resv,
					 DMA_RESV_USAGE_KERNEL, true,
					 MAX_SCHEDULE_TIMEOUT);

	return ret < 0 ? ret : 0;
}

/* Takes a new number for the mapping just made, and its fence if it has one. */
static int importer_attach_number(struct importer_attachment *att)
{
	int err = 0;

	/* The fence of an earlier mapping that was unmapped first. */
	importer_fence_signal(att, 0);
	att->maps++;
	if (att->letgo == P2P_IMPORTER_LETGO_FENCE)
		err = importer_fence_add(att);
	if (err)
		att->maps--;
	return err;
}

/* Makes the mapping known to transfers and to the user. */
static int importer_attach_adopt(struct importer_attachment *att)
{
	bool remember = !(att->flags & P2P_IMPORTER_NO_TABLE);
	struct importer_table *table = NULL;
	int err;

	err = importer_attach_wait_kernel(att);
	if (err)
		return err;
	if (remember)
		table = importer_table_copy(att->sgt);
	if (remember && !table)
		return -ENOMEM;
	err = importer_attach_number(att);
	if (err) {
		importer_table_put(table);
		return err;
	}

	if (att->flags & P2P_IMPORTER_EDIT_TABLE)
		importer_table_edit(att->sgt);
	importer_attach_publish(att, table);
	return 0;
}

static int importer_attach_map_locked(struct importer_attachment *att,
				      enum dma_data_direction direction)
{
	int err;

	if (att->closing)
		return -ENOENT;
	if (att->sgt)
		return -EBUSY;
	err = importer_attach_acquire(att, direction);
	if (err)
		return err;
	err = importer_attach_adopt(att);
	if (err)
		importer_attach_drop(att);
	return err;
}

/* The user's values are the kernel's. */
static bool importer_direction_ok(u32 direction)
{
	BUILD_BUG_ON((int)P2P_IMPORTER_BIDIRECTIONAL != DMA_BIDIRECTIONAL);
	BUILD_BUG_ON((int)P2P_IMPORTER_TO_DEVICE != DMA_TO_DEVICE);
	BUILD_BUG_ON((int)P2P_IMPORTER_FROM_DEVICE != DMA_FROM_DEVICE);

	return direction <= P2P_IMPORTER_FROM_DEVICE;
}

int importer_attach_map(struct importer_attachment *att, u32 direction)
{
	int err;

	if (!importer_direction_ok(direction))
		return -EINVAL;
	err = dma_resv_lock_interruptible(att->dmabuf->resv, NULL);
	if (err)
		return err;
	err = importer_attach_map_locked(att, direction);
	dma_resv_unlock(att->dmabuf->resv);

	return err ? importer_attach_failed(att, err) : 0;
}

/* ---- unmap ---- */

/* Leaves the fence alone. */
static void importer_attach_unmap_locked(struct importer_attachment *att,
					 bool in_notify)
{
	dma_resv_assert_held(att->dmabuf->resv);
	importer_attach_stop_dma(att, 0);
	importer_attach_drop(att);

	spin_lock(&att->status_lock);
	att->status.mapped = 0;
	att->status.unmaps++;
	att->status.unmaps_in_notify += in_notify;
	spin_unlock(&att->status_lock);
	importer_attach_changed(att);
}

int importer_attach_unmap(struct importer_attachment *att)
{
	int err = -ENXIO;

	importer_attach_quiesce(att, 0);
	dma_resv_lock(att->dmabuf->resv, NULL);
	if (att->sgt) {
		importer_attach_unmap_locked(att, false);
		importer_fence_signal(att, 0);
		err = 0;
	}
	dma_resv_unlock(att->dmabuf->resv);
	return err;
}

/* One round, timed, under one hold of the lock: no notify can come between. */
static int importer_attach_map_once(struct importer_attachment *att,
				    struct p2p_importer_map_loop *arg)
{
	u64 start, mapped, end;
	struct sg_table *sgt;
	int err;

	if (att->closing)
		return -ENOENT;
	if (att->sgt)
		return -EBUSY;
	err = importer_attach_wants_pin(att) ? importer_attach_pin(att) : 0;
	if (err)
		return err;

	start = ktime_get_ns();
	sgt = dma_buf_map_attachment(att->attach, arg->direction);
	mapped = ktime_get_ns();
	if (!IS_ERR(sgt)) {
		dma_buf_unmap_attachment(att->attach, sgt, arg->direction);
		end = ktime_get_ns();
		arg->map_ns += mapped - start;
		arg->unmap_ns += end - mapped;
		arg->done++;
	}
	importer_attach_unpin(att);
	return PTR_ERR_OR_ZERO(sgt);
}

int importer_attach_map_loop(struct importer_attachment *att,
			     struct p2p_importer_map_loop *arg)
{
	int err = 0;

	if (!importer_direction_ok(arg->direction))
		return -EINVAL;
	arg->done = 0;
	arg->map_ns = 0;
	arg->unmap_ns = 0;

	while (!err && arg->done < arg->rounds) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (READ_ONCE(att->importer->gone))
			return -ENODEV;
		dma_resv_lock(att->dmabuf->resv, NULL);
		err = importer_attach_map_once(att, arg);
		dma_resv_unlock(att->dmabuf->resv);
		cond_resched();
	}
	return err ? importer_attach_failed(att, err) : 0;
}

/* ---- notify ---- */

static void importer_attach_unmap_work(struct work_struct *work)
{
	struct importer_attachment *att;

	att = container_of(work, struct importer_attachment, unmap_work);
	dma_resv_lock(att->dmabuf->resv, NULL);
	if (att->sgt && att->maps == READ_ONCE(att->unmap_map))
		importer_attach_unmap_locked(att, false);
	dma_resv_unlock(att->dmabuf->resv);
}

static void importer_attach_unmap_soon(struct importer_attachment *att, u64 map)
{
	WRITE_ONCE(att->unmap_map, map);
	queue_work(importer_unmap_workqueue, &att->unmap_work);
}

/*
 * Must not wait for the reservation lock: its holder may be waiting for a
 * fence which only the next run of this work will signal.
 */
static void importer_attach_letgo_work(struct work_struct *work)
{
	struct importer_attachment *att;
	u64 map;

	att = container_of(to_delayed_work(work), struct importer_attachment,
			   letgo_work);
	map = READ_ONCE(att->letgo_map);
	if (att->letgo == P2P_IMPORTER_LETGO_FENCE)
		importer_attach_quiesce(att, map);
	importer_attach_unmap_soon(att, map);
}

static enum hrtimer_restart importer_attach_letgo_timer(struct hrtimer *timer)
{
	struct importer_attachment *att;

	att = container_of(timer, struct importer_attachment, letgo_timer);
	if (att->letgo == P2P_IMPORTER_LETGO_FENCE)
		mod_delayed_work(importer_signal_workqueue, &att->letgo_work,
				 0);
	else
		importer_attach_unmap_soon(att, READ_ONCE(att->letgo_map));
	return HRTIMER_NORESTART;
}

static void importer_attach_letgo_later(struct importer_attachment *att)
{
	if (att->letgo_ms == P2P_IMPORTER_FOREVER)
		return;
	/* The first notify of a mapping counts, further ones delay nothing. */
	if (att->letgo_map == att->maps)
		return;
	WRITE_ONCE(att->letgo_map, att->maps);
	if (att->flags & P2P_IMPORTER_BY_CLOCK)
		hrtimer_start(&att->letgo_timer, ms_to_ktime(att->letgo_ms),
			      HRTIMER_MODE_REL);
	else
		mod_delayed_work(importer_signal_workqueue, &att->letgo_work,
				 msecs_to_jiffies(att->letgo_ms));
}

static void importer_attach_letgo(struct importer_attachment *att)
{
	switch (att->letgo) {
	case P2P_IMPORTER_LETGO_SLOW_CALLBACK:
		msleep(att->letgo_ms);
		fallthrough;
	case P2P_IMPORTER_LETGO_AT_ONCE:
		importer_attach_unmap_locked(att, true);
		break;
	case P2P_IMPORTER_LETGO_FENCE:
		if (att->flags & P2P_IMPORTER_UNMAP_FIRST)
			importer_attach_unmap_locked(att, true);
		fallthrough;
	case P2P_IMPORTER_LETGO_LATE:
		importer_attach_letgo_later(att);
		break;
	}
}

static void importer_attach_notify(struct dma_buf_attachment *attach)
{
	struct importer_attachment *att = attach->importer_priv;

	dma_resv_assert_held(attach->dmabuf->resv);
	spin_lock(&att->status_lock);
	att->status.notifies++;
	spin_unlock(&att->status_lock);
	importer_attach_changed(att);

	if (att->sgt)
		importer_attach_letgo(att);
}

/* ---- attach and detach ---- */

/* By: without peer to peer, without notify. */
static const struct dma_buf_attach_ops importer_attach_ops[2][2] = {
	{
		{ .allow_peer2peer = true,
		  .importer_notify_op = importer_attach_notify },
		{ .allow_peer2peer = true },
	}, {
		{ .importer_notify_op = importer_attach_notify },
		{ },
	},
};

static int importer_attach_check(const struct p2p_importer_attach *arg)
{
	if (arg->mode > P2P_IMPORTER_PIN_LATE ||
	    arg->letgo > P2P_IMPORTER_LETGO_SLOW_CALLBACK ||
	    arg->flags & ~IMPORTER_ATTACH_FLAGS)
		return -EINVAL;
	if (arg->mode == P2P_IMPORTER_STATIC && arg->letgo)
		return -EINVAL;
	if (arg->letgo == P2P_IMPORTER_LETGO_SLOW_CALLBACK &&
	    arg->letgo_ms == P2P_IMPORTER_FOREVER)
		return -EINVAL;
	if (arg->flags & P2P_IMPORTER_UNMAP_FIRST &&
	    arg->letgo != P2P_IMPORTER_LETGO_FENCE)
		return -EINVAL;
	if (arg->flags & P2P_IMPORTER_NO_NOTIFY && !IMPORTER_NOTIFY_OPTIONAL)
		return -EOPNOTSUPP;
	return 0;
}

static struct importer_attachment *
importer_attach_alloc(struct importer *importer,
		      const struct p2p_importer_attach *arg)
{
	struct importer_attachment *att = kzalloc(sizeof(*att), GFP_KERNEL);

	if (!att)
		return NULL;
	kref_init(&att->ref);
	att->importer = importer;
	att->mode = arg->mode;
	att->letgo = arg->letgo;
	att->letgo_ms = arg->letgo_ms;
	att->flags = arg->flags;
	att->fence_context = dma_fence_context_alloc(1);
	importer_hrtimer_setup(&att->letgo_timer, importer_attach_letgo_timer);
	INIT_DELAYED_WORK(&att->letgo_work, importer_attach_letgo_work);
	INIT_WORK(&att->unmap_work, importer_attach_unmap_work);
	init_rwsem(&att->dma_gate);
	spin_lock_init(&att->status_lock);
	mutex_init(&att->stream_lock);
	return att;
}

static void importer_attach_release(struct kref *ref)
{
	struct importer_attachment *att;

	att = container_of(ref, struct importer_attachment, ref);
	importer_table_put(att->table);
	dma_buf_put(att->dmabuf);
	kfree(att);
}

void importer_attach_put(struct importer_attachment *att)
{
	kref_put(&att->ref, importer_attach_release);
}

/* A notify can arrive before this returns: it finds no mapping. */
static struct dma_buf_attachment *
importer_attach_to(struct importer_attachment *att, struct dma_buf *dmabuf)
{
	struct device *dev = &att->importer->engine.pdev->dev;
	bool no_p2p = att->flags & P2P_IMPORTER_NO_P2P;
	bool no_notify = att->flags & P2P_IMPORTER_NO_NOTIFY;

	if (att->mode == P2P_IMPORTER_STATIC)
		return dma_buf_attach(dmabuf, dev);
	return dma_buf_dynamic_attach(dmabuf, dev,
				      &importer_attach_ops[no_p2p][no_notify],
				      att);
}

struct importer_attachment *
importer_attach_open(struct importer *importer,
		     const struct p2p_importer_attach *arg)
{
	struct importer_attachment *att;
	struct dma_buf *dmabuf;
	int err;

	err = importer_attach_check(arg);
	if (err)
		return ERR_PTR(err);
	dmabuf = dma_buf_get(arg->dmabuf_fd);
	if (IS_ERR(dmabuf))
		return ERR_CAST(dmabuf);
	att = importer_attach_alloc(importer, arg);
	if (!att) {
		dma_buf_put(dmabuf);
		return ERR_PTR(-ENOMEM);
	}

	/* The attachment's memory owns the buffer from now on. */
	att->dmabuf = dmabuf;
	att->attach = importer_attach_to(att, dmabuf);
	if (IS_ERR(att->attach)) {
		err = PTR_ERR(att->attach);
		importer_attach_put(att);
		return ERR_PTR(err);
	}
	return att;
}

/* Once per attachment, by whoever took it out of its session. */
void importer_attach_close(struct importer_attachment *att)
{
	importer_stream_close(att);
	importer_attach_quiesce(att, 0);

	dma_resv_lock(att->dmabuf->resv, NULL);
	WRITE_ONCE(att->closing, true);
	if (att->sgt)
		importer_attach_unmap_locked(att, false);
	importer_fence_signal(att, 0);
	importer_fence_forget(att);
	dma_resv_unlock(att->dmabuf->resv);
	importer_attach_changed(att);

	/* Nothing is mapped any more, so no notify queues them again. */
	hrtimer_cancel(&att->letgo_timer);
	cancel_delayed_work_sync(&att->letgo_work);
	cancel_work_sync(&att->unmap_work);
	dma_buf_detach(att->dmabuf, att->attach);
}
