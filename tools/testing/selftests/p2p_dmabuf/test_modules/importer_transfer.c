// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transfers between the drive and a mapping's addresses, once or as a stream.
 *
 * A command to the current mapping runs inside the attachment's DMA gate, so
 * an unmap waits for one command, never for a whole transfer. A stale command
 * runs outside of it and asks nobody.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "importer_priv.h"

#define IMPORTER_TRANSFER_FLAGS	(P2P_IMPORTER_STALE | P2P_IMPORTER_TO_DRIVE)

/* Pause of a stream that has nothing to transfer to. */
#define IMPORTER_STREAM_IDLE_US	1000

struct importer_stream {
	struct importer_attachment *att;
	struct task_struct *task;
	struct p2p_importer_transfer transfer;
	u32 interval_us;
};

/* ---- transfers ---- */

static int importer_transfer_check(struct importer_attachment *att,
				   const struct p2p_importer_transfer *arg)
{
	if (arg->flags & ~IMPORTER_TRANSFER_FLAGS || arg->reserved ||
	    !arg->length || !IS_ALIGNED(arg->buffer_offset, 4))
		return -EINVAL;
	if (!nvme_engine_range_ok(&att->importer->engine, arg->drive_offset,
				  arg->length))
		return -EINVAL;
	return 0;
}

static int importer_transfer_seek(const struct importer_table *table,
				  const struct p2p_importer_transfer *arg,
				  struct nvme_cursor *cursor)
{
	u64 end;

	if (check_add_overflow(arg->buffer_offset, arg->length, &end) ||
	    end > table->bytes)
		return -EINVAL;

	cursor->run = table->runs;
	cursor->end = table->runs + table->nents;
	cursor->offset = 0;
	nvme_cursor_skip(cursor, arg->buffer_offset);
	return 0;
}

/*
 * Counts the transfer with its last command, so inside the gate: after an
 * unmap the counts of well-behaved transfers stand still.
 */
static int importer_transfer_command(struct importer_attachment *att,
				     struct p2p_importer_transfer *arg,
				     struct nvme_cursor *cursor, u64 *count)
{
	struct nvme_engine *engine = &att->importer->engine;
	u32 len = min_t(u64, arg->length - arg->done, engine->max_bytes);
	u16 status = 0;
	int err;

	err = nvme_engine_transfer(engine, arg->flags & P2P_IMPORTER_TO_DRIVE,
				   arg->drive_offset + arg->done, cursor, len,
				   &status);
	arg->nvme_status = status;
	if (err)
		return err;

	arg->done += len;
	spin_lock(&att->status_lock);
	if (arg->done == arg->length)
		++*count;
	spin_unlock(&att->status_lock);
	return 0;
}

/* The mapping may have been replaced since the table was looked up. */
static int importer_transfer_gated(struct importer_attachment *att,
				   const struct importer_table *table,
				   struct p2p_importer_transfer *arg,
				   struct nvme_cursor *cursor, u64 *count)
{
	int err = -ENXIO;

	if (arg->flags & P2P_IMPORTER_STALE)
		return importer_transfer_command(att, arg, cursor, count);

	down_read(&att->dma_gate);
	if (att->usable && att->table == table)
		err = importer_transfer_command(att, arg, cursor, count);
	up_read(&att->dma_gate);
	return err;
}

static int importer_transfer_all(struct importer_attachment *att,
				 const struct importer_table *table,
				 struct p2p_importer_transfer *arg, u64 *count)
{
	struct nvme_cursor cursor;
	int err = importer_transfer_seek(table, arg, &cursor);

	while (!err && arg->done < arg->length) {
		if (READ_ONCE(att->importer->gone))
			return -ENODEV;
		if (fatal_signal_pending(current))
			return -EINTR;
		err = importer_transfer_gated(att, table, arg, &cursor, count);
		cond_resched();
	}
	return err;
}

/* @count is the one of @att's status that a success adds to. */
static int importer_transfer_once(struct importer_attachment *att,
				  struct p2p_importer_transfer *arg, u64 *count)
{
	struct importer_table *table;
	int err;

