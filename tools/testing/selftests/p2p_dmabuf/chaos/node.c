// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls of /dev/p2p_dmabuf, and what the CPU does with mappings.
 *
 * Mappings lie in one stretch of addresses, where nobody else has any, so that
 * each thread may map over, protect and unmap what another one is using.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/p2p_dmabuf.h>

#include "kinds.h"
#include "lib/control.h"
#include "lib/guest.h"

/* Below all that the kernel gives to who does not ask for an address. */
#define ARENA 0x1000000000UL
#define ARENA_PAGES 12
#define AREA_PAGES 4	/* of one mapping at most */

/* Numbers that eventfds alone have: what is written to one hits no device. */
#define FIRST_EVENTFD 768

#define IMPORTERS 64	/* more than there can be */

/* --- structures ------------------------------------------------------------ */

/* Where a call keeps how its structure is laid out: see lay_out(). */
enum { LAYOUT = CHAOS_ARGS - 4 };

static void invent_layout(uint64_t *a, struct dice *dice, size_t whole)
{
	a[LAYOUT] = mostly(dice, whole);
	a[LAYOUT + 1] = mostly(dice, pick(dice, 8) ? whole : whole + 8);
	a[LAYOUT + 2] = pick(dice, 4) == 0;
	a[LAYOUT + 3] = mostly(dice, 0);	/* flags */
}

/*
 * So many bytes can be read, and nothing behind them; what the structure does
 * not fill is zero or is not.
 */
static char *lay_out(struct chaos_state *state, const void *ask, size_t whole,
		     const uint64_t *a)
{
	size_t room = a[LAYOUT + 1] < PAGE ? a[LAYOUT + 1] : PAGE;
	char *at = state->edge - room;

	memset(at, a[LAYOUT + 2] ? 0xa5 : 0, room);
	memcpy(at, ask, whole < room ? whole : room);
	return at;
}

/* Make the call, and read its answer. */
static int ask_node(struct chaos_state *state, unsigned long command, void *ask,
		    size_t whole, const uint64_t *a)
{
	char *at = lay_out(state, ask, whole, a);

	if (ioctl(state->world->node, command, at))
		return -errno;
	memcpy(ask, at, whole);
	return 0;
}

/* Mostly a buffer; else what else a process has. */
static void invent_fd(uint64_t *a, struct dice *dice)
{
	a[0] = pick(dice, CHAOS_SLOTS);
	a[1] = pick(dice, 24) ? 0 : 1 + pick(dice, 5);
	a[2] = chaos_value(dice);
}

static int any_fd(struct chaos_state *state, const uint64_t *a)
{
	switch (a[1]) {
	case 1:
		return state->dev.device;
	case 2:
		return state->dev.group;
	case 3:
		return state->world->node;
	case 4:
		return state->world->eventfds[a[0] % CHAOS_SLOTS];
	case 5:
		return a[2];
	default:
		return buffer_at(state, a[0]);
	}
}

/* --- areas ----------------------------------------------------------------- */

static void invent_area(uint64_t *a, struct dice *dice)
{
	static const int rights[] = {
		PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ,
		PROT_WRITE, PROT_NONE,
	};

	a[0] = pick(dice, ARENA_PAGES);
	a[1] = pick(dice, 2) ? 0 : pick(dice, AREA_PAGES);
	a[2] = rights[pick(dice, COUNT(rights))];
	a[3] = mostly(dice, pick(dice, guest_pages()));
	a[4] = pick(dice, CHAOS_SLOTS);
	/* Private, or of memory; and where in a buffer. */
	a[5] = pick(dice, 12) == 0;
	a[6] = mostly(dice, 0);
}

static char *area_at(const uint64_t *a)
{
	return (char *)ARENA + a[0] % ARENA_PAGES * PAGE;
}

static size_t area_length(const uint64_t *a)
{
	return (1 + a[1] % AREA_PAGES) * PAGE;
}

static int area_map(const uint64_t *a, int flags, int fd, uint64_t offset)
{
	void *at = mmap(area_at(a), area_length(a), a[2] & 3,
			flags | MAP_FIXED, fd, offset & ~(PAGE - 1));

	return at == MAP_FAILED ? -errno : 0;
}

