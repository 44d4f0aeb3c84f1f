// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/pci_regs.h>

#include "calls.h"
#include "kinds.h"
#include "lib/guest.h"
#include "lib/importer.h"

#define RANGES 4
#define FIRST_FD 256	/* of the shared descriptors: see keep_apart() */
#define HOST_BRIDGE "/sys/module/p2p_bar_exporter/parameters/host_bridge"

/* --- values ---------------------------------------------------------------- */

unsigned int pick(struct dice *dice, unsigned int below)
{
	return nrand48(dice->state) % below;
}

static const uint64_t edges[] = {
	0, 1, 2, 3, 4, 7, 8, 16, 24, 32, 48, 64, 255, 256, 511, 512, PAGE - 1,
	PAGE, PAGE + 1, 2 * PAGE, 3 * PAGE, 4 * PAGE, 16 * PAGE, 1 << 16,
	(1 << 16) + 1, 1 << 21, 64 << 20, (64 << 20) - PAGE, (64 << 20) + PAGE,
	INT32_MAX, 1ULL << 31, UINT32_MAX, 1ULL << 32, 1ULL << 47, 1ULL << 52,
	INT64_MAX, 1ULL << 63, -2 * PAGE, -PAGE, UINT64_MAX,
};

static uint64_t any_word(struct dice *dice)
{
	return (uint64_t)nrand48(dice->state) << 33 ^
	       (uint64_t)nrand48(dice->state) << 12 ^ nrand48(dice->state);
}

uint64_t chaos_value(struct dice *dice)
{
	switch (pick(dice, 8)) {
	case 0:
		return any_word(dice);
	case 1:
		return 1ULL << pick(dice, 64);
	case 2:
		return pick(dice, 32);
	default:
		return edges[pick(dice, COUNT(edges))];
	}
}

uint64_t mostly(struct dice *dice, uint64_t value)
{
	return pick(dice, 24) ? value : chaos_value(dice);
}

/*
 * Now and then a number is used or ended once more after its end: by then it
 * may be another one's.
 */
static int take_of(atomic_int *slot, struct dice *dice)
{
	if (pick(dice, 64) == 0)
		return atomic_load(slot);
	return atomic_exchange(slot, -1);
}

int buffer_at(struct chaos_state *state, uint64_t slot)
{
	return atomic_load(&state->world->buffers[slot % CHAOS_SLOTS]);
}

static int handle_at(struct chaos_state *state, uint64_t slot)
{
	return atomic_load(&state->world->handles[slot % CHAOS_SLOTS]);
}

/*
 * A thread may use a number after another one has closed it. So that it meets
 * a buffer or a device then, and no file of /proc or /sys that the test itself
 * has just opened, these have numbers of their own.
 */
int keep_apart(int fd)
{
	int apart = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);
	int err = errno;

	close(fd);
	return apart < 0 ? -err : apart;
}

/* --- the device ------------------------------------------------------------ */

void put_buffer(struct chaos_state *state, uint64_t slot, int fd)
{
	fd = atomic_exchange(&state->world->buffers[slot % CHAOS_SLOTS], fd);
	if (fd >= 0)
		close(fd);
}

static void invent_export(uint64_t *a, struct dice *dice)
{
	const uint32_t whole = sizeof(struct vfio_export_request);

	a[0] = mostly(dice, whole);
	a[1] = mostly(dice, VFIO_DEVICE_FEATURE_GET |
			    VFIO_DEVICE_FEATURE_DMA_BUF);
	a[2] = mostly(dice, guest_bar());
	a[3] = mostly(dice, O_RDWR | O_CLOEXEC);
	a[4] = mostly(dice, 0);
	a[5] = mostly(dice, 1 + pick(dice, RANGES));
	/* Offset and length of all ranges but the first, and of the first. */
	a[6] = mostly(dice, pick(dice, guest_pages()) * PAGE);
	a[7] = mostly(dice, PAGE);
	a[8] = mostly(dice, pick(dice, guest_pages()) * PAGE);
	a[9] = mostly(dice, (1 + pick(dice, 2)) * PAGE);
	/* Bytes that can be read of it, and where the descriptor goes. */
	a[10] = mostly(dice, whole);
	a[11] = pick(dice, CHAOS_SLOTS);
}

