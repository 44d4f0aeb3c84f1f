// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory regions: a stretch of addresses that work requests name by a key, and
 * the pages behind it.
 *
 * Invariant: no access leaves [iova, iova + length) of its region, however many
 * pages the list has.
 */
#include <stdlib.h>
#include <string.h>

#include "nic_private.h"

static struct nic_mr *mr_find(struct nic *nic, uint32_t key)
{
	struct nic_mr *mr = &nic->mrs[key % NIC_MRS];

	return key && mr->key == key ? mr : NULL;
}

static void mr_drop(struct nic *nic, struct nic_mr *mr)
{
	nic->nr_pages -= mr->nr_pages;
	free(mr->pages);
	memset(mr, 0, sizeof(*mr));
}

void mr_reset(struct nic *nic)
{
	size_t i;

	for (i = 0; i < NIC_MRS; i++)
		mr_drop(nic, &nic->mrs[i]);
}

/* --- page lists ------------------------------------------------------------ */

static bool list_direct(struct nic *nic, struct nic_mr *mr,
			const struct efa_buffer *list)
{
	size_t bytes = mr->nr_pages * sizeof(*mr->pages);

	return list->length >= bytes &&
	       nic->ops->read(nic->context, efa_quad(list->address), mr->pages,
			      bytes);
}

/* The next part of the list into the pages from *done. */
static bool list_part(struct nic *nic, struct nic_mr *mr, uint64_t address,
		      uint32_t *done)
{
	uint32_t pages = EFA_LIST_PART / sizeof(*mr->pages);

	if (pages > mr->nr_pages - *done)
		pages = mr->nr_pages - *done;
	if (!nic->ops->read(nic->context, address, &mr->pages[*done],
			    pages * sizeof(*mr->pages)))
		return false;
	*done += pages;
	return true;
}

/* Ends: each chunk has one part at least, and each part one page. */
static bool list_indirect(struct nic *nic, struct nic_mr *mr,
			  const struct efa_buffer *first)
{
	struct efa_buffer at = *first;
	uint64_t chunk[EFA_LIST_PART / sizeof(uint64_t)];
	uint32_t done = 0, parts, i;

	while (done < mr->nr_pages) {
		if (at.length < sizeof(at) + sizeof(chunk[0]) ||
		    at.length > sizeof(chunk) ||
		    !nic->ops->read(nic->context, efa_quad(at.address), chunk,
				    at.length))
			return false;
		parts = (at.length - sizeof(at)) / sizeof(chunk[0]);
		for (i = 0; i < parts && done < mr->nr_pages; i++) {
			if (!list_part(nic, mr, chunk[i], &done))
				return false;
		}
		memcpy(&at, &chunk[parts], sizeof(at));
	}
	return true;
}

static bool list_read(struct nic *nic, struct nic_mr *mr,
		      const struct efa_admin_cmd *cmd)
{
	const struct efa_reg_mr *reg = &cmd->u.reg_mr;
	uint32_t i;

	if (cmd->flags & EFA_ADMIN_CTRL_INDIRECT)
		return list_indirect(nic, mr, &reg->where.list);
	if (cmd->flags & EFA_ADMIN_CTRL_DATA)
		return list_direct(nic, mr, &reg->where.list);
	if (mr->nr_pages > sizeof(reg->where.pages) / sizeof(struct efa_quad))
		return false;
	for (i = 0; i < mr->nr_pages; i++)
		mr->pages[i] = efa_quad(reg->where.pages[i]);
	return true;
}

static bool pages_aligned(const struct nic_mr *mr)
{
	uint64_t all = 0;
	uint32_t i;

	for (i = 0; i < mr->nr_pages; i++)
		all |= mr->pages[i];
	return !(all & ((1ULL << mr->shift) - 1));
}

/* --- registration ---------------------------------------------------------- */

/* 0 if there can be no such region. */
static uint64_t pages_needed(const struct nic_mr *mr)
{
	uint64_t page = 1ULL << mr->shift, begin = mr->iova & (page - 1);

	if (!mr->length || mr->iova + mr->length - 1 < mr->iova ||
	    mr->length > UINT64_MAX - 2 * page)
		return 0;
	return (begin + mr->length + page - 1) >> mr->shift;
}

static struct nic_mr *mr_place(struct nic *nic)
{
	size_t i;

	for (i = 0; i < NIC_MRS; i++) {
		if (!nic->mrs[i].key)
			return &nic->mrs[i];
	}
	return NULL;
}