static int run_map_bar(struct chaos_state *state, const uint64_t *a)
{
	if (a[5])
		return area_map(a, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return area_map(a, MAP_SHARED, state->dev.device,
			state->world->bar_at + a[3] % (1 << 20) * PAGE);
}

static int run_map_buffer(struct chaos_state *state, const uint64_t *a)
{
	return area_map(a, a[5] ? MAP_PRIVATE : MAP_SHARED,
			buffer_at(state, a[4]), a[6] * PAGE);
}

static int run_protect(struct chaos_state *state, const uint64_t *a)
{
	return mprotect(area_at(a), area_length(a), a[2] & 3) ? -errno : 0;
}

static int run_unmap_area(struct chaos_state *state, const uint64_t *a)
{
	return munmap(area_at(a), area_length(a)) ? -errno : 0;
}

void areas_unmap(void)
{
	munmap((void *)ARENA, (ARENA_PAGES + AREA_PAGES) * PAGE);
}

/* Where a thread goes on when its access is none. */
static __thread sigjmp_buf way_out;
static __thread atomic_bool accesses;

static struct sigaction old_bus, old_segv;

static void no_access(int number)
{
	if (atomic_load(&accesses))
		siglongjmp(way_out, 1);
	/* None of ours: it ends as it would have. */
	signal(number, SIG_DFL);
}

static int run_access(struct chaos_state *state, const uint64_t *a)
{
	char *at = area_at(a) + a[3] % PAGE;

	if (sigsetjmp(way_out, 0)) {
		atomic_store(&accesses, false);
		return -EFAULT;
	}
	atomic_store(&accesses, true);
	if (a[2] & PROT_WRITE)
		*(volatile char *)at = a[4];
	else
		(void)*(volatile char *)at;
	atomic_store(&accesses, false);
	return 0;
}

/* --- calls ----------------------------------------------------------------- */

static void invent_pointer(uint64_t *a, struct dice *dice)
{
	a[0] = pick(dice, CHAOS_SLOTS);
	a[1] = pick(dice, ARENA_PAGES) * PAGE + pick(dice, 2) * pick(dice, PAGE);
	a[2] = mostly(dice, 1 + pick(dice, 2 * PAGE));
	a[3] = mostly(dice, O_RDWR | O_CLOEXEC);
	/* Another address than one of the mappings. */
	a[4] = pick(dice, 24) ? 0 : chaos_value(dice);
	invent_layout(a, dice, sizeof(struct p2p_dmabuf_export_vma));
}

static int run_pointer(struct chaos_state *state, const uint64_t *a)
{
	struct p2p_dmabuf_export_vma ask = {
		.size = a[LAYOUT],
		.flags = a[LAYOUT + 3],
		.address = a[4] ?: ARENA + a[1],
		.length = a[2],
		.open_flags = a[3],
	};
	int ret = ask_node(state, P2P_DMABUF_EXPORT_VMA, &ask, sizeof(ask), a);

	if (ret)
		return ret;
	if (ask.offset != ask.address % PAGE)
		return -EPROTO;
	ret = keep_apart(ask.fd);
	if (ret < 0)
		return ret;
	put_buffer(state, a[0], ret);
	return 0;
}

static void invent_info(uint64_t *a, struct dice *dice)
{
	invent_fd(a, dice);
	a[3] = mostly(dice, pick(dice, 6));
	a[4] = mostly(dice, pick(dice, CHAOS_SLOTS));
	/* Another place for what is answered. */
	a[5] = pick(dice, 24) ? 0 : chaos_value(dice);
	a[6] = mostly(dice, 0);
	invent_layout(a, dice, sizeof(struct p2p_dmabuf_info));
}

static int run_info(struct chaos_state *state, const uint64_t *a)
{
	struct p2p_dmabuf_importer importers[IMPORTERS];
	struct p2p_dmabuf_range ranges[IMPORTERS];
	struct p2p_dmabuf_info ask = {
		.size = a[LAYOUT],
		.flags = a[LAYOUT + 3],
		.fd = any_fd(state, a),
		.reserved = a[6],
		.nr_ranges = a[3],
		.nr_importers = a[4],
		.ranges = a[5] ?: (uintptr_t)ranges,
		.importers = a[5] ?: (uintptr_t)importers,
	};
	int ret = ask_node(state, P2P_DMABUF_INFO, &ask, sizeof(ask), a);

	if (ret)
		return ret;
	return ask.bar == guest_bar() && ask.nr_ranges && ask.length &&
	       ask.length % PAGE == 0 && ask.state <= P2P_DMABUF_RETIRED &&
	       ask.nr_importers < IMPORTERS ? 0 : -EPROTO;
}

static void invent_route(uint64_t *a, struct dice *dice)
{
	invent_fd(a, dice);
	a[3] = pick(dice, 4);
	/* Other functions than those we have. */
	a[4] = pick(dice, 8) ? 0 : chaos_value(dice);
	a[5] = pick(dice, 8) ? 0 : chaos_value(dice);
	a[6] = mostly(dice, 0);
	invent_layout(a, dice, sizeof(struct p2p_dmabuf_route));
	a[LAYOUT + 3] = mostly(dice, pick(dice, 2) * P2P_DMABUF_ROUTE_OF_FD);
}

static struct p2p_dmabuf_pci function(const char *bdf, uint64_t other)
{
	struct p2p_dmabuf_pci address;

	if (!other)
		return control_address(bdf);
	memcpy(&address, &other, sizeof(address));
	return address;
}

static int run_route(struct chaos_state *state, const uint64_t *a)
{
	struct p2p_dmabuf_route ask = {
		.size = a[LAYOUT],
		.flags = a[LAYOUT + 3],
		.reserved = a[6],
		.importer = function(guest_importer(), a[4]),
	};
	int ret;

	/* By the buffer or by its address; at times by both. */
	if (ask.flags || a[3] == 0)
		ask.fd = any_fd(state, a);
	if (!ask.flags || a[3] == 0)
		ask.exporter = function(guest_exporter(), a[5]);
	ret = ask_node(state, P2P_DMABUF_ROUTE, &ask, sizeof(ask), a);
	if (ret)
		return ret;
	return ask.route.type <= P2P_DMABUF_ROUTE_HOST &&
	       ask.route.reason <= P2P_DMABUF_REASON_TOO_DEEP ? 0 : -EPROTO;
}

static void invent_event(uint64_t *a, struct dice *dice)
{
	invent_fd(a, dice);
	a[3] = pick(dice, CHAOS_SLOTS);
	a[4] = mostly(dice, 1 + pick(dice, 7));
	a[5] = pick(dice, 24) ? 0 : 1 + pick(dice, 5);
	invent_layout(a, dice, sizeof(struct p2p_dmabuf_event));
	if (pick(dice, 4) == 0) {
		a[4] = 0;
		a[LAYOUT + 3] = P2P_DMABUF_EVENT_REMOVE;
	}
}

static int run_event(struct chaos_state *state, const uint64_t *a)
{
	const uint64_t other[] = { a[3], a[5], a[2] };
	struct p2p_dmabuf_event ask = {
		.size = a[LAYOUT],
		.flags = a[LAYOUT + 3],
		.fd = any_fd(state, a),
		.eventfd = a[5] ? any_fd(state, other) :
			   state->world->eventfds[a[3] % CHAOS_SLOTS],
		.mask = a[4],
	};
	int ret = ask_node(state, P2P_DMABUF_EVENT, &ask, sizeof(ask), a);

	if (ret || ask.flags)
		return ret;
	/* Whoever could add it found the buffer not retired. */
	return ask.state < P2P_DMABUF_RETIRED ? 0 : -EPROTO;
}

/* The world's eventfds: full, emptied, or closed while buffers have them. */
static int run_eventfd(struct chaos_state *state, const uint64_t *a)
{
	atomic_int *slot = &state->world->eventfds[a[0] % CHAOS_SLOTS];
	uint64_t count = UINT64_MAX - 1;
	int fd, apart;

	switch (a[1] % 3) {
	case 0:
		return write(*slot, &count, sizeof(count)) < 0 ? -errno : 0;
	case 1:
		return read(*slot, &count, sizeof(count)) < 0 ? -errno : 0;
	}
	fd = eventfd(a[2] % 2, EFD_CLOEXEC | EFD_NONBLOCK);
	apart = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_EVENTFD);
	close(fd);
	if (apart < 0)
		return -EMFILE;
	fd = atomic_exchange(slot, apart);
	if (fd >= 0)
		close(fd);
	return 0;
}

