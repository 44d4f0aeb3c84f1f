// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may attach and by which route: the verdict that the machine's topology
 * demands, in debugfs, in the trace and, for a refusal, in the log.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/vfio.h"

#define PAGE 4096ULL
#define TRACING "/sys/kernel/tracing/"
#define HOST_BRIDGE "/sys/module/p2p_bar_exporter/parameters/host_bridge"

/* What the importer of a topology is to be told. */
static const struct expectation {
	const char *topology;
	int attach;
	const char *route;
	const char *trace;
} expectations[] = {
	{ "switch", 0, " route bus distance 4 ", "route=bus distance=4" },
	{ "root", 0, " route host translated distance 4 ", "route=host" },
	{ "root-pt", 0, " route host direct distance 4 ", "route=host" },
	{ "sibling", 0, " route host translated distance 4 ", "route=host" },
	{ "lazy", 0, " route host translated distance 4 ", "route=host" },
	{ "none", -EOPNOTSUPP, NULL, NULL },
	{ "msix", 0, " route host translated distance 4 ", "route=host" },
};

static const struct expectation *expected(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(expectations); i++) {
		if (guest_is(expectations[i].topology))
			return &expectations[i];
	}
	return NULL;
}

FIXTURE(attach)
{
	struct vfio_dev dev;
	int dmabuf;
	int importer;
};

FIXTURE_SETUP(attach)
{
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->dmabuf = vfio_export(&self->dev, guest_bar(), 0, PAGE);
	ASSERT_LE(0, self->dmabuf);
	self->importer = importer_open(guest_importer());
	ASSERT_LE(0, self->importer);
}

FIXTURE_TEARDOWN(attach)
{
	close(self->importer);
	close(self->dmabuf);
	vfio_close(&self->dev);
}

static int attach_as(FIXTURE_DATA(attach) *self, uint32_t mode, uint32_t flags)
{
	struct importer_manner manner = { .mode = mode, .flags = flags };

	return importer_attach(self->importer, self->dmabuf, &manner);
}

TEST_F(attach, route_is_the_one_the_topology_demands)
{
	const struct expectation *e = expected();
	int handle;

	ASSERT_NE(NULL, e) TH_LOG("unknown topology");
	ASSERT_EQ(0, guest_write(TRACING "trace", ""));
	ASSERT_EQ(0, guest_write(TRACING "events/p2p_bar/enable", "1"));
	handle = attach_as(self, P2P_IMPORTER_DYNAMIC, 0);
	EXPECT_EQ(0, guest_write(TRACING "events/p2p_bar/enable", "0"));
	EXPECT_EQ(e->attach, handle < 0 ? handle : 0);
	if (handle < 0) {
		EXPECT_TRUE(guest_line_has(TRACING "trace", "p2p_bar_refuse",
					   guest_importer(), "reason="));
		return;
	}
	EXPECT_TRUE(guest_line_has(GUEST_BUFFERS, "importer", guest_importer(),
				   e->route));
	EXPECT_TRUE(guest_line_has(TRACING "trace", "p2p_bar_attach",
				   guest_importer(), e->trace));
}

TEST_F(attach, unlisted_host_bridge_is_named)
{
	if (!guest_is("none"))
		SKIP(return, "the host bridge forwards here");
	EXPECT_EQ(-EOPNOTSUPP, attach_as(self, P2P_IMPORTER_DYNAMIC, 0));
	EXPECT_TRUE(guest_refused(guest_importer(),
				  "host bridge not on the allow-list"));
	/* The bridge is the first function of the root bus. */
	EXPECT_TRUE(guest_refused(guest_importer(), "at 0000:00:00.0"));
}

TEST_F(attach, static_importer_is_refused)
{
	EXPECT_EQ(-EOPNOTSUPP, attach_as(self, P2P_IMPORTER_STATIC, 0));
	EXPECT_TRUE(guest_refused(guest_importer(), "static importer"));
}

