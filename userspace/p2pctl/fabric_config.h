/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From libpci's list of functions to ours.
 */
#ifndef P2PCTL_FABRIC_CONFIG_H
#define P2PCTL_FABRIC_CONFIG_H

#include "fabric.h"

/* PCIe port types (PCI Express Capabilities Register). */
enum {
	FN_PCIE_ENDPOINT	= 0,
	FN_PCIE_LEGACY		= 1,
	FN_PCIE_ROOT_PORT	= 4,
	FN_PCIE_UPSTREAM	= 5,
	FN_PCIE_DOWNSTREAM	= 6,
	FN_PCIE_TO_PCI		= 7,
	FN_PCIE_FROM_PCI	= 8,
	FN_PCIE_INTEGRATED	= 9,
	FN_PCIE_EVENTS		= 10,
};

/* What can be read of all functions: *@nr of them, in no order. */
struct fn *fabric_scan(int *nr);

#endif
