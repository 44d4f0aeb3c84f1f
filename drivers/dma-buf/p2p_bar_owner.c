// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owners: which buffers a driver has made from a function's BARs, and whether
 * these may be mapped at the moment.
 *
 * An owner is *blocked* unless it is open, its device answers memory requests
 * and no revocation is held. @blocked is computed in one place, under the
 * owner's mutex; a map op reads it under its buffer's dma_resv lock. Whoever
 * sets it takes every buffer's dma_resv lock afterwards, so no mapping that was
 * begun before can be missed.
 */
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "p2p_bar_priv.h"

/* Guards the list of owners. Taken before any other lock of this module. */
static DEFINE_MUTEX(p2p_bar_owners_lock);
static LIST_HEAD(p2p_bar_owners);

static void p2p_bar_owner_drop_providers(struct p2p_bar_owner *owner)
{
	int bar;

	for (bar = 0; bar < PCI_STD_NUM_BARS; bar++) {
		if (owner->providers[bar])
			p2p_bar_provider_retire(owner->providers[bar]);
		owner->providers[bar] = NULL;
	}
}

static int p2p_bar_owner_make_providers(struct p2p_bar_owner *owner)
{
	struct p2p_bar_provider *provider;
	int bar;

	for (bar = 0; bar < PCI_STD_NUM_BARS; bar++) {
		if (!(pci_resource_flags(owner->pdev, bar) & IORESOURCE_MEM) ||
		    !pci_resource_len(owner->pdev, bar))
			continue;
		provider = p2p_bar_provider_create(owner->pdev, bar);
		if (IS_ERR(provider)) {
			p2p_bar_owner_drop_providers(owner);
			return PTR_ERR(provider);
		}
		owner->providers[bar] = provider;
	}
	return 0;
}

/**
 * p2p_bar_owner_register() - become the owner of a function's BARs
 * @pdev: The function; the caller is the driver bound to it.
 * @ops: What the owner tells about the device; must stay valid until
 *	p2p_bar_owner_unregister() returns.
 *
 * The owner starts closed: p2p_bar_export() answers ENODEV until
 * p2p_bar_owner_open().
 *
 * Return: the owner or an ERR_PTR() (ENOMEM).
 */
struct p2p_bar_owner *
p2p_bar_owner_register(struct pci_dev *pdev,
		       const struct p2p_bar_owner_ops *ops)
{
	struct p2p_bar_owner *owner;
	int ret;

	owner = kzalloc(sizeof(*owner), GFP_KERNEL);
	if (!owner)
		return ERR_PTR(-ENOMEM);

	kref_init(&owner->ref);
	mutex_init(&owner->lock);
	INIT_LIST_HEAD(&owner->buffers);
	owner->ops = ops;
	owner->blocked = true;
	owner->pdev = pci_dev_get(pdev);
	ret = p2p_bar_owner_make_providers(owner);
	if (ret)
		goto err_put_pdev;

	mutex_lock(&p2p_bar_owners_lock);
	list_add_tail(&owner->node, &p2p_bar_owners);
	mutex_unlock(&p2p_bar_owners_lock);
	return owner;

err_put_pdev:
	pci_dev_put(owner->pdev);
	kfree(owner);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_owner_register, "P2P_BAR");

/**
 * p2p_bar_owner_unregister() - give a function's BARs up
 * @owner: The owner; the caller's reference to it is dropped.
 *
 * Retires what is left, hence waits as p2p_bar_owner_retire() does. Buffers
 * that are still open stay safe to use and answer ENODEV.
 */
void p2p_bar_owner_unregister(struct p2p_bar_owner *owner)
{
	p2p_bar_owner_retire(owner);

	mutex_lock(&p2p_bar_owners_lock);
	list_del_init(&owner->node);
	mutex_unlock(&p2p_bar_owners_lock);

	p2p_bar_owner_drop_providers(owner);
	p2p_bar_owner_put(owner);
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_owner_unregister, "P2P_BAR");

/**
 * p2p_bar_owner_get() - take another reference
 * @owner: An owner the caller holds a reference to, or that cannot be
 *	unregistered meanwhile.
 *
 * Return: @owner.
 */
