// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <fcntl.h>
#include <unistd.h>

#include "mock_kernel.h"
#include "test.h"

static const struct p2p_address here = { .bus = 1 };
static const struct p2p_range whole = { 0, MOCK_BAR_SIZE };

static struct p2p_device *device;

static int setup(void **state)
{
	int ret = mock_setup(state);

	device = p2p_device_open(&here, 0);
	return device ? ret : -1;
}

static int teardown(void **state)
{
	p2p_device_close(device);
	return mock_teardown(state);
}

/* --- ranges --------------------------------------------------------------- */

static void ranges_reach_the_kernel_in_order(void **state)
{
	static const struct p2p_range ranges[] = {
		{ 0x2000, 0x1000 }, { 0, 0x1000 }, { 0x3000, 0x1000 },
	};
	int fd = p2p_buffer_export(device, 2, ranges, 3, O_RDWR | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(mock.feature.region_index, 2);
	assert_int_equal(mock.feature.open_flags, O_RDWR | O_CLOEXEC);
	assert_int_equal(mock.feature.nr_ranges, 3);
	assert_memory_equal(mock.feature_ranges, ranges, sizeof(ranges));
	close(fd);
}

static void the_most_ranges_can_be_exported(void **state)
{
	struct p2p_range *ranges = malloc(P2P_MAX_RANGES * sizeof(*ranges));
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < P2P_MAX_RANGES; i++)
		ranges[i] = whole;
	fd = p2p_buffer_export(device, 2, ranges, P2P_MAX_RANGES, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(mock.feature.nr_ranges, P2P_MAX_RANGES);
	close(fd);
	free(ranges);
}

static void impossible_exports_are_refused(void **state)
{
	(void)state;
	assert_error(p2p_buffer_export(NULL, 2, &whole, 1, O_RDWR), EINVAL);
	assert_error(p2p_buffer_export(device, 2, NULL, 1, O_RDWR), EINVAL);
	assert_error(p2p_buffer_export(device, 6, &whole, 1, O_RDWR), EINVAL);
	assert_error(p2p_buffer_export(device, 2, &whole, 0, O_RDWR), EINVAL);
	assert_error(p2p_buffer_export(device, 2, &whole, P2P_MAX_RANGES + 1,
				       O_RDWR), EINVAL);
	assert_error(p2p_buffer_export(device, 2, &whole, SIZE_MAX, O_RDWR),
		     EINVAL);
	assert_false(mock_called(VFIO_DEVICE_FEATURE));
}

static void the_kernel_tells_why_it_does_not_export(void **state)
{
	static const int errors[] = {
		EINVAL, EOVERFLOW, ENODEV, EPERM, EMFILE, ENOMEM,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		mock.fail_ioctl = VFIO_DEVICE_FEATURE;
		mock.fail_errno = errors[i];
		assert_error(p2p_buffer_export(device, 2, &whole, 1, O_RDWR),
			     errors[i]);
	}
	assert_error(p2p_buffer_export(device, 1, &whole, 1, O_RDWR), ENODEV);
	mock.can_export = false;
	assert_error(p2p_buffer_export(device, 2, &whole, 1, O_RDWR), ENOTTY);
	mock.fail_calloc = 1;
	assert_error(p2p_buffer_export(device, 2, &whole, 1, O_RDWR), ENOMEM);
}

/* --- pointers ------------------------------------------------------------- */

static void pointers_reach_the_kernel(void **state)
{
	uint64_t offset = 0;
	char byte = 0;
	int fd;

	(void)state;
	mock.offset = 0x123;
	fd = p2p_buffer_export_pointer(&byte, 77, O_WRONLY | O_CLOEXEC,
				       &offset);
	assert_true(fd >= 0);
	assert_int_equal(offset, 0x123);
	assert_int_equal(mock.exported.address, (uintptr_t)&byte);
	assert_int_equal(mock.exported.length, 77);
	assert_int_equal(mock.exported.open_flags, O_WRONLY | O_CLOEXEC);
	close(fd);
}

static void the_kernel_tells_why_a_pointer_is_none(void **state)
{
	static const int errors[] = {
		EINVAL, EOVERFLOW, EFAULT, ENODEV, EPERM, ENOTTY, EMFILE,
	};
	uint64_t offset;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		mock.fail_ioctl = P2P_DMABUF_EXPORT_VMA;
		mock.fail_errno = errors[i];
		assert_error(p2p_buffer_export_pointer(&i, 1, O_RDWR, &offset),
			     errors[i]);
	}
	assert_error(p2p_buffer_export_pointer(&i, 0, O_RDWR, &offset), EINVAL);
	assert_error(p2p_buffer_export_pointer(&i, 1, O_RDWR, NULL), EINVAL);
}

