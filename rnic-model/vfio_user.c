// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "dma_table.h"
#include "pci_config.h"
#include "vfio_user.h"

/* --- protocol -------------------------------------------------------------- */

enum command {
	VERSION = 1,
	DMA_MAP = 2,
	DMA_UNMAP = 3,
	GET_INFO = 4,
	GET_REGION_INFO = 5,
	GET_IRQ_INFO = 7,
	SET_IRQS = 8,
	REGION_READ = 9,
	REGION_WRITE = 10,
	DMA_READ = 11,
	DMA_WRITE = 12,
	DEVICE_RESET = 13,
};

struct header {
	uint16_t id;
	uint16_t command;
	uint32_t size;		/* with the header */
	uint32_t flags;
	uint32_t error;
};

#define FLAG_TYPE 0x0fU
#define FLAG_REPLY 0x01U
#define FLAG_NO_REPLY 0x10U
#define FLAG_ERROR 0x20U

struct dma_map {
	uint32_t argsz;
	uint32_t flags;
	uint64_t offset;
	uint64_t address;
	uint64_t size;
};

#define MAP_READABLE 1
#define MAP_WRITABLE 2

struct dma_unmap {
	uint32_t argsz;
	uint32_t flags;
	uint64_t address;
	uint64_t size;
};

#define UNMAP_ALL 2

struct region_access {
	uint64_t offset;
	uint32_t region;
	uint32_t count;
};

struct dma_access {
	uint64_t address;
	uint64_t count;
};

#define FDS_MAX 8
#define DATA_MAX 65536		/* bytes of an access, from here and to here */
#define BODY_MAX (DATA_MAX + 4096)

struct message {
	struct header header;
	size_t length;		/* of the body */
	int fds[FDS_MAX];
	unsigned int nr_fds;
	_Alignas(8) char body[BODY_MAX];
};

struct vfio_user {
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int listening;
	int client;		/* or -1 */
	struct nic *nic;
	struct dma_table *table;
	struct pci_config config;
	int sq_fd;
	char *sq;
	char msix[PCI_MSIX_BAR_SIZE];
	int vectors[NIC_VECTORS];	/* eventfds, or -1 */
	uint16_t next_id;
	struct message message;
};

static void complain(const struct vfio_user *server, const char *what)
{
	fprintf(stderr, "rnic-model: %s: %s\n", server->path, what);
}

/* --- messages -------------------------------------------------------------- */

static void message_close_fds(struct message *message)
{
	while (message->nr_fds)
		close(message->fds[--message->nr_fds]);
}

static void message_take_fds(struct message *message, struct msghdr *msg)
{
	struct cmsghdr *part;
	int fds[FDS_MAX];
	size_t bytes, i;

	for (part = CMSG_FIRSTHDR(msg); part; part = CMSG_NXTHDR(msg, part)) {
		if (part->cmsg_level != SOL_SOCKET ||
		    part->cmsg_type != SCM_RIGHTS)
			continue;
		bytes = part->cmsg_len - CMSG_LEN(0);
		memcpy(fds, CMSG_DATA(part), bytes);
		for (i = 0; i < bytes / sizeof(int); i++)
			message->fds[message->nr_fds++] = fds[i];
	}
}

/* Descriptors come with a header's first byte, and with no other one's. */
static bool header_receive(struct vfio_user *server)
{
	struct message *message = &server->message;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(message->fds))];
	struct iovec io = { &message->header, sizeof(message->header) };
	struct msghdr msg = {
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got;

	got = recvmsg(server->client, &msg, MSG_WAITALL | MSG_CMSG_CLOEXEC);
	if (got > 0)
		message_take_fds(message, &msg);
	return got == sizeof(message->header) && !(msg.msg_flags & MSG_CTRUNC);
}

static bool message_receive(struct vfio_user *server)
{
	struct message *message = &server->message;
	size_t length;

	message->nr_fds = 0;
	if (!header_receive(server))
		return false;
	length = message->header.size - sizeof(message->header);
	if (message->header.size < sizeof(message->header) ||
	    length > sizeof(message->body)) {
		complain(server, "a message of an impossible size");
		return false;
	}
	message->length = length;
	return !length || recv(server->client, message->body, length,
			       MSG_WAITALL) == (ssize_t)length;
}