/* Of 24 bits, never 0, and not soon again the one this place had. */
static uint32_t mr_key(struct nic *nic, const struct nic_mr *mr)
{
	uint32_t place = mr - nic->mrs, turns = (EFA_LKEY + 1) / NIC_MRS;

	return (1 + nic->generation++ % (turns - 1)) * NIC_MRS + place;
}

enum efa_admin_status mr_register(struct nic *nic,
				  const struct efa_admin_cmd *cmd,
				  struct efa_reg_mr_resp *resp)
{
	const struct efa_reg_mr *reg = &cmd->u.reg_mr;
	struct nic_mr *mr = mr_place(nic), new = {
		.pd = reg->pd,
		.access = reg->access,
		.shift = reg->flags & EFA_MR_PAGE_SHIFT,
		.iova = efa_quad(reg->iova),
		.length = efa_quad(reg->length),
	};
	uint64_t pages;

	if (reg->flags & EFA_MR_PHYSICAL || reg->pd >= NIC_PDS ||
	    !nic->pds[reg->pd] || !(NIC_PAGE_SIZES >> new.shift & 1))
		return EFA_ADMIN_ILLEGAL;
	pages = pages_needed(&new);
	if (!pages)
		return EFA_ADMIN_ILLEGAL;
	if (!mr || pages > NIC_MR_PAGES ||
	    pages > NIC_ALL_PAGES - nic->nr_pages)
		return EFA_ADMIN_NO_RESOURCE;
	new.nr_pages = pages;
	new.pages = calloc(pages, sizeof(*new.pages));
	if (!new.pages)
		return EFA_ADMIN_NO_RESOURCE;
	if (!list_read(nic, &new, cmd) || !pages_aligned(&new)) {
		free(new.pages);
		return EFA_ADMIN_ILLEGAL;
	}
	new.key = mr_key(nic, mr);
	nic->nr_pages += pages;
	*mr = new;
	resp->lkey = mr->key;
	resp->rkey = mr->key;
	return EFA_ADMIN_OK;
}

enum efa_admin_status mr_deregister(struct nic *nic, uint32_t key)
{
	struct nic_mr *mr = mr_find(nic, key);

	if (!mr)
		return EFA_ADMIN_ILLEGAL;
	mr_drop(nic, mr);
	return EFA_ADMIN_OK;
}

/* --- access ---------------------------------------------------------------- */

static struct nic_mr *mr_for(struct nic *nic, const struct mr_access *access)
{
	struct nic_mr *mr = mr_find(nic, access->key & EFA_LKEY);
	uint64_t offset;

	if (!mr || mr->pd != access->pd || access->needs & ~mr->access)
		return NULL;
	offset = access->address - mr->iova;
	if (access->address < mr->iova || offset > mr->length ||
	    access->length > mr->length - offset)
		return NULL;
	return mr;
}

enum mr_result mr_check(struct nic *nic, const struct mr_access *access)
{
	return mr_for(nic, access) ? MR_OK : MR_REFUSED;
}

/* Bytes from the address that lie side by side in memory, and where. */
static uint64_t mr_piece(const struct nic_mr *mr, uint64_t address,
			 uint64_t *bus)
{
	uint64_t page = 1ULL << mr->shift;
	uint64_t offset = address - (mr->iova & ~(page - 1));

	*bus = mr->pages[offset >> mr->shift] + (offset & (page - 1));
	return page - (offset & (page - 1));
}

static enum mr_result mr_move(struct nic *nic, const struct mr_access *access,
			      char *to, const char *from)
{
	struct nic_mr *mr = mr_for(nic, access);
	uint32_t done = 0;
	uint64_t piece, bus;
	bool ok;

	if (!mr)
		return MR_REFUSED;
	while (done < access->length) {
		piece = mr_piece(mr, access->address + done, &bus);
		if (piece > access->length - done)
			piece = access->length - done;
		if (to)
			ok = nic->ops->read(nic->context, bus, to + done,
					    piece);
		else
			ok = nic->ops->write(nic->context, bus, from + done,
					     piece);
		if (!ok)
			return MR_FAULT;
		done += piece;
	}
	return MR_OK;
}

enum mr_result mr_read(struct nic *nic, const struct mr_access *access,
		       void *to)
{
	return mr_move(nic, access, to, NULL);
}

enum mr_result mr_write(struct nic *nic, const struct mr_access *access,
			const void *from)
{
	return mr_move(nic, access, NULL, from);
}
