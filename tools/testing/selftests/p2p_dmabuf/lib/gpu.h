/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A GPU with a screen as a test program uses it: by libdrm, with whatever driver
 * the kernel has for it.
 *
 * Functions return a negative errno when they fail.
 */
#ifndef SELFTEST_P2P_GPU_H
#define SELFTEST_P2P_GPU_H

#include <stdint.h>

#include <xf86drmMode.h>

#define GPU_VIRTIO "virtio_gpu"
#define GPU_VGEM "vgem"

/* The screen's size in the tests, 4 bytes a pixel. */
#define GPU_WIDTH 1024
#define GPU_HEIGHT 768
#define GPU_PICTURE_SIZE (GPU_WIDTH * GPU_HEIGHT * 4ULL)

/* Of a slice: a power of two, so that the GPU is given it in one entry. */
#define GPU_SLICE_SIZE (4 << 20)

struct gpu {
	int fd;
	uint32_t handle;	/* of what is imported */
	uint32_t fb;
	uint32_t connector;
	uint32_t crtc;
	drmModeModeInfo mode;
};

/* The device of that DRM driver. */
int gpu_open(struct gpu *gpu, const char *driver);

/* And gives back what it has imported. */
void gpu_close(struct gpu *gpu);

/* PRIME: a dma-buf becomes an object of the GPU. */
int gpu_import(struct gpu *gpu, int dmabuf);

/* The beginning of the object is a picture of the screen's size. */
int gpu_add_fb(struct gpu *gpu);

/* The screen shows it, or nothing. */
int gpu_show(struct gpu *gpu);
int gpu_hide(struct gpu *gpu);

/* Its pixels are others than before. */
int gpu_flush(struct gpu *gpu);

/* All of it: a dma-buf is shown. */
int gpu_import_and_show(struct gpu *gpu, int dmabuf);

#endif
