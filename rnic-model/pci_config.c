// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <linux/pci_regs.h>

#include "efa_hw.h"
#include "nic.h"
#include "pci_config.h"

#define CLASS_ETHERNET 0x0200

/* Where the capabilities lie. */
#define EXPRESS 0x40
#define MSIX 0x80

#define PENDING_BITS 0x800	/* in the BAR of the MSI-X table */

#define FLR_CAP 0x10000000U	/* PCI_EXP_DEVCAP_FLR, without its suffix */

static void put16(struct pci_config *config, unsigned int at, uint16_t value)
{
	memcpy(&config->bytes[at], &value, sizeof(value));
}

static void put32(struct pci_config *config, unsigned int at, uint32_t value)
{
	memcpy(&config->bytes[at], &value, sizeof(value));
}

static uint16_t get16(const struct pci_config *config, unsigned int at)
{
	uint16_t value;

	memcpy(&value, &config->bytes[at], sizeof(value));
	return value;
}

static void express(struct pci_config *config)
{
	config->bytes[EXPRESS] = PCI_CAP_ID_EXP;
	config->bytes[EXPRESS + 1] = MSIX;
	put16(config, EXPRESS + PCI_EXP_FLAGS, 2);	/* version; endpoint */
	put32(config, EXPRESS + PCI_EXP_DEVCAP,
	      FLR_CAP | PCI_EXP_DEVCAP_RBER);
	put32(config, EXPRESS + PCI_EXP_LNKCAP,
	      PCI_EXP_LNKCAP_SLS_2_5GB | 1 << 4);	/* one lane */
	put16(config, EXPRESS + PCI_EXP_LNKSTA,
	      PCI_EXP_LNKSTA_CLS_2_5GB | PCI_EXP_LNKSTA_NLW_X1);
}

static void msix(struct pci_config *config)
{
	config->bytes[MSIX] = PCI_CAP_ID_MSIX;
	put16(config, MSIX + PCI_MSIX_FLAGS, NIC_VECTORS - 1);
	put32(config, MSIX + PCI_MSIX_TABLE, PCI_MSIX_BAR);
	put32(config, MSIX + PCI_MSIX_PBA, PENDING_BITS | PCI_MSIX_BAR);
}

void pci_config_reset(struct pci_config *config)
{
	memset(config, 0, sizeof(*config));
	put16(config, PCI_VENDOR_ID, EFA_PCI_VENDOR);
	put16(config, PCI_DEVICE_ID, EFA_PCI_DEVICE);
	put16(config, PCI_STATUS, PCI_STATUS_CAP_LIST);
	put16(config, PCI_CLASS_DEVICE, CLASS_ETHERNET);
	put32(config, PCI_BASE_ADDRESS_2, PCI_BASE_ADDRESS_MEM_TYPE_64 |
	      PCI_BASE_ADDRESS_MEM_PREFETCH);
	put16(config, PCI_SUBSYSTEM_VENDOR_ID, EFA_PCI_VENDOR);
	put16(config, PCI_SUBSYSTEM_ID, EFA_PCI_DEVICE);
	config->bytes[PCI_CAPABILITY_LIST] = EXPRESS;
	express(config);
	msix(config);
}

bool pci_config_master(const struct pci_config *config)
{
	return get16(config, PCI_COMMAND) & PCI_COMMAND_MASTER;
}

/* --- access ---------------------------------------------------------------- */

static const struct {
	uint16_t at;
	uint32_t mask;		/* of what can be written */
} writable[] = {
	{ PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
		       PCI_COMMAND_INTX_DISABLE },
	{ PCI_BASE_ADDRESS_0, ~(NIC_REGISTERS_SIZE - 1U) },
	{ PCI_BASE_ADDRESS_2, ~(NIC_SQ_SIZE - 1U) },
	{ PCI_BASE_ADDRESS_3, 0xffffffff },
	{ PCI_BASE_ADDRESS_4, ~(PCI_MSIX_BAR_SIZE - 1U) },
	{ PCI_INTERRUPT_LINE, 0xff },
	{ EXPRESS + PCI_EXP_DEVCTL, 0x7fff },
	{ EXPRESS + PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_ASPMC | PCI_EXP_LNKCTL_CCC },
	{ MSIX, (uint32_t)(PCI_MSIX_FLAGS_ENABLE |
			   PCI_MSIX_FLAGS_MASKALL) << 16 },
};

static uint8_t writable_bits(uint64_t offset)
{
	size_t i;

	for (i = 0; i < sizeof(writable) / sizeof(writable[0]); i++) {
		if (offset >= writable[i].at && offset < writable[i].at + 4U)
			return writable[i].mask >> (8 * (offset - writable[i].at));
	}
	return 0;
}

void pci_config_read(const struct pci_config *config, uint64_t offset,
		     void *to, size_t length)
{
	memcpy(to, &config->bytes[offset], length);
}

bool pci_config_write(struct pci_config *config, uint64_t offset,
		      const void *from, size_t length)
{
	const uint64_t flr = EXPRESS + PCI_EXP_DEVCTL + 1;
	const uint8_t *bytes = from;
	bool reset = false;
	size_t i;

	for (i = 0; i < length; i++, offset++) {
		uint8_t bits = writable_bits(offset);

		config->bytes[offset] = (config->bytes[offset] & ~bits) |
					(bytes[i] & bits);
		if (offset == flr && bytes[i] & (PCI_EXP_DEVCTL_BCR_FLR >> 8))
			reset = true;
	}
	return reset;
}
