// SPDX-License-Identifier: GPL-2.0-only
/*
 * Providers: one object for one whole memory BAR.
 *
 * A provider is made when its owner registers and is found by (device, BAR) or
 * by physical address until the owner unregisters. Buffers hold references, so
 * it outlives every buffer made from it; after the owner has gone it is no
 * longer found, and a new owner of the same function makes a new one.
 */
#include <linux/interval_tree_generic.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "p2p_bar_priv.h"

#define P2P_BAR_FIRST(provider) ((provider)->start)
#define P2P_BAR_LAST(provider) ((provider)->last)

INTERVAL_TREE_DEFINE(struct p2p_bar_provider, rb, phys_addr_t, subtree_last,
		     P2P_BAR_FIRST, P2P_BAR_LAST, static, p2p_bar_tree)

/* Guards the tree and the providers' links in it. A leaf: takes no other lock. */
static DEFINE_MUTEX(p2p_bar_registry_lock);
static struct rb_root_cached p2p_bar_registry = RB_ROOT_CACHED;

/**
 * p2p_bar_provider_create() - make and register the provider of a BAR
 * @pdev: The function.
 * @bar: 0 to 5; must be a memory BAR with a size.
 *
 * Return: the provider, with one reference for the caller, or an ERR_PTR().
 */
struct p2p_bar_provider *p2p_bar_provider_create(struct pci_dev *pdev, int bar)
{
	struct p2p_bar_provider *provider;

	provider = kzalloc(sizeof(*provider), GFP_KERNEL);
	if (!provider)
		return ERR_PTR(-ENOMEM);

	kref_init(&provider->ref);
	provider->pdev = pci_dev_get(pdev);
	provider->bar = bar;
	provider->start = pci_resource_start(pdev, bar);
	provider->last = pci_resource_end(pdev, bar);
	provider->bus_start = pci_bus_address(pdev, bar);
	provider->registered = true;

	mutex_lock(&p2p_bar_registry_lock);
	p2p_bar_tree_insert(provider, &p2p_bar_registry);
	mutex_unlock(&p2p_bar_registry_lock);
	return provider;
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_provider_create, "P2P_BAR_PRIV");

/**
 * p2p_bar_provider_retire() - let a provider be found no more
 * @provider: The provider; the caller's reference to it is dropped.
 */
void p2p_bar_provider_retire(struct p2p_bar_provider *provider)
{
	mutex_lock(&p2p_bar_registry_lock);
	p2p_bar_tree_remove(provider, &p2p_bar_registry);
	provider->registered = false;
	mutex_unlock(&p2p_bar_registry_lock);
	p2p_bar_provider_put(provider);
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_provider_retire, "P2P_BAR_PRIV");

/**
 * p2p_bar_provider_ref() - take another reference
 * @provider: A provider the caller holds a reference to.
 *
 * Return: @provider.
 */
struct p2p_bar_provider *p2p_bar_provider_ref(struct p2p_bar_provider *provider)
{
	kref_get(&provider->ref);
	return provider;
}

/**
 * p2p_bar_provider_get() - find a provider by device and BAR
 * @pdev: The function.
 * @bar: 0 to 5.
 *
 * Return: the provider, to be released with p2p_bar_provider_put(), or NULL
 * where no owner of @pdev is registered or @bar is not a memory BAR.
 */
struct p2p_bar_provider *p2p_bar_provider_get(struct pci_dev *pdev, int bar)
{
	struct p2p_bar_provider *provider;

	if (bar < 0 || bar >= PCI_STD_NUM_BARS || !pci_resource_len(pdev, bar))
		return NULL;

	mutex_lock(&p2p_bar_registry_lock);
	provider = p2p_bar_tree_iter_first(&p2p_bar_registry,
					   pci_resource_start(pdev, bar),
					   pci_resource_end(pdev, bar));
	while (provider && (provider->pdev != pdev || provider->bar != bar))
		provider = p2p_bar_tree_iter_next(provider,
						  pci_resource_start(pdev, bar),
						  pci_resource_end(pdev, bar));
	if (provider)
		p2p_bar_provider_ref(provider);
	mutex_unlock(&p2p_bar_registry_lock);
	return provider;
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_provider_get, "P2P_BAR");

/**
 * p2p_bar_provider_find() - find a provider by physical address
 * @start: First byte, as CPU physical address.
 * @length: In bytes, not 0.
 *
 * Return: the provider whose BAR contains all of the range, to be released with
 * p2p_bar_provider_put(), or NULL.
 */
struct p2p_bar_provider *p2p_bar_provider_find(phys_addr_t start, u64 length)
{
	struct p2p_bar_provider *provider;
	phys_addr_t last;

	if (!length || check_add_overflow(start, length - 1, &last))
		return NULL;

	mutex_lock(&p2p_bar_registry_lock);
	provider = p2p_bar_tree_iter_first(&p2p_bar_registry, start, last);
	while (provider && (provider->start > start || provider->last < last))
		provider = p2p_bar_tree_iter_next(provider, start, last);
	if (provider)
		p2p_bar_provider_ref(provider);
	mutex_unlock(&p2p_bar_registry_lock);
	return provider;
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_provider_find, "P2P_BAR");

static void p2p_bar_provider_release(struct kref *ref)
{
	struct p2p_bar_provider *provider =
		container_of(ref, struct p2p_bar_provider, ref);

	WARN_ON(provider->registered);
	pci_dev_put(provider->pdev);
	kfree(provider);
}

/**
 * p2p_bar_provider_put() - drop a reference
 * @provider: The provider.
 */
void p2p_bar_provider_put(struct p2p_bar_provider *provider)
{
	kref_put(&provider->ref, p2p_bar_provider_release);
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_provider_put, "P2P_BAR");
