// SPDX-License-Identifier: GPL-2.0-only
/*
 * Revocation: when p2p_bar_revoke_wait() returns, no importer can reach the
 * owner's BARs.
 *
 * One revocation over N buffers: block the owner, which stops new mappings at
 * once; tell every importer of every buffer; cut the mappings of those that do
 * not listen (p2p_bar_cut.c); only then wait, buffer by buffer, until its fences
 * have signalled and its last table has been unmapped; last, flush the IOMMU of
 * each importer that unmapped, because in lazy mode its IOTLB may translate for
 * some milliseconds more. Waiting needs no lock, so nothing but the revoker
 * waits. Who has not let go after revoke_timeout_ms is cut, too, where that can
 * be done; where it cannot, the wait goes on.
 *
 * Revoke, restore and retire all end in p2p_bar_buffer_sync(), which tells the
 * importers what the owner's state is *now*. Whoever changed the state last
 * walks all buffers after that, so that they agree with it in the end, however
 * many revocations and restorations overlap.
 */
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/iommu.h>
#include <linux/moduleparam.h>
#include <linux/sched/signal.h>

#include "p2p_bar_priv.h"
#include "p2p_bar_trace.h"

/* How long a wait is silent before the log says whom it is waiting for. */
#define P2P_BAR_WAIT_LOG	(10 * HZ)

static unsigned int p2p_bar_revoke_timeout_ms = 60000;
module_param_named(revoke_timeout_ms, p2p_bar_revoke_timeout_ms, uint, 0644);
MODULE_PARM_DESC(revoke_timeout_ms,
		 "how long a revocation waits for an importer before it cuts its mappings, 0 for no limit (default 60000)");

/* Domains remembered in one flush; beyond that some are flushed again. */
#define P2P_BAR_FLUSHED_MAX	16

struct p2p_bar_flush {
	unsigned int nr;
	struct iommu_domain *done[P2P_BAR_FLUSHED_MAX];
};

/* How a revocation waits: of all its buffers together. */
struct p2p_bar_wait {
	bool killable;
	bool limited;
	unsigned long limit;	/* in jiffies */
};

/* As dma_buf_invalidate_mappings(), but for those who would only complain. */
static void p2p_bar_buffer_tell(struct p2p_bar_buffer *buf)
{
	struct dma_buf_attachment *attach;
	struct p2p_bar_attachment *att;

	list_for_each_entry(attach, &buf->dmabuf->attachments, node) {
		att = attach->priv;
		if (dma_buf_attach_revocable(attach) && !att->keeps)
			attach->importer_ops->invalidate_mappings(attach);
	}
}

static void p2p_bar_buffer_revoked(struct p2p_bar_buffer *buf)
{
	buf->generation++;
	trace_p2p_bar_revoke(buf);
	p2p_bar_event_signal(buf, P2P_DMABUF_EVENT_REVOKE);
	p2p_bar_buffer_tell(buf);
	p2p_bar_mmap_zap(buf);
}

static void p2p_bar_buffer_restored(struct p2p_bar_buffer *buf)
{
	trace_p2p_bar_restore(buf);
	p2p_bar_event_signal(buf, P2P_DMABUF_EVENT_RESTORE);
	p2p_bar_buffer_tell(buf);
}

/*
 * Tell a buffer's importers and users what holds from now on, unless they know.
 * With the dma_resv lock held.
 */
static void p2p_bar_buffer_sync_locked(struct p2p_bar_buffer *buf)
{
	bool revoked = buf->retired || READ_ONCE(buf->owner->blocked);

	if (revoked == buf->revoked)
		return;
	buf->revoked = revoked;
	if (revoked)
		p2p_bar_buffer_revoked(buf);
	else
		p2p_bar_buffer_restored(buf);
}

static void p2p_bar_buffer_sync(struct p2p_bar_buffer *buf)
{
	dma_resv_lock(buf->dmabuf->resv, NULL);
	p2p_bar_buffer_sync_locked(buf);
	dma_resv_unlock(buf->dmabuf->resv);
}

