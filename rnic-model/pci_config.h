/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration space of the NIC: a PCI Express endpoint with MSI-X. Source
 * of all numbers: the system's <linux/pci_regs.h>.
 */
#ifndef PCI_CONFIG_H
#define PCI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PCI_CONFIG_SIZE 4096
#define PCI_MSIX_BAR 4
#define PCI_MSIX_BAR_SIZE 4096

struct pci_config {
	uint8_t bytes[PCI_CONFIG_SIZE];
};

void pci_config_reset(struct pci_config *config);

/* Whether it may read and write memory. */
bool pci_config_master(const struct pci_config *config);

/* Both stay in the space; what is read-only stays as it is. */
void pci_config_read(const struct pci_config *config, uint64_t offset,
		     void *to, size_t length);

/* true: the function is to be reset. */
bool pci_config_write(struct pci_config *config, uint64_t offset,
		      const void *from, size_t length);

#endif
