// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eight threads that share their descriptors and know nothing of each other:
 * each call meets buffers that are being closed, mapped, revoked and exported
 * at the same moment. Only documented errors may come back, nothing may be
 * left when all is closed, and the kernel's log is read after the run.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/vfio.h"

#define PAGE 4096ULL

#define THREADS 8
#define SLOTS 16
#define ERRNOS 200

/* State of nrand48(): the low bits of rand_r() depend on each other. */
struct dice {
	unsigned short state[3];
};

struct race {
	struct vfio_dev dev;		/* but for .device: see below */
	atomic_int device;
	int importer;
	atomic_int buffers[SLOTS];	/* descriptors, some closed meanwhile */
	atomic_int handles[SLOTS];	/* attachments, some gone meanwhile */
	int64_t end_ms;
};

struct op {
	const char *name;
	int (*run)(struct race *race, struct dice *dice);
	unsigned int weight;
	int errnos[9];			/* documented, up to the first 0 */
};

struct racer {
	pthread_t thread;
	struct race *race;
	struct dice dice;
	unsigned long (*results)[ERRNOS];	/* of each op, by errno */
};

static unsigned int pick(struct dice *dice, unsigned int below)
{
	return nrand48(dice->state) % below;
}

static struct vfio_dev device_of(struct race *race)
{
	struct vfio_dev dev = race->dev;

	dev.device = atomic_load(&race->device);
	return dev;
}

static int any_of(atomic_int *slots, struct dice *dice)
{
	return atomic_load(&slots[pick(dice, SLOTS)]);
}

/* Now and then the number stays, to be used or ended once more by another. */
static int take_of(atomic_int *slots, struct dice *dice)
{
	if (pick(dice, 64) == 0)
		return any_of(slots, dice);
	return atomic_exchange(&slots[pick(dice, SLOTS)], -1);
}

/* --- buffers --------------------------------------------------------------- */

static int run_export(struct race *race, struct dice *dice)
{
	struct vfio_dev dev = device_of(race);
	struct vfio_region_dma_range ranges[3];
	int nr = 1 + pick(dice, ARRAY_SIZE(ranges)), fd, i;

	for (i = 0; i < nr; i++)
		ranges[i] = (struct vfio_region_dma_range){
			.offset = pick(dice, guest_pages()) * PAGE,
			.length = (1 + pick(dice, 2)) * PAGE,
		};
	fd = vfio_export_ranges(&dev, guest_bar(), ranges, nr);
	if (fd < 0)
		return fd;
	fd = atomic_exchange(&race->buffers[pick(dice, SLOTS)], fd);
	if (fd >= 0)
		close(fd);
	return 0;
}

static int run_close(struct race *race, struct dice *dice)
{
	return close(take_of(race->buffers, dice)) ? -errno : 0;
}

/* The last descriptor of the device: its buffers are gone for good. */
static int run_reopen(struct race *race, struct dice *dice)
{
	int fd = atomic_exchange(&race->device, -1);

	if (fd >= 0)
		close(fd);
	fd = vfio_device_in_group(&race->dev, guest_exporter());
	if (fd < 0)
		return fd;
	fd = atomic_exchange(&race->device, fd);
	if (fd >= 0)
		close(fd);
	return 0;
}

/* --- the importer ---------------------------------------------------------- */

static int run_attach(struct race *race, struct dice *dice)
{
	struct importer_manner manner = importer_good;
	int handle;

	if (pick(dice, 4) == 0) {
		manner.letgo = P2P_IMPORTER_LETGO_LATE;
		manner.letgo_ms = pick(dice, 5);
	} else if (pick(dice, 4) == 0) {
		manner.letgo = P2P_IMPORTER_LETGO_FENCE;
		manner.letgo_ms = pick(dice, 5);
	}
	handle = importer_attach(race->importer, any_of(race->buffers, dice),
				 &manner);
	if (handle < 0)
		return handle;
	handle = atomic_exchange(&race->handles[pick(dice, SLOTS)], handle);
	if (handle >= 0)
		importer_detach(race->importer, handle);
	return 0;
}

