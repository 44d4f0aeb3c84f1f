// SPDX-License-Identifier: GPL-2.0-only
/* RDMA NICs in a process of their own, for virtual machines. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vfio_user.h"

#define NICS_MAX 8

/* Pieces of work between two looks at the clients. */
#define PIECES 8

static struct vfio_user *servers[NICS_MAX];
static unsigned int nr_servers;
static volatile sig_atomic_t ending;

static void end(int signal)
{
	(void)signal;
	ending = 1;
}

static void print_usage(FILE *to)
{
	fprintf(to, "usage: %s SOCKET...\n"
		"\n"
		"An Elastic Fabric Adapter behind each vfio-user socket; they reach each\n"
		"other. Ends at a SIGTERM.\n",
		program_invocation_short_name);
}

/* Link-local, and its number. */
static void address_of(unsigned int number, uint8_t address[NIC_ADDRESS])
{
	memset(address, 0, NIC_ADDRESS);
	address[0] = 0xfe;
	address[1] = 0x80;
	address[8] = 0x02;
	address[NIC_ADDRESS - 1] = number + 1;
}

static bool work(void)
{
	bool any = false;
	unsigned int i, n;

	for (n = 0; n < PIECES; n++) {
		for (i = 0; i < nr_servers; i++)
			any = vfio_user_work(servers[i]) || any;
	}
	return any;
}

static void serve(bool busy)
{
	struct pollfd fds[NICS_MAX];
	unsigned int i;

	for (i = 0; i < nr_servers; i++) {
		fds[i].fd = vfio_user_fd(servers[i]);
		fds[i].events = POLLIN;
	}
	if (poll(fds, nr_servers, busy ? 0 : -1) <= 0)
		return;
	for (i = 0; i < nr_servers; i++) {
		if (fds[i].revents)
			vfio_user_serve(servers[i]);
	}
}

static bool start(struct fabric *fabric, char **paths, int count)
{
	uint8_t address[NIC_ADDRESS];

	if (count < 1 || count > NICS_MAX) {
		print_usage(stderr);
		return false;
	}
	for (; nr_servers < (unsigned int)count; nr_servers++) {
		address_of(nr_servers, address);
		servers[nr_servers] = vfio_user_new(paths[nr_servers], fabric,
						    address);
		if (!servers[nr_servers])
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = end };
	struct fabric *fabric = fabric_new();
	bool ok;

	if (argc > 1 && !strcmp(argv[1], "--help")) {
		print_usage(stdout);
		return 0;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	ok = fabric && start(fabric, argv + 1, argc - 1);
	while (ok && !ending)
		serve(work());
	while (nr_servers)
		vfio_user_free(servers[--nr_servers]);
	fabric_free(fabric);
	return ok ? 0 : 2;
}