/* The last that its importers are told. */
static void p2p_bar_buffer_retire(struct p2p_bar_buffer *buf)
{
	dma_resv_lock(buf->dmabuf->resv, NULL);
	if (!buf->retired) {
		buf->retired = true;
		trace_p2p_bar_retire(buf);
		p2p_bar_buffer_sync_locked(buf);
		p2p_bar_event_signal(buf, P2P_DMABUF_EVENT_RETIRE);
		p2p_bar_events_drop(buf);
	}
	dma_resv_unlock(buf->dmabuf->resv);
}

static void p2p_bar_owner_sync(struct p2p_bar_owner *owner)
{
	struct p2p_bar_buffer *buf = NULL;

	while ((buf = p2p_bar_owner_next(owner, buf)))
		p2p_bar_buffer_sync(buf);
}

/* The first fence that is still to signal, with a reference, or NULL. */
static struct dma_fence *p2p_bar_buffer_fence(struct p2p_bar_buffer *buf)
{
	struct dma_resv_iter cursor;
	struct dma_fence *fence;

	dma_resv_iter_begin(&cursor, buf->dmabuf->resv,
			    DMA_RESV_USAGE_BOOKKEEP);
	fence = dma_resv_iter_first_unlocked(&cursor);
	if (fence)
		dma_fence_get(fence);
	dma_resv_iter_end(&cursor);
	return fence;
}

static void p2p_bar_wait_log(struct p2p_bar_buffer *buf)
{
	struct p2p_bar_attachment *att;

	/* An importer that is busy with the buffer right now holds this lock. */
	if (!dma_resv_trylock(buf->dmabuf->resv)) {
		pci_warn(buf->owner->pdev,
			 "p2p-bar: revoking BAR %d: buffer %lu is busy in its importer\n",
			 buf->provider->bar, buf->id);
		return;
	}
	list_for_each_entry(att, &buf->attachments, node) {
		if (att->maps)
			pci_warn(buf->owner->pdev,
				 "p2p-bar: revoking BAR %d: still waiting for %s %s to unmap buffer %lu\n",
				 buf->provider->bar,
				 dev_driver_string(att->attach->dev),
				 dev_name(att->attach->dev), buf->id);
	}
	if (!buf->tables)
		pci_warn(buf->owner->pdev,
			 "p2p-bar: revoking BAR %d: still waiting for a fence of buffer %lu\n",
			 buf->provider->bar, buf->id);
	dma_resv_unlock(buf->dmabuf->resv);
}

/* ---- cutting ---- */

/* Which mappings to cut: of those who do not listen, or all that can be. */
enum p2p_bar_cut {
	P2P_BAR_CUT_KEPT,
	P2P_BAR_CUT_LATE,
};

static bool p2p_bar_cut_wanted(const struct p2p_bar_mapping *mapping,
			       enum p2p_bar_cut which)
{
	return mapping->translated && !mapping->cut &&
	       (mapping->kept || which == P2P_BAR_CUT_LATE);
}

static void p2p_bar_buffer_cut(struct p2p_bar_buffer *buf,
			       enum p2p_bar_cut which)
{
	struct p2p_bar_mapping *mapping;

	dma_resv_lock(buf->dmabuf->resv, NULL);
	list_for_each_entry(mapping, &buf->mappings, node) {
		/* Who was not expected to be cut has not prepared for it. */
		if (!p2p_bar_cut_wanted(mapping, which) ||
		    p2p_bar_cut_prepare())
			continue;
		if (which == P2P_BAR_CUT_LATE)
			pci_warn(buf->owner->pdev,
				 "p2p-bar: revoking BAR %d: %s %s did not unmap buffer %lu in time, and is cut off\n",
				 buf->provider->bar,
				 dev_driver_string(mapping->dev),
				 dev_name(mapping->dev), buf->id);
		trace_p2p_bar_cut(buf, mapping);
		p2p_bar_cut_mapping(mapping);
		WRITE_ONCE(buf->tables, buf->tables - mapping->users);
	}
	dma_resv_unlock(buf->dmabuf->resv);
}