struct p2p_bar_owner *p2p_bar_owner_get(struct p2p_bar_owner *owner)
{
	kref_get(&owner->ref);
	return owner;
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_owner_get, "P2P_BAR");

static void p2p_bar_owner_release(struct kref *ref)
{
	struct p2p_bar_owner *owner =
		container_of(ref, struct p2p_bar_owner, ref);

	WARN_ON(!list_empty(&owner->buffers));
	pci_dev_put(owner->pdev);
	mutex_destroy(&owner->lock);
	kfree(owner);
}

/**
 * p2p_bar_owner_put() - drop a reference
 * @owner: The owner.
 */
void p2p_bar_owner_put(struct p2p_bar_owner *owner)
{
	kref_put(&owner->ref, p2p_bar_owner_release);
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_owner_put, "P2P_BAR");

/**
 * p2p_bar_owner_update() - find out anew whether the owner is blocked
 * @owner: The owner, with its lock held.
 */
void p2p_bar_owner_update(struct p2p_bar_owner *owner)
{
	lockdep_assert_held(&owner->lock);

	owner->enabled = owner->open && owner->ops->memory_enabled(owner->pdev);
	WRITE_ONCE(owner->blocked, !owner->enabled || owner->holds);
}

/**
 * p2p_bar_owner_open() - allow exports
 * @owner: An owner that is closed.
 *
 * Called when somebody begins to use the device, once it is ready.
 */
void p2p_bar_owner_open(struct p2p_bar_owner *owner)
{
	mutex_lock(&owner->lock);
	owner->open = true;
	p2p_bar_owner_update(owner);
	mutex_unlock(&owner->lock);
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_owner_open, "P2P_BAR");

/**
 * p2p_bar_owner_retire() - end exports and take every buffer back for good
 * @owner: The owner; may be closed already.
 *
 * Waits, without limit, until no importer can reach the BARs. The buffers'
 * importers get ENODEV from now on, and the next p2p_bar_owner_open() starts
 * with no buffer.
 */
void p2p_bar_owner_retire(struct p2p_bar_owner *owner)
{
	struct p2p_bar_buffer *buf, *next;

	mutex_lock(&owner->lock);
	owner->open = false;
	p2p_bar_owner_update(owner);
	mutex_unlock(&owner->lock);

	p2p_bar_revoke_retire(owner);

	mutex_lock(&owner->lock);
	list_for_each_entry_safe(buf, next, &owner->buffers, node)
		list_del_init(&buf->node);
	mutex_unlock(&owner->lock);
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_owner_retire, "P2P_BAR");

/**
 * p2p_bar_owner_add() - put a new buffer under an owner's control
 * @owner: The owner.
 * @buf: The buffer, complete with its dma-buf, not yet known to anybody.
 *
 * Return: 0, or -ENODEV where the owner is closed.
 */
int p2p_bar_owner_add(struct p2p_bar_owner *owner, struct p2p_bar_buffer *buf)
{
	int ret = -ENODEV;

	mutex_lock(&owner->lock);
	if (owner->open) {
		buf->revoked = owner->blocked;
		list_add_tail(&buf->node, &owner->buffers);
		ret = 0;
	}
	mutex_unlock(&owner->lock);
	return ret;
}

/**
 * p2p_bar_owner_remove() - take a buffer out of an owner's control
 * @owner: The owner.
 * @buf: A buffer nobody can use any more; need not be under control.
 */
void p2p_bar_owner_remove(struct p2p_bar_owner *owner,
			  struct p2p_bar_buffer *buf)
{
	mutex_lock(&owner->lock);
	list_del_init(&buf->node);
	mutex_unlock(&owner->lock);
}

/**
 * p2p_bar_owner_next() - walk an owner's buffers, without a lock in between
 * @owner: The owner.
 * @prev: What the last call returned, or NULL to begin. Its reference is
 *	dropped.
 *
 * A buffer being released is left out: it has no importer. Should @prev have
 * been retired meanwhile, the walk ends: whoever retires looks at all buffers
 * by himself.
 *
 * Return: the next buffer, with a reference to its file, or NULL.
 */
struct p2p_bar_buffer *p2p_bar_owner_next(struct p2p_bar_owner *owner,
					  struct p2p_bar_buffer *prev)
{
	struct p2p_bar_buffer *buf, *found = NULL;

