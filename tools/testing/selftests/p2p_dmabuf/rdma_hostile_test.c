// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model of the NIC, and who takes over from a process that had it for
 * itself: garbage in its registers, doorbells and queues.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/guest.h"
#include "lib/rdma.h"

#define REGISTERS 0x100
#define WRITES 50000

#define PCI_COMMAND 4
#define PCI_COMMAND_ALL 6	/* memory and bus master */

FIXTURE(garbage)
{
	char *bars[3];
	size_t sizes[3];
};

static int open_file(const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", guest_nic(),
		 name);
	return open(path, flags);
}

static void *map_bar(const char *name, size_t size)
{
	int fd = open_file(name, O_RDWR);
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	close(fd);
	return at;
}

static int enable(void)
{
	uint16_t command = PCI_COMMAND_ALL;
	int fd = open_file("config", O_RDWR);
	int ret = pwrite(fd, &command, sizeof(command), PCI_COMMAND) ==
		  sizeof(command) ? 0 : -errno;

	close(fd);
	return ret;
}

/* From its driver: what it does is its own affair now. */
FIXTURE_SETUP(garbage)
{
	if (!guest_nic())
		SKIP(return, "the machine has no RDMA NIC");
	if (!guest_translates())
		SKIP(return, "it would write all over the memory");
	ASSERT_EQ(0, guest_write("/sys/bus/pci/drivers/efa/unbind",
				 guest_nic()));
	ASSERT_EQ(0, guest_write_device(guest_nic(), "enable", "1"));
	ASSERT_EQ(0, enable());
	self->sizes[0] = 0x4000;
	self->bars[0] = map_bar("resource0", self->sizes[0]);
	ASSERT_NE(MAP_FAILED, self->bars[0]);
	self->sizes[2] = 0x100000;
	self->bars[2] = map_bar("resource2", self->sizes[2]);
	ASSERT_NE(MAP_FAILED, self->bars[2]);
}

FIXTURE_TEARDOWN(garbage)
{
	munmap(self->bars[0], self->sizes[0]);
	munmap(self->bars[2], self->sizes[2]);
}

static uint32_t value(void)
{
	switch (rand() % 4) {
	case 0:
		return rand();
	case 1:
		return 1u << rand() % 32;
	case 2:
		return rand() % 64;
	default:
		return rand() % 0x10000 << 16;
	}
}

static void throw_words(char *at, size_t size, unsigned int times)
{
	while (times--)
		*(volatile uint32_t *)(at + rand() % size / 4 * 4) = value();
}

TEST_F_TIMEOUT(garbage, leaves_a_nic_that_works, 300)
{
	struct rdma_nic nic;
	unsigned int i;

	for (i = 0; i < 10; i++) {
		throw_words(self->bars[0], REGISTERS, WRITES / 20);
		throw_words(self->bars[2], self->sizes[2], WRITES / 10);
		throw_words(self->bars[0], self->sizes[0], WRITES / 20);
	}
	ASSERT_EQ(0, guest_write_device(guest_nic(), "enable", "0"));
	ASSERT_EQ(0, guest_write("/sys/bus/pci/drivers/efa/bind", guest_nic()));
	EXPECT_EQ(0, rdma_open(&nic, guest_nic()));
	rdma_close(&nic);
}

TEST_HARNESS_MAIN
