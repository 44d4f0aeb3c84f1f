// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * RDMA to a pointer, whatever it points to.
 *
 *	pointer_rdma serve efa_0 0000:01:00.0
 *		maps BAR 2 of a device that VFIO holds and lets peers write to
 *		a pointer into it; prints who may, and how; at the end of its
 *		input prints the text that stands there
 *	pointer_rdma serve efa_0 memory
 *		the same with ordinary memory
 *	pointer_rdma write efa_1 'GID QP KEY ADDRESS' TEXT
 *		writes there, from another process or another machine
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <p2pdmabuf-ibverbs.h>
#include <p2pdmabuf.h>

#include "srd.h"

#define LENGTH (1 << 20)
/* Into the mapping: registered regions need not begin with a page. */
#define WITHIN 5000
/* Of what is printed. */
#define MOST 256

static char *map_bar(const char *name)
{
	struct p2p_address address;
	struct p2p_device *device;
	char *bar;

	CHECK(!p2p_address_parse(name, &address), name);
	device = p2p_device_open(&address, 0);
	CHECK(device, "open the device");
	bar = p2p_device_map_bar(device, 2, 0, LENGTH, PROT_READ | PROT_WRITE);
	CHECK(bar, "map the BAR");
	return bar;
}

static char *allocate(void)
{
	char *memory = calloc(1, LENGTH);

	CHECK(memory, "allocate");
	return memory;
}

static void serve(const struct srd *srd, char *pointer)
{
	struct ibv_mr *mr = p2p_ibv_reg_mr(srd->pd, pointer, LENGTH - WITHIN,
					   IBV_ACCESS_LOCAL_WRITE |
					   IBV_ACCESS_REMOTE_WRITE);

	CHECK(mr, "register");
	srd_print_peer(srd, mr->rkey, (uintptr_t)pointer);
	while (getchar() != EOF)
		;
	printf("%.*s\n", MOST, pointer);
	CHECK(!ibv_dereg_mr(mr), "deregister");
}

static void write_text(const struct srd *srd, const char *peer, char *text)
{
	struct ibv_mr *mr = p2p_ibv_reg_mr(srd->pd, text, strlen(text),
					   IBV_ACCESS_LOCAL_WRITE);

	CHECK(mr, "register");
	srd_write(srd, peer, mr, text);
}

int main(int argc, char **argv)
{
	int serves = argc == 4 && !strcmp(argv[1], "serve");
	struct srd srd;

	if (!serves && (argc != 5 || strcmp(argv[1], "write")))
		errx(2, "usage: serve NIC ADDRESS|memory | write NIC PEER TEXT");
	srd_open(&srd, argv[2]);
	if (!serves)
		write_text(&srd, argv[3], argv[4]);
	else if (!strcmp(argv[3], "memory"))
		serve(&srd, allocate() + WITHIN);
	else
		serve(&srd, map_bar(argv[3]) + WITHIN);
	return 0;
}
