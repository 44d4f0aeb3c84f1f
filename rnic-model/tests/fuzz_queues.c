// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program and a driver that put whatever they like into the queues of NICs
 * that have been set up: the input is a list of entries, each with a byte before
 * it that says of what.
 */
#include <string.h>

#include "world.h"

struct input {
	const uint8_t *data;
	size_t left;
};

/* What is missing at the end is 0. */
static void take(struct input *input, void *to, size_t size)
{
	size_t length = size < input->left ? size : input->left;

	memset(to, 0, size);
	memcpy(to, input->data, length);
	input->data += length;
	input->left -= length;
}

struct scene {
	struct world world;
	struct queue queues[2];
	uint64_t area;
	uint32_t keys[2];
	uint16_t ah;
};

#define AREA 65536

static void scene_open(struct scene *scene)
{
	unsigned int i;

	world_open(&scene->world);
	scene->area = world_take(&scene->world, AREA, 4096);
	for (i = 0; i < 2; i++) {
		struct side *side = &scene->world.sides[i];

		side_start(side, 32);
		queue_open(&scene->queues[i], side, 16);
		scene->keys[i] = side_region(side, scene->area, scene->area,
					     AREA, 7);
	}
	scene->ah = side_ah(&scene->world.sides[0],
			    scene->world.sides[1].address);
}

/* Often something that exists, so that the rest of the request is looked at. */
static void put_wqe(struct scene *scene, struct input *input, uint8_t hints)
{
	struct efa_wqe wqe;

	take(input, &wqe, sizeof(wqe));
	if (hints & 0x10)
		wqe.ctrl1 |= EFA_WQE_META;
	if (hints & 0x20) {
		wqe.ah = scene->ah;
		wqe.dest_qp = scene->queues[1].number;
		wqe.qkey = QUEUE_KEY;
	}
	if (hints & 0x40) {
		wqe.u.rdma.local.lkey = scene->keys[0];
		wqe.u.rdma.local.address.hi = 0;
		wqe.u.rdma.local.address.lo = scene->area +
			wqe.u.rdma.local.address.lo % AREA;
	}
	if (hints & 0x80) {
		wqe.length = 1;
		wqe.u.rdma.remote = wqe.u.rdma.local;
		wqe.u.rdma.remote.lkey = scene->keys[1];
	}
	queue_post(&scene->queues[0], &wqe);
}

static void put_command(struct scene *scene, struct input *input)
{
	struct efa_admin_resp resp;
	struct efa_admin_cmd cmd;

	take(input, &cmd, sizeof(cmd));
	cmd.opcode %= EFA_DEALLOC_UAR + 2;
	side_command(&scene->world.sides[0], &cmd, &resp);
}

static void put_receive(struct scene *scene, struct input *input, uint8_t hints)
{
	struct queue *queue = &scene->queues[1];
	struct efa_rx_desc desc;

	take(input, &desc, sizeof(desc));
	if (hints & 0x10) {
		desc.lkey_ctrl = scene->keys[1] | EFA_RX_FIRST |
				 (desc.lkey_ctrl & EFA_RX_LAST);
		desc.address.hi = 0;
		desc.address.lo = scene->area + desc.address.lo % AREA;
	}
	memcpy(world_at(&scene->world, queue->rq_base +
			queue->rq_posted % queue->rq_depth * sizeof(desc)),
	       &desc, sizeof(desc));
	queue->rq_posted++;
	nic_write(queue->side->nic, queue->rq_doorbell, queue->rq_posted);
}

static void put_memory(struct scene *scene, struct input *input)
{
	struct {
		uint32_t at;
		uint64_t value;
	} __attribute__((packed)) poke;

	take(input, &poke, sizeof(poke));
	memcpy(scene->world.memory + poke.at % (WORLD_SIZE - 8), &poke.value,
	       sizeof(poke.value));
}

static void put_hole(struct scene *scene, uint8_t hints)
{
	scene->world.hole = hints & 0x10 ? scene->area : 0;
	scene->world.hole_end = hints & 0x10 ? scene->area + (hints << 8) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct scene scene;
	uint8_t what;

	scene_open(&scene);
	while (input.left) {
		take(&input, &what, sizeof(what));
		switch (what & 7) {
		case 0:
		case 1:
			put_wqe(&scene, &input, what);
			break;
		case 2:
		case 3:
			put_command(&scene, &input);
			break;
		case 4:
			put_receive(&scene, &input, what);
			break;
		case 5:
			put_memory(&scene, &input);
			break;
		case 6:
			put_hole(&scene, what);
			break;
		default:
			nic_work(scene.world.sides[0].nic);
		}
	}
	world_run(&scene.world);
	world_close(&scene.world);
	return 0;
}
