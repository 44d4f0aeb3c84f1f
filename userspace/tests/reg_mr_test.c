// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

#include "mock_verbs.h"
#include "p2pdmabuf-ibverbs.h"
#include "test.h"

#define ACCESS (IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE)
#define BAR ((void *)0x40123)

static const char smaps[] =
	"40000-50000 rw-s 00000000 00:0e 1059    anon_inode:[vfio-device]\n"
	"VmFlags: rd wr sh io pf\n";

static struct ibv_pd pd;
static char memory[100];

static void assert_is_closed(int fd)
{
	assert_error(fcntl(fd, F_GETFD), EBADF);
}

static void assert_is_of_memory(const struct ibv_mr *mr)
{
	assert_non_null(mr);
	assert_int_equal(mock.nr_memory, 1);
	assert_int_equal(mock.nr_buffer, 0);
	assert_ptr_equal(mock.addr, memory);
	assert_int_equal(mock.length, sizeof(memory));
	assert_int_equal(mock.iova, (uintptr_t)memory);
	assert_int_equal(mock.access, ACCESS);
}

static void bars_are_registered_as_buffers(void **state)
{
	struct ibv_mr *mr;

	(void)state;
	mock.offset = 0x123;
	mr = p2p_ibv_reg_mr(&pd, BAR, 0x2000, ACCESS);
	assert_non_null(mr);
	assert_ptr_equal(mock.pointer, BAR);
	assert_int_equal(mock.open_flags, O_RDWR | O_CLOEXEC);
	assert_int_equal(mock.asked_offset, 0x123);
	assert_int_equal(mock.length, 0x2000);
	assert_int_equal(mock.iova, 0x40123);
	assert_int_equal(mock.access, ACCESS);
	assert_int_equal(mock.nr_memory, 0);
	assert_ptr_equal(mr->addr, BAR);
	assert_int_equal(mr->length, 0x2000);
	assert_is_closed(mock.buffer);
}

static void addresses_can_be_chosen(void **state)
{
	(void)state;
	assert_non_null(p2p_ibv_reg_mr_iova(&pd, BAR, 0x2000, 0x7123, ACCESS));
	assert_int_equal(mock.iova, 0x7123);
	mock.export_errno = ENODEV;
	assert_non_null(p2p_ibv_reg_mr_iova(&pd, memory, 1, 0x8123, ACCESS));
	assert_int_equal(mock.iova, 0x8123);
}

static void refused_buffer_is_no_reason_to_try_memory(void **state)
{
	(void)state;
	mock.buffer_errno = EOPNOTSUPP;
	assert_null_error(p2p_ibv_reg_mr(&pd, BAR, 0x1000, ACCESS), EOPNOTSUPP);
	assert_int_equal(mock.nr_memory, 0);
	assert_is_closed(mock.buffer);
}

static void memory_is_registered_as_such(void **state)
{
	(void)state;
	mock.export_errno = ENODEV;
	assert_is_of_memory(p2p_ibv_reg_mr(&pd, memory, sizeof(memory),
					   ACCESS));
}

static void memory_needs_no_module(void **state)
{
	static const int errors[] = { ENOENT, EACCES, ENOTTY, EMFILE };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		mock_setup(NULL);
		mock.export_errno = errors[i];
		assert_is_of_memory(p2p_ibv_reg_mr(&pd, memory, sizeof(memory),
						   ACCESS));
	}
}

static void device_memory_tells_why_it_is_not_exported(void **state)
{
	static const int errors[] = { ENODEV, ENOENT, EACCES, ENOTTY, EPERM };
	static const int failures[] = { EFAULT, ENOMEM };
	size_t i, j;

	(void)state;
	mock.smaps = smaps;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		for (j = 0; j < 2; j++) {
			mock.export_errno = errors[i];
			mock.memory_errno = failures[j];
			assert_null_error(p2p_ibv_reg_mr(&pd, BAR, 0x1000,
							 ACCESS), errors[i]);
		}
	}
}

static void memory_tells_why_it_is_not_registered(void **state)
{
	(void)state;
	mock.export_errno = ENODEV;
	mock.memory_errno = EFAULT;
	assert_null_error(p2p_ibv_reg_mr(&pd, memory, 1, ACCESS), EFAULT);
	mock.memory_errno = ENOMEM;
	assert_null_error(p2p_ibv_reg_mr(&pd, memory, 1, ACCESS), ENOMEM);
	mock.smaps = "";
	assert_null_error(p2p_ibv_reg_mr(&pd, memory, 1, ACCESS), ENOMEM);
}

static void device_memory_is_not_paged_on_demand(void **state)
{
	(void)state;
	mock.smaps = smaps;
	mock.export_errno = ENOENT;
	assert_null_error(p2p_ibv_reg_mr(&pd, BAR, 0x1000, ACCESS |
					 IBV_ACCESS_ON_DEMAND), ENOENT);
	assert_int_equal(mock.nr_memory, 0);
	mock.smaps = "";
	assert_null_error(p2p_ibv_reg_mr(&pd, BAR, 0x1000, ACCESS |
					 IBV_ACCESS_ON_DEMAND), EOPNOTSUPP);
	assert_int_equal(mock.nr_memory, 0);
}

static void memory_is_paged_on_demand(void **state)
{
	(void)state;
	mock.export_errno = ENODEV;
	assert_non_null(p2p_ibv_reg_mr(&pd, memory, 1, ACCESS |
				       IBV_ACCESS_ON_DEMAND));
	assert_int_equal(mock.access, ACCESS | IBV_ACCESS_ON_DEMAND);
	assert_int_equal(mock.nr_memory, 1);
}

static void whole_address_space_is_never_exported(void **state)
{
	(void)state;
	mock.smaps = smaps;
	mock.export_errno = EOVERFLOW;
	assert_non_null(p2p_ibv_reg_mr(&pd, NULL, SIZE_MAX,
				       IBV_ACCESS_ON_DEMAND));
	assert_int_equal(mock.nr_exports, 0);
	assert_null(mock.addr);
	assert_int_equal(mock.length, SIZE_MAX);
}

static void nothing_is_left_to_libibverbs(void **state)
{
	(void)state;
	assert_non_null(p2p_ibv_reg_mr(&pd, memory, 0, ACCESS));
	assert_int_equal(mock.nr_exports, 0);
	assert_int_equal(mock.nr_memory, 1);
}

static void no_domain_is_refused(void **state)
{
	(void)state;
	assert_null_error(p2p_ibv_reg_mr(NULL, memory, 1, ACCESS), EINVAL);
	assert_int_equal(mock.nr_exports + mock.nr_memory, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, mock_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bars_are_registered_as_buffers),
		TEST(addresses_can_be_chosen),
		TEST(refused_buffer_is_no_reason_to_try_memory),
		TEST(memory_is_registered_as_such),
		TEST(memory_needs_no_module),
		TEST(device_memory_tells_why_it_is_not_exported),
		TEST(memory_tells_why_it_is_not_registered),
		TEST(device_memory_is_not_paged_on_demand),
		TEST(memory_is_paged_on_demand),
		TEST(whole_address_space_is_never_exported),
		TEST(nothing_is_left_to_libibverbs),
		TEST(no_domain_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
