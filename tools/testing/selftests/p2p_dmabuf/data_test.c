// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes: drive to BAR and BAR to drive, seen by the controller, by the CPU
 * through VFIO, and by the host in the files behind both.
 *
 * Runs last: what it leaves in BAR and drive is what the host checks.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "kselftest_harness.h"

#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/vfio.h"

#define PAGE 4096ULL
#define MIB (1024 * 1024ULL)
#define LENGTH (32 * MIB)
#define SEED 20

FIXTURE(data)
{
	struct vfio_dev dev;
	int importer;
	int dmabuf;
	int handle;
	char *pattern;
	char *bar;
};

FIXTURE_SETUP(data)
{
	if (guest_is("none"))
		SKIP(return, "no importer may attach here");
	if (guest_is("msix"))
		SKIP(return, "the BAR holds registers, not memory");
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->importer = importer_open(guest_importer());
	ASSERT_LE(0, self->importer);
	self->dmabuf = vfio_export(&self->dev, guest_bar(), 0, LENGTH);
	ASSERT_LE(0, self->dmabuf);
	self->handle = importer_attach_map(self->importer, self->dmabuf,
					   &importer_good);
	ASSERT_LE(0, self->handle);
	self->bar = vfio_map(&self->dev, guest_bar(), 0, LENGTH);
	ASSERT_NE(MAP_FAILED, self->bar);
	self->pattern = malloc(LENGTH);
}

FIXTURE_TEARDOWN(data)
{
	free(self->pattern);
	close(self->importer);
	close(self->dmabuf);
	vfio_close(&self->dev);
}

static void tell_host(const char *what, uint64_t offset, const void *data,
		      size_t length)
{
	unsigned char sum[SHA256_DIGEST_LENGTH];
	size_t i;

	SHA256(data, length, sum);
	printf("# host: %s %llu %zu ", what, (unsigned long long)offset,
	       length);
	for (i = 0; i < sizeof(sum); i++)
		printf("%02x", sum[i]);
	printf("\n");
}

TEST_F(data, odd_offsets_and_lengths_arrive)
{
	static const struct { uint64_t buffer, length; } moves[] = {
		{ 0, 512 }, { 512, 512 }, { PAGE - 512, 1024 },
		{ 3 * PAGE + 4, 2048 }, { MIB - 512, 600 * 1024 },
		{ LENGTH - 512, 512 },
	};
	size_t i;

	guest_pattern(self->pattern, LENGTH, SEED + 1);
	ASSERT_EQ(0, importer_drive_write(self->importer, 0, self->pattern,
					  MIB));
	for (i = 0; i < ARRAY_SIZE(moves); i++) {
		memset(self->bar, 0, LENGTH);
		ASSERT_EQ(0, importer_dma(self->importer, self->handle, 0, 0,
					  moves[i].buffer, moves[i].length));
		EXPECT_EQ(0, memcmp(self->bar + moves[i].buffer, self->pattern,
				    moves[i].length)) TH_LOG("move %zu", i);
	}
	/* Past the end of the slice there is nothing to be had. */
	EXPECT_NE(0, importer_dma(self->importer, self->handle, 0, 0,
				  LENGTH - 512, 1024));
}

TEST_F(data, bar_to_drive_arrives)
{
	char *back = malloc(LENGTH);

	guest_pattern(self->pattern, LENGTH, SEED + 2);
	memcpy(self->bar, self->pattern, LENGTH);
	ASSERT_EQ(0, importer_dma(self->importer, self->handle,
				  P2P_IMPORTER_TO_DRIVE, LENGTH, 0, LENGTH));
	ASSERT_EQ(0, importer_drive_read(self->importer, LENGTH, back, LENGTH));
	EXPECT_EQ(0, memcmp(self->pattern, back, LENGTH));
	tell_host("drive-sha256", LENGTH, self->pattern, LENGTH);
	free(back);
}

TEST_F(data, drive_to_bar_arrives)
{
	guest_pattern(self->pattern, LENGTH, SEED);
	ASSERT_EQ(0, importer_drive_write(self->importer, 0, self->pattern,
					  LENGTH));
	memset(self->bar, 0, LENGTH);
	ASSERT_EQ(0, importer_dma(self->importer, self->handle, 0, 0, 0,
				  LENGTH));
	EXPECT_EQ(0, memcmp(self->bar, self->pattern, LENGTH));
	tell_host("drive-sha256", 0, self->pattern, LENGTH);
	tell_host("sha256", 0, self->pattern, LENGTH);
}

TEST_HARNESS_MAIN
