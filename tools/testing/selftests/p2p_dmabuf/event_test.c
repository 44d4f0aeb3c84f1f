// SPDX-License-Identifier: GPL-2.0-only
/*
 * P2P_DMABUF_EVENT and P2P_DMABUF_REVOKE: what becomes of a buffer is told, in
 * order, and nothing of it is lost; and one buffer can be taken back alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/control.h"
#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/vfio.h"

#define PAGE 4096ULL

/* Of the long test, on one machine of each kernel; the others do with fewer. */
#define ROUNDS 10000
#define FEW_ROUNDS 300

/* Instead of the harness's 30 s. */
#define LONG_S 600

#define REVOKE P2P_DMABUF_EVENT_REVOKE
#define RESTORE P2P_DMABUF_EVENT_RESTORE
#define RETIRE P2P_DMABUF_EVENT_RETIRE
#define ALL (REVOKE | RESTORE | RETIRE)

FIXTURE(event)
{
	struct vfio_dev dev;
	int dmabuf;
	int other;	/* a second buffer */
};

FIXTURE_SETUP(event)
{
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->dmabuf = vfio_export(&self->dev, guest_bar(), 0, PAGE);
	ASSERT_LE(0, self->dmabuf);
	self->other = vfio_export(&self->dev, guest_bar(), 0, PAGE);
	ASSERT_LE(0, self->other);
}

FIXTURE_TEARDOWN(event)
{
	close(self->dmabuf);
	close(self->other);
	vfio_close(&self->dev);
}

static bool silent(int eventfd)
{
	struct pollfd poll_fd = { .fd = eventfd, .events = POLLIN };

	return poll(&poll_fd, 1, 0) == 0;
}

TEST_F(event, each_kind_has_its_own_eventfd)
{
	int revoke = control_eventfd(self->dmabuf, REVOKE);
	int restore = control_eventfd(self->dmabuf, RESTORE);
	int retire = control_eventfd(self->dmabuf, RETIRE);

	ASSERT_LE(0, revoke);
	ASSERT_LE(0, restore);
	ASSERT_LE(0, retire);
	EXPECT_TRUE(silent(revoke));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	EXPECT_EQ(1, control_events(revoke));
	EXPECT_TRUE(silent(restore));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	EXPECT_EQ(1, control_events(restore));
	EXPECT_TRUE(silent(revoke));
	EXPECT_TRUE(silent(retire));
	vfio_close(&self->dev);
	EXPECT_EQ(1, control_events(revoke));
	EXPECT_EQ(1, control_events(retire));
	EXPECT_TRUE(silent(restore));
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
}

TEST_F(event, count_and_state_belong_together)
{
	struct p2p_dmabuf_event ask = {
		.size = sizeof(ask), .fd = self->dmabuf,
		.eventfd = eventfd(0, 0), .mask = ALL,
	};
	struct p2p_dmabuf_info info;

	ASSERT_EQ(0, control_call(P2P_DMABUF_EVENT, &ask));
	EXPECT_EQ(P2P_DMABUF_LIVE, ask.state);
	EXPECT_EQ(0, ask.events);
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	ASSERT_EQ(0, control_call(P2P_DMABUF_EVENT, &ask));
	EXPECT_EQ(P2P_DMABUF_REVOKED, ask.state);
	EXPECT_EQ(1, ask.events);
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	ASSERT_EQ(0, control_info(self->dmabuf, &info));
	EXPECT_EQ(P2P_DMABUF_LIVE, info.state);
	EXPECT_EQ(2, info.events);
	EXPECT_EQ(1, info.generation);
	close(ask.eventfd);
}

/* A reader that does nothing else. */
struct reader {
	int eventfd;
	atomic_ulong seen;
	unsigned long wanted;
};

static void *read_all(void *arg)
{
	struct reader *reader = arg;

	while (atomic_load(&reader->seen) < reader->wanted)
		atomic_fetch_add(&reader->seen,
				 control_events(reader->eventfd));
	return NULL;
}

/* A debug kernel needs ten times as long for a round. */
static unsigned int rounds(void)
{
	return guest_is("root") && access("/sys/kernel/debug/kmemleak", F_OK) ?
	       ROUNDS : FEW_ROUNDS;
}

TEST_F_TIMEOUT(event, none_of_many_rounds_is_lost, LONG_S)
{
	struct reader reader = { .wanted = 2 * rounds() };
	int revoke = control_eventfd(self->dmabuf, REVOKE);
	struct p2p_dmabuf_info info;
	pthread_t thread;
	unsigned int i;

	reader.eventfd = control_eventfd(self->dmabuf, ALL);
	ASSERT_LE(0, reader.eventfd);
	ASSERT_EQ(0, pthread_create(&thread, NULL, read_all, &reader));
	for (i = 0; i < rounds(); i++) {
		ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
		/* Signalled by the time the call has returned, and once. */
		ASSERT_EQ(1, control_events(revoke));
		ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
		ASSERT_TRUE(silent(revoke));
	}
	pthread_join(thread, NULL);
	EXPECT_EQ(2 * rounds(), atomic_load(&reader.seen));
	EXPECT_TRUE(silent(reader.eventfd));
	ASSERT_EQ(0, control_info(self->dmabuf, &info));
	EXPECT_EQ(2 * rounds(), info.events);
	EXPECT_EQ(rounds(), info.generation);
	printf("# %u rounds\n", rounds());
}

