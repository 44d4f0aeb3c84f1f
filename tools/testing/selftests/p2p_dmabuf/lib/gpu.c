// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <xf86drm.h>

#include "gpu.h"

static bool is_of(int fd, const char *driver)
{
	drmVersionPtr version = drmGetVersion(fd);
	bool is = version && !strcmp(version->name, driver);

	drmFreeVersion(version);
	return is;
}

static int open_node(const char *driver)
{
	char path[PATH_MAX];
	unsigned int i;
	int fd;

	for (i = 0; i < 16; i++) {
		snprintf(path, sizeof(path), "/dev/dri/card%u", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0 && is_of(fd, driver))
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -ENODEV;
}

static int pick_mode(struct gpu *gpu, const drmModeConnector *connector)
{
	int i;

	for (i = 0; i < connector->count_modes; i++) {
		gpu->mode = connector->modes[i];
		if (gpu->mode.hdisplay == GPU_WIDTH &&
		    gpu->mode.vdisplay == GPU_HEIGHT)
			return 0;
	}
	return -ENOENT;
}

/* Tests have one screen. */
static int find_screen(struct gpu *gpu)
{
	drmModeRes *resources = drmModeGetResources(gpu->fd);
	drmModeConnector *connector = NULL;
	int ret = -ENOENT;

	if (!resources)
		return -errno;
	if (resources->count_connectors && resources->count_crtcs) {
		gpu->connector = resources->connectors[0];
		gpu->crtc = resources->crtcs[0];
		connector = drmModeGetConnector(gpu->fd, gpu->connector);
	}
	if (connector) {
		ret = pick_mode(gpu, connector);
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(resources);
	return ret;
}

int gpu_open(struct gpu *gpu, const char *driver)
{
	int ret;

	*gpu = (struct gpu){ .fd = open_node(driver) };
	if (gpu->fd < 0)
		return gpu->fd;
	ret = strcmp(driver, GPU_VGEM) ? find_screen(gpu) : 0;
	if (ret)
		gpu_close(gpu);
	return ret;
}

void gpu_close(struct gpu *gpu)
{
	if (gpu->fd < 0)
		return;
	if (gpu->fb)
		drmModeRmFB(gpu->fd, gpu->fb);
	if (gpu->handle)
		drmCloseBufferHandle(gpu->fd, gpu->handle);
	close(gpu->fd);
	gpu->fd = -1;
}

int gpu_import(struct gpu *gpu, int dmabuf)
{
	return drmPrimeFDToHandle(gpu->fd, dmabuf, &gpu->handle) ? -errno : 0;
}

int gpu_add_fb(struct gpu *gpu)
{
	const uint32_t handles[4] = { gpu->handle };
	const uint32_t pitches[4] = { GPU_WIDTH * 4 };
	const uint32_t offsets[4] = { 0 };

	return drmModeAddFB2(gpu->fd, GPU_WIDTH, GPU_HEIGHT,
			     DRM_FORMAT_XRGB8888, handles, pitches, offsets,
			     &gpu->fb, 0) ? -errno : 0;
}

int gpu_show(struct gpu *gpu)
{
	return drmModeSetCrtc(gpu->fd, gpu->crtc, gpu->fb, 0, 0,
			      &gpu->connector, 1, &gpu->mode) ? -errno : 0;
}

int gpu_hide(struct gpu *gpu)
{
	return drmModeSetCrtc(gpu->fd, gpu->crtc, 0, 0, 0, NULL, 0, NULL) ?
	       -errno : 0;
}

int gpu_flush(struct gpu *gpu)
{
	return drmModeDirtyFB(gpu->fd, gpu->fb, NULL, 0) ? -errno : 0;
}

int gpu_import_and_show(struct gpu *gpu, int dmabuf)
{
	int ret = gpu_import(gpu, dmabuf);

	if (!ret)
		ret = gpu_add_fb(gpu);
	if (!ret)
		ret = gpu_show(gpu);
	return ret;
}
