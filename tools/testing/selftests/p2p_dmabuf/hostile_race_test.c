// SPDX-License-Identifier: GPL-2.0-only
/*
 * What /dev/p2p_dmabuf looks at goes away under way, or comes back: a mapping,
 * the device, eventfds. One thread makes the calls, another one meddles.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/control.h"
#include "lib/guest.h"
#include "lib/vfio.h"

#define PAGE 4096ULL
#define BAR (2 * PAGE)	/* that is mapped */

#define ALL (P2P_DMABUF_EVENT_REVOKE | P2P_DMABUF_EVENT_RESTORE | \
	     P2P_DMABUF_EVENT_RETIRE)

/* Where routes differ, races do not: in full on one machine. */
static int rounds_wanted(void)
{
	return guest_is("root") ? 500 : 100;
}

FIXTURE(race)
{
	struct vfio_dev dev;
	char *bar;
	int dmabuf;
};

FIXTURE_SETUP(race)
{
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->bar = vfio_map(&self->dev, guest_bar(), 0, BAR);
	ASSERT_NE(MAP_FAILED, self->bar);
	self->dmabuf = vfio_export(&self->dev, guest_bar(), 0, PAGE);
	ASSERT_LE(0, self->dmabuf);
}

FIXTURE_TEARDOWN(race)
{
	close(self->dmabuf);
	munmap(self->bar, BAR);
	/* While they have an owner: no call holds one. */
	EXPECT_EQ(0, guest_count_lines(GUEST_BUFFERS, "buffer "));
	vfio_close(&self->dev);
}

struct pest {
	pthread_t thread;
	struct vfio_dev *dev;
	char *bar;
	const int *dmabuf;
	atomic_bool stop;
	atomic_ulong turns;
	unsigned long wrong;	/* answers that nothing allows for */
};

static void pest_begin(struct pest *pest, void *(*act)(void *arg))
{
	if (pthread_create(&pest->thread, NULL, act, pest))
		abort();
	while (!atomic_load(&pest->turns))
		sched_yield();
}

static void pest_end(struct pest *pest)
{
	atomic_store(&pest->stop, true);
	pthread_join(pest->thread, NULL);
}

static bool one_of(int ret, int first, int second, int third)
{
	return !ret || ret == -first || ret == -second || ret == -third;
}

/* The second page of the BAR is there, is memory, or is nothing. */
static void *pull_away(void *arg)
{
	struct pest *pest = arg;
	struct vfio_region_info info = {
		.argsz = sizeof(info), .index = guest_bar(),
	};
	char *at = pest->bar + PAGE;
	int device = pest->dev->device;

	pest->wrong = !!ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info);
	while (!atomic_load(&pest->stop)) {
		mmap(at, PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		sched_yield();
		munmap(at, PAGE);
		sched_yield();
		mmap(at, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		     device, info.offset + PAGE);
		sched_yield();
		atomic_fetch_add(&pest->turns, 1);
	}
	return NULL;
}

TEST_F_TIMEOUT(race, mapping_is_pulled_away, 120)
{
	unsigned long made = 0, memory = 0, nothing = 0, rounds;
	const unsigned long wanted = rounds_wanted();
	struct pest pest = {
		.dev = &self->dev, .bar = self->bar, .dmabuf = &self->dmabuf,
	};
	int ret;

	pest_begin(&pest, pull_away);
	for (rounds = 0; rounds < wanted || !made || !memory || !nothing;
	     rounds++) {
		ret = control_export(self->bar, BAR, O_RDWR, NULL);
		if (ret >= 0)
			close(ret);
		made += ret >= 0;
		memory += ret == -ENODEV;
		nothing += ret == -EFAULT;
	}
	pest_end(&pest);
	EXPECT_EQ(0, pest.wrong);
	EXPECT_EQ(rounds, made + memory + nothing);
	printf("# %lu made, %lu of memory, %lu of nothing\n", made, memory,
	       nothing);
}

