// SPDX-License-Identifier: GPL-2.0-only
/*
 * RDMA into a BAR and out of it, step by step, for people to read; then resets
 * in the middle of it. Ends with 1 at the first step that does not go as told.
 *
 *	rdma_demo ROUNDS	so many resets
 *	rdma_demo refused	there is no more to it than the refusal
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/guest.h"
#include "lib/rdma_bar.h"
#include "lib/steps.h"

#define MIB (1024 * 1024ULL)
#define SIZE (64 * MIB)		/* of the BAR */

/* Where data goes; resets hit what is before. */
#define DATA (32 * MIB)
#define DATA_SIZE (32 * MIB)

static void say_sum(const char *what, const void *data)
{
	FILE *sum;

	printf("  sha256 of %s: ", what);
	fflush(stdout);
	sum = popen("sha256sum | cut -d ' ' -f 1", "w");
	if (!sum || fwrite(data, 1, DATA_SIZE, sum) != DATA_SIZE || pclose(sum))
		expect("sha256sum", 0);
}

/* In pieces, from there or to there. */
static int move_all(struct rdma_bar *bar, enum ibv_wr_opcode opcode,
		    const struct ibv_mr *mr, char *data)
{
	uint64_t done;
	int ret = 0;

	for (done = 0; done < DATA_SIZE && !ret; done += RDMA_BAR_CHUNK) {
		if (opcode == IBV_WR_RDMA_WRITE)
			memcpy(bar->memory, data + done, RDMA_BAR_CHUNK);
		ret = rdma_bar_move(bar, opcode, mr, done, RDMA_BAR_CHUNK);
		if (opcode == IBV_WR_RDMA_READ)
			memcpy(data + done, bar->memory, RDMA_BAR_CHUNK);
	}
	return ret;
}

static void move_bytes(struct rdma_bar *bar, uint32_t seed)
{
	char *data = malloc(DATA_SIZE), *back = malloc(DATA_SIZE);
	struct ibv_mr *mr = rdma_register(&bar->b, bar->dmabuf, DATA, DATA_SIZE);

	step("ibv_reg_dmabuf_mr() on NIC B", mr ? 0 : -errno, 0);
	guest_pattern(data, DATA_SIZE, seed);
	say_sum("32 MiB of memory", data);
	step("NIC A writes them into the BAR, through NIC B",
	     move_all(bar, IBV_WR_RDMA_WRITE, mr, data), 0);
	say_sum("the BAR", bar->bar + DATA);
	expect("BAR and memory are equal",
	       !memcmp(bar->bar + DATA, data, DATA_SIZE));
	step("NIC A reads them back, through NIC B",
	     move_all(bar, IBV_WR_RDMA_READ, mr, back), 0);
	expect("what came back is equal", !memcmp(back, data, DATA_SIZE));
	step("ibv_dereg_mr()", -ibv_dereg_mr(mr), 0);
	free(data);
	free(back);
}

static void reset_often(struct rdma_bar *bar, unsigned int rounds)
{
	const char *wrong = NULL;
	unsigned int i;

	say("  %u times: a region is registered, NIC A writes to it without a pause,",
	    rounds);
	say("  VFIO_DEVICE_RESET, the CPU writes, NIC A gets errors, dereg");
	for (i = 0; i < rounds && !wrong; i++)
		wrong = rdma_bar_reset(bar, i * RDMA_BAR_REGION, rand() % 3000);
	if (wrong)
		say("  round %u: %s", i, wrong);
	expect("not a byte has changed once the reset was over", !wrong);
	say("  the errors: %s", ibv_wc_status_str(bar->stream.last));
	say("  reset %u times", i);
}

int main(int argc, char **argv)
{
	static const struct vfio_region_dma_range all = { 0, SIZE };
	struct rdma_bar bar;

	if (argc != 2) {
		fprintf(stderr, "usage: %s ROUNDS|refused\n", argv[0]);
		return 2;
	}
	say("exporter %s (BAR %u), RDMA NICs A %s and B %s", guest_exporter(),
	    guest_bar(), guest_nic(), guest_nic2());
	step("open them, and connect the NICs", rdma_bar_open(&bar), 0);
	step("export the 64 MiB BAR as a dma-buf",
	     rdma_bar_export(&bar, &all, 1), 0);
	if (!strcmp(argv[1], "refused")) {
		step("ibv_reg_dmabuf_mr() on NIC B",
		     rdma_register(&bar.b, bar.dmabuf, 0, SIZE) ? 0 : -errno,
		     -EOPNOTSUPP);
	} else {
		move_bytes(&bar, 1);
		reset_often(&bar, strtoul(argv[1], NULL, 10));
		move_bytes(&bar, 2);
	}
	rdma_bar_close(&bar);
	return 0;
}
