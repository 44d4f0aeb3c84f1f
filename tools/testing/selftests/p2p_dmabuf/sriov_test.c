// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual functions: the administrator decides whether there are any; they get
 * the driver of their physical function, and their BARs can be exported.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/vfio.h"

#define PAGE 4096ULL
#define ENABLE "/sys/module/vfio_pci_dmabuf/parameters/enable_sriov"
#define TOKEN "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"

FIXTURE(sriov)
{
	struct vfio_dev pf;
};

static int set_vfs(const char *number)
{
	return guest_write_device(guest_exporter(), "sriov_numvfs", number);
}

FIXTURE_SETUP(sriov)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/sriov_totalvfs",
		 guest_exporter());
	if (access(path, F_OK))
		SKIP(return, "the exporter has no virtual functions");
	ASSERT_EQ(0, guest_write(ENABLE, "1"));
	ASSERT_EQ(0, vfio_open(&self->pf, guest_exporter()));
}

FIXTURE_TEARDOWN(sriov)
{
	vfio_close(&self->pf);
	set_vfs("0");
	guest_write(ENABLE, "0");
}

TEST_F(sriov, is_refused_unless_the_administrator_allows_it)
{
	EXPECT_EQ(0, guest_write(ENABLE, "0"));
	EXPECT_EQ(-ENOENT, set_vfs("1"));
	EXPECT_EQ(0, guest_write(ENABLE, "1"));
	EXPECT_EQ(0, set_vfs("1"));
	EXPECT_EQ(0, set_vfs("0"));
}

/* The address of the first virtual function. */
static int find_vf(char *vf, size_t size)
{
	char path[PATH_MAX], link[PATH_MAX];
	ssize_t length;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/virtfn0",
		 guest_exporter());
	length = readlink(path, link, sizeof(link) - 1);
	if (length < 0)
		return -errno;
	link[length] = '\0';
	snprintf(vf, size, "%s", strrchr(link, '/') + 1);
	return 0;
}

/* Its owner proves by the token that the physical function's owner agrees. */
static int set_token(struct vfio_dev *pf)
{
	struct {
		struct vfio_device_feature feature;
		uint8_t uuid[16];
	} req = {
		.feature.argsz = sizeof(req),
		.feature.flags = VFIO_DEVICE_FEATURE_SET |
				 VFIO_DEVICE_FEATURE_PCI_VF_TOKEN,
		.uuid = {
			0xf8, 0x1d, 0x4f, 0xae, 0x7d, 0xec, 0x11, 0xd0,
			0xa7, 0x65, 0x00, 0xa0, 0xc9, 0x1e, 0x6b, 0xf6,
		},
	};

	return vfio_feature(pf->device, &req);
}

/* A virtual function has no memory bit of its own. */
TEST_F(sriov, virtual_function_exports)
{
	int dmabuf, importer, handle;
	struct vfio_dev vf;
	char bdf[32];

	ASSERT_EQ(0, set_token(&self->pf));
	ASSERT_EQ(0, set_vfs("1"));
	ASSERT_EQ(0, find_vf(bdf, sizeof(bdf)));
	EXPECT_GT(0, vfio_open(&vf, bdf));
	ASSERT_EQ(0, vfio_open_with(&vf, bdf, "vf_token=" TOKEN));
	dmabuf = vfio_export(&vf, guest_bar(), 0, PAGE);
	ASSERT_LE(0, dmabuf);
	EXPECT_STREQ("live", guest_buffer_state(dmabuf));

	importer = importer_open(guest_importer());
	handle = importer_attach_map(importer, dmabuf, &importer_good);
	ASSERT_LE(0, handle);
	vfio_close(&vf);
	EXPECT_FALSE(importer_mapped(importer, handle));
	EXPECT_EQ(-ENODEV, importer_map(importer, handle));
	close(importer);
	close(dmabuf);
}

TEST_HARNESS_MAIN
