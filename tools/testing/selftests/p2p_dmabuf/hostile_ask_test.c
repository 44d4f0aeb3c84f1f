// SPDX-License-Identifier: GPL-2.0-only
/*
 * What /dev/p2p_dmabuf is asked by a process that means harm, by one that has
 * no rights, and by a 32-bit program: each call, with structures at their worst.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
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

#define NOT_HERE 77	/* a child's status */

/* In an order in which the last one is not missed by the others. */
static const struct {
	unsigned long command;
	size_t size;
	bool answers;
} calls[] = {
	{ P2P_DMABUF_EXPORT_VMA, sizeof(struct p2p_dmabuf_export_vma), true },
	{ P2P_DMABUF_ROUTE, sizeof(struct p2p_dmabuf_route), true },
	{ P2P_DMABUF_INFO, sizeof(struct p2p_dmabuf_info), true },
	{ P2P_DMABUF_EVENT, sizeof(struct p2p_dmabuf_event), true },
	{ P2P_DMABUF_CACHING, sizeof(struct p2p_dmabuf_caching), false },
	{ P2P_DMABUF_REVOKE, sizeof(struct p2p_dmabuf_revoke), false },
};

#define CALLS ARRAY_SIZE(calls)

union ask {
	uint32_t size;
	struct p2p_dmabuf_export_vma export_vma;
	struct p2p_dmabuf_route route;
	struct p2p_dmabuf_info info;
	struct p2p_dmabuf_event event;
	struct p2p_dmabuf_revoke revoke;
	struct p2p_dmabuf_caching caching;
	uint32_t words[32];
};

FIXTURE(ask)
{
	struct vfio_dev dev;
	char *bar;
	int dmabuf;
	int eventfd;
	char *pages;	/* two, for structures; behind them there is none */
	struct p2p_dmabuf_range range;
};

FIXTURE_SETUP(ask)
{
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->bar = vfio_map(&self->dev, guest_bar(), 0, BAR);
	ASSERT_NE(MAP_FAILED, self->bar);
	self->dmabuf = vfio_export(&self->dev, guest_bar(), 0, PAGE);
	ASSERT_LE(0, self->dmabuf);
	self->eventfd = eventfd(0, EFD_CLOEXEC);
	ASSERT_LE(0, self->eventfd);
	/* Also of a 32-bit program. */
	self->pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	ASSERT_NE(MAP_FAILED, self->pages);
	ASSERT_EQ(0, munmap(self->pages + 2 * PAGE, PAGE));
}

FIXTURE_TEARDOWN(ask)
{
	munmap(self->pages, 2 * PAGE);
	close(self->eventfd);
	close(self->dmabuf);
	munmap(self->bar, BAR);
	/* While they have an owner: no call holds one. */
	EXPECT_EQ(0, guest_count_lines(GUEST_BUFFERS, "buffer "));
	vfio_close(&self->dev);
}

/* A request that is granted. */
static union ask good(FIXTURE_DATA(ask) *self, size_t call)
{
	union ask ask = { .size = calls[call].size };

	switch (calls[call].command) {
	case P2P_DMABUF_EXPORT_VMA:
		ask.export_vma.address = (uintptr_t)self->bar;
		ask.export_vma.length = PAGE;
		ask.export_vma.open_flags = O_RDWR | O_CLOEXEC;
		break;
	case P2P_DMABUF_ROUTE:
		ask.route.exporter = control_address(guest_exporter());
		ask.route.importer = control_address(guest_importer());
		break;
	case P2P_DMABUF_INFO:
		ask.info.fd = self->dmabuf;
		ask.info.nr_ranges = 1;
		ask.info.ranges = (uintptr_t)&self->range;
		break;
	case P2P_DMABUF_EVENT:
		ask.event.fd = self->dmabuf;
		ask.event.eventfd = self->eventfd;
		ask.event.mask = ALL;
		break;
	case P2P_DMABUF_CACHING:
		ask.caching.fd = self->dmabuf;
		break;
	case P2P_DMABUF_REVOKE:
		ask.revoke.fd = self->dmabuf;
		ask.revoke.device_fd = self->dev.group;
		break;
	}
	return ask;
}