static void invent_retire(uint64_t *a, struct dice *dice)
{
	invent_fd(a, dice);
	a[3] = pick(dice, 4) ? 1 + pick(dice, 2) : pick(dice, 6);
	invent_layout(a, dice, sizeof(struct p2p_dmabuf_revoke));
}

static int run_retire(struct chaos_state *state, const uint64_t *a)
{
	const uint64_t owner[] = { a[0], a[3], a[2] };
	struct p2p_dmabuf_revoke ask = {
		.size = a[LAYOUT],
		.flags = a[LAYOUT + 3],
		.fd = any_fd(state, a),
		.device_fd = any_fd(state, owner),
	};

	return ask_node(state, P2P_DMABUF_REVOKE, &ask, sizeof(ask), a);
}

static void invent_caching(uint64_t *a, struct dice *dice)
{
	invent_fd(a, dice);
	a[3] = mostly(dice, pick(dice, 2));
	invent_layout(a, dice, sizeof(struct p2p_dmabuf_caching));
}

static int run_caching(struct chaos_state *state, const uint64_t *a)
{
	struct p2p_dmabuf_caching ask = {
		.size = a[LAYOUT],
		.flags = a[LAYOUT + 3],
		.fd = any_fd(state, a),
		.caching = a[3],
	};

	return ask_node(state, P2P_DMABUF_CACHING, &ask, sizeof(ask), a);
}

