// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "vfio.h"

static int errno_of(int ret)
{
	return ret < 0 ? -errno : ret;
}

static int open_group(const char *bdf)
{
	char link[PATH_MAX], path[PATH_MAX];
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group",
		 bdf);
	len = readlink(path, link, sizeof(link) - 1);
	if (len < 0)
		return -errno;
	link[len] = '\0';
	snprintf(path, sizeof(path), "/dev/vfio/%s", strrchr(link, '/') + 1);
	return errno_of(open(path, O_RDWR | O_CLOEXEC));
}

static int join_container(struct vfio_dev *dev)
{
	dev->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (dev->container < 0)
		return -errno;
	if (ioctl(dev->group, VFIO_GROUP_SET_CONTAINER, &dev->container))
		return -errno;
	if (ioctl(dev->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -errno;
	return 0;
}

int vfio_device_in_group(struct vfio_dev *dev, const char *bdf)
{
	return errno_of(ioctl(dev->group, VFIO_GROUP_GET_DEVICE_FD, bdf));
}

int vfio_open_with(struct vfio_dev *dev, const char *bdf, const char *option)
{
	char name[128];
	int ret;

	*dev = (struct vfio_dev){ -1, -1, -1 };
	dev->group = open_group(bdf);
	if (dev->group < 0)
		return dev->group;
	ret = join_container(dev);
	if (ret)
		goto err_close;
	snprintf(name, sizeof(name), "%s%s%s", bdf, *option ? " " : "", option);
	dev->device = vfio_device_in_group(dev, name);
	if (dev->device >= 0)
		return 0;
	ret = dev->device;

err_close:
	vfio_close(dev);
	return ret;
}

int vfio_open(struct vfio_dev *dev, const char *bdf)
{
	return vfio_open_with(dev, bdf, "");
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void vfio_close(struct vfio_dev *dev)
{
	close_fd(&dev->device);
	close_fd(&dev->group);
	close_fd(&dev->container);
}

static int region_info(struct vfio_dev *dev, uint32_t index,
		       struct vfio_region_info *info)
{
	*info = (struct vfio_region_info){
		.argsz = sizeof(*info),
		.index = index,
	};
	return errno_of(ioctl(dev->device, VFIO_DEVICE_GET_REGION_INFO, info));
}

uint64_t vfio_region_size(struct vfio_dev *dev, uint32_t index)
{
	struct vfio_region_info info;

	return region_info(dev, index, &info) ? 0 : info.size;
}

void *vfio_map(struct vfio_dev *dev, uint32_t index, uint64_t offset,
	       size_t length)
{
	struct vfio_region_info info;

	if (region_info(dev, index, &info))
		return MAP_FAILED;
	return mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED,
		    dev->device, info.offset + offset);
}

long vfio_read(struct vfio_dev *dev, uint32_t index, uint64_t offset,
	       void *buf, size_t length)
{
	struct vfio_region_info info;
	int ret = region_info(dev, index, &info);

	return ret ? ret : errno_of(pread(dev->device, buf, length,
					  info.offset + offset));
}

long vfio_write(struct vfio_dev *dev, uint32_t index, uint64_t offset,
		const void *buf, size_t length)
{
	struct vfio_region_info info;
	int ret = region_info(dev, index, &info);

	return ret ? ret : errno_of(pwrite(dev->device, buf, length,
					   info.offset + offset));
}

int vfio_feature(int device, void *request)
{
	return errno_of(ioctl(device, VFIO_DEVICE_FEATURE, request));
}

int vfio_export_ranges(struct vfio_dev *dev, uint32_t bar,
		       const struct vfio_region_dma_range *ranges,
		       uint32_t nr_ranges)
{
	size_t size = sizeof(struct vfio_device_feature) +
		      sizeof(struct vfio_device_feature_dma_buf) +
		      nr_ranges * sizeof(*ranges);
	struct vfio_device_feature *feature = calloc(1, size);
	struct vfio_device_feature_dma_buf *req = (void *)feature->data;
	int fd;

	feature->argsz = size;
	feature->flags = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_DMA_BUF;
	req->region_index = bar;
	req->open_flags = O_RDWR | O_CLOEXEC;
	req->nr_ranges = nr_ranges;
	memcpy(req->dma_ranges, ranges, nr_ranges * sizeof(*ranges));
	fd = vfio_feature(dev->device, feature);
	free(feature);
	return fd;
}

int vfio_export(struct vfio_dev *dev, uint32_t bar, uint64_t offset,
		uint64_t length)
{
	struct vfio_region_dma_range range = { offset, length };

	return vfio_export_ranges(dev, bar, &range, 1);
}

int vfio_reset(struct vfio_dev *dev)
{
	return errno_of(ioctl(dev->device, VFIO_DEVICE_RESET));
}

int vfio_hot_reset_groups(struct vfio_dev *dev, uint32_t count)
{
	size_t size = sizeof(struct vfio_pci_hot_reset) +
		      count * sizeof(int32_t);
	struct vfio_pci_hot_reset *req = calloc(1, size);
	uint32_t i;
	int ret;

	req->argsz = size;
	req->count = count;
	for (i = 0; i < count; i++)
		req->group_fds[i] = dev->group;
	ret = errno_of(ioctl(dev->device, VFIO_DEVICE_PCI_HOT_RESET, req));
	free(req);
	return ret;
}

int vfio_hot_reset(struct vfio_dev *dev)
{
	return vfio_hot_reset_groups(dev, 1);
}

int vfio_set_feature(struct vfio_dev *dev, uint32_t feature)
{
	struct vfio_device_feature req = {
		.argsz = sizeof(req),
		.flags = VFIO_DEVICE_FEATURE_SET | feature,
	};

	return vfio_feature(dev->device, &req);
}

int vfio_config_read(struct vfio_dev *dev, uint32_t pos, void *buf,
		     size_t length)
{
	long ret = vfio_read(dev, VFIO_PCI_CONFIG_REGION_INDEX, pos, buf,
			     length);

	return ret < 0 ? ret : 0;
}

int vfio_config_write(struct vfio_dev *dev, uint32_t pos, const void *buf,
		      size_t length)
{
	long ret = vfio_write(dev, VFIO_PCI_CONFIG_REGION_INDEX, pos, buf,
			      length);

	return ret < 0 ? ret : 0;
}

int vfio_set_memory(struct vfio_dev *dev, int enable)
{
	uint16_t cmd;
	int ret = vfio_config_read(dev, PCI_COMMAND, &cmd, sizeof(cmd));

	if (ret)
		return ret;
	if (enable)
		cmd |= PCI_COMMAND_MEMORY;
	else
		cmd &= ~PCI_COMMAND_MEMORY;
	return vfio_config_write(dev, PCI_COMMAND, &cmd, sizeof(cmd));
}

uint8_t vfio_find_capability(struct vfio_dev *dev, uint8_t id)
{
	uint8_t pos = 0, cap[2];
	int hops = 48;	/* more would be a loop */

	vfio_config_read(dev, PCI_CAPABILITY_LIST, &pos, 1);
	while (pos && hops--) {
		if (vfio_config_read(dev, pos, cap, sizeof(cap)))
			return 0;
		if (cap[0] == id)
			return pos;
		pos = cap[1];
	}
	return 0;
}
