// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap() of a buffer: the CPU sees the slices while importers may, and gets
 * SIGBUS while they may not.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/control.h"
#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/vfio.h"

#define PAGE 4096ULL

/* Not in the order of the BAR. */
static const struct vfio_region_dma_range ranges[] = {
	{ 9 * PAGE, 2 * PAGE }, { PAGE, PAGE }, { 4 * PAGE, 3 * PAGE },
};

#define RANGES ARRAY_SIZE(ranges)
#define SIZE (6 * PAGE)

FIXTURE(mapped)
{
	struct vfio_dev dev;
	char *bar;
	int dmabuf;
	char *at;
	int zero;	/* a source of bytes */
};

FIXTURE_SETUP(mapped)
{
	if (guest_is("msix"))
		SKIP(return, "the BAR is too small");
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->bar = vfio_map(&self->dev, guest_bar(), 0, 16 * PAGE);
	ASSERT_NE(MAP_FAILED, self->bar);
	self->dmabuf = vfio_export_ranges(&self->dev, guest_bar(), ranges,
					  RANGES);
	ASSERT_LE(0, self->dmabuf);
	self->at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			self->dmabuf, 0);
	ASSERT_NE(MAP_FAILED, self->at);
	self->zero = open("/dev/zero", O_RDONLY);
	ASSERT_LE(0, self->zero);
}

FIXTURE_TEARDOWN(mapped)
{
	close(self->zero);
	munmap(self->at, SIZE);
	munmap(self->bar, 16 * PAGE);
	close(self->dmabuf);
	vfio_close(&self->dev);
}

static sigjmp_buf after_bus_error;
static struct sigaction old;	/* what was to be done */

static void bus_error(int number)
{
	siglongjmp(after_bus_error, 1);
}

/* Whether an access ends with SIGBUS. */
static bool faults(char *at, bool write)
{
	struct sigaction action = { .sa_handler = bus_error };
	bool faulted = sigsetjmp(after_bus_error, 1);

	if (!faulted) {
		sigaction(SIGBUS, &action, &old);
		if (write)
			*(volatile char *)at = 1;
		else
			(void)*(volatile char *)at;
	}
	sigaction(SIGBUS, &old, NULL);
	return faulted;
}

TEST_F(mapped, shows_the_ranges_in_their_order)
{
	char *at = self->at;
	size_t i;

	for (i = 0; i < 16 * PAGE; i += PAGE)
		memset(self->bar + i, i / PAGE, PAGE);
	for (i = 0; i < RANGES; i++) {
		EXPECT_EQ(0, memcmp(at, self->bar + ranges[i].offset,
				    ranges[i].length));
		memset(at, 0x80 + i, ranges[i].length);
		EXPECT_EQ(0, memcmp(at, self->bar + ranges[i].offset,
				    ranges[i].length));
		at += ranges[i].length;
	}
	EXPECT_EQ(3, self->bar[3 * PAGE]);
	EXPECT_EQ(11, self->bar[11 * PAGE]);
}

TEST_F(mapped, from_the_middle)
{
	char *at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->dmabuf,
			3 * PAGE);

	ASSERT_NE(MAP_FAILED, at);
	memset(self->bar + 4 * PAGE, 0x44, PAGE);
	EXPECT_EQ(0x44, at[17]);
	munmap(at, PAGE);
}

TEST_F(mapped, is_gone_while_revoked_and_back_afterwards)
{
	memset(self->at, 0x55, SIZE);
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	EXPECT_TRUE(faults(self->at, false));
	EXPECT_TRUE(faults(self->at + SIZE - 1, true));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	EXPECT_FALSE(faults(self->at, false));
	EXPECT_EQ(0x55, self->at[PAGE]);
	EXPECT_FALSE(faults(self->at + SIZE - 1, true));
}

TEST_F(mapped, is_gone_for_ever_once_retired)
{
	memset(self->at, 0x55, SIZE);
	/* A mapping of the device keeps it open. */
	munmap(self->bar, 16 * PAGE);
	vfio_close(&self->dev);
	EXPECT_TRUE(faults(self->at, false));
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->bar = vfio_map(&self->dev, guest_bar(), 0, 16 * PAGE);
	EXPECT_TRUE(faults(self->at, false));
	/* It can still be asked for. */
	EXPECT_NE(MAP_FAILED, mmap(self->at, SIZE, PROT_READ,
				   MAP_SHARED | MAP_FIXED, self->dmabuf, 0));
	EXPECT_TRUE(faults(self->at, false));
}