/* What was exported is closed again. */
static int make(size_t call, void *at)
{
	int ret = control_call(calls[call].command, at);

	if (!ret && calls[call].command == P2P_DMABUF_EXPORT_VMA)
		close(((struct p2p_dmabuf_export_vma *)at)->fd);
	return ret;
}

static void *put(FIXTURE_DATA(ask) *self, size_t call, size_t at)
{
	union ask ask = good(self, call);

	return memcpy(self->pages + at, &ask, calls[call].size);
}

/* --- structures ------------------------------------------------------------ */

static bool documented(int ret)
{
	switch (-ret) {
	case 0: case EINVAL: case E2BIG: case EFAULT: case EBADF: case ENODEV:
	case EOVERFLOW: case EACCES: case EPERM: case ENOENT: case ENOSPC:
		return true;
	default:
		return false;
	}
}

TEST_F(ask, every_field_at_its_worst)
{
	const uint32_t worst[] = {
		0, 1, 2, 3, 4, 7, 8, 63, 64, 4095, 4096, 4097, 65536, 65537,
		INT32_MAX, 1U << 31, -4096U, -2U, UINT32_MAX,
	};
	unsigned int undocumented = 0, granted = 0, made = 0;
	size_t call, word, i, other;
	int ret;

	for (call = 0; call < CALLS; call++) {
		for (word = 1; word < calls[call].size / 4; word++) {
			for (i = 0; i < 2 * ARRAY_SIZE(worst); i++) {
				union ask ask = good(self, call);

				/* With the upper half, too, of what has one. */
				other = (word & ~1U) + 1;
				ask.words[word] = worst[i / 2];
				if (i & 1)
					ask.words[other] = worst[i / 2];
				ret = make(call, &ask);
				made++;
				granted += !ret;
				undocumented += !documented(ret);
			}
		}
	}
	EXPECT_EQ(0, undocumented);
	EXPECT_LT(0, granted);
	EXPECT_GT(made, granted);
	printf("# %u calls, %u granted\n", made, granted);
}

TEST_F(ask, structure_at_the_end_of_memory)
{
	size_t call, size;
	uint32_t *at;

	for (call = 0; call < CALLS; call++) {
		size = calls[call].size;
		/* Its last word is not there, or what it says to have. */
		at = put(self, call, 2 * PAGE - size);
		at[0] = size + 4;
		EXPECT_EQ(-EFAULT, make(call, at));
		memmove(at + 1, at, size - 4);
		at[1] = size;
		EXPECT_EQ(-EFAULT, make(call, at + 1));
		EXPECT_EQ(-EFAULT, make(call, self->pages + 2 * PAGE));
		EXPECT_EQ(-EFAULT, make(call, self->pages + 2 * PAGE - 2));
		EXPECT_STREQ("live", guest_buffer_state(self->dmabuf));
		EXPECT_EQ(0, make(call, put(self, call, 2 * PAGE - size)));
	}
}

TEST_F(ask, structure_anywhere_in_memory)
{
	size_t call, at;

	for (call = 0; call < CALLS; call++) {
		/* Of no alignment, and across pages. */
		for (at = PAGE - 5; at < PAGE + 3; at++)
			EXPECT_EQ(0, make(call, put(self, call, at)));
	}
}

TEST_F(ask, size_of_a_structure)
{
	size_t call, size;
	uint32_t *at;

	for (call = 0; call < CALLS; call++) {
		memset(self->pages, 0, 2 * PAGE);
		at = put(self, call, 0);
		for (size = 0; size < calls[call].size; size++) {
			at[0] = size;
			EXPECT_EQ(-EINVAL, make(call, at));
		}
		/* A page at most, as other calls with a size have it. */
		at[0] = PAGE + 1;
		EXPECT_EQ(-E2BIG, make(call, at));
		at[0] = UINT32_MAX;
		EXPECT_EQ(-E2BIG, make(call, at));
		EXPECT_STREQ("live", guest_buffer_state(self->dmabuf));
		at[0] = calls[call].size + 1;
		EXPECT_EQ(0, make(call, at));
		at = put(self, call, 0);
		at[0] = PAGE;
		EXPECT_EQ(0, make(call, at));
	}
}

