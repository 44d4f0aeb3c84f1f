// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The mocked kernel is a folder: its nodes are files there, and paths below /dev
 * and /sys are looked up in it. So descriptors are real ones, and each closed or
 * leaked one shows. What kind a descriptor is of, its file's path tells.
 *
 * Invariant: the mock is as strict as the interface's headers: what they forbid
 * fails here, and a call that comes too early fails, too.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#include "mock_kernel.h"
#include "mock_kernel_calls.h"
#include "vfio_uapi.h"

#define GROUP "/dev/vfio/7"
#define CONTAINER "/dev/vfio/vfio"
#define CDEV "/dev/vfio/devices/vfio3"
#define IOMMUFD "/dev/iommu"
#define NODE "/dev/p2p_dmabuf"
#define DEVICE "/dev/device"
#define BUFFER "/dev/buffer"
#define OTHER "/dev/other"
#define FUNCTION "/sys/bus/pci/devices/" MOCK_ADDRESS

#define IOAS 42

struct mock_kernel mock;
static char root[64];

/* --- files ---------------------------------------------------------------- */

static const char *in_root(const char *path)
{
	static char full[PATH_MAX];

	assert_int_equal(path[0], '/');
	snprintf(full, sizeof(full), "%s%s", root, path);
	return full;
}

static void make_folder(const char *path)
{
	assert_int_equal(mkdir(in_root(path), 0700), 0);
}

static void make_file(const char *path)
{
	int fd = __real_open(in_root(path), O_CREAT | O_EXCL | O_RDWR, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, MOCK_BAR_SIZE), 0);
	close(fd);
}

static void make_files(void)
{
	static const char * const folders[] = {
		"/dev", "/dev/vfio", "/dev/vfio/devices", "/sys", "/sys/bus",
		"/sys/bus/pci", "/sys/bus/pci/devices", FUNCTION,
		FUNCTION "/vfio-dev", FUNCTION "/vfio-dev/vfio3",
	};
	static const char * const files[] = {
		GROUP, CONTAINER, CDEV, IOMMUFD, NODE, DEVICE, BUFFER, OTHER,
	};
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		make_folder(folders[i]);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		make_file(files[i]);
	assert_int_equal(symlink("../../../kernel/iommu_groups/7",
				 in_root(FUNCTION "/iommu_group")), 0);
}

/* The path in the mocked kernel that @fd is open at; "" if it is none. */
static const char *path_of(int fd)
{
	static char link[PATH_MAX];
	char name[64];
	ssize_t length;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	length = __real_readlink(name, link, sizeof(link) - 1);
	link[length < 0 ? 0 : length] = '\0';
	if (strncmp(link, root, strlen(root)))
		return "";
	return link + strlen(root);
}

static bool is(int fd, const char *path)
{
	return !strcmp(path_of(fd), path);
}

static int count_fds(void)
{
	DIR *folder = __real_opendir("/proc/self/fd");
	int nr = 0;

	while (readdir(folder))
		nr++;
	closedir(folder);
	return nr;
}

static int open_file(const char *path, int flags)
{
	const char *failing = mock.fail_open;

	if (failing && !strcmp(failing, path)) {
		mock.fail_open = NULL;
		errno = mock.fail_errno;
		return -1;
	}
	assert_true(flags & O_CLOEXEC);
	return __real_open(in_root(path), flags);
}

int __wrap_open(const char *path, int flags, ...)
{
	return open_file(path, flags);
}

int __wrap_open64(const char *path, int flags, ...)
{
	return open_file(path, flags);
}

int __wrap_access(const char *path, int mode)
{
	return __real_access(in_root(path), mode);
}

DIR *__wrap_opendir(const char *path)
{
	return __real_opendir(in_root(path));
}

ssize_t __wrap_readlink(const char *path, char *link, size_t size)
{
	return __real_readlink(in_root(path), link, size);
}

/* BAR 2 begins behind BAR 0 in the device's descriptor. */
static void *map_device(void *addr, size_t length, int prot, int flags, int fd,
			off_t offset)
{
	if (!is(fd, DEVICE) && !is(fd, CDEV))
		return __real_mmap(addr, length, prot, flags, fd, offset);
	assert_int_equal(flags, MAP_SHARED);
	assert_in_range(offset, 0x20000, 0x20000 + MOCK_BAR_SIZE);
	return __real_mmap(addr, length, prot, flags, fd, offset - 0x20000);
}

void *__wrap_mmap(void *addr, size_t length, int prot, int flags, int fd,
		  off_t offset)
{
	return map_device(addr, length, prot, flags, fd, offset);
}

void *__wrap_mmap64(void *addr, size_t length, int prot, int flags, int fd,
		    off_t offset)
{
	return map_device(addr, length, prot, flags, fd, offset);
}

