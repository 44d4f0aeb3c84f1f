// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mock_kernel.h"
#include "test.h"
#include "vfio_uapi.h"

static const struct p2p_address here = { .bus = 1 };

static struct p2p_device *open_here(unsigned int flags)
{
	struct p2p_device *device = p2p_device_open(&here, flags);

	assert_non_null(device);
	return device;
}

/* --- opening -------------------------------------------------------------- */

static void own_node_is_preferred(void **state)
{
	struct p2p_device *device = open_here(0);
	uint32_t ioas;

	(void)state;
	assert_true(mock.attached);
	assert_true(p2p_device_fd(device) >= 0);
	assert_true(p2p_device_iommu_fd(device) >= 0);
	assert_error(p2p_device_group_fd(device), ENOENT);
	assert_int_equal(p2p_device_ioas(device, &ioas), 0);
	assert_int_equal(ioas, 42);
	p2p_device_close(device);
}

static void assert_is_by_group(struct p2p_device *device)
{
	uint32_t ioas;

	assert_true(mock.has_iommu);
	assert_false(mock.attached);
	assert_true(p2p_device_fd(device) >= 0);
	assert_true(p2p_device_group_fd(device) >= 0);
	assert_true(p2p_device_iommu_fd(device) >= 0);
	assert_error(p2p_device_ioas(device, &ioas), ENOENT);
}

static void group_serves_where_there_is_no_node(void **state)
{
	struct p2p_device *device;

	(void)state;
	mock_remove("/dev/vfio/devices/vfio3");
	device = open_here(0);
	assert_is_by_group(device);
	p2p_device_close(device);
}

static void group_serves_where_there_is_no_iommufd(void **state)
{
	struct p2p_device *device;

	(void)state;
	mock_remove("/dev/iommu");
	device = open_here(0);
	assert_is_by_group(device);
	p2p_device_close(device);
}

static void flags_choose_the_way(void **state)
{
	struct p2p_device *device = open_here(P2P_DEVICE_GROUP);

	(void)state;
	assert_is_by_group(device);
	p2p_device_close(device);

	mock_remove("/dev/iommu");
	assert_null_error(p2p_device_open(&here, P2P_DEVICE_CDEV), ENOENT);
}

static void a_node_that_fails_is_no_reason_for_the_group(void **state)
{
	(void)state;
	mock.fail_ioctl = VFIO_DEVICE_BIND_IOMMUFD;
	mock.fail_errno = EBUSY;
	assert_null_error(p2p_device_open(&here, 0), EBUSY);
	assert_false(mock_called(VFIO_GROUP_GET_STATUS));
}

static void wrong_arguments_are_refused(void **state)
{
	struct p2p_address wrong = { .device = 32 };

	(void)state;
	assert_null_error(p2p_device_open(NULL, 0), EINVAL);
	assert_null_error(p2p_device_open(&wrong, 0), EINVAL);
	assert_null_error(p2p_device_open(&here, 4), EINVAL);
	assert_null_error(p2p_device_open(&here, P2P_DEVICE_CDEV |
					  P2P_DEVICE_GROUP), EINVAL);
	assert_int_equal(mock.nr_calls, 0);
}

static void functions_that_vfio_has_not_are_told(void **state)
{
	struct p2p_address other = { .bus = 2 };
	unsigned int flags;

	(void)state;
	for (flags = 0; flags < 3; flags++)
		assert_null_error(p2p_device_open(&other, flags), ENODEV);
	mock_remove("/sys/bus/pci/devices/" MOCK_ADDRESS "/vfio-dev/vfio3");
	for (flags = 0; flags < 3; flags++)
		assert_null_error(p2p_device_open(&here, flags), ENODEV);
}

static void function_without_group_is_told(void **state)
{
	(void)state;
	mock_remove("/sys/bus/pci/devices/" MOCK_ADDRESS "/iommu_group");
	assert_null_error(p2p_device_open(&here, P2P_DEVICE_GROUP), ENOENT);
}

static void group_that_is_not_viable_is_refused(void **state)
{
	(void)state;
	mock.viable = false;
	assert_null_error(p2p_device_open(&here, P2P_DEVICE_GROUP), EPERM);
}

static void container_without_type1_is_refused(void **state)
{
	(void)state;
	mock.has_type1 = false;
	assert_null_error(p2p_device_open(&here, P2P_DEVICE_GROUP), EINVAL);
}

