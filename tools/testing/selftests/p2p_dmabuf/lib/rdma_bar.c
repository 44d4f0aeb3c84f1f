// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"
#include "rdma_bar.h"

#define PAGE 4096

/* --- to have it all -------------------------------------------------------- */

static int open_device(struct rdma_bar *bar)
{
	int ret = vfio_open(&bar->dev, guest_exporter());

	if (ret)
		return ret;
	bar->bar_size = vfio_region_size(&bar->dev, guest_bar());
	bar->bar = vfio_map(&bar->dev, guest_bar(), 0, bar->bar_size);
	return bar->bar == MAP_FAILED ? -errno : 0;
}

static int open_nics(struct rdma_bar *bar)
{
	int ret = rdma_open(&bar->a, guest_nic());

	if (!ret)
		ret = rdma_open(&bar->b, guest_nic2());
	if (!ret)
		ret = rdma_connect(&bar->a, &bar->b);
	if (ret)
		return ret;
	bar->memory = aligned_alloc(PAGE, RDMA_BAR_CHUNK);
	if (!bar->memory)
		return -ENOMEM;
	bar->memory_mr = ibv_reg_mr(bar->a.pd, bar->memory, RDMA_BAR_CHUNK,
				    RDMA_ALL);
	return bar->memory_mr ? 0 : -errno;
}

int rdma_bar_open(struct rdma_bar *bar)
{
	int ret;

	memset(bar, 0, sizeof(*bar));
	bar->dmabuf = -1;
	ret = open_device(bar);
	return ret ? ret : open_nics(bar);
}

void rdma_bar_close(struct rdma_bar *bar)
{
	if (bar->memory_mr)
		ibv_dereg_mr(bar->memory_mr);
	free(bar->memory);
	rdma_close(&bar->a);
	rdma_close(&bar->b);
	if (bar->dmabuf >= 0)
		close(bar->dmabuf);
	munmap(bar->bar, bar->bar_size);
	vfio_close(&bar->dev);
}

int rdma_bar_export(struct rdma_bar *bar,
		    const struct vfio_region_dma_range *ranges, uint32_t nr)
{
	bar->dmabuf = vfio_export_ranges(&bar->dev, guest_bar(), ranges, nr);
	return bar->dmabuf < 0 ? bar->dmabuf : 0;
}

/* --- transfers ------------------------------------------------------------- */

static struct rdma_transfer transfer_of(struct rdma_bar *bar,
					enum ibv_wr_opcode opcode,
					const struct ibv_mr *mr, uint64_t offset,
					uint32_t length)
{
	return (struct rdma_transfer){
		.opcode = opcode,
		.mr = bar->memory_mr,
		.local = bar->memory,
		.length = length,
		.rkey = mr->rkey,
		.remote = offset,
	};
}

int rdma_bar_move(struct rdma_bar *bar, enum ibv_wr_opcode opcode,
		  const struct ibv_mr *mr, uint64_t offset, uint32_t length)
{
	const struct rdma_transfer transfer =
		transfer_of(bar, opcode, mr, offset, length);

	return rdma_do(&bar->a, &transfer);
}

int rdma_bar_begin(struct rdma_bar *bar, uint64_t offset)
{
	struct rdma_transfer transfer;
	int ret;

	bar->stream_mr = rdma_register(&bar->b, bar->dmabuf, offset,
				       RDMA_BAR_REGION);
	if (!bar->stream_mr)
		return -errno;
	memset(bar->memory, RDMA_BAR_STREAMED, RDMA_BAR_REGION);
	transfer = transfer_of(bar, IBV_WR_RDMA_WRITE, bar->stream_mr, 0,
			       RDMA_BAR_REGION);
	ret = rdma_stream_begin(&bar->stream, &bar->a, &transfer);
	if (ret)
		ibv_dereg_mr(bar->stream_mr);
	return ret;
}

int rdma_bar_end(struct rdma_bar *bar)
{
	rdma_stream_end(&bar->stream);
	return -ibv_dereg_mr(bar->stream_mr);
}

unsigned long rdma_bar_others(const struct rdma_bar *bar, uint64_t offset,
			      char value)
{
	unsigned long others = 0;
	size_t i;

	for (i = 0; i < RDMA_BAR_REGION; i++)
		others += bar->bar[offset + i] != value;
	return others;
}

/* --- the end of it --------------------------------------------------------- */

/* The stream is under way. */
static const char *reset_now(struct rdma_bar *bar, uint64_t offset,
			     unsigned int us)
{
	rdma_stream_good(&bar->stream, 2);
	if (rdma_bar_others(bar, offset, RDMA_BAR_STREAMED))
		return "the stream does not reach the BAR";
	/* For another moment of a transfer each time. */
	usleep(us);
	if (atomic_load(&bar->stream.bad))
		return "an error before the reset";
	if (vfio_reset(&bar->dev))
		return "VFIO_DEVICE_RESET";
	memset(bar->bar + offset, RDMA_BAR_CPUS, RDMA_BAR_REGION);
	rdma_stream_bad(&bar->stream, 3);
	if (rdma_bar_others(bar, offset, RDMA_BAR_CPUS))
		return "the BAR changes after the reset";
	return NULL;
}

const char *rdma_bar_reset(struct rdma_bar *bar, uint64_t offset,
			   unsigned int us)
{
	const char *wrong;

	if (rdma_bar_begin(bar, offset))
		return "registration";
	wrong = reset_now(bar, offset, us);
	if (rdma_bar_end(bar) && !wrong)
		wrong = "deregistration";
	if (!wrong && rdma_bar_others(bar, offset, RDMA_BAR_CPUS))
		wrong = "the BAR changes when the region goes";
	return wrong;
}
