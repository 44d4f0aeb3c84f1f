// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Events of a buffer.
 *
 * The kernel adds 1 to an eventfd for each event and does not say which it was.
 * Revocations and restorations take turns, so the state before an event tells
 * which of the two it is, unless it is the retirement: the last event of a
 * buffer that is retired.
 *
 * Invariant: of the buffer's events, taken are exactly the first @taken, and the
 * eventfd, a semaphore, holds one unit for each that the kernel has signalled
 * since. So it is readable as long as there is something to take, and when a
 * call fails nothing is lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/p2p_dmabuf.h>

#include "control.h"
#include "fd.h"
#include "p2pdmabuf.h"

#define ALL_EVENTS (P2P_DMABUF_EVENT_REVOKE | P2P_DMABUF_EVENT_RESTORE | \
		    P2P_DMABUF_EVENT_RETIRE)

struct p2p_events {
	int control;
	/* A duplicate: to ask the buffer, and to take the eventfd away again. */
	int buffer;
	int eventfd;
	uint32_t state;
	uint64_t taken;
};

static int event_call(struct p2p_events *events, uint32_t flags, uint32_t mask)
{
	struct p2p_dmabuf_event request = {
		.size = sizeof(request),
		.flags = flags,
		.fd = events->buffer,
		.eventfd = events->eventfd,
		.mask = mask,
	};

	if (ioctl(events->control, P2P_DMABUF_EVENT, &request))
		return -1;
	if (flags & P2P_DMABUF_EVENT_REMOVE)
		return 0;
	events->state = request.state;
	events->taken = request.events;
	return 0;
}

/* What was opened stays in @events when something fails. */
static int events_open(struct p2p_events *events, int buffer)
{
	events->control = p2p_control_open();
	if (events->control < 0)
		return -1;
	events->buffer = fcntl(buffer, F_DUPFD_CLOEXEC, 0);
	if (events->buffer < 0)
		return -1;
	events->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK |
				  EFD_SEMAPHORE);
	if (events->eventfd < 0)
		return -1;
	return event_call(events, 0, ALL_EVENTS);
}

static void events_free(struct p2p_events *events)
{
	int error = errno;

	p2p_fd_close(events->eventfd);
	p2p_fd_close(events->buffer);
	p2p_fd_close(events->control);
	free(events);
	errno = error;
}

struct p2p_events *p2p_events_open(int buffer)
{
	struct p2p_events *events = calloc(1, sizeof(*events));

	if (!events)
		return NULL;
	events->control = -1;
	events->buffer = -1;
	events->eventfd = -1;
	if (!events_open(events, buffer))
		return events;
	events_free(events);
	return NULL;
}

void p2p_events_close(struct p2p_events *events)
{
	int error = errno;

	if (!events)
		return;
	/* Fails if the buffer was retired: then it has let go already. */
	event_call(events, P2P_DMABUF_EVENT_REMOVE, 0);
	events_free(events);
	errno = error;
}

int p2p_events_fd(const struct p2p_events *events)
{
	if (events)
		return events->eventfd;
	errno = EINVAL;
	return -1;
}

int p2p_events_state(const struct p2p_events *events)
{
	if (events)
		return (int)events->state;
	errno = EINVAL;
	return -1;
}

/* The event that follows those taken; @info is of after it happened. */
static uint32_t next_type(const struct p2p_events *events,
			  const struct p2p_dmabuf_info *info)
{
	if (info->state == P2P_DMABUF_RETIRED &&
	    info->events == events->taken + 1)
		return P2P_EVENT_RETIRE;
	return events->state == P2P_STATE_LIVE ? P2P_EVENT_REVOKE
					       : P2P_EVENT_RESTORE;
}

static uint32_t state_after(uint32_t type)
{
	switch (type) {
	case P2P_EVENT_REVOKE:
		return P2P_STATE_REVOKED;
	case P2P_EVENT_RESTORE:
		return P2P_STATE_LIVE;
	default:
		return P2P_STATE_RETIRED;
	}
}

/*
 * Asks before it reads, as a unit that was read could not be put back. What the
 * kernel has not counted by then is left: the answer does not tell what it is.
 */
static int events_take(struct p2p_events *events, struct p2p_event *event)
{
	struct p2p_dmabuf_info info = {
		.size = sizeof(info),
		.fd = events->buffer,
	};
	uint64_t unit;

	if (ioctl(events->control, P2P_DMABUF_INFO, &info))
		return -1;
	if (info.events <= events->taken) {
		errno = EAGAIN;
		return -1;
	}
	if (read(events->eventfd, &unit, sizeof(unit)) < 0)
		return -1;
	*event = (struct p2p_event){
		.number = events->taken + 1,
		.type = next_type(events, &info),
	};
	events->state = state_after(event->type);
	events->taken++;
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until the eventfd is readable; @end is -1 for ever. */
static int events_wait(const struct p2p_events *events, int64_t end)
{
	struct pollfd fd = { .fd = events->eventfd, .events = POLLIN };
	int64_t rest = -1;
	int ret;

	if (end >= 0) {
		rest = end - now_ms();
		if (rest < 0)
			rest = 0;
	}
	ret = poll(&fd, 1, (int)rest);
	if (ret)
		return ret < 0 ? -1 : 0;
	errno = EAGAIN;
	return -1;
}

int p2p_events_next(struct p2p_events *events, int timeout,
		    struct p2p_event *event)
{
	int64_t end;

	if (!events || !event || timeout < -1) {
		errno = EINVAL;
		return -1;
	}
	if (events->state == P2P_STATE_RETIRED) {
		errno = ENODEV;
		return -1;
	}
	end = timeout < 0 ? -1 : now_ms() + timeout;
	while (events_take(events, event)) {
		if (errno != EAGAIN || events_wait(events, end))
			return -1;
	}
	return 0;
}

const char *p2p_event_name(uint32_t type)
{
	static const char * const names[] = {
		[P2P_EVENT_REVOKE] = "revoke",
		[P2P_EVENT_RESTORE] = "restore",
		[P2P_EVENT_RETIRE] = "retire",
	};

	if (type && type < sizeof(names) / sizeof(names[0]))
		return names[type];
	return "unknown";
}
