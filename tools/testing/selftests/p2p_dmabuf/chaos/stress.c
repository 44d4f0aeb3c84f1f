// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that does everything at once is killed again and again, while an
 * administrator resets the device, takes its driver and the importer's away and
 * gives them back, and unloads the modules. In the end nothing may be left, and
 * the modules must go.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine.h"
#include "lib/guest.h"

#define DRIVERS "/sys/bus/pci/drivers/"
#define EXPORTER_DRIVER DRIVERS "vfio-pci-dmabuf/"
#define IMPORTER_DRIVER DRIVERS "p2p-test-importer/"

static int64_t end_ms;
static unsigned long seed;

/* --- the process ----------------------------------------------------------- */

/* Ends by being killed, or when the device or the importer is not there. */
static void be_killed(struct engine_results *results, unsigned int threads,
		      unsigned int round)
{
	const struct engine engine = {
		.seed = seed + round,
		.threads = threads,
		.calls = ULONG_MAX,
		.end_ms = INT64_MAX,
		.results = results,
	};
	struct chaos_world world;

	if (chaos_open(&world))
		_exit(1);
	engine_run(&engine, &world);
	_exit(0);
}

static void wait_ms(unsigned int ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

struct lives {
	unsigned int killed;
	unsigned int stillborn;	/* found no device */
};

static struct lives live_and_die(struct engine_results *results,
				 unsigned int threads)
{
	struct dice dice = { { 1, seed, seed >> 16 } };
	struct lives lives = { 0 };
	unsigned int round;
	int status;
	pid_t pid;

	for (round = 0; guest_now_ms() < end_ms; round++) {
		pid = fork();
		if (!pid)
			be_killed(results, threads, round);
		wait_ms(50 + pick(&dice, 1500));
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		if (WIFSIGNALED(status))
			lives.killed++;
		else
			lives.stillborn++;
	}
	return lives;
}

/* --- the administrator ----------------------------------------------------- */

static unsigned int turns[5];

/* Waits until the process has closed the device, which it is asked to. */
static void take_exporter(void)
{
	guest_write(EXPORTER_DRIVER "unbind", guest_exporter());
}

static int give_exporter(void)
{
	return guest_write("/sys/bus/pci/drivers_probe", guest_exporter());
}

static int reload(void)
{
	int ret;

	take_exporter();
	/* Some buffer may still be open: then they stay. */
	ret = guest_unload("vfio_pci_dmabuf");
	if (!ret)
		guest_unload("p2p_bar_exporter");
	if (system("modprobe vfio-pci-dmabuf"))
		abort();
	give_exporter();
	return ret;
}

static int rebind_exporter(void)
{
	take_exporter();
	return give_exporter();
}

static int rebind_importer(void)
{
	guest_write(IMPORTER_DRIVER "unbind", guest_importer());
	return guest_write(IMPORTER_DRIVER "bind", guest_importer());
}

static int reset_device(void)
{
	return guest_write_device(guest_exporter(), "reset", "1");
}

static int reset_bridge(void)
{
	return guest_write_device(guest_exporter_port(), "reset_subordinate",
				  "1");
}

static int (*const acts[])(void) = {
	rebind_exporter, rebind_importer, reset_device, reset_bridge, reload,
};

static void *administrate(void *unused)
{
	struct dice dice = { { 2, seed, seed >> 16 } };
	unsigned int act;

	while (guest_now_ms() < end_ms) {
		act = pick(&dice, 5);
		if (!acts[act]())
			turns[act]++;
		wait_ms(pick(&dice, 500));
	}
	return NULL;
}

/* --- the end --------------------------------------------------------------- */

static bool nothing_left(void)
{
	bool ok = !guest_count_lines(GUEST_BUFFERS, "buffer ");

	take_exporter();
	ok = !guest_unload("vfio_pci_dmabuf") && ok;
	ok = !guest_unload("p2p_bar_exporter") && ok;
	ok = !system("modprobe vfio-pci-dmabuf") && ok;
	return !give_exporter() && ok;
}

int main(int argc, char **argv)
{
	struct engine_results *results;
	struct lives lives;
	pthread_t admin;
	bool ok;

	if (argc != 4) {
		fprintf(stderr, "usage: stress SEED SECONDS THREADS\n");
		return 2;
	}
	seed = strtoul(argv[1], NULL, 0);
	end_ms = guest_now_ms() + 1000 * strtol(argv[2], NULL, 0);
	results = mmap(NULL, sizeof(*results), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (results == MAP_FAILED ||
	    pthread_create(&admin, NULL, administrate, NULL))
		return 2;
	printf("TAP version 13\n1..2\n# seed %lu\n", seed);
	fflush(stdout);
	lives = live_and_die(results, strtoul(argv[3], NULL, 0));
	pthread_join(admin, NULL);

	ok = !engine_report(results);
	printf("# %u processes killed, %u found no device\n", lives.killed,
	       lives.stillborn);
	printf("# rebound %u and %u times, reset %u and %u times, reloaded %u times\n",
	       turns[0], turns[1], turns[2], turns[3], turns[4]);
	printf("%s 1 documented errors only\n", ok ? "ok" : "not ok");
	if (nothing_left()) {
		printf("ok 2 nothing left\n");
		return !ok;
	}
	printf("not ok 2 nothing left\n");
	return 1;
}