void *__wrap_calloc(size_t nr, size_t size)
{
	if (mock.fail_calloc && !--mock.fail_calloc) {
		errno = ENOMEM;
		return NULL;
	}
	return __real_calloc(nr, size);
}

/* --- VFIO and iommufd ----------------------------------------------------- */

static int refuse(int error)
{
	errno = error;
	return -1;
}

static int group_call(unsigned long command, void *arg)
{
	struct vfio_group_status *status = arg;

	switch (command) {
	case VFIO_GROUP_GET_STATUS:
		if (status->argsz < sizeof(*status))
			return refuse(EINVAL);
		status->flags = mock.viable ? VFIO_GROUP_FLAGS_VIABLE : 0;
		return 0;
	case VFIO_GROUP_SET_CONTAINER:
		if (!is(*(int *)arg, CONTAINER))
			return refuse(EINVAL);
		mock.in_container = true;
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD:
		if (!mock.has_iommu)
			return refuse(EINVAL);
		if (strcmp(arg, MOCK_ADDRESS))
			return refuse(ENODEV);
		return mock_open(DEVICE);
	default:
		return refuse(ENOTTY);
	}
}

static int container_call(unsigned long command, void *arg)
{
	switch (command) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		return (uintptr_t)arg == VFIO_TYPE1v2_IOMMU && mock.has_type1;
	case VFIO_SET_IOMMU:
		if (!mock.in_container || (uintptr_t)arg != VFIO_TYPE1v2_IOMMU)
			return refuse(EINVAL);
		mock.has_iommu = true;
		return 0;
	default:
		return refuse(ENOTTY);
	}
}

static int iommufd_call(unsigned long command, void *arg)
{
	struct p2p_ioas_alloc *alloc = arg;

	if (command != P2P_IOAS_ALLOC)
		return refuse(ENOTTY);
	if (alloc->size != sizeof(*alloc) || alloc->flags)
		return refuse(EINVAL);
	alloc->out_ioas_id = IOAS;
	return 0;
}

static int cdev_call(unsigned long command, void *arg)
{
	struct vfio_device_bind_iommufd *bind = arg;
	struct vfio_device_attach_iommufd_pt *attach = arg;

	switch (command) {
	case VFIO_DEVICE_BIND_IOMMUFD:
		if (bind->argsz < sizeof(*bind) || bind->flags)
			return refuse(EINVAL);
		if (!is(bind->iommufd, IOMMUFD))
			return refuse(EBADF);
		mock.bound = true;
		return 0;
	case VFIO_DEVICE_ATTACH_IOMMUFD_PT:
		if (!mock.bound || attach->argsz < sizeof(*attach) ||
		    attach->flags || attach->pt_id != IOAS)
			return refuse(EINVAL);
		mock.attached = true;
		return 0;
	default:
		return refuse(ENOTTY);
	}
}

static int region_call(struct vfio_region_info *info)
{
	if (info->argsz < sizeof(*info) ||
	    info->index > VFIO_PCI_BAR5_REGION_INDEX)
		return refuse(EINVAL);
	info->flags = 0;
	info->size = 0;
	info->offset = info->index * 0x10000ULL;
	if (info->index > 2)
		return 0;
	info->size = MOCK_BAR_SIZE;
	info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	if (info->index != 1)
		info->flags |= VFIO_REGION_INFO_FLAG_MMAP;
	return 0;
}

static int feature_call(struct vfio_device_feature *feature)
{
	struct vfio_device_feature_dma_buf *ask = (void *)feature->data;

	if (!mock.can_export)
		return refuse(ENOTTY);
	if (feature->flags != (VFIO_DEVICE_FEATURE_GET |
			       VFIO_DEVICE_FEATURE_DMA_BUF) ||
	    ask->flags || !ask->nr_ranges || feature->argsz !=
	    sizeof(*feature) + sizeof(*ask) +
	    ask->nr_ranges * sizeof(*ask->dma_ranges))
		return refuse(EINVAL);
	if (ask->region_index == 1 || ask->region_index > 2)
		return refuse(ENODEV);
	memcpy(&mock.feature, ask, sizeof(mock.feature));
	if (ask->nr_ranges <= MOCK_MAX_RANGES)
		memcpy(mock.feature_ranges, ask->dma_ranges,
		       ask->nr_ranges * sizeof(*ask->dma_ranges));
	return mock_open(BUFFER);
}