/* fd: or -1 */
static bool message_send(struct vfio_user *server, struct header *header,
			 const void *body, size_t length, int fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec io[] = {
		{ header, sizeof(*header) },
		{ (void *)body, length },
	};
	struct msghdr msg = { .msg_iov = io, .msg_iovlen = 2 };
	struct cmsghdr *part;

	header->size = sizeof(*header) + length;
	if (fd >= 0) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		part = CMSG_FIRSTHDR(&msg);
		part->cmsg_level = SOL_SOCKET;
		part->cmsg_type = SCM_RIGHTS;
		part->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(part), &fd, sizeof(fd));
	}
	return sendmsg(server->client, &msg, MSG_NOSIGNAL) ==
	       (ssize_t)header->size;
}

static bool reply_fd(struct vfio_user *server, const void *body, size_t length,
		     int fd)
{
	struct header header = server->message.header;

	if (header.flags & FLAG_NO_REPLY)
		return true;
	header.flags = FLAG_REPLY;
	header.error = 0;
	return message_send(server, &header, body, length, fd);
}

static bool reply(struct vfio_user *server, const void *body, size_t length)
{
	return reply_fd(server, body, length, -1);
}

static bool refuse(struct vfio_user *server, int err)
{
	struct header header = server->message.header;

	if (header.flags & FLAG_NO_REPLY)
		return true;
	header.flags = FLAG_REPLY | FLAG_ERROR;
	header.error = err;
	return message_send(server, &header, NULL, 0, -1);
}

/* --- the NIC's memory ------------------------------------------------------ */

/*
 * Where the table has nothing, the access is made by the client, which sends it
 * through the guest's IOMMU: that reports the fault. What it answers is not
 * waited for. A client that does not read its socket any more goes without.
 */
static void fault(struct vfio_user *server, enum command command,
		  uint64_t address, const void *data, size_t length)
{
	struct {
		struct header header;
		struct dma_access access;
		char data[NIC_ADDRESS];
	} __attribute__((packed)) request = {
		.header = {
			.id = server->next_id++,
			.command = command,
		},
		.access = {
			.address = address,
			.count = length,
		},
	};
	size_t size = sizeof(request) - sizeof(request.data);

	if (server->client < 0)
		return;
	if (length > sizeof(request.data))
		length = sizeof(request.data);
	request.access.count = length;
	if (data) {
		memcpy(request.data, data, length);
		size += length;
	}
	request.header.size = size;
	send(server->client, &request, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* memcpy(), but for what has to be there at once. */
static void copy(char *to, const char *from, size_t length)
{
	if (length == 8 && !((uintptr_t)to & 7) && !((uintptr_t)from & 7))
		atomic_store_explicit((_Atomic uint64_t *)to,
				      *(const uint64_t *)from,
				      memory_order_release);
	else
		memcpy(to, from, length);
}

static bool memory_read(void *context, uint64_t address, void *to,
			size_t length)
{
	struct vfio_user *server = context;
	size_t piece;
	char *at;

	if (!pci_config_master(&server->config))
		return false;
	while (length) {
		piece = dma_table_find(server->table, address, false, &at);
		if (!piece) {
			fault(server, DMA_READ, address, NULL, length);
			return false;
		}
		if (piece > length)
			piece = length;
		copy(to, at, piece);
		address += piece;
		to = (char *)to + piece;
		length -= piece;
	}
	return true;
}

static bool memory_write(void *context, uint64_t address, const void *from,
			 size_t length)
{
	struct vfio_user *server = context;
	size_t piece;
	char *at;

	if (!pci_config_master(&server->config))
		return false;
	while (length) {
		piece = dma_table_find(server->table, address, true, &at);
		if (!piece) {
			fault(server, DMA_WRITE, address, from, length);
			return false;
		}
		if (piece > length)
			piece = length;
		copy(at, from, piece);
		address += piece;
		from = (const char *)from + piece;
		length -= piece;
	}
	return true;
}

static void memory_interrupt(void *context, unsigned int vector)
{
	struct vfio_user *server = context;
	const uint64_t one = 1;

	if (vector < NIC_VECTORS && server->vectors[vector] >= 0 &&
	    write(server->vectors[vector], &one, sizeof(one)) < 0)
		complain(server, "an interrupt was lost");
}

static const struct nic_ops memory_ops = {
	.read = memory_read,
	.write = memory_write,
	.interrupt = memory_interrupt,
};

/* --- requests -------------------------------------------------------------- */

/* The body, if it is long enough. */
static void *body(struct vfio_user *server, size_t length)
{
	return server->message.length >= length ? server->message.body : NULL;
}

static bool serve_version(struct vfio_user *server)
{
	static const char capabilities[] =
		"{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":65536}}";
	struct {
		uint16_t major, minor;
		char capabilities[sizeof(capabilities)];
	} version;
	const uint16_t *asked = body(server, 2 * sizeof(*asked));

	if (!asked || asked[0])
		return refuse(server, EINVAL);
	version.major = 0;
	version.minor = asked[1];
	memcpy(version.capabilities, capabilities, sizeof(capabilities));
	return reply(server, &version, sizeof(version));
}

