// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whom /dev/p2p_dmabuf believes: descriptors that were sent, mappings that were
 * inherited; and eventfds that are full, or closed, or the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/control.h"
#include "lib/guest.h"
#include "lib/vfio.h"

#define PAGE 4096ULL
#define BAR (2 * PAGE)	/* that is mapped */

#define ALL (P2P_DMABUF_EVENT_REVOKE | P2P_DMABUF_EVENT_RESTORE | \
	     P2P_DMABUF_EVENT_RETIRE)

FIXTURE(node)
{
	struct vfio_dev dev;
	char *bar;
	int dmabuf;
	int here;	/* a socket, */
	int there;	/* and a child's */
};

FIXTURE_SETUP(node)
{
	int ends[2];

	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->bar = vfio_map(&self->dev, guest_bar(), 0, BAR);
	ASSERT_NE(MAP_FAILED, self->bar);
	self->dmabuf = vfio_export(&self->dev, guest_bar(), 0, PAGE);
	ASSERT_LE(0, self->dmabuf);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends));
	self->here = ends[0];
	self->there = ends[1];
}

FIXTURE_TEARDOWN(node)
{
	close(self->here);
	close(self->there);
	close(self->dmabuf);
	munmap(self->bar, BAR);
	/* While they have an owner: no call holds one. */
	EXPECT_EQ(0, guest_count_lines(GUEST_BUFFERS, "buffer "));
	vfio_close(&self->dev);
}

/* --- other processes ------------------------------------------------------- */

union rights {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static void send_fd(int to, int fd)
{
	union rights rights = { .header = {
		.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
	} };
	struct iovec byte = { "", 1 };
	struct msghdr message = {
		.msg_iov = &byte, .msg_iovlen = 1,
		.msg_control = &rights, .msg_controllen = sizeof(rights),
	};

	memcpy(CMSG_DATA(&rights.header), &fd, sizeof(fd));
	if (sendmsg(to, &message, 0) != 1)
		abort();
}

static int receive_fd(int from)
{
	union rights rights = { 0 };
	char byte;
	struct iovec room = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &room, .msg_iovlen = 1,
		.msg_control = &rights, .msg_controllen = sizeof(rights),
	};
	int fd;

	if (recvmsg(from, &message, 0) != 1 || !rights.header.cmsg_len)
		return -1;
	memcpy(&fd, CMSG_DATA(&rights.header), sizeof(fd));
	return fd;
}

static int status_of(pid_t child)
{
	int status = -1;

	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Somebody who has what he is sent and nothing else: where he fails. */
static int stranger(int socket)
{
	struct p2p_dmabuf_info info;
	int buffer, group;

	if (dup2(socket, 3) != 3 || close_range(4, ~0U, 0))
		return 1;
	if (setgid(65534) || setuid(65534))
		return 2;
	buffer = receive_fd(3);
	if (control_info(buffer, &info) || info.state != P2P_DMABUF_LIVE)
		return 3;
	if (control_eventfd(buffer, ALL) < 0 || control_caching(buffer, 1))
		return 4;
	if (control_revoke(buffer, buffer) != -EPERM ||
	    control_revoke(buffer, 3) != -EPERM)
		return 5;
	/* Who has been given the device, too, owns it. */
	group = receive_fd(3);
	return control_revoke(buffer, group) ? 6 : 0;
}

TEST_F(node, descriptors_that_were_sent)
{
	pid_t child = fork();

	if (!child)
		_exit(stranger(self->there));
	send_fd(self->here, self->dmabuf);
	send_fd(self->here, self->dev.group);
	EXPECT_EQ(0, status_of(child));
	EXPECT_STREQ("retired", guest_buffer_state(self->dmabuf));
}

/* All that is left to a child is the mapping. */
static int heir(FIXTURE_DATA(node) *self)
{
	char byte;
	int fd;

	vfio_close(&self->dev);
	close(self->dmabuf);
	if (read(self->there, &byte, 1) != 1)
		return 1;
	fd = control_export(self->bar + PAGE, PAGE, O_RDWR, NULL);
	if (fd < 0)
		return 2;
	send_fd(self->there, fd);
	return read(self->there, &byte, 1) == 1 ? 0 : 3;
}

/* It is the child's own, and holds the device until the child is gone. */
TEST_F(node, mapping_that_was_inherited)
{
	struct p2p_dmabuf_info info;
	pid_t child = fork();
	int fd;

	if (!child)
		_exit(heir(self));
	munmap(self->bar, BAR);
	vfio_close(&self->dev);
	EXPECT_STREQ("live", guest_buffer_state(self->dmabuf));
	ASSERT_EQ(1, write(self->here, "", 1));
	fd = receive_fd(self->here);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, control_info(fd, &info));
	EXPECT_EQ(PAGE, info.length);
	EXPECT_EQ(P2P_DMABUF_LIVE, info.state);
	ASSERT_EQ(1, write(self->here, "", 1));
	EXPECT_EQ(0, status_of(child));
	ASSERT_EQ(0, control_info(fd, &info));
	EXPECT_EQ(P2P_DMABUF_RETIRED, info.state);
	ASSERT_EQ(0, control_info(self->dmabuf, &info));
	EXPECT_EQ(P2P_DMABUF_RETIRED, info.state);
	close(fd);
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->bar = vfio_map(&self->dev, guest_bar(), 0, BAR);
	ASSERT_NE(MAP_FAILED, self->bar);
}