static int device_call(unsigned long command, void *arg)
{
	struct vfio_device_info *info = arg;

	switch (command) {
	case VFIO_DEVICE_GET_INFO:
		if (info->argsz < offsetof(struct vfio_device_info, cap_offset))
			return refuse(EINVAL);
		info->flags = mock.device_flags;
		return 0;
	case VFIO_DEVICE_GET_REGION_INFO:
		return region_call(arg);
	case VFIO_DEVICE_FEATURE:
		return feature_call(arg);
	case VFIO_DEVICE_RESET:
		return mock.can_reset ? 0 : refuse(EINVAL);
	default:
		return refuse(ENOTTY);
	}
}

/* --- /dev/p2p_dmabuf ------------------------------------------------------ */

static bool is_zero(const struct p2p_dmabuf_pci *pci)
{
	return !pci->domain && !pci->bus && !pci->devfn;
}

/* What each call that takes a buffer says of @fd. */
static int check_buffer(int fd)
{
	if (fcntl(fd, F_GETFD) < 0)
		return refuse(EBADF);
	return is(fd, BUFFER) ? 0 : refuse(EINVAL);
}

static int export_call(struct p2p_dmabuf_export_vma *ask)
{
	if (ask->flags || !ask->length ||
	    ask->open_flags & ~(__u32)(O_ACCMODE | O_CLOEXEC))
		return refuse(EINVAL);
	mock.exported = *ask;
	ask->fd = mock_open(BUFFER);
	ask->offset = mock.offset;
	return 0;
}

static int route_call(struct p2p_dmabuf_route *ask)
{
	if (ask->flags & ~P2P_DMABUF_ROUTE_OF_FD || ask->reserved ||
	    ask->exporter.reserved || ask->importer.reserved)
		return refuse(EINVAL);
	if (ask->flags ? !is_zero(&ask->exporter) : ask->fd)
		return refuse(EINVAL);
	if (ask->flags && check_buffer(ask->fd))
		return -1;
	mock.asked = *ask;
	if (ask->importer.bus == 0xff)
		return refuse(ENODEV);
	ask->route = mock.route;
	return 0;
}

/* As many as there are and have room. */
static void copy_out(uint64_t to, uint32_t room, const void *from, uint32_t nr,
		     size_t size)
{
	if (nr > room)
		nr = room;
	if (nr)
		memcpy((void *)(uintptr_t)to, from, nr * size);
}

static int info_call(struct p2p_dmabuf_info *info)
{
	void (*after)(void) = mock.after_info;

	if (info->flags || info->reserved)
		return refuse(EINVAL);
	if (check_buffer(info->fd))
		return -1;
	copy_out(info->ranges, info->nr_ranges, mock.ranges, mock.nr_ranges,
		 sizeof(*mock.ranges));
	copy_out(info->importers, info->nr_importers, mock.importers,
		 mock.nr_importers, sizeof(*mock.importers));
	info->flags = mock.info_flags;
	info->bar = 2;
	info->device = (struct p2p_dmabuf_pci){ .domain = 0x10000, .bus = 1 };
	info->state = mock.state;
	info->length = 0x3000;
	info->generation = mock.generation;
	info->events = mock.events;
	info->id = 77;
	info->nr_ranges = mock.nr_ranges;
	info->nr_importers = mock.nr_importers;
	if (mock.more_importers) {
		mock.more_importers--;
		mock.nr_importers++;
	}
	mock.after_info = NULL;
	if (after)
		after();
	return 0;
}

static void let_go(void)
{
	close(mock.eventfd);
	mock.eventfd = -1;
}

static int event_call(struct p2p_dmabuf_event *ask)
{
	if (check_buffer(ask->fd))
		return -1;
	if (fcntl(ask->eventfd, F_GETFD) < 0)
		return refuse(EBADF);
	if (ask->flags == P2P_DMABUF_EVENT_REMOVE) {
		if (ask->mask)
			return refuse(EINVAL);
		if (mock.eventfd < 0)
			return refuse(ENOENT);
		let_go();
		return 0;
	}
	if (ask->flags || !ask->mask || ask->mask & ~7U)
		return refuse(EINVAL);
	if (mock.state == P2P_DMABUF_RETIRED)
		return refuse(ENODEV);
	/* All of them, or the count would tell nothing. */
	assert_int_equal(ask->mask, 7);
	mock.eventfd = dup(ask->eventfd);
	ask->state = mock.state;
	ask->events = mock.events;
	return 0;
}

static int revoke_call(struct p2p_dmabuf_revoke *ask)
{
	if (ask->flags)
		return refuse(EINVAL);
	if (check_buffer(ask->fd))
		return -1;
	if (fcntl(ask->device_fd, F_GETFD) < 0)
		return refuse(EBADF);
	if (!is(ask->device_fd, GROUP) && !is(ask->device_fd, DEVICE) &&
	    !is(ask->device_fd, CDEV))
		return refuse(EPERM);
	mock.owner = ask->device_fd;
	if (mock.state != P2P_DMABUF_RETIRED)
		mock_retire();
	return 0;
}