/*
 * Whether nothing is mapped and nothing was that could still be used: then
 * fences say nothing any more. What was translated has been unmapped or cut.
 */
static bool p2p_bar_buffer_severed(struct p2p_bar_buffer *buf)
{
	struct p2p_bar_attachment *att;
	bool severed;

	dma_resv_lock(buf->dmabuf->resv, NULL);
	severed = !buf->tables;
	list_for_each_entry(att, &buf->attachments, node)
		severed = severed && p2p_bar_cut_possible(att);
	dma_resv_unlock(buf->dmabuf->resv);
	return severed;
}

/* ---- waiting ---- */

static bool p2p_bar_let_go(struct p2p_bar_buffer *buf, struct dma_fence *fence)
{
	return fence ? dma_fence_is_signaled(fence) : !READ_ONCE(buf->tables);
}

static struct p2p_bar_wait p2p_bar_wait_begin(bool killable)
{
	const unsigned int ms = READ_ONCE(p2p_bar_revoke_timeout_ms);

	return (struct p2p_bar_wait){
		.killable = killable,
		.limited = ms,
		.limit = jiffies + msecs_to_jiffies(ms),
	};
}

/* Jiffies until there is something to say or to do. */
static long p2p_bar_wait_step(const struct p2p_bar_wait *wait)
{
	long left = wait->limit - jiffies;

	if (!wait->limited || left <= 0)
		return P2P_BAR_WAIT_LOG;
	return min_t(long, left, P2P_BAR_WAIT_LOG);
}

static bool p2p_bar_wait_late(const struct p2p_bar_wait *wait)
{
	return wait->limited && time_after_eq(jiffies, wait->limit);
}

/*
 * Wait for @fence, or with none for the last unmap, or for the limit. The waits
 * end by an event; the time-out is there to write to the log, and to give up
 * waiting.
 *
 * Return: 0 when that has come, 1 when it is late, or -ERESTARTSYS.
 */
static int p2p_bar_buffer_wait_one(struct p2p_bar_buffer *buf,
				   struct dma_fence *fence,
				   const struct p2p_bar_wait *wait)
{
	bool late = p2p_bar_wait_late(wait);
	long left;

	do {
		if (wait->killable)
			left = wait_event_killable_timeout(buf->idle,
							   p2p_bar_let_go(buf, fence),
							   p2p_bar_wait_step(wait));
		else
			left = wait_event_timeout(buf->idle,
						  p2p_bar_let_go(buf, fence),
						  p2p_bar_wait_step(wait));
		if (!left && !late && p2p_bar_wait_late(wait))
			return 1;
		if (!left)
			p2p_bar_wait_log(buf);
	} while (!left);
	return left < 0 ? left : 0;
}

struct p2p_bar_fence_wait {
	struct dma_fence_cb cb;
	struct p2p_bar_buffer *buf;
};

static void p2p_bar_fence_signaled(struct dma_fence *fence,
				   struct dma_fence_cb *cb)
{
	struct p2p_bar_fence_wait *wait =
		container_of(cb, struct p2p_bar_fence_wait, cb);

	wake_up_all(&wait->buf->idle);
}

/* dma_fence_wait() knows no wait that only a fatal signal ends. */
static int p2p_bar_buffer_wait_fence(struct p2p_bar_buffer *buf,
				     struct dma_fence *fence,
				     const struct p2p_bar_wait *wait)
{
	struct p2p_bar_fence_wait fence_wait = { .buf = buf };
	int ret;

	if (dma_fence_add_callback(fence, &fence_wait.cb,
				   p2p_bar_fence_signaled))
		return 0;	/* signalled already */
	ret = p2p_bar_buffer_wait_one(buf, fence, wait);
	dma_fence_remove_callback(fence, &fence_wait.cb);
	return ret;
}

