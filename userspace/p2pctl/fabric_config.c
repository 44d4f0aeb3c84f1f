// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the functions' configuration, by libpci.
 *
 * Invariant: nothing is written to a device. Where the configuration space ends
 * early because the caller is not root, config_known says so; zeros are then not
 * taken for an answer.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pci/pci.h>

#include "fabric_config.h"
#include "sysfs.h"

/* The bits of /sys/.../resource, which are those of <linux/ioport.h>. */
#define RESOURCE_MEM		0x00000200
#define RESOURCE_PREFETCH	0x00002000
#define RESOURCE_MEM_64		0x00100000

#define ACS_REDIRECT	(PCI_ACS_CTRL_REQ_RED | PCI_ACS_CTRL_CMPLT_RED | \
			 PCI_ACS_CTRL_EGRESS)

/* A resizable BAR entry: capability, then control. */
#define REBAR_SIZES_SHIFT	4
#define REBAR_COUNT(ctrl)	((ctrl) >> 5 & 7)
#define REBAR_INDEX(ctrl)	((ctrl) & 7)
#define REBAR_CAP_ID		0x15

static void scan_failed(char *format, ...) __attribute((noreturn));

static void scan_failed(char *format, ...)
{
	char text[SYSFS_LINE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	args_fail("libpci: %s", text);
}

/* What it warns of is seen again as something unknown. */
static void scan_warning(char *format, ...)
{
	(void)format;
}

static struct pci_access *scan_open(void)
{
	struct pci_access *access = pci_alloc();
	char path[SYSFS_PATH];

	access->method = PCI_ACCESS_SYS_BUS_PCI;
	access->error = scan_failed;
	access->warning = scan_warning;
	sysfs_path(path, "/sys/bus/pci");
	pci_set_param(access, "sysfs.path", path);
	if (*sysfs_root()) {
		/* Names that do not depend on the machine, either. */
		pci_set_param(access, "hwdb.disable", "1");
		sysfs_path(path, "/usr/share/misc/pci.ids");
		pci_set_name_list_path(access, strdup(path), 1);
	}
	pci_init(access);
	return access;
}

static void read_bars(struct pci_dev *dev, struct fn *fn)
{
	struct fn_bar *bar;
	int i;

	for (i = 0; i < FN_BARS; i++) {
		bar = &fn->bars[i];
		bar->memory = dev->flags[i] & RESOURCE_MEM;
		bar->wide = dev->flags[i] & RESOURCE_MEM_64;
		bar->prefetch = dev->flags[i] & RESOURCE_PREFETCH;
		bar->size = dev->size[i];
		bar->start = bar->memory ? dev->base_addr[i] & PCI_ADDR_MEM_MASK :
					   dev->base_addr[i] & PCI_ADDR_IO_MASK;
	}
}

static void read_acs(struct pci_dev *dev, struct fn *fn)
{
	struct pci_cap *cap = pci_find_cap(dev, PCI_EXT_CAP_ID_ACS,
					   PCI_CAP_EXTENDED);

	if (!cap)
		return;
	fn->acs_cap = cap->addr;
	fn->acs_ctrl = pci_read_word(dev, cap->addr + PCI_ACS_CTRL);
}

static void read_msix(struct pci_dev *dev, struct fn *fn)
{
	struct pci_cap *cap = pci_find_cap(dev, PCI_CAP_ID_MSIX, PCI_CAP_NORMAL);
	uint32_t table;

	fn->msix.bar = -1;
	if (!cap)
		return;
	table = pci_read_long(dev, cap->addr + PCI_MSIX_TABLE);
	fn->msix.bar = table & 7;
	fn->msix.offset = table & ~7U;
	fn->msix.size = 16 * ((pci_read_word(dev, cap->addr + PCI_MSI_FLAGS) &
			       0x7ff) + 1);
}

/* Bit n of the sizes stands for 2^n MiB. */
static uint64_t rebar_largest(uint32_t sizes)
{
	uint64_t size = 0x100000;
	uint64_t largest = 0;

	for (sizes >>= REBAR_SIZES_SHIFT; sizes; sizes >>= 1, size <<= 1) {
		if (sizes & 1)
			largest = size;
	}
	return largest;
}

static void read_rebar(struct pci_dev *dev, struct fn *fn)
{
	struct pci_cap *cap = pci_find_cap(dev, REBAR_CAP_ID, PCI_CAP_EXTENDED);
	uint32_t sizes, ctrl;
	unsigned int i, nr;

	if (!cap)
		return;
	nr = REBAR_COUNT(pci_read_long(dev, cap->addr + 8));
	for (i = 0; i < nr && i < FN_BARS; i++) {
		sizes = pci_read_long(dev, cap->addr + 4 + 8 * i);
		ctrl = pci_read_long(dev, cap->addr + 8 + 8 * i);
		if (REBAR_INDEX(ctrl) < FN_BARS)
			fn->rebar_max[REBAR_INDEX(ctrl)] = rebar_largest(sizes);
	}
}

static void read_config(struct pci_dev *dev, struct fn *fn)
{
	struct pci_cap *cap;
	uint8_t byte;

	fn->pcie_type = -1;
	fn->command = pci_read_word(dev, PCI_COMMAND);
	fn->header = pci_read_byte(dev, PCI_HEADER_TYPE) & 0x7f;
	/* Unprivileged readers get the first 64 bytes. */
	fn->config_known = pci_read_block(dev, 64, &byte, 1);
	cap = pci_find_cap(dev, PCI_CAP_ID_EXP, PCI_CAP_NORMAL);
	if (cap)
		fn->pcie_type = pci_read_word(dev, cap->addr + PCI_EXP_FLAGS) >>
				4 & 0xf;
	read_acs(dev, fn);
	read_msix(dev, fn);
	read_rebar(dev, fn);
}

static void read_fn(struct pci_access *access, struct pci_dev *dev,
		    struct fn *fn)
{
	pci_fill_info(dev, PCI_FILL_IDENT | PCI_FILL_CLASS | PCI_FILL_BASES |
		      PCI_FILL_SIZES | PCI_FILL_IO_FLAGS | PCI_FILL_CAPS |
		      PCI_FILL_EXT_CAPS);
	fn->address.domain = dev->domain;
	fn->address.bus = dev->bus;
	fn->address.device = dev->dev;
	fn->address.function = dev->func;
	fn->vendor = dev->vendor_id;
	fn->device = dev->device_id;
	fn->class = dev->device_class;
	pci_lookup_name(access, fn->name, sizeof(fn->name),
			PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE, dev->vendor_id,
			dev->device_id);
	read_bars(dev, fn);
	read_config(dev, fn);
}

struct fn *fabric_scan(int *nr)
{
	struct pci_access *access = scan_open();
	struct pci_dev *dev;
	struct fn *fns;

	pci_scan_bus(access);
	*nr = 0;
	for (dev = access->devices; dev; dev = dev->next)
		++*nr;
	fns = calloc(*nr + 1, sizeof(*fns));
	if (!fns)
		args_fail("out of memory");
	*nr = 0;
	for (dev = access->devices; dev; dev = dev->next)
		read_fn(access, dev, &fns[(*nr)++]);
	pci_cleanup(access);
	return fns;
}

bool fn_redirects(const struct fn *fn)
{
	return fn->acs_cap && fn->acs_ctrl & ACS_REDIRECT;
}
