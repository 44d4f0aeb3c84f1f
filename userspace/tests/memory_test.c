// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory.h"
#include "test.h"

/* Two mappings in a row, a hole, and one of a device, as the kernel writes. */
static const char smaps[] =
	"10000-20000 rw-p 00000000 00:00 0\n"
	"Size:                 64 kB\n"
	"AnonHugePages:         0 kB\n"
	"VmFlags: rd wr mr mw me ac sd\n"
	"20000-30000 r--p 00000000 fe:01 99      /tmp/name with io pf in it\n"
	"Size:                 64 kB\n"
	"VmFlags: rd mr mw me sd\n"
	"40000-50000 rw-s 00000000 00:0e 1059    anon_inode:[vfio-device]\n"
	"Size:                 64 kB\n"
	"VmFlags: rd wr sh mr mw me ms io pf de dd\n"
	"50000-60000 rw-p 00000000 00:00 0\n"
	"VmFlags: rd wr mr\n";

static enum p2p_memory find_in(const char *text, uintptr_t start, size_t length)
{
	FILE *file = fmemopen((void *)text, strlen(text), "r");
	enum p2p_memory memory;

	assert_non_null(file);
	memory = p2p_memory_find(file, start, length);
	fclose(file);
	return memory;
}

static void ordinary_mappings_are_told(void **state)
{
	(void)state;
	assert_int_equal(find_in(smaps, 0x10000, 0x10000), P2P_MEMORY_ORDINARY);
	assert_int_equal(find_in(smaps, 0x1ffff, 2), P2P_MEMORY_ORDINARY);
	assert_int_equal(find_in(smaps, 0x10000, 0x20000), P2P_MEMORY_ORDINARY);
	assert_int_equal(find_in(smaps, 0x50000, 0x10000), P2P_MEMORY_ORDINARY);
}

static void one_byte_of_a_device_is_enough(void **state)
{
	(void)state;
	assert_int_equal(find_in(smaps, 0x40000, 1), P2P_MEMORY_DEVICE);
	assert_int_equal(find_in(smaps, 0x4ffff, 1), P2P_MEMORY_DEVICE);
	assert_int_equal(find_in(smaps, 0x3ffff, 2), P2P_MEMORY_DEVICE);
	assert_int_equal(find_in(smaps, 0x4ffff, 2), P2P_MEMORY_DEVICE);
	assert_int_equal(find_in(smaps, 0x10000, 0x40000), P2P_MEMORY_DEVICE);
	assert_int_equal(find_in(smaps, 0x3ffff, 1), P2P_MEMORY_ORDINARY);
	assert_int_equal(find_in(smaps, 0x50000, 1), P2P_MEMORY_ORDINARY);
}

static void ranges_may_end_with_the_addresses(void **state)
{
	(void)state;
	assert_int_equal(find_in(smaps, 0x10000, SIZE_MAX), P2P_MEMORY_DEVICE);
	assert_int_equal(find_in(smaps, 0x50000, SIZE_MAX),
			 P2P_MEMORY_ORDINARY);
}

static void each_of_the_marks_counts(void **state)
{
	(void)state;
	assert_int_equal(find_in("1000-2000 rw-s 0 00:00 0\nVmFlags: rd io\n",
				 0x1000, 1), P2P_MEMORY_DEVICE);
	assert_int_equal(find_in("1000-2000 rw-s 0 00:00 0\nVmFlags: pf\n",
				 0x1000, 1), P2P_MEMORY_DEVICE);
}

static void unseen_marks_are_unknown(void **state)
{
	(void)state;
	assert_int_equal(find_in("1000-2000 rw-p 0 00:00 0\nSize: 4 kB\n",
				 0x1000, 1), P2P_MEMORY_UNKNOWN);
	assert_int_equal(find_in("1000-2000 rw-p 0 00:00 0\n"
				 "2000-3000 rw-p 0 00:00 0\nVmFlags: rd\n",
				 0x1000, 0x2000), P2P_MEMORY_UNKNOWN);
	assert_int_equal(find_in("1000-2000 rw-p 0 00:00 0\n"
				 "2000-3000 rw-p 0 00:00 0\nVmFlags: rd\n",
				 0x2000, 1), P2P_MEMORY_ORDINARY);
}

static void own_memory_is_ordinary(void **state)
{
	static char data[3 * 4096];
	char *heap = malloc(100000);

	(void)state;
	assert_int_equal(p2p_memory_of(data, sizeof(data)),
			 P2P_MEMORY_ORDINARY);
	assert_int_equal(p2p_memory_of(heap, 100000), P2P_MEMORY_ORDINARY);
	assert_int_equal(p2p_memory_of(&heap, sizeof(heap)),
			 P2P_MEMORY_ORDINARY);
	free(heap);
}

/* A mapping without pages that every process has, on most machines. */
static void vdso_data_has_no_pages(void **state)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uintptr_t from = 0, to;
	char line[512];

	(void)state;
	assert_non_null(maps);
	while (!from && fgets(line, sizeof(line), maps)) {
		if (strstr(line, "[vvar]"))
			sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to);
	}
	fclose(maps);
	if (!from)
		skip();
	assert_int_equal(p2p_memory_of((void *)from, 1), P2P_MEMORY_DEVICE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_mappings_are_told),
		cmocka_unit_test(one_byte_of_a_device_is_enough),
		cmocka_unit_test(ranges_may_end_with_the_addresses),
		cmocka_unit_test(each_of_the_marks_counts),
		cmocka_unit_test(unseen_marks_are_unknown),
		cmocka_unit_test(own_memory_is_ordinary),
		cmocka_unit_test(vdso_data_has_no_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