	mutex_lock(&owner->lock);
	buf = list_prepare_entry(prev, &owner->buffers, node);
	if (!prev || !list_empty(&prev->node)) {
		list_for_each_entry_continue(buf, &owner->buffers, node) {
			if (get_file_active(&buf->dmabuf->file)) {
				found = buf;
				break;
			}
		}
	}
	mutex_unlock(&owner->lock);

	if (prev)
		dma_buf_put(prev->dmabuf);
	return found;
}

/**
 * p2p_bar_owner_for_each() - call a function for each owner
 * @fn: The function; must not register or unregister owners.
 * @arg: Handed to @fn.
 */
void p2p_bar_owner_for_each(void (*fn)(struct p2p_bar_owner *owner, void *arg),
			    void *arg)
{
	struct p2p_bar_owner *owner;

	mutex_lock(&p2p_bar_owners_lock);
	list_for_each_entry(owner, &p2p_bar_owners, node)
		fn(owner, arg);
	mutex_unlock(&p2p_bar_owners_lock);
}

/**
 * p2p_bar_owner_of_vma() - whose BAR a mapping of user space shows
 * @vma: The mapping, with its mmap lock held.
 * @bar: Receives the number of the BAR.
 * @offset: Receives the byte of it that is at the mapping's start.
 *
 * Return: the owner, with a reference, or NULL. It stays registered as long as
 * the mapping's file is open.
 */
struct p2p_bar_owner *p2p_bar_owner_of_vma(const struct vm_area_struct *vma,
					   int *bar, u64 *offset)
{
	struct p2p_bar_owner *owner, *found = NULL;

	mutex_lock(&p2p_bar_owners_lock);
	list_for_each_entry(owner, &p2p_bar_owners, node) {
		*bar = owner->ops->vma_bar(owner->pdev, vma, offset);
		if (*bar >= 0) {
			found = p2p_bar_owner_get(owner);
			break;
		}
	}
	mutex_unlock(&p2p_bar_owners_lock);
	return found;
}

/**
 * p2p_bar_owner_has_file() - whether a file shows that its holder has the device
 * @owner: The owner; may have been unregistered: then nothing does.
 * @file: Any file.
 *
 * Return: what the owner's driver says.
 */
bool p2p_bar_owner_has_file(struct p2p_bar_owner *owner, struct file *file)
{
	bool has;

	mutex_lock(&p2p_bar_owners_lock);
	has = !list_empty(&owner->node) && owner->ops->owns_file &&
	      owner->ops->owns_file(owner->pdev, file);
	mutex_unlock(&p2p_bar_owners_lock);
	return has;
}

static struct p2p_bar_owner *p2p_bar_owner_find(struct pci_dev *pdev)
{
	struct p2p_bar_owner *owner;

	lockdep_assert_held(&p2p_bar_owners_lock);
	list_for_each_entry(owner, &p2p_bar_owners, node) {
		if (owner->pdev == pdev)
			return owner;
	}
	return NULL;
}

/**
 * p2p_bar_get_range() - a buffer of a range of a BAR
 * @pdev: The function that the BAR is of; referenced by the caller.
 * @bar: 0 to 5.
 * @range: The range.
 *
 * Return: a dma-buf, to be given back with dma_buf_put(), or an ERR_PTR(): ENODEV
 * where nobody has registered as the owner of @pdev's BARs; else as
 * p2p_bar_export().
 */
struct dma_buf *p2p_bar_get_range(struct pci_dev *pdev, int bar,
				  const struct p2p_bar_range *range)
{
	struct dma_buf *dmabuf = ERR_PTR(-ENODEV);
	struct p2p_bar_owner *owner;

	/* So that the owner is not unregistered meanwhile. */
	mutex_lock(&p2p_bar_owners_lock);
	owner = p2p_bar_owner_find(pdev);
	if (owner)
		dmabuf = p2p_bar_export(owner, bar, range, 1,
					O_RDWR | O_CLOEXEC, 0);
	mutex_unlock(&p2p_bar_owners_lock);
	return dmabuf;
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_get_range, "P2P_BAR");