TEST_F(event, comes_no_more_once_removed)
{
	struct p2p_dmabuf_event ask = {
		.size = sizeof(ask), .fd = self->dmabuf,
		.flags = P2P_DMABUF_EVENT_REMOVE,
	};

	ask.eventfd = control_eventfd(self->dmabuf, ALL);
	ASSERT_LE(0, ask.eventfd);
	EXPECT_EQ(0, control_call(P2P_DMABUF_EVENT, &ask));
	EXPECT_EQ(-ENOENT, control_call(P2P_DMABUF_EVENT, &ask));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	EXPECT_TRUE(silent(ask.eventfd));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	ask.mask = ALL;
	EXPECT_EQ(-EINVAL, control_call(P2P_DMABUF_EVENT, &ask));
}

TEST_F(event, mask_can_be_changed)
{
	struct p2p_dmabuf_event ask = {
		.size = sizeof(ask), .fd = self->dmabuf, .mask = RESTORE,
	};

	ask.eventfd = control_eventfd(self->dmabuf, REVOKE);
	ASSERT_LE(0, ask.eventfd);
	ASSERT_EQ(0, control_call(P2P_DMABUF_EVENT, &ask));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	EXPECT_TRUE(silent(ask.eventfd));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	EXPECT_EQ(1, control_events(ask.eventfd));
}

TEST_F(event, has_room_for_so_many_and_no_more)
{
	int eventfds[P2P_DMABUF_MAX_EVENTFDS], i;

	for (i = 0; i < P2P_DMABUF_MAX_EVENTFDS; i++) {
		eventfds[i] = control_eventfd(self->dmabuf, ALL);
		ASSERT_LE(0, eventfds[i]);
	}
	EXPECT_EQ(-ENOSPC, control_eventfd(self->dmabuf, ALL));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	for (i = 0; i < P2P_DMABUF_MAX_EVENTFDS; i++) {
		EXPECT_EQ(1, control_events(eventfds[i]));
		close(eventfds[i]);
	}
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
}

TEST_F(event, what_is_no_eventfd_is_refused)
{
	struct p2p_dmabuf_event ask = {
		.size = sizeof(ask), .fd = self->dmabuf, .mask = ALL,
	};

	ask.eventfd = -1;
	EXPECT_EQ(-EBADF, control_call(P2P_DMABUF_EVENT, &ask));
	EXPECT_EQ(-EBADF, control_eventfd(-1, ALL));
	ask.eventfd = self->dmabuf;
	EXPECT_EQ(-EINVAL, control_call(P2P_DMABUF_EVENT, &ask));
	ask.flags = P2P_DMABUF_EVENT_REMOVE;
	ask.mask = 0;
	EXPECT_EQ(-EINVAL, control_call(P2P_DMABUF_EVENT, &ask));
	EXPECT_EQ(-EINVAL, control_eventfd(self->dmabuf, 0));
	EXPECT_EQ(-EINVAL, control_eventfd(self->dmabuf, ALL << 1));
}

/* --- one buffer ------------------------------------------------------------ */

/* Who shows the device: by its own file or, on older kernels, its group's. */
static int device_of(FIXTURE_DATA(event) *self)
{
	int ret = control_revoke(self->dmabuf, self->dev.device);

	return ret == -EPERM ? self->dev.group : self->dev.device;
}

TEST_F(event, one_buffer_is_retired_alone)
{
	int events = control_eventfd(self->dmabuf, ALL);
	int device = device_of(self);
	struct p2p_dmabuf_info info;

	EXPECT_EQ(0, control_revoke(self->dmabuf, device));
	EXPECT_EQ(2, control_events(events));
	ASSERT_EQ(0, control_info(self->dmabuf, &info));
	EXPECT_EQ(P2P_DMABUF_RETIRED, info.state);
	EXPECT_EQ(2, info.events);
	EXPECT_EQ(-ENODEV, control_eventfd(self->dmabuf, ALL));
	/* There is nothing to wait for, so it is let go. */
	EXPECT_EQ(-ENOENT, control_event_remove(self->dmabuf, events));
	EXPECT_EQ(0, control_revoke(self->dmabuf, device));
	EXPECT_STREQ("live", guest_buffer_state(self->other));

	/* What comes and goes meanwhile is not told any more. */
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	EXPECT_TRUE(silent(events));
	ASSERT_EQ(0, control_info(self->dmabuf, &info));
	EXPECT_EQ(P2P_DMABUF_RETIRED, info.state);
	EXPECT_STREQ("live", guest_buffer_state(self->other));
}

