// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "nic_private.h"

#define FABRIC_NICS 16

struct fabric {
	struct nic *nics[FABRIC_NICS];
};

struct fabric *fabric_new(void)
{
	return calloc(1, sizeof(struct fabric));
}

void fabric_free(struct fabric *fabric)
{
	free(fabric);
}

struct nic *fabric_find(struct fabric *fabric,
			const uint8_t address[NIC_ADDRESS])
{
	size_t i;

	for (i = 0; i < FABRIC_NICS; i++) {
		struct nic *nic = fabric->nics[i];

		if (nic && !memcmp(nic->address, address, NIC_ADDRESS))
			return nic;
	}
	return NULL;
}

bool fabric_add(struct fabric *fabric, struct nic *nic)
{
	size_t i;

	if (fabric_find(fabric, nic->address))
		return false;
	for (i = 0; i < FABRIC_NICS; i++) {
		if (!fabric->nics[i]) {
			fabric->nics[i] = nic;
			return true;
		}
	}
	return false;
}

void fabric_remove(struct fabric *fabric, struct nic *nic)
{
	size_t i;

	for (i = 0; i < FABRIC_NICS; i++) {
		if (fabric->nics[i] == nic)
			fabric->nics[i] = NULL;
	}
}