	arg->done = 0;
	arg->nvme_status = 0;
	table = importer_table_get(att, arg->flags & P2P_IMPORTER_STALE);
	if (!table)
		return -ENXIO;
	err = importer_transfer_all(att, table, arg, count);
	importer_table_put(table);
	return err;
}

int importer_transfer(struct importer_attachment *att,
		      struct p2p_importer_transfer *arg)
{
	int err = importer_transfer_check(att, arg);

	if (!err)
		err = importer_transfer_once(att, arg, &att->status.transfers);
	return err ? importer_attach_failed(att, err) : 0;
}

/* ---- streams ---- */

static void importer_stream_account(struct importer_attachment *att, int err)
{
	spin_lock(&att->status_lock);
	att->status.stream_errno = -err;
	if (err)
		att->status.stream_refused++;
	spin_unlock(&att->status_lock);
	importer_attach_changed(att);
}

static int importer_stream_run(void *data)
{
	struct importer_stream *stream = data;
	struct importer_attachment *att = stream->att;

	while (!kthread_should_stop()) {
		u32 pause_us = stream->interval_us;
		int err;

		err = importer_transfer_once(att, &stream->transfer,
					     &att->status.stream_rounds);
		importer_stream_account(att, err);
		if (err)
			pause_us = max_t(u32, pause_us, IMPORTER_STREAM_IDLE_US);
		if (pause_us)
			usleep_range(pause_us, pause_us + pause_us / 4);
	}
	return 0;
}

static void importer_stream_show(struct importer_attachment *att, bool on)
{
	spin_lock(&att->status_lock);
	att->status.streaming = on;
	spin_unlock(&att->status_lock);
}

static int importer_stream_start_locked(struct importer_attachment *att,
					struct importer_stream *stream)
{
	lockdep_assert_held(&att->stream_lock);
	if (att->stream_closed)
		return -ENOENT;
	if (att->stream)
		return -EBUSY;

	stream->task = kthread_run(importer_stream_run, stream,
				   "p2p-importer-stream");
	if (IS_ERR(stream->task))
		return PTR_ERR(stream->task);
	att->stream = stream;
	importer_stream_show(att, true);
	return 0;
}

int importer_stream_start(struct importer_attachment *att,
			  const struct p2p_importer_stream *arg)
{
	struct importer_stream *stream;
	int err;

	if (arg->interval_us > P2P_IMPORTER_INTERVAL_MAX_US || arg->reserved)
		return -EINVAL;
	stream = kzalloc(sizeof(*stream), GFP_KERNEL);
	if (!stream)
		return -ENOMEM;

	stream->att = att;
	stream->interval_us = arg->interval_us;
	stream->transfer.flags = arg->flags;
	stream->transfer.drive_offset = arg->drive_offset;
	stream->transfer.buffer_offset = arg->buffer_offset;
	stream->transfer.length = arg->length;
	err = importer_transfer_check(att, &stream->transfer);
	if (err)
		goto free_stream;

	mutex_lock(&att->stream_lock);
	err = importer_stream_start_locked(att, stream);
	mutex_unlock(&att->stream_lock);
	if (err)
		goto free_stream;
	return 0;

free_stream:
	kfree(stream);
	return err;
}

static int importer_stream_stop_locked(struct importer_attachment *att)
{
	lockdep_assert_held(&att->stream_lock);
	if (!att->stream)
		return -ENXIO;

	kthread_stop(att->stream->task);
	kfree(att->stream);
	att->stream = NULL;
	importer_stream_show(att, false);
	return 0;
}

int importer_stream_stop(struct importer_attachment *att)
{
	int err;

	mutex_lock(&att->stream_lock);
	err = importer_stream_stop_locked(att);
	mutex_unlock(&att->stream_lock);
	return err;
}

/* Stops the stream and lets no other one start. */
void importer_stream_close(struct importer_attachment *att)
{
	mutex_lock(&att->stream_lock);
	att->stream_closed = true;
	importer_stream_stop_locked(att);
	mutex_unlock(&att->stream_lock);
}