TEST_F(event, device_is_shown_by_its_own_descriptor_or_its_groups)
{
	struct utsname name;
	long major, minor;
	char *rest;

	EXPECT_EQ(0, control_revoke(self->other, self->dev.group));
	ASSERT_EQ(0, uname(&name));
	major = strtol(name.release, &rest, 10);
	ASSERT_EQ('.', *rest);
	minor = strtol(rest + 1, NULL, 10);
	if (major < 6 || (major == 6 && minor < 10))
		SKIP(return, "before Linux 6.10 it is shown by its group's only");
	EXPECT_EQ(0, control_revoke(self->dmabuf, self->dev.device));
}

TEST_F(event, importers_of_a_retired_buffer_let_go)
{
	int importer = importer_open(guest_importer()), handle, other;
	int device;

	handle = importer_attach_map(importer, self->dmabuf, &importer_good);
	if (handle == -EOPNOTSUPP && guest_is("none"))
		SKIP(return, "no importer may attach here");
	ASSERT_LE(0, handle);
	other = importer_attach_map(importer, self->other, &importer_good);
	ASSERT_LE(0, other);
	device = device_of(self);
	EXPECT_EQ(0, control_revoke(self->dmabuf, device));
	EXPECT_FALSE(importer_mapped(importer, handle));
	EXPECT_EQ(-ENODEV, importer_map(importer, handle));
	EXPECT_EQ(-ENODEV, importer_attach(importer, self->dmabuf,
					   &importer_good));
	EXPECT_TRUE(importer_mapped(importer, other));
	close(importer);
}

TEST_F(event, importer_that_keeps_a_retired_buffer_is_cut_off)
{
	struct importer_manner keeper = importer_keeper();
	int importer = importer_open(guest_importer()), handle;

	handle = importer_attach_map(importer, self->dmabuf, &keeper);
	if (handle == -EOPNOTSUPP && !guest_translates())
		SKIP(return, "no IOMMU translates, so none can cut");
	if (handle == -EOPNOTSUPP && guest_is("none"))
		SKIP(return, "no importer may attach here");
	ASSERT_LE(0, handle);
	EXPECT_EQ(0, control_revoke(self->dmabuf, device_of(self)));
	EXPECT_EQ(0, importer_unmap(importer, handle));
	close(importer);
}

/* The buffer is retired all the same. */
TEST_F(event, who_waits_for_an_importer_can_be_killed)
{
	struct importer_manner stubborn = importer_good;
	int importer = importer_open(guest_importer()), handle, status;
	pid_t pid;

	stubborn.letgo = P2P_IMPORTER_LETGO_NEVER;
	handle = importer_attach_map(importer, self->dmabuf, &stubborn);
	if (handle == -EOPNOTSUPP && guest_is("none"))
		SKIP(return, "no importer may attach here");
	ASSERT_LE(0, handle);
	pid = fork();
	if (!pid) {
		control_revoke(self->dmabuf, self->dev.device);
		_exit(control_revoke(self->dmabuf, self->dev.group));
	}
	ASSERT_EQ(0, importer_wait(importer, handle, P2P_IMPORTER_NOTIFIED, 1,
				   60000));
	EXPECT_EQ(0, waitpid(pid, &status, WNOHANG));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_STREQ("retired", guest_buffer_state(self->dmabuf));
	EXPECT_EQ(0, importer_unmap(importer, handle));
	EXPECT_EQ(0, control_revoke(self->dmabuf, device_of(self)));
	close(importer);
}

TEST_F(event, nobody_else_can_retire)
{
	int file = open("/dev/null", O_RDONLY);

	EXPECT_EQ(-EBADF, control_revoke(self->dmabuf, -1));
	EXPECT_EQ(-EPERM, control_revoke(self->dmabuf, file));
	EXPECT_EQ(-EPERM, control_revoke(self->dmabuf, self->dmabuf));
	EXPECT_EQ(-EPERM, control_revoke(self->dmabuf, self->dev.container));
	EXPECT_EQ(-EBADF, control_revoke(-1, self->dev.device));
	EXPECT_EQ(-EINVAL, control_revoke(file, self->dev.device));
	EXPECT_STREQ("live", guest_buffer_state(self->dmabuf));
	/* Once it has been closed, whoever has it open next has another one. */
	vfio_close(&self->dev);
	ASSERT_EQ(0, guest_write("/sys/bus/pci/drivers/vfio-pci-dmabuf/unbind",
				 guest_exporter()));
	EXPECT_EQ(-EPERM, control_revoke(self->dmabuf, file));
	ASSERT_EQ(0, guest_write("/sys/bus/pci/drivers/vfio-pci-dmabuf/bind",
				 guest_exporter()));
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	EXPECT_EQ(-EPERM, control_revoke(self->dmabuf, self->dev.device));
	close(file);
}

TEST_HARNESS_MAIN