static int run_export(struct chaos_state *state, const uint64_t *a)
{
	struct vfio_export_request req = {
		.feature.argsz = a[0],
		.feature.flags = a[1],
		.region_index = a[2],
		.open_flags = a[3],
		.flags = a[4],
		.nr_ranges = a[5],
	};
	size_t i, length = a[10] < sizeof(req) ? a[10] : sizeof(req);
	uint32_t feature = a[1] & VFIO_DEVICE_FEATURE_MASK;
	int ret;

	/* Of other features this fuzzer has calls of their own, or none. */
	if (feature != VFIO_DEVICE_FEATURE_DMA_BUF)
		return -ENOTTY;
	for (i = 0; i < RANGES; i++) {
		req.ranges[i].offset = i ? a[6] : a[8];
		req.ranges[i].length = i ? a[7] : a[9];
	}
	/* What lies behind the edge cannot be read. */
	memcpy(state->edge - length, &req, length);
	ret = vfio_feature(state->dev.device, state->edge - length);
	if (ret < 0)
		return ret;
	if (a[1] & VFIO_DEVICE_FEATURE_PROBE)
		return 0;
	ret = keep_apart(ret);
	if (ret < 0)
		return ret;
	put_buffer(state, a[11], ret);
	return 0;
}

void invent_slot(uint64_t *a, struct dice *dice)
{
	a[0] = pick(dice, CHAOS_SLOTS);
	a[1] = chaos_value(dice);
	a[2] = chaos_value(dice);
}

static void invent_memory(uint64_t *a, struct dice *dice)
{
	a[0] = pick(dice, 4);
}

static int run_memory(struct chaos_state *state, const uint64_t *a)
{
	return vfio_set_memory(&state->dev, a[0] != 0);
}

static void invent_config(uint64_t *a, struct dice *dice)
{
	a[0] = mostly(dice, pick(dice, 256));
	a[1] = mostly(dice, 1 << pick(dice, 3));
	a[2] = chaos_value(dice);
}

static int run_config(struct chaos_state *state, const uint64_t *a)
{
	size_t length = a[1] % 9;

	memcpy(state->edge - 8, &a[2], 8);
	return vfio_config_write(&state->dev, a[0] % 4096, state->edge - 8,
				 length);
}

static void invent_low_power(uint64_t *a, struct dice *dice)
{
	a[0] = pick(dice, 4);
}

static int run_low_power(struct chaos_state *state, const uint64_t *a)
{
	return vfio_set_feature(&state->dev, a[0] ?
				VFIO_DEVICE_FEATURE_LOW_POWER_EXIT :
				VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY);
}

static void invent_nothing(uint64_t *a, struct dice *dice)
{
}

static int run_reset(struct chaos_state *state, const uint64_t *a)
{
	return vfio_reset(&state->dev);
}

static int run_hot_reset(struct chaos_state *state, const uint64_t *a)
{
	return vfio_hot_reset(&state->dev);
}

static int run_read(struct chaos_state *state, const uint64_t *a)
{
	uint32_t word;
	long ret = vfio_read(&state->dev, guest_bar(), 0, &word, sizeof(word));

	return ret < 0 ? ret : 0;
}

/* All buffers of all threads are gone for good. */
static int run_reopen(struct chaos_state *state, const uint64_t *a)
{
	struct chaos_world *world = state->world;
	int fd = atomic_exchange(&world->device, -1);

	if (fd >= 0)
		close(fd);
	/* A mapping of the device keeps it open. */
	areas_unmap();
	fd = vfio_device_in_group(&world->vfio, guest_exporter());
	if (fd >= 0)
		fd = keep_apart(fd);
	if (fd < 0)
		return fd;
	fd = atomic_exchange(&world->device, fd);
	if (fd >= 0)
		close(fd);
	return 0;
}

/* --- buffers --------------------------------------------------------------- */

static int run_close(struct chaos_state *state, const uint64_t *a)
{
	return close(take_of(&state->world->buffers[a[0] % CHAOS_SLOTS],
			     &state->dice)) ? -errno : 0;
}

static int run_dup(struct chaos_state *state, const uint64_t *a)
{
	int fd = fcntl(buffer_at(state, a[0]), F_DUPFD_CLOEXEC, FIRST_FD);

	if (fd < 0)
		return -errno;
	put_buffer(state, a[1], fd);
	return 0;
}

