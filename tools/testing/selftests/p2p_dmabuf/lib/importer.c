// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "guest.h"
#include "importer.h"

const struct importer_manner importer_good = {
	.mode = P2P_IMPORTER_DYNAMIC,
	.letgo = P2P_IMPORTER_LETGO_AT_ONCE,
};

struct importer_manner importer_keeper(void)
{
	struct importer_manner manner = {
		.mode = P2P_IMPORTER_PINNED,
		.letgo = P2P_IMPORTER_LETGO_NEVER,
	};

	if (guest_kernel_has("dma_buf_attach_revocable"))
		manner.flags = P2P_IMPORTER_NO_NOTIFY;
	return manner;
}

static int call(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? -errno : 0;
}

int importer_open(const char *bdf)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "/dev/p2p-importer-%s", bdf);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int importer_attach(int fd, int dmabuf, const struct importer_manner *manner)
{
	struct p2p_importer_attach req = {
		.dmabuf_fd = dmabuf,
		.mode = manner->mode,
		.letgo = manner->letgo,
		.letgo_ms = manner->letgo_ms,
		.flags = manner->flags,
	};
	int ret = call(fd, P2P_IMPORTER_ATTACH, &req);

	return ret ? ret : (int)req.handle;
}

static int call_handle(int fd, unsigned long cmd, uint32_t handle)
{
	struct p2p_importer_handle req = { .handle = handle };

	return call(fd, cmd, &req);
}

int importer_detach(int fd, uint32_t handle)
{
	return call_handle(fd, P2P_IMPORTER_DETACH, handle);
}

int importer_map_dir(int fd, uint32_t handle, uint32_t direction)
{
	struct p2p_importer_map req = {
		.handle = handle,
		.direction = direction,
	};

	return call(fd, P2P_IMPORTER_MAP, &req);
}

int importer_map(int fd, uint32_t handle)
{
	return importer_map_dir(fd, handle, P2P_IMPORTER_BIDIRECTIONAL);
}

int importer_unmap(int fd, uint32_t handle)
{
	return call_handle(fd, P2P_IMPORTER_UNMAP, handle);
}

int importer_attach_map(int fd, int dmabuf,
			const struct importer_manner *manner)
{
	int handle = importer_attach(fd, dmabuf, manner);
	int ret;

	if (handle < 0)
		return handle;
	ret = importer_map(fd, handle);
	if (ret) {
		importer_detach(fd, handle);
		return ret;
	}
	return handle;
}

int importer_table(int fd, uint32_t handle, struct p2p_importer_entry *entries,
		   uint32_t capacity, struct p2p_importer_table *table)
{
	*table = (struct p2p_importer_table){
		.handle = handle,
		.entries = (uintptr_t)entries,
		.capacity = capacity,
	};
	return call(fd, P2P_IMPORTER_TABLE, table);
}

struct p2p_importer_status importer_status(int fd, uint32_t handle)
{
	struct p2p_importer_status status = { .handle = handle };

	call(fd, P2P_IMPORTER_STATUS, &status);
	return status;
}

bool importer_mapped(int fd, uint32_t handle)
{
	return importer_status(fd, handle).mapped;
}

int importer_wait(int fd, uint32_t handle, uint32_t event, uint64_t count,
		  uint32_t timeout_ms)
{
	struct p2p_importer_wait req = {
		.handle = handle,
		.event = event,
		.count = count,
		.timeout_ms = timeout_ms,
	};

	return call(fd, P2P_IMPORTER_WAIT, &req);
}

int importer_dma(int fd, uint32_t handle, uint32_t flags, uint64_t drive_offset,
		 uint64_t buffer_offset, uint64_t length)
{
	struct p2p_importer_transfer req = {
		.handle = handle,
		.flags = flags,
		.drive_offset = drive_offset,
		.buffer_offset = buffer_offset,
		.length = length,
	};

	return call(fd, P2P_IMPORTER_TRANSFER, &req);
}

int importer_stream(int fd, uint32_t handle, uint32_t flags,
		    uint64_t drive_offset, uint64_t buffer_offset,
		    uint64_t length)
{
	struct p2p_importer_stream req = {
		.handle = handle,
		.flags = flags,
		.drive_offset = drive_offset,
		.buffer_offset = buffer_offset,
		.length = length,
	};

	return call(fd, P2P_IMPORTER_STREAM_START, &req);
}

int importer_stream_stop(int fd, uint32_t handle)
{
	return call_handle(fd, P2P_IMPORTER_STREAM_STOP, handle);
}

static int drive_rw(int fd, uint64_t offset, const void *buf, size_t length,
		    uint32_t flags)
{
	struct p2p_importer_drive_rw req = {
		.address = (uintptr_t)buf,
		.drive_offset = offset,
		.length = length,
		.flags = flags,
	};

	return call(fd, P2P_IMPORTER_DRIVE_RW, &req);
}

int importer_drive_write(int fd, uint64_t offset, const void *buf,
			 size_t length)
{
	return drive_rw(fd, offset, buf, length, P2P_IMPORTER_TO_DRIVE);
}

int importer_drive_read(int fd, uint64_t offset, void *buf, size_t length)
{
	return drive_rw(fd, offset, buf, length, 0);
}

int importer_dma_bits(int fd, uint32_t bits)
{
	struct p2p_importer_dma_bits req = { .bits = bits };

	return call(fd, P2P_IMPORTER_DMA_BITS, &req);
}

int importer_map_loop_timed(int fd, struct p2p_importer_map_loop *loop)
{
	int ret = call(fd, P2P_IMPORTER_MAP_LOOP, loop);

	if (!ret && loop->done != loop->rounds)
		return -EIO;
	return ret;
}

int importer_map_loop(int fd, uint32_t handle, uint64_t rounds)
{
	struct p2p_importer_map_loop loop = {
		.handle = handle,
		.direction = P2P_IMPORTER_BIDIRECTIONAL,
		.rounds = rounds,
	};

	return importer_map_loop_timed(fd, &loop);
}
