/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An RDMA NIC as a state machine: what software writes to it goes in, what it
 * reads and writes in memory comes out through struct nic_ops. No sockets, no
 * threads, no globals, no clock.
 *
 * Nothing that software writes may crash it: registers, queues and lists in
 * memory are taken for hostile, and read once.
 *
 * All functions of the NICs of one fabric are for one thread.
 */
#ifndef NIC_H
#define NIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NIC_VECTORS 4			/* of MSI-X */

#define NIC_REGISTERS_BAR 0
#define NIC_REGISTERS_SIZE 0x4000	/* registers, then doorbells */
#define NIC_SQ_BAR 2
#define NIC_SQ_SIZE 0x100000		/* memory of all send queues */

#define NIC_ADDRESS 16			/* bytes of a NIC's address */

/* The NICs that reach each other. */
struct fabric;

struct fabric *fabric_new(void);
void fabric_free(struct fabric *fabric);	/* after its NICs */

struct nic_ops {
	/*
	 * All of it or an unknown part of it; false is a fault: nothing is
	 * there, or not for this. What is 8 bytes or less and aligned to its
	 * length is read and written at once.
	 */
	bool (*read)(void *context, uint64_t address, void *to, size_t length);
	bool (*write)(void *context, uint64_t address, const void *from,
		      size_t length);
	void (*interrupt)(void *context, unsigned int vector);
};

/*
 * The memory of the send queues, NIC_SQ_SIZE bytes, is the caller's, and stays
 * until the NIC is freed; software may write to it at any time. NULL if there
 * is no memory, or another NIC of the fabric has the address.
 */
struct nic *nic_new(struct fabric *fabric, const uint8_t address[NIC_ADDRESS],
		    const void *sq_memory, const struct nic_ops *ops,
		    void *context);
void nic_free(struct nic *nic);

/* As after power-on. */
void nic_reset(struct nic *nic);

/* Of the registers' BAR; other than aligned words of 4 bytes are ignored. */
void nic_write(struct nic *nic, uint64_t offset, uint32_t value);
uint32_t nic_read(struct nic *nic, uint64_t offset);

/* A piece of the work that waits, 4 KiB at most; false: there is none. */
bool nic_work(struct nic *nic);

#endif