static bool serve_dma_map(struct vfio_user *server)
{
	const struct dma_map *map = body(server, sizeof(*map));
	struct dma_stretch stretch;
	int err;

	if (!map)
		return refuse(server, EINVAL);
	stretch = (struct dma_stretch){
		.address = map->address,
		.size = map->size,
		.offset = map->offset,
		.readable = map->flags & MAP_READABLE,
		.writable = map->flags & MAP_WRITABLE,
	};
	err = dma_table_add(server->table, &stretch, server->message.nr_fds ?
			    server->message.fds[0] : -1);
	return err ? refuse(server, err) : reply(server, NULL, 0);
}

static bool serve_dma_unmap(struct vfio_user *server)
{
	const struct dma_unmap *unmap = body(server, sizeof(*unmap));
	int err = 0;

	if (!unmap)
		return refuse(server, EINVAL);
	if (unmap->flags & UNMAP_ALL)
		dma_table_clear(server->table);
	else
		err = dma_table_remove(server->table, unmap->address,
				       unmap->size);
	return err ? refuse(server, err) : reply(server, unmap, sizeof(*unmap));
}

static bool serve_info(struct vfio_user *server)
{
	const struct {
		uint32_t argsz, flags, num_regions, num_irqs;
	} info = {
		.argsz = sizeof(info),
		.flags = VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI,
		.num_regions = VFIO_PCI_NUM_REGIONS,
		.num_irqs = VFIO_PCI_NUM_IRQS,
	};

	return reply(server, &info, sizeof(info));
}

static uint64_t region_size(uint32_t region)
{
	switch (region) {
	case NIC_REGISTERS_BAR:
		return NIC_REGISTERS_SIZE;
	case NIC_SQ_BAR:
		return NIC_SQ_SIZE;
	case PCI_MSIX_BAR:
		return PCI_MSIX_BAR_SIZE;
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return PCI_CONFIG_SIZE;
	default:
		return 0;
	}
}

static bool serve_region_info(struct vfio_user *server)
{
	const struct vfio_region_info *asked = body(server, sizeof(*asked));
	struct vfio_region_info info = { .argsz = sizeof(info) };

	if (!asked || asked->index >= VFIO_PCI_NUM_REGIONS)
		return refuse(server, EINVAL);
	info.index = asked->index;
	info.size = region_size(asked->index);
	if (info.size)
		info.flags = VFIO_REGION_INFO_FLAG_READ |
			     VFIO_REGION_INFO_FLAG_WRITE;
	if (asked->index != NIC_SQ_BAR)
		return reply(server, &info, sizeof(info));
	info.flags |= VFIO_REGION_INFO_FLAG_MMAP;
	return reply_fd(server, &info, sizeof(info), server->sq_fd);
}

static bool serve_irq_info(struct vfio_user *server)
{
	const struct vfio_irq_info *asked = body(server, sizeof(*asked));
	struct vfio_irq_info info = { .argsz = sizeof(info) };

	if (!asked || asked->index >= VFIO_PCI_NUM_IRQS)
		return refuse(server, EINVAL);
	info.index = asked->index;
	if (asked->index == VFIO_PCI_MSIX_IRQ_INDEX) {
		info.count = NIC_VECTORS;
		info.flags = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE;
	}
	return reply(server, &info, sizeof(info));
}