/* Each step fails once: the errno comes through and nothing stays open. */
static void failing_steps_leave_nothing(void **state)
{
	static const struct {
		unsigned int flags;
		unsigned long command;
	} steps[] = {
		{ P2P_DEVICE_CDEV, VFIO_DEVICE_BIND_IOMMUFD },
		{ P2P_DEVICE_CDEV, P2P_IOAS_ALLOC },
		{ P2P_DEVICE_CDEV, VFIO_DEVICE_ATTACH_IOMMUFD_PT },
		{ P2P_DEVICE_GROUP, VFIO_GROUP_GET_STATUS },
		{ P2P_DEVICE_GROUP, VFIO_GROUP_SET_CONTAINER },
		{ P2P_DEVICE_GROUP, VFIO_SET_IOMMU },
		{ P2P_DEVICE_GROUP, VFIO_GROUP_GET_DEVICE_FD },
	};
	static const char * const nodes[] = {
		"/dev/iommu", "/dev/vfio/devices/vfio3", "/dev/vfio/7",
		"/dev/vfio/vfio",
	};
	size_t i;

	(void)state;
	mock.fail_errno = EBUSY;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		mock.fail_ioctl = steps[i].command;
		assert_null_error(p2p_device_open(&here, steps[i].flags), EBUSY);
		assert_int_equal(mock.fail_ioctl, 0);
	}
	mock.fail_errno = EACCES;
	for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		mock.fail_open = nodes[i];
		assert_null_error(p2p_device_open(&here, i < 2 ?
						  P2P_DEVICE_CDEV :
						  P2P_DEVICE_GROUP), EACCES);
		assert_null(mock.fail_open);
	}
	mock.fail_calloc = 1;
	assert_null_error(p2p_device_open(&here, 0), ENOMEM);
}

/* --- wrapping ------------------------------------------------------------- */

static void wrapped_descriptors_stay_the_callers(void **state)
{
	int fd = mock_open("/dev/device"), group = mock_open("/dev/vfio/7");
	struct p2p_device *device = p2p_device_wrap(fd, group);
	uint32_t ioas;

	(void)state;
	assert_non_null(device);
	assert_int_equal(p2p_device_fd(device), fd);
	assert_int_equal(p2p_device_group_fd(device), group);
	assert_error(p2p_device_iommu_fd(device), ENOENT);
	assert_error(p2p_device_ioas(device, &ioas), ENOENT);
	p2p_device_close(device);

	device = p2p_device_wrap(fd, -1);
	assert_non_null(device);
	assert_error(p2p_device_group_fd(device), ENOENT);
	p2p_device_close(device);
	assert_int_equal(close(fd), 0);
	assert_int_equal(close(group), 0);
}

static void only_pci_devices_are_wrapped(void **state)
{
	int fd = mock_open("/dev/device"), other = mock_open("/dev/other");

	(void)state;
	assert_null_error(p2p_device_wrap(-1, -1), EBADF);
	assert_null_error(p2p_device_wrap(other, -1), ENOTTY);
	mock.device_flags = VFIO_DEVICE_FLAGS_PLATFORM;
	assert_null_error(p2p_device_wrap(fd, -1), EINVAL);
	mock.device_flags = VFIO_DEVICE_FLAGS_PCI;
	mock.fail_calloc = 1;
	assert_null_error(p2p_device_wrap(fd, -1), ENOMEM);
	close(fd);
	close(other);
}

static void closing_leaves_errno(void **state)
{
	struct p2p_device *device = open_here(0);

	(void)state;
	errno = ERANGE;
	p2p_device_close(device);
	assert_int_equal(errno, ERANGE);
	p2p_device_close(NULL);
	assert_int_equal(errno, ERANGE);
}

static void no_device_is_told(void **state)
{
	struct p2p_device *device = open_here(0);
	uint32_t ioas;

	(void)state;
	assert_error(p2p_device_fd(NULL), EINVAL);
	assert_error(p2p_device_group_fd(NULL), EINVAL);
	assert_error(p2p_device_iommu_fd(NULL), EINVAL);
	assert_error(p2p_device_ioas(NULL, &ioas), EINVAL);
	assert_error(p2p_device_ioas(device, NULL), EINVAL);
	assert_error(p2p_device_reset(NULL), EINVAL);
	p2p_device_close(device);
}

/* --- BARs and reset ------------------------------------------------------- */