/* Calls of our type that there are not. */
static int run_unknown(struct chaos_state *state, const uint64_t *a)
{
	unsigned long command = _IOC(a[1] & 3, P2P_DMABUF_TYPE,
				     6 + a[0] % 250, a[2] & _IOC_SIZEMASK);

	return ioctl(state->world->node, command, state->edge - PAGE) ?
	       -errno : -EPROTO;
}

/* --- all of them ----------------------------------------------------------- */

/* As to descriptors, see the kinds of calls.c. */
const struct chaos_kind node_kinds[] = {
	/* EBUSY: as of reads of the BAR. */
	{ "map bar", invent_area, run_map_bar, 100, 4,
	  { EBADF, EINVAL, ENODEV, EACCES, EOVERFLOW, EBUSY } },
	{ "map buffer", invent_area, run_map_buffer, 80, 4,
	  { EBADF, EINVAL, EOVERFLOW, ENODEV, EACCES } },
	/* ENOMEM: nothing is mapped there. */
	{ "protect", invent_area, run_protect, 20, 2, { ENOMEM, EACCES } },
	{ "unmap area", invent_area, run_unmap_area, 40, 4, { 0 } },
	{ "access", invent_area, run_access, 100, 2, { EFAULT } },
	{ "pointer", invent_pointer, run_pointer, 200, 8,
	  { EINVAL, E2BIG, EFAULT, EOVERFLOW, EACCES, ENODEV, EPERM } },
	{ "info", invent_info, run_info, 60, 2,
	  { EINVAL, E2BIG, EFAULT, EBADF } },
	{ "route", invent_route, run_route, 40, 2,
	  { EINVAL, E2BIG, EFAULT, EBADF, ENODEV } },
	{ "event", invent_event, run_event, 100, 2,
	  { EINVAL, E2BIG, EFAULT, EBADF, ENODEV, ENOSPC, ENOENT } },
	/* EAGAIN: it is full, or empty. */
	{ "eventfd", invent_slot, run_eventfd, 40, 1, { EBADF, EAGAIN } },
	{ "retire", invent_retire, run_retire, 15, 32,
	  { EINVAL, E2BIG, EFAULT, EBADF, EPERM } },
	{ "caching", invent_caching, run_caching, 20, 2,
	  { EINVAL, E2BIG, EFAULT, EBADF } },
	{ "unknown", invent_slot, run_unknown, 5, 2, { ENOTTY } },
};

const unsigned int nr_node_kinds = COUNT(node_kinds);

int node_open(struct chaos_world *world)
{
	struct sigaction action = {
		.sa_handler = no_access,
		.sa_flags = SA_NODEFER,
	};
	struct vfio_region_info info = {
		.argsz = sizeof(info),
		.index = guest_bar(),
	};
	size_t i;

	if (ioctl(world->vfio.device, VFIO_DEVICE_GET_REGION_INFO, &info))
		return -errno;
	world->bar_at = info.offset;
	for (i = 0; i < CHAOS_SLOTS; i++)
		atomic_init(&world->eventfds[i], -1);
	world->node = open(CONTROL_NODE, O_RDONLY | O_CLOEXEC);
	if (world->node < 0)
		return -errno;
	sigaction(SIGBUS, &action, &old_bus);
	sigaction(SIGSEGV, &action, &old_segv);
	return 0;
}

void node_close(struct chaos_world *world)
{
	size_t i;

	areas_unmap();
	close(world->node);
	for (i = 0; i < CHAOS_SLOTS; i++) {
		if (world->eventfds[i] >= 0)
			close(world->eventfds[i]);
	}
	sigaction(SIGBUS, &old_bus, NULL);
	sigaction(SIGSEGV, &old_segv, NULL);
}