static int run_seek(struct chaos_state *state, const uint64_t *a)
{
	return lseek(buffer_at(state, a[0]), a[1], a[2] % 5) < 0 ? -errno : 0;
}

static int run_mmap(struct chaos_state *state, const uint64_t *a)
{
	void *at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED,
			buffer_at(state, a[0]), a[1] & ~(PAGE - 1));

	if (at == MAP_FAILED)
		return -errno;
	munmap(at, PAGE);
	return 0;
}

static int run_poll(struct chaos_state *state, const uint64_t *a)
{
	struct pollfd poll_fd = {
		.fd = buffer_at(state, a[0]),
		.events = a[1],
	};

	return poll(&poll_fd, 1, 0) < 0 ? -errno : 0;
}

static const unsigned long dmabuf_ioctls[] = {
	DMA_BUF_IOCTL_SYNC, DMA_BUF_SET_NAME_A, DMA_BUF_SET_NAME_B,
	DMA_BUF_IOCTL_EXPORT_SYNC_FILE, DMA_BUF_IOCTL_IMPORT_SYNC_FILE,
};

static int run_ioctl(struct chaos_state *state, const uint64_t *a)
{
	unsigned long cmd = dmabuf_ioctls[a[2] % COUNT(dmabuf_ioctls)];
	uint64_t arg = a[1];
	int ret;

	if (cmd == DMA_BUF_SET_NAME_A || cmd == DMA_BUF_SET_NAME_B)
		ret = ioctl(buffer_at(state, a[0]), cmd, "fuzz");
	else
		ret = ioctl(buffer_at(state, a[0]), cmd, &arg);
	if (ret < 0)
		return -errno;
	/* The flags come first, the new descriptor behind them. */
	if (cmd == DMA_BUF_IOCTL_EXPORT_SYNC_FILE)
		close(arg >> 32);
	return 0;
}

/* --- the importer ---------------------------------------------------------- */

static void invent_attach(uint64_t *a, struct dice *dice)
{
	static const uint32_t letgo[] = {
		P2P_IMPORTER_LETGO_AT_ONCE, P2P_IMPORTER_LETGO_AT_ONCE,
		P2P_IMPORTER_LETGO_LATE, P2P_IMPORTER_LETGO_FENCE,
		P2P_IMPORTER_LETGO_SLOW_CALLBACK,
	};

	a[0] = pick(dice, CHAOS_SLOTS);
	a[1] = pick(dice, CHAOS_SLOTS);
	a[2] = pick(dice, 6) ? P2P_IMPORTER_DYNAMIC : pick(dice, 4);
	a[3] = letgo[pick(dice, COUNT(letgo))];
	a[4] = pick(dice, 3);
	a[5] = pick(dice, 6) ? 0 : pick(dice, 16);
}

/*
 * Importers that keep their mappings, cut or not, have one slot. DMA debugging
 * takes many mappings of a page for a leak, unless they are for reading: so these
 * are, and on two pages all.
 */
#define KEEPERS 0

static bool keeps(const struct importer_manner *manner)
{
	return manner->mode == P2P_IMPORTER_PINNED ||
	       manner->flags & P2P_IMPORTER_NO_NOTIFY;
}

/* Nobody here would end a mapping that a listening importer keeps for ever. */
static int run_attach(struct chaos_state *state, const uint64_t *a)
{
	struct importer_manner manner = {
		.mode = a[2],
		.letgo = a[3] == P2P_IMPORTER_LETGO_NEVER ? 0 : a[3],
		.letgo_ms = a[4] % 4,
		.flags = a[5],
	};
	uint64_t slot = keeps(&manner) ? KEEPERS : a[1] % CHAOS_SLOTS;
	int handle = importer_attach(state->world->importer, buffer_at(state, a[0]),
				     &manner);

	if (handle < 0)
		return handle;
	handle = atomic_exchange(&state->world->handles[slot], handle);
	if (handle >= 0)
		importer_detach(state->world->importer, handle);
	return 0;
}

static int run_detach(struct chaos_state *state, const uint64_t *a)
{
	return importer_detach(state->world->importer,
			       take_of(&state->world->handles[a[0] % CHAOS_SLOTS],
				       &state->dice));
}

static void invent_map(uint64_t *a, struct dice *dice)
{
	a[0] = pick(dice, CHAOS_SLOTS);
	a[1] = mostly(dice, pick(dice, 3));
}