/* The bits that mean something. */
static uint32_t known_flags(size_t call)
{
	switch (calls[call].command) {
	case P2P_DMABUF_ROUTE:
		return P2P_DMABUF_ROUTE_OF_FD;
	case P2P_DMABUF_EVENT:
		return P2P_DMABUF_EVENT_REMOVE;
	default:
		return 0;
	}
}

TEST_F(ask, flags_that_do_not_exist)
{
	unsigned int bit;
	size_t call;

	for (call = 0; call < CALLS; call++) {
		for (bit = 0; bit < 32; bit++) {
			union ask ask = good(self, call);

			ask.words[1] = 1U << bit;
			/* To remove is to name no event. */
			if (calls[call].command == P2P_DMABUF_EVENT)
				ask.event.mask = 0;
			if (!(ask.words[1] & known_flags(call)))
				EXPECT_EQ(-EINVAL, make(call, &ask))
					TH_LOG("call %zu, bit %u", call, bit);
		}
	}
	EXPECT_STREQ("live", guest_buffer_state(self->dmabuf));
}

/* The number of the next descriptor, after the one that the node gets. */
static int next_number(void)
{
	int node = dup(0), next = dup(0);

	close(node);
	close(next);
	return next;
}

TEST_F(ask, refused_export_keeps_no_descriptor)
{
	union ask ask = good(self, 0);
	int before = next_number();

	ask.export_vma.length = 0;
	EXPECT_EQ(-EINVAL, make(0, &ask));
	EXPECT_EQ(before, next_number());
	ask.export_vma.length = PAGE;
	ask.export_vma.address = (uintptr_t)self->pages;
	EXPECT_EQ(-ENODEV, make(0, &ask));
	EXPECT_EQ(before, next_number());
	ask.export_vma.address = 0;
	EXPECT_EQ(-EFAULT, make(0, &ask));
	EXPECT_EQ(before, next_number());
}

/* Nothing is done for who cannot be told, and it is no matter to who need not. */
TEST_F(ask, structure_that_cannot_be_written)
{
	struct p2p_dmabuf_event remove = {
		.size = sizeof(remove), .fd = self->dmabuf,
		.eventfd = self->eventfd, .flags = P2P_DMABUF_EVENT_REMOVE,
	};
	size_t call;
	void *at;

	for (call = 0; call < CALLS; call++) {
		at = put(self, call, 0);
		ASSERT_EQ(0, mprotect(self->pages, PAGE, PROT_READ));
		EXPECT_EQ(calls[call].answers ? -EFAULT : 0, make(call, at));
		ASSERT_EQ(0, mprotect(self->pages, PAGE,
				      PROT_READ | PROT_WRITE));
		if (calls[call].command == P2P_DMABUF_EVENT)
			EXPECT_EQ(-ENOENT, control_call(P2P_DMABUF_EVENT,
							&remove));
	}
	EXPECT_EQ(1, guest_count_lines(GUEST_BUFFERS, "buffer "));
	EXPECT_STREQ("retired", guest_buffer_state(self->dmabuf));
}