static int caching_call(struct p2p_dmabuf_caching *ask)
{
	if (check_buffer(ask->fd))
		return -1;
	if (ask->flags || ask->caching > P2P_DMABUF_CACHING_WRITE_COMBINING)
		return refuse(EINVAL);
	mock.caching = ask->caching;
	return 0;
}

static int node_call(unsigned long command, void *arg)
{
	uint32_t size = *(uint32_t *)arg;

	switch (command) {
	case P2P_DMABUF_EXPORT_VMA:
		assert_int_equal(size, sizeof(struct p2p_dmabuf_export_vma));
		return export_call(arg);
	case P2P_DMABUF_ROUTE:
		assert_int_equal(size, sizeof(struct p2p_dmabuf_route));
		return route_call(arg);
	case P2P_DMABUF_INFO:
		assert_int_equal(size, sizeof(struct p2p_dmabuf_info));
		return info_call(arg);
	case P2P_DMABUF_EVENT:
		assert_int_equal(size, sizeof(struct p2p_dmabuf_event));
		return event_call(arg);
	case P2P_DMABUF_REVOKE:
		assert_int_equal(size, sizeof(struct p2p_dmabuf_revoke));
		return revoke_call(arg);
	case P2P_DMABUF_CACHING:
		assert_int_equal(size, sizeof(struct p2p_dmabuf_caching));
		return caching_call(arg);
	default:
		return refuse(ENOTTY);
	}
}

static int call(int fd, unsigned long command, void *arg)
{
	if (is(fd, GROUP))
		return group_call(command, arg);
	if (is(fd, CONTAINER))
		return container_call(command, arg);
	if (is(fd, IOMMUFD))
		return iommufd_call(command, arg);
	if (is(fd, NODE))
		return node_call(command, arg);
	if (is(fd, CDEV) && !mock.attached)
		return cdev_call(command, arg);
	if (is(fd, CDEV) || is(fd, DEVICE))
		return device_call(command, arg);
	return refuse(fcntl(fd, F_GETFD) < 0 ? EBADF : ENOTTY);
}

int __wrap_ioctl(int fd, unsigned long command, ...)
{
	va_list args;
	void *arg;

	va_start(args, command);
	arg = va_arg(args, void *);
	va_end(args);
	assert_true(mock.nr_calls < MOCK_MAX_CALLS);
	mock.calls[mock.nr_calls++] = command;
	if (mock.fail_ioctl && mock.fail_ioctl == command) {
		mock.fail_ioctl = 0;
		return refuse(mock.fail_errno);
	}
	return call(fd, command, arg);
}

bool mock_called(unsigned long command)
{
	size_t i;

	for (i = 0; i < mock.nr_calls; i++) {
		if (mock.calls[i] == command)
			return true;
	}
	return false;
}

/* --- events --------------------------------------------------------------- */

static void happens(uint32_t state)
{
	uint64_t one = 1;

	mock.state = state;
	mock.events++;
	if (mock.eventfd >= 0)
		assert_int_equal(write(mock.eventfd, &one, sizeof(one)),
				 sizeof(one));
}

void mock_revoke(void)
{
	assert_int_equal(mock.state, P2P_DMABUF_LIVE);
	mock.generation++;
	happens(P2P_DMABUF_REVOKED);
}

void mock_restore(void)
{
	assert_int_equal(mock.state, P2P_DMABUF_REVOKED);
	happens(P2P_DMABUF_LIVE);
}

void mock_retire(void)
{
	assert_int_not_equal(mock.state, P2P_DMABUF_RETIRED);
	happens(P2P_DMABUF_RETIRED);
	if (mock.eventfd >= 0)
		let_go();
}

/* --- set up --------------------------------------------------------------- */

int mock_open(const char *path)
{
	int fd = __real_open(in_root(path), O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

void mock_remove(const char *path)
{
	assert_int_equal(remove(in_root(path)), 0);
}

int mock_setup(void **state)
{
	(void)state;
	mock = (struct mock_kernel){
		.viable = true,
		.has_type1 = true,
		.device_flags = VFIO_DEVICE_FLAGS_PCI,
		.can_reset = true,
		.can_export = true,
		.nr_ranges = 1,
		.eventfd = -1,
	};
	snprintf(root, sizeof(root), "/tmp/p2pdmabuf.XXXXXX");
	assert_non_null(mkdtemp(root));
	make_files();
	mock.nr_fds = count_fds();
	return 0;
}

int mock_teardown(void **state)
{
	char command[128];

	(void)state;
	/* Nothing leaked, and nothing closed that was not ours. */
	assert_int_equal(count_fds(), mock.nr_fds);
	assert_int_equal(mock.eventfd, -1);
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}