static void missing_module_is_not_taken_for_missing_bar(void **state)
{
	static const int errors[] = { ENODEV, ENXIO };
	uint64_t offset;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		mock.fail_open = "/dev/p2p_dmabuf";
		mock.fail_errno = errors[i];
		assert_error(p2p_buffer_export_pointer(&i, 1, O_RDWR, &offset),
			     ENOENT);
	}
	mock_remove("/dev/p2p_dmabuf");
	assert_error(p2p_buffer_export_pointer(&i, 1, O_RDWR, &offset), ENOENT);
}

static void node_that_may_not_be_opened_is_told(void **state)
{
	static const int errors[] = { EACCES, EMFILE, ENFILE };
	uint64_t offset;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		mock.fail_open = "/dev/p2p_dmabuf";
		mock.fail_errno = errors[i];
		assert_error(p2p_buffer_export_pointer(&i, 1, O_RDWR, &offset),
			     errors[i]);
	}
}

/* --- the rest ------------------------------------------------------------- */

static void retiring_shows_the_devices_descriptor(void **state)
{
	int fd = mock_open("/dev/buffer");

	(void)state;
	assert_int_equal(p2p_buffer_retire(fd, device), 0);
	assert_int_equal(mock.owner, p2p_device_fd(device));
	assert_int_equal(mock.state, P2P_DMABUF_RETIRED);
	assert_int_equal(p2p_buffer_retire(fd, device), 0);
	close(fd);
}

static void retiring_shows_the_groups_descriptor_if_there_is_one(void **state)
{
	struct p2p_device *other = p2p_device_open(&here, P2P_DEVICE_GROUP);
	int fd = mock_open("/dev/buffer");

	(void)state;
	assert_non_null(other);
	assert_int_equal(p2p_buffer_retire(fd, other), 0);
	assert_int_equal(mock.owner, p2p_device_group_fd(other));
	p2p_device_close(other);
	close(fd);
}

static void only_buffers_are_retired(void **state)
{
	int other = mock_open("/dev/other"), fd = mock_open("/dev/buffer");

	(void)state;
	assert_error(p2p_buffer_retire(-1, device), EBADF);
	assert_error(p2p_buffer_retire(other, device), EINVAL);
	assert_error(p2p_buffer_retire(fd, NULL), EINVAL);
	mock.fail_ioctl = P2P_DMABUF_REVOKE;
	mock.fail_errno = EPERM;
	assert_error(p2p_buffer_retire(fd, device), EPERM);
	assert_int_equal(mock.state, P2P_DMABUF_LIVE);
	close(other);
	close(fd);
}

static void caching_is_chosen(void **state)
{
	int fd = mock_open("/dev/buffer");

	(void)state;
	assert_int_equal(p2p_buffer_set_caching(fd,
						P2P_CACHING_WRITE_COMBINING), 0);
	assert_int_equal(mock.caching, P2P_DMABUF_CACHING_WRITE_COMBINING);
	assert_int_equal(p2p_buffer_set_caching(fd, P2P_CACHING_UNCACHED), 0);
	assert_int_equal(mock.caching, P2P_DMABUF_CACHING_UNCACHED);
	assert_error(p2p_buffer_set_caching(fd, 2), EINVAL);
	assert_error(p2p_buffer_set_caching(-1, P2P_CACHING_UNCACHED), EBADF);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ranges_reach_the_kernel_in_order),
		TEST(the_most_ranges_can_be_exported),
		TEST(impossible_exports_are_refused),
		TEST(the_kernel_tells_why_it_does_not_export),
		TEST(pointers_reach_the_kernel),
		TEST(the_kernel_tells_why_a_pointer_is_none),
		TEST(missing_module_is_not_taken_for_missing_bar),
		TEST(node_that_may_not_be_opened_is_told),
		TEST(retiring_shows_the_devices_descriptor),
		TEST(retiring_shows_the_groups_descriptor_if_there_is_one),
		TEST(only_buffers_are_retired),
		TEST(caching_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