static void sizes_of_bars_are_told(void **state)
{
	struct p2p_device *device = open_here(0);
	uint64_t size = 1;

	(void)state;
	assert_int_equal(p2p_device_bar_size(device, 2, &size), 0);
	assert_int_equal(size, MOCK_BAR_SIZE);
	assert_int_equal(p2p_device_bar_size(device, 5, &size), 0);
	assert_int_equal(size, 0);
	assert_error(p2p_device_bar_size(device, 6, &size), EINVAL);
	assert_error(p2p_device_bar_size(device, 2, NULL), EINVAL);
	assert_error(p2p_device_bar_size(NULL, 2, &size), EINVAL);
	p2p_device_close(device);
}

static void bars_are_mapped_at_the_offset(void **state)
{
	struct p2p_device *device = open_here(0);
	char *whole, *part;

	(void)state;
	whole = p2p_device_map_bar(device, 2, 0, MOCK_BAR_SIZE,
				   PROT_READ | PROT_WRITE);
	part = p2p_device_map_bar(device, 2, 0x2000, 0x2000, PROT_READ);
	assert_non_null(whole);
	assert_non_null(part);
	memcpy(whole + 0x2000, "here", sizeof("here"));
	assert_string_equal(part, "here");
	munmap(whole, MOCK_BAR_SIZE);
	munmap(part, 0x2000);
	p2p_device_close(device);
}

static void parts_that_are_no_parts_are_refused(void **state)
{
	static const struct {
		uint64_t offset;
		size_t length;
	} parts[] = {
		{ 0, 0 }, { 0, MOCK_BAR_SIZE + 1 }, { 0x1000, MOCK_BAR_SIZE },
		{ 8, 0x1000 }, { MOCK_BAR_SIZE, 1 },
		{ MOCK_BAR_SIZE + 0x1000, 0x1000 },
		{ UINT64_MAX - 0xfff, 0x2000 }, { 0x1000, SIZE_MAX },
	};
	struct p2p_device *device = open_here(0);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		assert_null_error(p2p_device_map_bar(device, 2, parts[i].offset,
						     parts[i].length,
						     PROT_READ), EINVAL);
	assert_null_error(p2p_device_map_bar(device, 6, 0, 0x1000, PROT_READ),
			  EINVAL);
	assert_null_error(p2p_device_map_bar(NULL, 2, 0, 0x1000, PROT_READ),
			  EINVAL);
	p2p_device_close(device);
}

static void what_is_not_memory_is_not_mapped(void **state)
{
	struct p2p_device *device = open_here(0);

	(void)state;
	assert_null_error(p2p_device_map_bar(device, 1, 0, 0x1000, PROT_READ),
			  ENODEV);
	assert_null_error(p2p_device_map_bar(device, 5, 0, 0x1000, PROT_READ),
			  ENODEV);
	p2p_device_close(device);
}

static void mmap_tells_why_it_failed(void **state)
{
	int fd = mock_open("/dev/device"), readable = open("/dev/device",
							   O_RDONLY | O_CLOEXEC);
	struct p2p_device *device = p2p_device_wrap(readable, -1);

	(void)state;
	assert_non_null(device);
	assert_null_error(p2p_device_map_bar(device, 2, 0, 0x1000, PROT_WRITE),
			  EACCES);
	p2p_device_close(device);
	close(readable);
	close(fd);
}

static void reset_is_the_devices(void **state)
{
	struct p2p_device *device = open_here(0);

	(void)state;
	assert_int_equal(p2p_device_reset(device), 0);
	assert_true(mock_called(VFIO_DEVICE_RESET));
	mock.can_reset = false;
	assert_error(p2p_device_reset(device), EINVAL);
	p2p_device_close(device);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mock_setup, \
						   mock_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(own_node_is_preferred),
		TEST(group_serves_where_there_is_no_node),
		TEST(group_serves_where_there_is_no_iommufd),
		TEST(flags_choose_the_way),
		TEST(a_node_that_fails_is_no_reason_for_the_group),
		TEST(wrong_arguments_are_refused),
		TEST(functions_that_vfio_has_not_are_told),
		TEST(function_without_group_is_told),
		TEST(group_that_is_not_viable_is_refused),
		TEST(container_without_type1_is_refused),
		TEST(failing_steps_leave_nothing),
		TEST(wrapped_descriptors_stay_the_callers),
		TEST(only_pci_devices_are_wrapped),
		TEST(closing_leaves_errno),
		TEST(no_device_is_told),
		TEST(sizes_of_bars_are_told),
		TEST(bars_are_mapped_at_the_offset),
		TEST(parts_that_are_no_parts_are_refused),
		TEST(what_is_not_memory_is_not_mapped),
		TEST(mmap_tells_why_it_failed),
		TEST(reset_is_the_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