TEST_F(attach, importer_without_peer_to_peer_is_refused)
{
	EXPECT_EQ(-EOPNOTSUPP, attach_as(self, P2P_IMPORTER_DYNAMIC,
					 P2P_IMPORTER_NO_P2P));
	EXPECT_TRUE(guest_refused(guest_importer(), "peer-to-peer"));
}

TEST_F(attach, administrator_overrides_the_allow_list)
{
	int handle;

	if (!guest_is("none"))
		SKIP(return, "the host bridge forwards here");
	ASSERT_EQ(0, guest_write(HOST_BRIDGE, "always"));
	handle = importer_attach_map(self->importer, self->dmabuf,
				     &importer_good);
	EXPECT_LE(0, handle);
	EXPECT_TRUE(guest_line_has(GUEST_BUFFERS, guest_importer(),
				   "route host translated",
				   "host_bridge=always"));
	/* The old policy holds again for the next mapping of the same one. */
	EXPECT_EQ(0, guest_write(HOST_BRIDGE, "allowlist"));
	EXPECT_EQ(0, importer_unmap(self->importer, handle));
	EXPECT_EQ(-EOPNOTSUPP, importer_map(self->importer, handle));
}

TEST_F(attach, administrator_forbids_the_host_bridge)
{
	int handle = attach_as(self, P2P_IMPORTER_DYNAMIC, 0);

	if (guest_is("none"))
		SKIP(return, "nobody may attach here");
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, guest_write(HOST_BRIDGE, "never"));
	if (guest_is("switch")) {
		EXPECT_EQ(0, importer_map(self->importer, handle));
	} else {
		EXPECT_EQ(-EOPNOTSUPP, importer_map(self->importer, handle));
		EXPECT_TRUE(guest_refused(guest_importer(),
					  "host_bridge=never"));
		EXPECT_EQ(-EOPNOTSUPP,
			  attach_as(self, P2P_IMPORTER_DYNAMIC, 0));
	}
	EXPECT_EQ(0, guest_write(HOST_BRIDGE, "allowlist"));
}

TEST_F(attach, unknown_policy_is_refused)
{
	EXPECT_EQ(-EINVAL, guest_write(HOST_BRIDGE, "sometimes"));
	EXPECT_TRUE(guest_line_has(HOST_BRIDGE, "allowlist", NULL, NULL));
}

TEST_F(attach, attached_while_revoked_maps_after_restore)
{
	int handle;

	if (guest_is("none"))
		SKIP(return, "nobody may attach here");
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	handle = attach_as(self, P2P_IMPORTER_DYNAMIC, 0);
	ASSERT_LE(0, handle);
	EXPECT_EQ(-ENODEV, importer_map(self->importer, handle));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	EXPECT_EQ(0, importer_map(self->importer, handle));
}

TEST_F(attach, life_of_a_buffer_is_traced)
{
	static const char * const events[] = {
		"p2p_bar_export", "p2p_bar_revoke", "p2p_bar_restore",
		"p2p_bar_retire",
	};
	char ino[32];
	int dmabuf;
	size_t i;

	ASSERT_EQ(0, guest_write(TRACING "trace", ""));
	ASSERT_EQ(0, guest_write(TRACING "events/p2p_bar/enable", "1"));
	dmabuf = vfio_export(&self->dev, guest_bar(), 0, PAGE);
	ASSERT_LE(0, dmabuf);
	EXPECT_EQ(0, vfio_set_memory(&self->dev, 0));
	EXPECT_EQ(0, vfio_set_memory(&self->dev, 1));
	vfio_close(&self->dev);
	EXPECT_EQ(0, guest_write(TRACING "events/p2p_bar/enable", "0"));
	snprintf(ino, sizeof(ino), "%lu", guest_ino(dmabuf));
	for (i = 0; i < ARRAY_SIZE(events); i++)
		EXPECT_TRUE(guest_line_has(TRACING "trace", events[i], ino,
					   NULL)) TH_LOG("event %zu", i);
	close(dmabuf);
}

TEST_HARNESS_MAIN