static int run_map(struct chaos_state *state, const uint64_t *a)
{
	bool reading = guest_pages() <= 2 || a[0] % CHAOS_SLOTS == KEEPERS;

	return importer_map_dir(state->world->importer, handle_at(state, a[0]),
				reading ? P2P_IMPORTER_TO_DEVICE : a[1]);
}

static int run_unmap(struct chaos_state *state, const uint64_t *a)
{
	return importer_unmap(state->world->importer, handle_at(state, a[0]));
}

static int run_table(struct chaos_state *state, const uint64_t *a)
{
	struct p2p_importer_entry entries[RANGES];
	struct p2p_importer_table table;

	return importer_table(state->world->importer, handle_at(state, a[0]), entries,
			      RANGES, &table);
}

static int run_dma(struct chaos_state *state, const uint64_t *a)
{
	return importer_dma(state->world->importer, handle_at(state, a[0]),
			    P2P_IMPORTER_TO_DRIVE, 0, a[1] & ~3ULL, 512);
}

/* --- what an administrator does -------------------------------------------- */

static void invent_policy(uint64_t *a, struct dice *dice)
{
	a[0] = pick(dice, 6);
}

/* Mostly the one that gives routes. */
static int run_policy(struct chaos_state *state, const uint64_t *a)
{
	static const char * const policies[] = {
		"allowlist", "always", "never", "sometimes", "always", "always",
	};

	return guest_write(HOST_BRIDGE, policies[a[0] % COUNT(policies)]);
}

static int read_all(const char *path)
{
	char *text = guest_read(path);
	int ret = text ? 0 : -ENOENT;

	free(text);
	return ret;
}

static int run_look(struct chaos_state *state, const uint64_t *a)
{
	return read_all(GUEST_BUFFERS);
}

static int run_fdinfo(struct chaos_state *state, const uint64_t *a)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d",
		 buffer_at(state, a[0]));
	return read_all(path);
}

/* --- all of them ----------------------------------------------------------- */

/*
 * Whoever uses a descriptor may find it closed (EBADF), or its number given to
 * another buffer or to the device. A buffer says ENOTTY to what a device knows,
 * and the other way round; to other accesses EINVAL, ESPIPE or ENODEV. ENODEV
 * also where the importer has lost its driver.
 */
static const struct chaos_kind kinds[] = {
	{ "export", invent_export, run_export, 300, 24,
	  { EINVAL, EOVERFLOW, ENODEV, EPERM, EFAULT, EBADF, ENOTTY } },
	{ "close", invent_slot, run_close, 60, 48, { EBADF } },
	{ "dup", invent_slot, run_dup, 20, 4, { EBADF } },
	{ "seek", invent_slot, run_seek, 20, 1, { EBADF, EINVAL, ESPIPE } },
	{ "mmap", invent_slot, run_mmap, 10, 4,
	  { EBADF, EINVAL, EOVERFLOW, ENODEV, EACCES } },
	{ "poll", invent_slot, run_poll, 10, 1, { 0 } },
	{ "ioctl", invent_slot, run_ioctl, 20, 1,
	  { EBADF, EINVAL, EBUSY, ENOTTY } },
	{ "attach", invent_attach, run_attach, 200, 16,
	  { EBADF, EINVAL, ENODEV, EOPNOTSUPP } },
	{ "detach", invent_slot, run_detach, 60, 96, { ENOENT, ENODEV } },
	/* EACCES: to write to what may only be read. */
	{ "map", invent_map, run_map, 400, 6,
	  { EINVAL, ENOENT, EBUSY, ENODEV, EOPNOTSUPP, EACCES } },
	{ "unmap", invent_slot, run_unmap, 200, 3, { ENOENT, ENXIO, ENODEV } },
	{ "table", invent_slot, run_table, 30, 2, { ENOENT, ENXIO, ENODEV } },
	{ "dma", invent_slot, run_dma, 100, 2,
	  { ENOENT, ENXIO, EINVAL, ENODEV } },
	{ "memory bit", invent_memory, run_memory, 15, 10,
	  { EBADF, ENOTTY, EINVAL, ESPIPE, EIO } },
	{ "config", invent_config, run_config, 20, 2,
	  { EBADF, ENOTTY, EINVAL, ESPIPE, EIO, EFAULT } },
	{ "low power", invent_low_power, run_low_power, 8, 32,
	  { EBADF, ENOTTY, EINVAL } },
	/* EAGAIN: another reset is under way. */
	{ "reset", invent_nothing, run_reset, 1, 64,
	  { EBADF, ENOTTY, EINVAL, EAGAIN } },
	/* EBUSY: VFIO does not wait for an access that is under way. */
	{ "hot reset", invent_nothing, run_hot_reset, 1, 128,
	  { EBADF, ENOTTY, EBUSY, EINVAL, EAGAIN } },
	/*
	 * EIO while the memory is off. EBUSY: VFIO takes no lock when it maps
	 * the BAR for the first two readers.
	 */
	{ "read", invent_nothing, run_read, 50, 2,
	  { EBADF, ENOTTY, EINVAL, ESPIPE, EIO, EBUSY } },
	{ "reopen", invent_nothing, run_reopen, 1, 256, { EBUSY, ENODEV } },
	/* ENOENT, ENODEV: the module has been unloaded. */
	{ "policy", invent_policy, run_policy, 5, 16,
	  { EINVAL, EBADF, ENOENT, ENODEV } },
	{ "look", invent_nothing, run_look, 5, 32, { ENOENT } },
	{ "fdinfo", invent_slot, run_fdinfo, 5, 32, { ENOENT } },
};