static void vector_set(struct vfio_user *server, unsigned int vector, int fd)
{
	if (server->vectors[vector] >= 0)
		close(server->vectors[vector]);
	server->vectors[vector] = fd;
}

static void vectors_clear(struct vfio_user *server)
{
	unsigned int i;

	for (i = 0; i < NIC_VECTORS; i++)
		vector_set(server, i, -1);
}

/* Descriptors that are taken are no longer the message's. */
static void vectors_set(struct vfio_user *server, uint32_t start,
			uint32_t count)
{
	struct message *message = &server->message;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (i >= message->nr_fds) {
			vector_set(server, start + i, -1);
			continue;
		}
		vector_set(server, start + i, message->fds[i]);
		message->fds[i] = -1;
	}
}

static bool serve_set_irqs(struct vfio_user *server)
{
	const struct vfio_irq_set *set = body(server, sizeof(*set));
	uint32_t i;

	if (!set || set->index != VFIO_PCI_MSIX_IRQ_INDEX ||
	    set->start > NIC_VECTORS || set->count > NIC_VECTORS - set->start)
		return refuse(server, EINVAL);
	if (!(set->flags & VFIO_IRQ_SET_ACTION_TRIGGER))
		return reply(server, NULL, 0);
	if (set->flags & VFIO_IRQ_SET_DATA_EVENTFD) {
		vectors_set(server, set->start, set->count);
	} else if (set->flags & VFIO_IRQ_SET_DATA_NONE && !set->count) {
		vectors_clear(server);
	} else if (set->flags & VFIO_IRQ_SET_DATA_NONE) {
		for (i = 0; i < set->count; i++)
			memory_interrupt(server, set->start + i);
	}
	return reply(server, NULL, 0);
}

static void device_reset(struct vfio_user *server)
{
	nic_reset(server->nic);
	pci_config_reset(&server->config);
}

/* Registers are words; what else is read of them is 0. */
static void registers_read(struct vfio_user *server, uint64_t offset,
			   char *to, uint32_t count)
{
	uint32_t word, i;

	memset(to, 0, count);
	for (i = 0; !(offset % 4) && i + 4 <= count; i += 4) {
		word = nic_read(server->nic, offset + i);
		memcpy(to + i, &word, sizeof(word));
	}
}

static void registers_write(struct vfio_user *server, uint64_t offset,
			    const char *from, uint32_t count)
{
	uint32_t word, i;

	for (i = 0; !(offset % 4) && i + 4 <= count; i += 4) {
		memcpy(&word, from + i, sizeof(word));
		nic_write(server->nic, offset + i, word);
	}
}

static bool access_inside(const struct region_access *access)
{
	uint64_t size = access ? region_size(access->region) : 0;

	return size && access->count <= DATA_MAX && access->offset <= size &&
	       access->count <= size - access->offset;
}

static bool serve_region_read(struct vfio_user *server)
{
	const struct region_access *access = body(server, sizeof(*access));
	struct {
		struct region_access access;
		char data[DATA_MAX];
	} answer;

	if (!access_inside(access))
		return refuse(server, EINVAL);
	answer.access = *access;
	switch (access->region) {
	case NIC_REGISTERS_BAR:
		registers_read(server, access->offset, answer.data,
			       access->count);
		break;
	case NIC_SQ_BAR:
		memcpy(answer.data, server->sq + access->offset,
		       access->count);
		break;
	case PCI_MSIX_BAR:
		memcpy(answer.data, server->msix + access->offset,
		       access->count);
		break;
	default:
		pci_config_read(&server->config, access->offset, answer.data,
				access->count);
	}
	return reply(server, &answer, sizeof(answer.access) + access->count);
}

static bool serve_region_write(struct vfio_user *server)
{
	const struct region_access *access = body(server, sizeof(*access));
	const char *data = server->message.body + sizeof(*access);

	if (!access_inside(access) ||
	    server->message.length - sizeof(*access) < access->count)
		return refuse(server, EINVAL);
	switch (access->region) {
	case NIC_REGISTERS_BAR:
		registers_write(server, access->offset, data, access->count);
		break;
	case NIC_SQ_BAR:
		memcpy(server->sq + access->offset, data, access->count);
		break;
	case PCI_MSIX_BAR:
		memcpy(server->msix + access->offset, data, access->count);
		break;
	default:
		if (pci_config_write(&server->config, access->offset, data,
				     access->count))
			device_reset(server);
	}
	return reply(server, access, sizeof(*access));
}

