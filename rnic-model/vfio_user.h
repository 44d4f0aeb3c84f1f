/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A NIC on a socket, for a vfio-user client: QEMU's vfio-user-pci. One client
 * at a time. Source of the protocol: QEMU's docs/interop/vfio-user.rst.
 *
 * Invariant: a request to take memory back is answered after the memory has
 * gone from the table of what the NIC can reach; nothing is moved in between.
 */
#ifndef VFIO_USER_H
#define VFIO_USER_H

#include <stdbool.h>
#include <stddef.h>

#include "nic.h"

struct vfio_user;

/* NULL, and a line to standard error, if it cannot be. */
struct vfio_user *vfio_user_new(const char *path, struct fabric *fabric,
				const uint8_t address[NIC_ADDRESS]);
void vfio_user_free(struct vfio_user *server);

/* What to wait for: the client, or one to come. */
int vfio_user_fd(const struct vfio_user *server);

/* Takes a client, or does what it asks for: one message. */
void vfio_user_serve(struct vfio_user *server);

/* A piece of the NIC's work; false: there is none. */
bool vfio_user_work(struct vfio_user *server);

#endif