/* As p2p_bar_buffer_wait_one(), for all fences and then the last unmap. */
static int p2p_bar_buffer_wait_all(struct p2p_bar_buffer *buf,
				   const struct p2p_bar_wait *wait)
{
	struct dma_fence *fence;
	int ret = 0;

	while (!ret) {
		fence = p2p_bar_buffer_fence(buf);
		if (fence) {
			ret = p2p_bar_buffer_wait_fence(buf, fence, wait);
			dma_fence_put(fence);
		} else if (READ_ONCE(buf->tables)) {
			ret = p2p_bar_buffer_wait_one(buf, NULL, wait);
		} else {
			break;
		}
	}
	return ret;
}

static int p2p_bar_buffer_wait(struct p2p_bar_buffer *buf,
			       const struct p2p_bar_wait *wait)
{
	int ret = p2p_bar_buffer_wait_all(buf, wait);

	if (ret <= 0)
		return ret;
	p2p_bar_buffer_cut(buf, P2P_BAR_CUT_LATE);
	if (p2p_bar_buffer_severed(buf))
		return 0;
	return p2p_bar_buffer_wait_all(buf, wait);
}

static void p2p_bar_flush_domain(struct p2p_bar_flush *flush,
				 struct iommu_domain *domain)
{
	unsigned int i;

	for (i = 0; i < flush->nr; i++) {
		if (flush->done[i] == domain)
			return;
	}
	iommu_flush_iotlb_all(domain);
	if (flush->nr < P2P_BAR_FLUSHED_MAX)
		flush->done[flush->nr++] = domain;
}

/*
 * Only attachments that still exist can owe a flush: detach pays for those that
 * go. Their devices, and so the domains, are alive under the dma_resv lock.
 */
static void p2p_bar_buffer_flush(struct p2p_bar_buffer *buf,
				 struct p2p_bar_flush *flush)
{
	struct p2p_bar_attachment *att;
	struct iommu_domain *domain;

	dma_resv_lock(buf->dmabuf->resv, NULL);
	list_for_each_entry(att, &buf->attachments, node) {
		if (!att->owes_flush)
			continue;
		att->owes_flush = false;
		domain = iommu_get_domain_for_dev(att->attach->dev);
		if (domain)
			p2p_bar_flush_domain(flush, domain);
	}
	dma_resv_unlock(buf->dmabuf->resv);
}

/*
 * All buffers are idle before the first flush, so that one flush of a domain
 * serves all of them.
 */
static int p2p_bar_owner_wait(struct p2p_bar_owner *owner, bool killable)
{
	const struct p2p_bar_wait wait = p2p_bar_wait_begin(killable);
	struct p2p_bar_flush flush = {};
	struct p2p_bar_buffer *buf = NULL;
	int ret;

	while ((buf = p2p_bar_owner_next(owner, buf)))
		p2p_bar_buffer_cut(buf, P2P_BAR_CUT_KEPT);
	while ((buf = p2p_bar_owner_next(owner, buf))) {
		ret = p2p_bar_buffer_wait(buf, &wait);
		if (ret) {
			dma_buf_put(buf->dmabuf);
			return ret;
		}
	}
	while ((buf = p2p_bar_owner_next(owner, buf)))
		p2p_bar_buffer_flush(buf, &flush);
	return 0;
}

/**
 * p2p_bar_revoke_begin() - begin to withdraw all mappings
 * @owner: The owner.
 *
 * From now on nothing is mapped, and every importer has been told, when this
 * returns; p2p_bar_revoke_wait() waits until they have let go. Revocations
 * nest; each is ended by one p2p_bar_restore().
 */
