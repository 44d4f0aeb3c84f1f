/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PCI functions of this machine, as a tree.
 */
#ifndef P2PCTL_FABRIC_H
#define P2PCTL_FABRIC_H

#include <stdbool.h>
#include <stdint.h>

#include <p2pdmabuf.h>

#include "args.h"

#define FN_BARS		6
#define FN_DRIVER	64
#define FN_NAME		128
#define FN_NO_GROUP	(-1)

struct fn_bar {
	uint64_t start;
	uint64_t size;
	bool memory;
	bool wide;		/* 64 bit */
	bool prefetch;
};

/* Where the MSI-X table is. */
struct fn_msix {
	int bar;	/* -1 without one */
	uint64_t offset;
	uint64_t size;
};

struct fn {
	struct p2p_address address;
	char text[P2P_ADDRESS_SIZE];
	char name[FN_NAME];
	char driver[FN_DRIVER];		/* "" if there is none */
	uint16_t vendor;
	uint16_t device;
	uint16_t class;
	uint8_t header;			/* type: 0 endpoint, 1 bridge */
	int pcie_type;			/* PCI_EXP_TYPE_*, -1 if it is not PCIe */
	uint16_t command;
	int group;			/* FN_NO_GROUP without an IOMMU */
	struct fn_bar bars[FN_BARS];

	/* Only root sees a whole configuration space. */
	bool config_known;
	int acs_cap;			/* its place, 0 if there is none */
	uint16_t acs_ctrl;
	struct fn_msix msix;
	uint64_t rebar_max[FN_BARS];	/* largest size BARs can be given */

	int parent;			/* index, -1 below a host bridge */
	int host;			/* index in fabric.hosts */
	int depth;
	int first_child;
	int next;			/* sibling; -1 ends */
};

/* A host bridge, named by the root bus below it. */
struct fabric_host {
	uint32_t domain;
	uint8_t bus;
	int first;	/* the function that the allow-list knows it by, or -1 */
	int first_child;
};

struct fabric {
	struct fn *fns;			/* in order of their addresses */
	int nr;
	struct fabric_host *hosts;
	int nr_hosts;
};

/* Ends the program if the kernel shows no PCI at all. */
void fabric_load(struct fabric *fabric);
void fabric_free(struct fabric *fabric);

struct fn *fabric_find(const struct fabric *fabric,
		       const struct p2p_address *address);

/* The same for what the user typed: refuses what is no address or not there. */
struct fn *fabric_find_text(const struct fabric *fabric, const char *text);

/* ACS sends requests past this function's bridge, to the root complex. */
bool fn_redirects(const struct fn *fn);
bool fn_is_bridge(const struct fn *fn);

/* May take part in peer-to-peer: no bridge, nor part of the chipset. */
bool fn_is_peer(const struct fn *fn);

/* "root port", "switch", "endpoint" ... */
const char *fn_kind(const struct fn *fn);

/* Can be exported as far as the BAR itself goes. */
bool fn_bar_usable(const struct fn *fn, int bar);

/* The largest of those, or -1. */
int fn_best_bar(const struct fn *fn);

#endif