static int run_detach(struct race *race, struct dice *dice)
{
	return importer_detach(race->importer, take_of(race->handles, dice));
}

/*
 * The kernel's DMA debugging takes many mappings of a page for a leak, but for
 * those the device only reads.
 */
static int run_map(struct race *race, struct dice *dice)
{
	uint32_t direction = P2P_IMPORTER_TO_DEVICE;

	if (guest_pages() > 2)
		direction = pick(dice, 3);
	return importer_map_dir(race->importer, any_of(race->handles, dice),
				direction);
}

static int run_unmap(struct race *race, struct dice *dice)
{
	return importer_unmap(race->importer, any_of(race->handles, dice));
}

static int run_dma(struct race *race, struct dice *dice)
{
	return importer_dma(race->importer, any_of(race->handles, dice),
			    P2P_IMPORTER_TO_DRIVE, 0, 0, 512);
}

/* --- the hooks ------------------------------------------------------------- */

static int run_memory(struct race *race, struct dice *dice)
{
	struct vfio_dev dev = device_of(race);

	return vfio_set_memory(&dev, pick(dice, 6) > 0);
}

static int run_reset(struct race *race, struct dice *dice)
{
	struct vfio_dev dev = device_of(race);

	return vfio_reset(&dev);
}

static int run_hot_reset(struct race *race, struct dice *dice)
{
	struct vfio_dev dev = device_of(race);

	return vfio_hot_reset(&dev);
}

static int run_low_power(struct race *race, struct dice *dice)
{
	struct vfio_dev dev = device_of(race);

	return vfio_set_feature(&dev, pick(dice, 4) ?
				VFIO_DEVICE_FEATURE_LOW_POWER_EXIT :
				VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY);
}

static int run_read(struct race *race, struct dice *dice)
{
	struct vfio_dev dev = device_of(race);
	uint32_t word;
	long ret;

	ret = vfio_read(&dev, guest_bar(), 0, &word, sizeof(word));
	return ret < 0 ? ret : 0;
}

/*
 * Whoever uses a descriptor may find it closed (EBADF) or its number given to
 * a dma-buf (ENOTTY, and for reads and writes EINVAL or ESPIPE) by then.
 */
static const struct op ops[] = {
	{ "export", run_export, 300, { EBADF, ENOTTY, EPERM } },
	{ "close", run_close, 100, { EBADF } },
	{ "reopen", run_reopen, 1, { EBUSY } },
	{ "attach", run_attach, 300,
	  { EBADF, EINVAL, ENODEV, EOPNOTSUPP } },
	{ "detach", run_detach, 100, { ENOENT } },
	{ "map", run_map, 800, { ENOENT, EBUSY, ENODEV } },
	{ "unmap", run_unmap, 400, { ENOENT, ENXIO } },
	{ "dma", run_dma, 400, { ENOENT, ENXIO } },
	{ "memory bit", run_memory, 30, { EBADF, ENOTTY, EINVAL, ESPIPE } },
	{ "reset", run_reset, 1, { EBADF, ENOTTY } },
	/* EBUSY: VFIO does not wait for an access that is under way. */
	{ "hot reset", run_hot_reset, 1, { EBADF, ENOTTY, EBUSY } },
	{ "low power", run_low_power, 15, { EBADF, ENOTTY, EINVAL } },
	/*
	 * EIO while the memory is off. EBUSY: VFIO takes no lock when it maps
	 * the BAR for the first two readers.
	 */
	{ "read", run_read, 100,
	  { EBADF, ENOTTY, EINVAL, ESPIPE, EIO, EBUSY } },
};

static bool documented(const struct op *op, int err)
{
	size_t i;

	for (i = 0; op->errnos[i]; i++) {
		if (op->errnos[i] == err)
			return true;
	}
	return !err;
}