void p2p_bar_revoke_begin(struct p2p_bar_owner *owner)
{
	mutex_lock(&owner->lock);
	owner->holds++;
	WRITE_ONCE(owner->blocked, true);
	mutex_unlock(&owner->lock);

	p2p_bar_owner_sync(owner);
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_revoke_begin, "P2P_BAR");

/**
 * p2p_bar_revoke_wait() - wait until no importer can reach the BARs
 * @owner: The owner, with a revocation begun.
 *
 * Never fails and has no time limit; every 10 s the log names the importers
 * that have not let go.
 */
void p2p_bar_revoke_wait(struct p2p_bar_owner *owner)
{
	p2p_bar_owner_wait(owner, false);
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_revoke_wait, "P2P_BAR");

/**
 * p2p_bar_revoke_wait_killable() - the same, until the process is killed
 * @owner: The owner, with a revocation begun.
 *
 * Return: 0, or -ERESTARTSYS at a fatal signal. The revocation is then still in
 * force and has to be ended with p2p_bar_restore() all the same.
 */
int p2p_bar_revoke_wait_killable(struct p2p_bar_owner *owner)
{
	return p2p_bar_owner_wait(owner, true);
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_revoke_wait_killable, "P2P_BAR");

/**
 * p2p_bar_restore() - end a revocation
 * @owner: The owner.
 *
 * Once the last revocation has ended, and if the device answers memory
 * requests, the importers are told that they may map again.
 */
void p2p_bar_restore(struct p2p_bar_owner *owner)
{
	bool blocked;

	mutex_lock(&owner->lock);
	if (!WARN_ON(!owner->holds))
		owner->holds--;
	p2p_bar_owner_update(owner);
	blocked = owner->blocked;
	mutex_unlock(&owner->lock);

	if (!blocked)
		p2p_bar_owner_sync(owner);
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_restore, "P2P_BAR");

/**
 * p2p_bar_refresh() - notice that the device's memory came or went
 * @owner: The owner.
 *
 * For changes that nobody announced by a revocation. Costs little where nothing
 * has changed. Where the memory has gone, waits for the importers as
 * p2p_bar_revoke_wait_killable() does.
 */
void p2p_bar_refresh(struct p2p_bar_owner *owner)
{
	bool before, blocked;

	mutex_lock(&owner->lock);
	before = owner->blocked;
	p2p_bar_owner_update(owner);
	blocked = owner->blocked;
	mutex_unlock(&owner->lock);

	if (blocked == before)
		return;
	p2p_bar_owner_sync(owner);
	if (blocked)
		p2p_bar_owner_wait(owner, true);
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_refresh, "P2P_BAR");

/**
 * p2p_bar_revoke_retire() - withdraw all mappings for good
 * @owner: An owner that has been closed, so that no buffer can be added.
 */
void p2p_bar_revoke_retire(struct p2p_bar_owner *owner)
{
	struct p2p_bar_buffer *buf = NULL;

	while ((buf = p2p_bar_owner_next(owner, buf)))
		p2p_bar_buffer_retire(buf);
	p2p_bar_owner_wait(owner, false);
}

/**
 * p2p_bar_revoke_retire_one() - withdraw one buffer's mappings for good
 * @buf: The buffer; the caller holds a reference to its file.
 *
 * It stays under its owner's control, as who walks the owner's buffers may be at
 * it.
 *
 * Return: 0 once no importer can reach the BAR through it; -EINTR if the caller
 * was killed meanwhile.
 */
int p2p_bar_revoke_retire_one(struct p2p_bar_buffer *buf)
{
	const struct p2p_bar_wait wait = p2p_bar_wait_begin(true);
	struct p2p_bar_flush flush = {};
	int ret;

	p2p_bar_buffer_retire(buf);
	p2p_bar_buffer_cut(buf, P2P_BAR_CUT_KEPT);
	ret = p2p_bar_buffer_wait(buf, &wait);
	if (ret)
		return -EINTR;
	p2p_bar_buffer_flush(buf, &flush);
	return 0;
}