static bool serve_reset(struct vfio_user *server)
{
	device_reset(server);
	return reply(server, NULL, 0);
}

static bool serve_message(struct vfio_user *server)
{
	/* Of what was asked in fault(). */
	if ((server->message.header.flags & FLAG_TYPE) == FLAG_REPLY)
		return true;
	switch (server->message.header.command) {
	case VERSION:
		return serve_version(server);
	case DMA_MAP:
		return serve_dma_map(server);
	case DMA_UNMAP:
		return serve_dma_unmap(server);
	case GET_INFO:
		return serve_info(server);
	case GET_REGION_INFO:
		return serve_region_info(server);
	case GET_IRQ_INFO:
		return serve_irq_info(server);
	case SET_IRQS:
		return serve_set_irqs(server);
	case REGION_READ:
		return serve_region_read(server);
	case REGION_WRITE:
		return serve_region_write(server);
	case DEVICE_RESET:
		return serve_reset(server);
	default:
		return refuse(server, ENOTSUP);
	}
}

/* --- clients --------------------------------------------------------------- */

static void client_leave(struct vfio_user *server)
{
	close(server->client);
	server->client = -1;
	device_reset(server);
	dma_table_clear(server->table);
	vectors_clear(server);
}

void vfio_user_serve(struct vfio_user *server)
{
	bool ok;

	if (server->client < 0) {
		server->client = accept4(server->listening, NULL, NULL,
					 SOCK_CLOEXEC);
		return;
	}
	ok = message_receive(server) && serve_message(server);
	message_close_fds(&server->message);
	if (!ok)
		client_leave(server);
}

int vfio_user_fd(const struct vfio_user *server)
{
	return server->client < 0 ? server->listening : server->client;
}

bool vfio_user_work(struct vfio_user *server)
{
	return nic_work(server->nic);
}

/* --- begin and end --------------------------------------------------------- */

static bool sq_open(struct vfio_user *server)
{
	server->sq_fd = memfd_create("send queues", MFD_CLOEXEC);
	if (server->sq_fd < 0 || ftruncate(server->sq_fd, NIC_SQ_SIZE))
		return false;
	server->sq = mmap(NULL, NIC_SQ_SIZE, PROT_READ | PROT_WRITE,
			  MAP_SHARED, server->sq_fd, 0);
	return server->sq != MAP_FAILED;
}

static bool socket_open(struct vfio_user *server, const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(name.sun_path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	strcpy(name.sun_path, path);
	strcpy(server->path, path);
	server->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return server->listening >= 0 &&
	       !bind(server->listening, (struct sockaddr *)&name,
		     sizeof(name)) &&
	       !listen(server->listening, 1);
}

struct vfio_user *vfio_user_new(const char *path, struct fabric *fabric,
				const uint8_t address[NIC_ADDRESS])
{
	struct vfio_user *server = calloc(1, sizeof(*server));
	unsigned int i;

	if (!server)
		return NULL;
	server->listening = -1;
	server->client = -1;
	server->sq_fd = -1;
	server->sq = MAP_FAILED;
	for (i = 0; i < NIC_VECTORS; i++)
		server->vectors[i] = -1;
	pci_config_reset(&server->config);
	server->table = dma_table_new();
	if (socket_open(server, path) && sq_open(server) && server->table)
		server->nic = nic_new(fabric, address, server->sq, &memory_ops,
				      server);
	if (server->nic)
		return server;
	perror(path);
	vfio_user_free(server);
	return NULL;
}

void vfio_user_free(struct vfio_user *server)
{
	if (!server)
		return;
	if (server->client >= 0)
		client_leave(server);
	nic_free(server->nic);
	dma_table_free(server->table);
	if (server->sq != MAP_FAILED)
		munmap(server->sq, NIC_SQ_SIZE);
	if (server->sq_fd >= 0)
		close(server->sq_fd);
	if (server->listening >= 0) {
		close(server->listening);
		unlink(server->path);
	}
	free(server);
}