static bool possible(const struct op *op)
{
	/* A function that shares its bus is not reset alone. */
	return !guest_sibling() || op->run != run_reset;
}

static const struct op *pick_op(struct dice *dice)
{
	unsigned int sum = 0, at;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		sum += ops[i].weight;
	at = pick(dice, sum);
	for (i = 0; at >= ops[i].weight; i++)
		at -= ops[i].weight;
	return &ops[i];
}

static void *race_thread(void *arg)
{
	struct racer *racer = arg;
	const struct op *op;
	int ret;

	while (guest_now_ms() < racer->race->end_ms) {
		op = pick_op(&racer->dice);
		if (!possible(op))
			continue;
		ret = -op->run(racer->race, &racer->dice);
		if (ret < 0 || ret >= ERRNOS)
			ret = ERRNOS - 1;
		racer->results[op - ops][ret]++;
	}
	return NULL;
}

static unsigned long report(const struct op *op, const unsigned long *results)
{
	unsigned long undocumented = 0;
	int err;

	printf("# %-10s %8lu", op->name, results[0]);
	for (err = 1; err < ERRNOS; err++) {
		if (!results[err])
			continue;
		printf(", %s%s %lu", documented(op, err) ? "" : "UNDOCUMENTED ",
		       strerrorname_np(err) ?: "other", results[err]);
		if (!documented(op, err))
			undocumented += results[err];
	}
	printf("\n");
	return undocumented;
}

FIXTURE(race)
{
	struct race race;
	unsigned long (*results)[ERRNOS];
};

FIXTURE_SETUP(race)
{
	struct race *race = &self->race;
	size_t i;

	ASSERT_EQ(0, vfio_open(&race->dev, guest_exporter()));
	atomic_init(&race->device, race->dev.device);
	race->importer = importer_open(guest_importer());
	ASSERT_LE(0, race->importer);
	for (i = 0; i < SLOTS; i++) {
		atomic_init(&race->buffers[i], -1);
		atomic_init(&race->handles[i], -1);
	}
	self->results = calloc(THREADS * ARRAY_SIZE(ops),
			       sizeof(*self->results));
}

FIXTURE_TEARDOWN(race)
{
	free(self->results);
}

static void close_all(struct race *race)
{
	size_t i;

	close(race->importer);
	for (i = 0; i < SLOTS; i++)
		close(atomic_load(&race->buffers[i]));
	race->dev.device = atomic_load(&race->device);
	vfio_close(&race->dev);
}

TEST_F_TIMEOUT(race, every_call_against_every_other, 200)
{
	unsigned long undocumented = 0, sum[ERRNOS];
	/* A minute where resets are real, a glance elsewhere. */
	int64_t ms = guest_is("root") ? 60000 : 5000;
	struct racer racers[THREADS];
	struct race *race = &self->race;
	size_t i, op, err;

	race->end_ms = guest_now_ms() + ms;
	for (i = 0; i < THREADS; i++) {
		racers[i] = (struct racer){
			.race = race, .dice.state = { i + 1 },
			.results = self->results + i * ARRAY_SIZE(ops),
		};
		ASSERT_EQ(0, pthread_create(&racers[i].thread, NULL,
					    race_thread, &racers[i]));
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(racers[i].thread, NULL);

	for (op = 0; op < ARRAY_SIZE(ops); op++) {
		memset(sum, 0, sizeof(sum));
		for (i = 0; i < THREADS; i++) {
			for (err = 0; err < ERRNOS; err++)
				sum[err] += racers[i].results[op][err];
		}
		undocumented += report(&ops[op], sum);
	}
	EXPECT_EQ(0, undocumented);

	close_all(race);
	EXPECT_EQ(0, guest_count_lines(GUEST_BUFFERS, "buffer "));
}

TEST_HARNESS_MAIN