unsigned int chaos_kinds(void)
{
	return COUNT(kinds) + nr_node_kinds;
}

static const struct chaos_kind *kind_of(unsigned int kind)
{
	return kind < COUNT(kinds) ? &kinds[kind] :
				     &node_kinds[kind - COUNT(kinds)];
}

unsigned int chaos_cost(const struct chaos_call *call)
{
	return kind_of(call->kind)->cost;
}

const char *chaos_name(unsigned int kind)
{
	return kind_of(kind)->name;
}

void chaos_invent(struct chaos_call *call, struct dice *dice)
{
	unsigned int sum = 0, at, i;

	for (i = 0; i < chaos_kinds(); i++)
		sum += kind_of(i)->weight;
	at = pick(dice, sum);
	for (i = 0; at >= kind_of(i)->weight; i++)
		at -= kind_of(i)->weight;
	memset(call, 0, sizeof(*call));
	call->kind = i;
	kind_of(i)->invent(call->args, dice);
}

int chaos_run(struct chaos_state *state, const struct chaos_call *call)
{
	state->dev.device = atomic_load(&state->world->device);
	return -kind_of(call->kind)->run(state, call->args);
}

bool chaos_documented(const struct chaos_call *call, int err)
{
	const int *errnos = kind_of(call->kind)->errnos;
	size_t i;

	for (i = 0; i < COUNT(kinds[0].errnos); i++) {
		if (errnos[i] == err)
			return true;
	}
	return !err;
}

int chaos_open(struct chaos_world *world)
{
	int ret = vfio_open(&world->vfio, guest_exporter());
	size_t i;

	if (ret)
		return ret;
	world->vfio.device = keep_apart(world->vfio.device);
	atomic_init(&world->device, world->vfio.device);
	for (i = 0; i < CHAOS_SLOTS; i++) {
		atomic_init(&world->buffers[i], -1);
		atomic_init(&world->handles[i], -1);
	}
	world->importer = importer_open(guest_importer());
	ret = world->vfio.device < 0 ? world->vfio.device : world->importer;
	if (ret >= 0)
		ret = node_open(world);
	if (ret >= 0)
		return 0;
	vfio_close(&world->vfio);
	return ret;
}

void chaos_close(struct chaos_world *world)
{
	size_t i;

	node_close(world);
	close(world->importer);
	for (i = 0; i < CHAOS_SLOTS; i++) {
		if (atomic_load(&world->buffers[i]) >= 0)
			close(atomic_load(&world->buffers[i]));
	}
	world->vfio.device = atomic_load(&world->device);
	vfio_close(&world->vfio);
	guest_write(HOST_BRIDGE, "allowlist");
}

bool chaos_begin(struct chaos_state *state, struct chaos_world *world)
{
	char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || mprotect(pages + PAGE, PAGE, PROT_NONE))
		return false;
	state->edge = pages + PAGE;
	state->world = world;
	state->dev = world->vfio;
	return true;
}

void chaos_end(struct chaos_state *state)
{
	munmap(state->edge - PAGE, 2 * PAGE);
}