TEST_F(mapped, in_a_child_is_gone_too)
{
	int told[2], status = 1;
	pid_t child;
	char byte;

	ASSERT_EQ(0, pipe(told));
	self->at[0] = 1;
	child = fork();
	if (!child)
		_exit(read(told[0], &byte, 1) != 1 || !faults(self->at, false));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	ASSERT_EQ(1, write(told[1], "", 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
}

/* --- a writer that does not stop ------------------------------------------- */

struct writer {
	char *at;
	atomic_bool stop;
	unsigned long faults;
};

static void *write_on(void *arg)
{
	struct writer *writer = arg;

	while (!atomic_load(&writer->stop))
		writer->faults += faults(writer->at, true);
	return NULL;
}

/* One CPU writes while another one takes the memory away. */
TEST_F_TIMEOUT(mapped, writer_reaches_nothing_after_a_revocation, 120)
{
	struct writer writer = { .at = self->at };
	pthread_t thread;
	int round;

	ASSERT_EQ(0, pthread_create(&thread, NULL, write_on, &writer));
	for (round = 0; round < 200; round++) {
		ASSERT_EQ(0, control_caching(self->dmabuf, round & 1));
		ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
		ASSERT_STREQ("revoked", guest_buffer_state(self->dmabuf));
		ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	}
	/* Once more, and it stays away. */
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	atomic_store(&writer.stop, true);
	pthread_join(thread, NULL);
	EXPECT_LT(0, writer.faults);
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
}

/* --- what is refused ------------------------------------------------------- */

TEST_F(mapped, only_shared_and_only_within)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE,
				   self->dmabuf, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, SIZE + PAGE, PROT_READ, MAP_SHARED,
				   self->dmabuf, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_SHARED,
				   self->dmabuf, SIZE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mremap(self->at, SIZE, 2 * SIZE, MREMAP_MAYMOVE));
}

TEST_F(mapped, read_only_buffer_is_never_written)
{
	char *at;
	int fd;

	ASSERT_EQ(0, mprotect(self->bar, PAGE, PROT_READ));
	fd = control_export(self->bar, PAGE, O_RDWR, NULL);
	ASSERT_LE(0, fd);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				   MAP_SHARED, fd, 0));
	EXPECT_EQ(EACCES, errno);
	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(-1, mprotect(at, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_FALSE(faults(at, false));
	munmap(at, PAGE);
	close(fd);
}

TEST_F(mapped, descriptor_for_reading_is_not_written)
{
	int fd = control_export(self->bar, PAGE, O_RDONLY, NULL);

	ASSERT_LE(0, fd);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				   MAP_SHARED, fd, 0));
	EXPECT_EQ(EACCES, errno);
	close(fd);
}

/* There is no page that could be pinned. */
TEST_F(mapped, cannot_be_pinned)
{
	struct iovec there = { self->at, 1 };
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	EXPECT_EQ(-1, vmsplice(ends[1], &there, 1, 0));
	EXPECT_EQ(EFAULT, errno);
	close(ends[0]);
	close(ends[1]);
	/* A copy is one by the CPU, and works while the memory is there. */
	EXPECT_EQ(1, read(self->zero, self->at, 1));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	EXPECT_EQ(-1, read(self->zero, self->at, 1));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
}

/* --- how, and what else a descriptor is asked ------------------------------ */

TEST_F(mapped, write_combining_is_chosen_for_what_follows)
{
	char *at;

	EXPECT_EQ(0, control_caching(self->dmabuf,
				     P2P_DMABUF_CACHING_WRITE_COMBINING));
	at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, self->dmabuf,
		  0);
	ASSERT_NE(MAP_FAILED, at);
	memset(at, 0x77, SIZE);
	__sync_synchronize();
	EXPECT_EQ(0x77, self->bar[PAGE]);
	munmap(at, SIZE);
	EXPECT_EQ(0, control_caching(self->dmabuf,
				     P2P_DMABUF_CACHING_UNCACHED));
	EXPECT_EQ(-EINVAL, control_caching(self->dmabuf, 2));
	EXPECT_EQ(-EBADF, control_caching(-1, 0));
}

TEST_F(mapped, descriptor_answers_sensibly)
{
	struct pollfd poll_fd = { .fd = self->dmabuf,
				  .events = POLLIN | POLLOUT };
	char path[64], line[32];

	EXPECT_EQ(SIZE, lseek(self->dmabuf, 0, SEEK_END));
	EXPECT_EQ(0, lseek(self->dmabuf, 0, SEEK_SET));
	EXPECT_EQ(-1, lseek(self->dmabuf, PAGE, SEEK_SET));
	EXPECT_EQ(EINVAL, errno);
	/* No fence is to be waited for. */
	EXPECT_EQ(1, poll(&poll_fd, 1, 0));
	EXPECT_EQ(POLLIN | POLLOUT, poll_fd.revents);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->dmabuf);
	snprintf(line, sizeof(line), "size:\t%llu", SIZE);
	EXPECT_EQ(1, guest_count_lines(path, line));
	EXPECT_EQ(1, guest_count_lines(path, "exp_name:\tp2p_bar_exporter"));
}

TEST_HARNESS_MAIN