/* --- eventfds -------------------------------------------------------------- */

/* An eventfd is one, whatever number it has, and so is a buffer. */
TEST_F(node, second_number_is_no_second_eventfd)
{
	int one = eventfd(0, EFD_CLOEXEC), two = dup(one);
	int again = dup(self->dmabuf);

	ASSERT_EQ(0, control_event_add(self->dmabuf, one, ALL));
	ASSERT_EQ(0, control_event_add(again, two, ALL));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	EXPECT_EQ(1, control_events(one));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	EXPECT_EQ(0, control_event_remove(again, one));
	EXPECT_EQ(-ENOENT, control_event_remove(self->dmabuf, two));
	close(one);
	close(two);
	close(again);
}

/* What it cannot count is lost to it, and holds nobody up. */
TEST_F(node, eventfd_that_is_full)
{
	int full = control_eventfd(self->dmabuf, ALL);
	int other = control_eventfd(self->dmabuf, ALL);
	struct pollfd poll_fd = { .fd = full, .events = POLLIN };
	uint64_t count = UINT64_MAX - 1;

	ASSERT_LE(0, full);
	ASSERT_LE(0, other);
	ASSERT_EQ(sizeof(count), write(full, &count, sizeof(count)));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	EXPECT_EQ(2, control_events(other));
	EXPECT_EQ(1, poll(&poll_fd, 1, 0));
	EXPECT_EQ(POLLERR, poll_fd.revents & POLLERR);
	EXPECT_EQ(UINT64_MAX, control_events(full));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	EXPECT_EQ(1, control_events(full));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	close(full);
	close(other);
}

TEST_F(node, eventfds_that_are_closed_keep_their_place)
{
	struct p2p_dmabuf_info info;
	int i, fd;

	for (i = 0; i < P2P_DMABUF_MAX_EVENTFDS; i++) {
		fd = control_eventfd(self->dmabuf, ALL);
		ASSERT_LE(0, fd);
		close(fd);
	}
	EXPECT_EQ(-ENOSPC, control_eventfd(self->dmabuf, ALL));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	ASSERT_EQ(0, control_info(self->dmabuf, &info));
	EXPECT_EQ(2, info.events);
}

/* One at a time, so each makes room for the next. */
TEST_F(node, eventfds_that_are_removed_make_room)
{
	int i, fd;

	for (i = 0; i < 2 * P2P_DMABUF_MAX_EVENTFDS; i++) {
		fd = control_eventfd(self->dmabuf, ALL);
		ASSERT_LE(0, fd);
		/* Once more is no more. */
		ASSERT_EQ(0, control_event_add(self->dmabuf, fd, ALL));
		ASSERT_EQ(0, control_event_remove(self->dmabuf, fd));
		close(fd);
	}
}

TEST_HARNESS_MAIN
