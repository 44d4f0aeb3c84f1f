// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: what happens to a buffer, as eventfds tell it.
 *
 * Events are signalled, and counted, under the buffer's dma_resv lock, where the
 * state they tell of is changed. So they come in the order of what happened, and
 * whoever adds an eventfd learns the state and the count that belong together.
 */
#include <linux/dma-resv.h>
#include <linux/eventfd.h>
#include <linux/slab.h>

#include "p2p_bar_priv.h"

#define P2P_BAR_EVENTS (P2P_DMABUF_EVENT_REVOKE | P2P_DMABUF_EVENT_RESTORE | \
			P2P_DMABUF_EVENT_RETIRE)

struct p2p_bar_eventfd {
	struct list_head node;	/* in the buffer's list, under its lock */
	struct eventfd_ctx *ctx;
	u32 mask;
};

static struct p2p_bar_eventfd *p2p_bar_event_find(struct p2p_bar_buffer *buf,
						  struct eventfd_ctx *ctx)
{
	struct p2p_bar_eventfd *eventfd;

	list_for_each_entry(eventfd, &buf->eventfds, node) {
		if (eventfd->ctx == ctx)
			return eventfd;
	}
	return NULL;
}

static void p2p_bar_eventfd_free(struct p2p_bar_buffer *buf,
				 struct p2p_bar_eventfd *eventfd)
{
	list_del(&eventfd->node);
	buf->nr_eventfds--;
	eventfd_ctx_put(eventfd->ctx);
	kfree(eventfd);
}

/**
 * p2p_bar_event_signal() - count an event, and tell those who want to know
 * @buf: The buffer, with its dma_resv lock held.
 * @event: P2P_DMABUF_EVENT_REVOKE, _RESTORE or _RETIRE.
 */
void p2p_bar_event_signal(struct p2p_bar_buffer *buf, u32 event)
{
	struct p2p_bar_eventfd *eventfd;

	dma_resv_assert_held(buf->dmabuf->resv);

	buf->events++;
	list_for_each_entry(eventfd, &buf->eventfds, node) {
		if (eventfd->mask & event)
			eventfd_signal(eventfd->ctx);
	}
}

/**
 * p2p_bar_events_drop() - there will be no more events
 * @buf: The buffer, with its dma_resv lock held, or used by nobody else any more.
 */
void p2p_bar_events_drop(struct p2p_bar_buffer *buf)
{
	struct p2p_bar_eventfd *eventfd, *next;

	list_for_each_entry_safe(eventfd, next, &buf->eventfds, node)
		p2p_bar_eventfd_free(buf, eventfd);
}

/* Takes over @new's eventfd, or returns why not. */
static int p2p_bar_event_insert(struct p2p_bar_buffer *buf,
				struct p2p_bar_eventfd *new)
{
	struct p2p_bar_eventfd *old = p2p_bar_event_find(buf, new->ctx);

	if (buf->retired)
		return -ENODEV;
	if (old)
		p2p_bar_eventfd_free(buf, old);
	else if (buf->nr_eventfds == P2P_DMABUF_MAX_EVENTFDS)
		return -ENOSPC;
	list_add_tail(&new->node, &buf->eventfds);
	buf->nr_eventfds++;
	return 0;
}

/**
 * p2p_bar_event_add() - P2P_DMABUF_EVENT
 * @buf: The buffer; the caller holds a reference to its file.
 * @ask: The user's; receives state and count.
 *
 * Return: 0 or a negative errno as at struct p2p_dmabuf_event.
 */
int p2p_bar_event_add(struct p2p_bar_buffer *buf, struct p2p_dmabuf_event *ask)
{
	struct p2p_bar_eventfd *new;
	int ret;

	if (!ask->mask || ask->mask & ~P2P_BAR_EVENTS)
		return -EINVAL;
	new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	new->mask = ask->mask;
	new->ctx = eventfd_ctx_fdget(ask->eventfd);
	if (IS_ERR(new->ctx)) {
		ret = PTR_ERR(new->ctx);
		goto err_free;
	}

	dma_resv_lock(buf->dmabuf->resv, NULL);
	ret = p2p_bar_event_insert(buf, new);
	ask->state = p2p_bar_buffer_state(buf);
	ask->events = buf->events;
	dma_resv_unlock(buf->dmabuf->resv);
	if (ret)
		goto err_put;
	return 0;

err_put:
	eventfd_ctx_put(new->ctx);
err_free:
	kfree(new);
	return ret;
}

/**
 * p2p_bar_event_remove() - P2P_DMABUF_EVENT with P2P_DMABUF_EVENT_REMOVE
 * @buf: The buffer; the caller holds a reference to its file.
 * @fd: The eventfd.
 *
 * Return: 0 or a negative errno as at struct p2p_dmabuf_event.
 */
int p2p_bar_event_remove(struct p2p_bar_buffer *buf, int fd)
{
	struct eventfd_ctx *ctx = eventfd_ctx_fdget(fd);
	struct p2p_bar_eventfd *eventfd;

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	dma_resv_lock(buf->dmabuf->resv, NULL);
	eventfd = p2p_bar_event_find(buf, ctx);
	if (eventfd)
		p2p_bar_eventfd_free(buf, eventfd);
	dma_resv_unlock(buf->dmabuf->resv);
	eventfd_ctx_put(ctx);
	return eventfd ? 0 : -ENOENT;
}