/* Every call, of a buffer and a device that are there or are not. */
static void *meddle(void *arg)
{
	struct pest *pest = arg;
	int own = eventfd(0, EFD_CLOEXEC), dmabuf, ret;
	struct p2p_dmabuf_info info;
	unsigned long turn;

	while (!atomic_load(&pest->stop)) {
		turn = atomic_fetch_add(&pest->turns, 1);
		dmabuf = *pest->dmabuf;
		ret = control_info(dmabuf, &info);
		pest->wrong += !one_of(ret, EBADF, EINVAL, EBADF);
		ret = control_event_add(dmabuf, own, ALL);
		pest->wrong += !one_of(ret, EBADF, EINVAL, ENODEV);
		ret = control_event_remove(dmabuf, own);
		pest->wrong += !one_of(ret, EBADF, EINVAL, ENOENT);
		ret = control_caching(dmabuf, turn & 1);
		pest->wrong += !one_of(ret, EBADF, EINVAL, EBADF);
		if (turn % 16)
			continue;
		ret = control_revoke(dmabuf, turn & 16 ? pest->dev->device :
							 pest->dev->group);
		pest->wrong += !one_of(ret, EBADF, EINVAL, EPERM);
	}
	close(own);
	return NULL;
}

/* A call that looks at the descriptors holds their files for that long. */
static void open_again(struct vfio_dev *dev)
{
	while (vfio_open(dev, guest_exporter()))
		sched_yield();
}

/* The last to let go of the device retires the buffer, or a call has. */
static void wait_for_retirement(int retired)
{
	if (retired < 0)
		return;
	control_events(retired);
	close(retired);
}

TEST_F_TIMEOUT(race, device_is_closed_under_way, 300)
{
	struct pest pest = {
		.dev = &self->dev, .bar = self->bar, .dmabuf = &self->dmabuf,
	};
	struct p2p_dmabuf_info info;
	const int openings = rounds_wanted() / 10;
	int i, retired, alone = 0;

	munmap(self->bar, BAR);
	pest_begin(&pest, meddle);
	for (i = 0; i < openings; i++) {
		retired = control_eventfd(self->dmabuf,
					  P2P_DMABUF_EVENT_RETIRE);
		ASSERT_TRUE(retired >= 0 || retired == -ENODEV);
		alone += retired < 0;
		ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
		ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
		vfio_close(&self->dev);
		wait_for_retirement(retired);
		ASSERT_EQ(0, control_info(self->dmabuf, &info));
		ASSERT_EQ(P2P_DMABUF_RETIRED, info.state);
		close(self->dmabuf);
		open_again(&self->dev);
		self->dmabuf = vfio_export(&self->dev, guest_bar(), 0, PAGE);
		ASSERT_LE(0, self->dmabuf);
	}
	pest_end(&pest);
	EXPECT_EQ(0, pest.wrong);
	printf("# %lu turns, %d retired before\n", atomic_load(&pest.turns),
	       alone);
	self->bar = vfio_map(&self->dev, guest_bar(), 0, BAR);
	ASSERT_NE(MAP_FAILED, self->bar);
}

/* What it is told when it is added is true. */
static void *come_and_go(void *arg)
{
	struct pest *pest = arg;
	struct p2p_dmabuf_event ask = {
		.size = sizeof(ask), .fd = *pest->dmabuf, .mask = ALL,
		.eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	uint64_t before = 0;

	while (!atomic_load(&pest->stop)) {
		pest->wrong += control_call(P2P_DMABUF_EVENT, &ask) ||
			       ask.events < before ||
			       ask.state != (ask.events & 1 ?
					     P2P_DMABUF_REVOKED :
					     P2P_DMABUF_LIVE);
		before = ask.events;
		pest->wrong += !!control_event_remove(ask.fd, ask.eventfd);
		atomic_fetch_add(&pest->turns, 1);
	}
	close(ask.eventfd);
	return NULL;
}

TEST_F_TIMEOUT(race, eventfds_come_and_go_under_way, 120)
{
	int stays = control_eventfd(self->dmabuf, ALL), i;
	const int rounds = rounds_wanted();
	struct pest pest = {
		.dev = &self->dev, .bar = self->bar, .dmabuf = &self->dmabuf,
	};

	ASSERT_LE(0, stays);
	pest_begin(&pest, come_and_go);
	for (i = 0; i < rounds; i++) {
		ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
		ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	}
	pest_end(&pest);
	EXPECT_EQ(0, pest.wrong);
	EXPECT_EQ(2 * rounds, control_events(stays));
	printf("# %lu turns\n", atomic_load(&pest.turns));
	close(stays);
}

TEST_HARNESS_MAIN