#ifdef __x86_64__
/* A system call as 32-bit programs make it. */
static int call_32(int number, int fd, unsigned int command, void *at)
{
	int ret;

	asm volatile("int $0x80"
		     : "=a" (ret)
		     : "a" (number), "b" (fd), "c" (command), "d" (at)
		     : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

static void cannot(int number)
{
	_exit(1);
}

static bool possible_32(void)
{
	pid_t child = fork();
	int status = -1;

	if (!child) {
		/* The kernel's log tells of signals that nobody handles. */
		signal(SIGSEGV, cannot);
		_exit(call_32(20 /* getpid */, 0, 0, NULL) != getpid());
	}
	waitpid(child, &status, 0);
	return !status;
}

TEST_F(ask, structures_of_a_32_bit_program)
{
	int node = open(CONTROL_NODE, O_RDONLY);
	size_t call;
	int ret;

	if (!possible_32())
		SKIP(return, "the kernel runs no 32-bit programs");
	for (call = 0; call < CALLS; call++) {
		struct p2p_dmabuf_export_vma *at = put(self, call, 4);

		ret = call_32(54 /* ioctl */, node, calls[call].command, at);
		EXPECT_EQ(0, ret);
		if (!ret && calls[call].command == P2P_DMABUF_EXPORT_VMA)
			close(at->fd);
	}
	EXPECT_EQ(-ENOTTY, call_32(54, node, 0, self->pages));
	EXPECT_EQ(PAGE, self->range.length);
	EXPECT_STREQ("retired", guest_buffer_state(self->dmabuf));
	close(node);
}
#endif

/* --- descriptors ----------------------------------------------------------- */

TEST_F(ask, closed_descriptors_do_nothing)
{
	/* No number that the node gets when it is opened. */
	int closed = fcntl(self->dmabuf, F_DUPFD_CLOEXEC, 500);
	union ask ask;
	size_t call;

	ASSERT_LE(0, closed);
	close(closed);
	for (call = 0; call < CALLS; call++) {
		ask = good(self, call);
		switch (calls[call].command) {
		case P2P_DMABUF_EVENT:
			ask.event.eventfd = closed;
			EXPECT_EQ(-EBADF, make(call, &ask));
			ask.event.flags = P2P_DMABUF_EVENT_REMOVE;
			ask.event.mask = 0;
			EXPECT_EQ(-EBADF, make(call, &ask));
			ask = good(self, call);
			ask.event.fd = closed;
			break;
		case P2P_DMABUF_REVOKE:
			ask.revoke.device_fd = closed;
			EXPECT_EQ(-EBADF, make(call, &ask));
			ask = good(self, call);
			ask.revoke.fd = closed;
			break;
		case P2P_DMABUF_INFO:
			ask.info.fd = closed;
			break;
		case P2P_DMABUF_CACHING:
			ask.caching.fd = closed;
			break;
		case P2P_DMABUF_ROUTE:
			ask.route.flags = P2P_DMABUF_ROUTE_OF_FD;
			memset(&ask.route.exporter, 0,
			       sizeof(ask.route.exporter));
			ask.route.fd = closed;
			break;
		default:
			continue;
		}
		EXPECT_EQ(-EBADF, make(call, &ask));
	}
	EXPECT_STREQ("live", guest_buffer_state(self->dmabuf));
}

/* --- rights ---------------------------------------------------------------- */

static int be_nobody(void)
{
	return setgid(65534) || setuid(65534);
}

static int be_root_of_a_namespace(void)
{
	return unshare(CLONE_NEWUSER) ? NOT_HERE : 0;
}

/* All is shown by descriptors and mappings, nothing by who one is. */
static int make_all(FIXTURE_DATA(ask) *self, int (*become)(void))
{
	union ask ask;
	size_t call;
	int ret = become();

	if (ret)
		return ret;
	for (call = 0; call < CALLS; call++) {
		ask = good(self, call);
		if (calls[call].command == P2P_DMABUF_REVOKE) {
			ask.revoke.device_fd = self->eventfd;
			if (make(call, &ask) != -EPERM)
				return 10 + call;
			ask = good(self, call);
		}
		if (make(call, &ask))
			return 20 + call;
	}
	ask = good(self, 0);
	ask.export_vma.address = (uintptr_t)self->pages;
	return make(0, &ask) == -ENODEV ? 0 : 30;
}

/* In a child of its own: its status. */
static int make_all_as(FIXTURE_DATA(ask) *self, int (*become)(void))
{
	pid_t child = fork();
	int status = -1;

	if (!child)
		_exit(make_all(self, become));
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(ask, nobody_is_asked_who_he_is)
{
	EXPECT_EQ(0, make_all_as(self, be_nobody));
	EXPECT_STREQ("retired", guest_buffer_state(self->dmabuf));
}

TEST_F(ask, nor_is_root_of_a_namespace)
{
	int status = make_all_as(self, be_root_of_a_namespace);

	if (status == NOT_HERE)
		SKIP(return, "the kernel has no user namespaces");
	EXPECT_EQ(0, status);
	EXPECT_STREQ("retired", guest_buffer_state(self->dmabuf));
}

TEST_HARNESS_MAIN
