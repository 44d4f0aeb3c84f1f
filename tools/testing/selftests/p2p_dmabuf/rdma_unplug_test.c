// SPDX-License-Identifier: GPL-2.0-only
/*
 * A NIC, and then the exporter, are unplugged in the middle of a stream. They do
 * not come back: this runs as the last program.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/guest.h"
#include "lib/rdma_bar.h"
#include "lib/rdma_child.h"

FIXTURE(unplug)
{
	int monitor;
};

FIXTURE_SETUP(unplug)
{
	const char *monitor = getenv("P2P_MONITOR");

	if (!monitor || !*monitor)
		SKIP(return, "the machine has no monitor");
	if (!guest_translates())
		SKIP(return, "no registration without an IOMMU");
	if (!guest_kernel_has("acpiphp_enable_slot") &&
	    !guest_kernel_has("pciehp_unconfigure_device"))
		SKIP(return, "the kernel has no hotplug");
	self->monitor = open(monitor, O_WRONLY);
	ASSERT_LE(0, self->monitor);
}

FIXTURE_TEARDOWN(unplug)
{
	close(self->monitor);
}

static bool is_there(const char *bdf)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", bdf);
	return !access(path, F_OK);
}

/*
 * Out of Linux's hands only: QEMU 11.1 aborts when it takes a vfio-user device
 * away (in vfio_user_instance_finalize()). The driver is asked to let the device
 * go and waits for the process, which nobody keeps from going.
 */
TEST_F_TIMEOUT(unplug, nic, 120)
{
	pid_t stream = rdma_child_start(), removal;
	int status;

	ASSERT_LT(0, stream);
	removal = fork();
	ASSERT_LE(0, removal);
	if (!removal)
		_exit(-guest_write_device(guest_nic2(), "remove", "1"));
	rdma_child_kill(stream);
	ASSERT_EQ(removal, waitpid(removal, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_FALSE(is_there(guest_nic2()));
}

/* By the NIC that is left; as above, but QEMU takes it. */
TEST_F_TIMEOUT(unplug, then_the_exporter, 120)
{
	static const char command[] = "device_del exporter\n";
	pid_t other;

	ASSERT_EQ(0, setenv("P2P_NIC2", guest_nic(), 1));
	other = rdma_child_start();
	ASSERT_LT(0, other);
	ASSERT_EQ(strlen(command),
		  write(self->monitor, command, strlen(command)));
	rdma_child_kill(other);
	while (is_there(guest_exporter()))
		usleep(10000);
}

TEST_HARNESS_MAIN
