// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opens a device and exports from it.
 *
 * Invariant: what fails is said with what to do about it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "slice.h"

void slice_add_range(struct slice *slice, const char *text)
{
	const char *colon = strchr(text, ':');
	struct p2p_range *range;
	char offset[32];

	if (!colon || colon - text >= (int)sizeof(offset))
		args_refuse("no range, like 0:64k (OFFSET:LENGTH): '%s'", text);
	if (slice->nr_ranges == SLICE_RANGES)
		args_refuse("more than %d ranges", SLICE_RANGES);
	range = &slice->ranges[slice->nr_ranges++];
	snprintf(offset, sizeof(offset), "%.*s", (int)(colon - text), text);
	range->offset = args_size(offset, "the offset");
	range->length = args_size(colon + 1, "the length");
}

static void refuse_open(const char *address)
{
	switch (errno) {
	case ENODEV:
		args_fail("%s: no such device, or no VFIO driver has it (p2pctl bind %s)",
			  address, address);
	case EBUSY:
		args_fail("%s: somebody else has it, or its IOMMU group", address);
	default:
		args_fail("%s cannot be opened: %s (p2pctl doctor %s says more)",
			  address, strerror(errno), address);
	}
}

static void whole_bar(struct slice *slice, const char *address)
{
	uint64_t size;

	if (p2p_device_bar_size(slice->device, slice->bar, &size))
		args_fail("%s: BAR %u: %s", address, slice->bar,
			  strerror(errno));
	if (!size)
		args_fail("%s has no BAR %u (p2pctl list %s)", address,
			  slice->bar, address);
	slice->ranges[0].offset = 0;
	slice->ranges[0].length = size;
	slice->nr_ranges = 1;
}

void slice_open(struct slice *slice, const char *text)
{
	char address_text[P2P_ADDRESS_SIZE];
	struct p2p_address address;

	args_address(text, &address);
	p2p_address_format(&address, address_text, sizeof(address_text));
	slice->device = p2p_device_open(&address, 0);
	if (!slice->device)
		refuse_open(address_text);
	if (!slice->nr_ranges)
		whole_bar(slice, address_text);
}

static const char *export_reason(int err)
{
	switch (err) {
	case EINVAL:
		return "a range is empty, not of whole pages, or ends beyond the BAR";
	case ENODEV:
		return "no memory BAR, or the device is being closed";
	case ENOTTY:
		return "its driver cannot export (p2pctl bind)";
	case EPERM:
		return
			"a range holds the MSI-X table, and interrupts are not isolated (p2pctl doctor)"
			;
	default:
		return strerror(err);
	}
}

int slice_export(const struct slice *slice)
{
	int fd = p2p_buffer_export(slice->device, slice->bar, slice->ranges,
				   slice->nr_ranges, slice->open_flags);

	if (fd < 0)
		args_fail("cannot export: %s", export_reason(errno));
	return fd;
}

uint64_t slice_length(const struct slice *slice)
{
	uint64_t length = 0;
	size_t i;

	for (i = 0; i < slice->nr_ranges; i++)
		length += slice->ranges[i].length;
	return length;
}
