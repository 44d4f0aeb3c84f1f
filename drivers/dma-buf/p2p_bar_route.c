// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes: how an importer's DMA reaches a BAR, or why it does not.
 *
 * Facts are collected first (struct p2p_bar_topology), then judged by
 * p2p_bar_route_decide(), which touches no hardware. A verdict never falls
 * back: where the better way is blocked and the other one is not known to work,
 * the answer is P2P_BAR_ROUTE_NONE.
 *
 * The rules, and the hosts on the allow-list, are those of the kernel's own
 * drivers/pci/p2pdma.c, which distribution kernels are often built without:
 *
 * - A bridge above both devices turns a request round, unless ACS on the way
 *   sends it upstream (PCIe base specification, "Access Control Services").
 * - Past the common bridge the request goes through the root complex. Nothing
 *   in PCIe makes a root complex forward between its ports, hence the list.
 */
#include <linux/atomic.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <asm/cpufeature.h>

#include "p2p_bar_priv.h"

static const char * const p2p_bar_host_policies[] = {
	[P2P_BAR_HOST_ALLOWLIST] = "allowlist",
	[P2P_BAR_HOST_ALWAYS] = "always",
	[P2P_BAR_HOST_NEVER] = "never",
};

static enum p2p_bar_host_policy p2p_bar_host_policy;

/* Counts changes of the policy, so that a cached verdict can be told stale. */
static atomic_t p2p_bar_policy_epoch = ATOMIC_INIT(0);

static int p2p_bar_host_policy_set(const char *val,
				   const struct kernel_param *kp)
{
	int policy = sysfs_match_string(p2p_bar_host_policies, val);

	if (policy < 0)
		return policy;
	WRITE_ONCE(p2p_bar_host_policy, policy);
	atomic_inc(&p2p_bar_policy_epoch);
	return 0;
}

static int p2p_bar_host_policy_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n",
			  p2p_bar_host_policies[READ_ONCE(p2p_bar_host_policy)]);
}

static const struct kernel_param_ops p2p_bar_host_policy_ops = {
	.set = p2p_bar_host_policy_set,
	.get = p2p_bar_host_policy_get,
};

module_param_cb(host_bridge, &p2p_bar_host_policy_ops, NULL, 0644);
MODULE_PARM_DESC(host_bridge, "Routes through the root complex: allowlist (known hardware only, the default), always, never. Holds for mappings made from now on.");

/**
 * p2p_bar_route_epoch() - number of policy changes so far
 *
 * Return: a count; a verdict found under another count must be found again.
 */
unsigned int p2p_bar_route_epoch(void)
{
	return atomic_read(&p2p_bar_policy_epoch);
}

#ifdef CONFIG_X86
/* AMD guarantees forwarding between all root ports from Zen on. */
static bool p2p_bar_cpu_forwards(void)
{
	return boot_cpu_data.x86_vendor == X86_VENDOR_AMD &&
	       boot_cpu_data.x86 >= 0x17;
}
#else
static bool p2p_bar_cpu_forwards(void)
{
	return false;
}
#endif

/* Host bridges that forward; some only between the ports of one bridge. */
static const struct p2p_bar_listed_host {
	u16 vendor;
	u16 device;
	bool same_host_only;
} p2p_bar_listed_hosts[] = {
	/* Xeon E5 and Core i7 (Sandy Bridge-E) */
	{ PCI_VENDOR_ID_INTEL, 0x3c00, true },
	{ PCI_VENDOR_ID_INTEL, 0x3c01, true },
	/* Xeon E5 v3 and E7 v3 (Haswell-E) */
	{ PCI_VENDOR_ID_INTEL, 0x2f00, true },
	{ PCI_VENDOR_ID_INTEL, 0x2f01, true },
	/* Xeon Scalable, first and second generation: root ports A to D, DMI */
	{ PCI_VENDOR_ID_INTEL, 0x2020, false },
	{ PCI_VENDOR_ID_INTEL, 0x2030, false },
	{ PCI_VENDOR_ID_INTEL, 0x2031, false },
	{ PCI_VENDOR_ID_INTEL, 0x2032, false },
	{ PCI_VENDOR_ID_INTEL, 0x2033, false },
	/* Xeon Scalable, third generation and later */
	{ PCI_VENDOR_ID_INTEL, 0x09a2, false },
};

static const struct p2p_bar_listed_host *
p2p_bar_host_lookup(const struct p2p_bar_host *host)
{
	size_t i;

	if (!host->known)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(p2p_bar_listed_hosts); i++) {
		if (host->vendor == p2p_bar_listed_hosts[i].vendor &&
		    host->device == p2p_bar_listed_hosts[i].device)
			return &p2p_bar_listed_hosts[i];
	}
	return NULL;
}

static void p2p_bar_route_refuse(struct p2p_bar_route *route,
				 enum p2p_bar_route_reason reason,
				 const struct p2p_bar_host *host)
{
	route->type = P2P_BAR_ROUTE_NONE;
	route->reason = reason;
	/* ACS is the obstacle an administrator can remove: it stays named. */
	if (!route->redirected && host) {
		route->has_blocker = host->known;
		route->blocker = host->id;
	}
}

static void p2p_bar_route_listed(const struct p2p_bar_topology *topo,
				 struct p2p_bar_route *route)
{
	const struct p2p_bar_host *hosts[] = {
		&topo->exporter_host, &topo->importer_host,
	};
	const struct p2p_bar_listed_host *listed;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hosts); i++) {
		listed = p2p_bar_host_lookup(hosts[i]);
		if (!listed) {
			p2p_bar_route_refuse(route,
					     P2P_BAR_REASON_HOST_UNLISTED,
					     hosts[i]);
			return;
		}
		if (listed->same_host_only && !topo->same_host) {
			p2p_bar_route_refuse(route, P2P_BAR_REASON_HOST_FAR,
					     hosts[i]);
			return;
		}
	}
	route->type = P2P_BAR_ROUTE_HOST;
	route->reason = P2P_BAR_REASON_HOST_LISTED;
}

static void p2p_bar_route_host(const struct p2p_bar_topology *topo,
			       struct p2p_bar_route *route)
{
	if (topo->policy == P2P_BAR_HOST_NEVER) {
		p2p_bar_route_refuse(route, P2P_BAR_REASON_HOST_NEVER,
				     &topo->exporter_host);
		return;
	}
	route->type = P2P_BAR_ROUTE_HOST;
	if (topo->cpu_forwards)
		route->reason = P2P_BAR_REASON_HOST_CPU;
	else if (topo->policy == P2P_BAR_HOST_ALWAYS)
		route->reason = P2P_BAR_REASON_HOST_OVERRIDE;
	else
		p2p_bar_route_listed(topo, route);
}

/* Steps from the two devices to the first function above (or at) both. */
static bool p2p_bar_route_common(const struct p2p_bar_topology *topo,
				 unsigned int *up, unsigned int *down)
{
	const struct p2p_bar_chain *a = &topo->exporter;
	const struct p2p_bar_chain *b = &topo->importer;

	for (*up = 0; *up < a->nr; (*up)++) {
		for (*down = 0; *down < b->nr; (*down)++) {
			if (a->hops[*up].id == b->hops[*down].id)
				return true;
		}
	}
	return false;
}

static bool p2p_bar_route_redirect(const struct p2p_bar_chain *chain,
				   unsigned int nr, struct p2p_bar_route *route)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (!chain->hops[i].redirect)
			continue;
		route->has_blocker = true;
		route->redirected = true;
		route->blocker = chain->hops[i].id;
		return true;
	}
	return false;
}

/**
 * p2p_bar_route_decide() - judge a pair of devices
 * @topo: The facts.
 * @route: Receives the verdict.
 *
 * Pure: depends on @topo alone.
 */
void p2p_bar_route_decide(const struct p2p_bar_topology *topo,
			  struct p2p_bar_route *route)
{
	unsigned int up, down;

	memset(route, 0, sizeof(*route));
	if (topo->exporter.too_deep || topo->importer.too_deep) {
		p2p_bar_route_refuse(route, P2P_BAR_REASON_TOO_DEEP, NULL);
		return;
	}

	if (!p2p_bar_route_common(topo, &up, &down)) {
		route->distance = topo->exporter.nr + topo->importer.nr;
		p2p_bar_route_host(topo, route);
		return;
	}

	route->distance = up + down;
	/* The common function is on the exporter's part of the way. */
	if (p2p_bar_route_redirect(&topo->exporter, up + 1, route) ||
	    p2p_bar_route_redirect(&topo->importer, down, route)) {
		p2p_bar_route_host(topo, route);
		return;
	}
	route->type = P2P_BAR_ROUTE_BUS;
	route->reason = route->distance ? P2P_BAR_REASON_COMMON_BRIDGE :
					  P2P_BAR_REASON_SAME_FUNCTION;
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_route_decide, "P2P_BAR_PRIV");

static u64 p2p_bar_hop_id(struct pci_dev *pdev)
{
	return (u64)pci_domain_nr(pdev->bus) << 16 | pci_dev_id(pdev);
}

static bool p2p_bar_hop_redirects(struct pci_dev *pdev)
{
	u16 ctrl = 0;
	int pos = pdev->acs_cap;

	if (!pos)
		return false;
	pci_read_config_word(pdev, pos + PCI_ACS_CTRL, &ctrl);
	return ctrl & (PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_EC);
}

static void p2p_bar_chain_collect(struct pci_dev *pdev,
				  struct p2p_bar_chain *chain)
{
	chain->nr = 0;
	/* Each function keeps its upstream bridge, so @pdev keeps them all. */
	for (; pdev; pdev = pci_upstream_bridge(pdev)) {
		if (chain->nr == P2P_BAR_MAX_HOPS) {
			chain->too_deep = true;
			return;
		}
		chain->hops[chain->nr].id = p2p_bar_hop_id(pdev);
		chain->hops[chain->nr].redirect = p2p_bar_hop_redirects(pdev);
		chain->nr++;
	}
}

/*
 * The allow-list names a host bridge by the first function on its root bus,
 * which must be devfn 00.0 or a root port.
 */
static int p2p_bar_host_first(struct pci_dev *pdev, void *arg)
{
	struct p2p_bar_host *host = arg;

	host->known = pdev->devfn == PCI_DEVFN(0, 0) ||
		      (pci_is_pcie(pdev) &&
		       pci_pcie_type(pdev) == PCI_EXP_TYPE_ROOT_PORT);
	host->id = p2p_bar_hop_id(pdev);
	host->vendor = pdev->vendor;
	host->device = pdev->device;
	return 1;	/* the first one only */
}

static void p2p_bar_topology_collect(struct pci_dev *exporter,
				     struct pci_dev *importer,
				     struct p2p_bar_topology *topo)
{
	struct pci_host_bridge *a = pci_find_host_bridge(exporter->bus);
	struct pci_host_bridge *b = pci_find_host_bridge(importer->bus);

	memset(topo, 0, sizeof(*topo));
	p2p_bar_chain_collect(exporter, &topo->exporter);
	p2p_bar_chain_collect(importer, &topo->importer);
	pci_walk_bus(a->bus, p2p_bar_host_first, &topo->exporter_host);
	pci_walk_bus(b->bus, p2p_bar_host_first, &topo->importer_host);
	topo->same_host = a == b;
	topo->cpu_forwards = p2p_bar_cpu_forwards();
	topo->policy = READ_ONCE(p2p_bar_host_policy);
}

/**
 * p2p_bar_route_ancestor() - the PCI function that does a device's DMA
 * @dev: A device, or NULL. One that is not PCI itself acts through the PCI
 *	device above it.
 *
 * Return: the function, which @dev keeps alive, or NULL.
 */
struct pci_dev *p2p_bar_route_ancestor(struct device *dev)
{
	while (dev && !dev_is_pci(dev))
		dev = dev->parent;
	return dev ? to_pci_dev(dev) : NULL;
}

/**
 * p2p_bar_route_query() - find the route from an importer to an exporter's BARs
 * @exporter: The function whose BARs are the target.
 * @importer: The device that does the DMA; need not be PCI.
 * @route: Receives the verdict.
 *
 * Nothing has to be registered or attached. The verdict holds until the
 * host_bridge parameter or ACS control changes. The caller holds references to
 * both devices. May sleep.
 */
void p2p_bar_route_query(struct pci_dev *exporter, struct device *importer,
			 struct p2p_bar_route *route)
{
	struct pci_dev *pdev = p2p_bar_route_ancestor(importer);
	struct p2p_bar_topology topo;

	if (!pdev) {
		memset(route, 0, sizeof(*route));
		route->reason = P2P_BAR_REASON_NOT_PCI;
		return;
	}
	p2p_bar_topology_collect(exporter, pdev, &topo);
	p2p_bar_route_decide(&topo, route);
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_route_query, "P2P_BAR");

/**
 * p2p_bar_route_name() - short name of a route type
 * @type: The type.
 *
 * Return: "none", "bus" or "host".
 */
const char *p2p_bar_route_name(enum p2p_bar_route_type type)
{
	static const char * const names[] = {
		[P2P_BAR_ROUTE_NONE] = "none",
		[P2P_BAR_ROUTE_BUS] = "bus",
		[P2P_BAR_ROUTE_HOST] = "host",
	};

	return names[type];
}

static const char *p2p_bar_reason_text(enum p2p_bar_route_reason reason)
{
	static const char * const texts[] = {
		[P2P_BAR_REASON_SAME_FUNCTION] = "same function",
		[P2P_BAR_REASON_COMMON_BRIDGE] = "common bridge",
		[P2P_BAR_REASON_HOST_CPU] = "the CPU's root complex forwards",
		[P2P_BAR_REASON_HOST_LISTED] = "host bridge on the allow-list",
		[P2P_BAR_REASON_HOST_OVERRIDE] = "host_bridge=always",
		[P2P_BAR_REASON_NOT_PCI] = "importer is not below a PCI device",
		[P2P_BAR_REASON_HOST_UNLISTED] =
			"host bridge not on the allow-list (p2p_bar_exporter.host_bridge=always overrides)",
		[P2P_BAR_REASON_HOST_FAR] =
			"host bridge forwards between its own ports only",
		[P2P_BAR_REASON_HOST_NEVER] = "host_bridge=never",
		[P2P_BAR_REASON_TOO_DEEP] = "too many bridges",
	};

	return texts[reason];
}

/**
 * p2p_bar_route_explain() - a verdict's reason in words
 * @route: The verdict.
 * @buf: Receives the text, without a line feed.
 * @size: Of @buf; 160 is enough.
 */
void p2p_bar_route_explain(const struct p2p_bar_route *route, char *buf,
			   size_t size)
{
	const char *text = p2p_bar_reason_text(route->reason);
	u64 domain = route->blocker >> 16;
	u16 id = route->blocker;

	if (!route->has_blocker) {
		strscpy(buf, text, size);
		return;
	}
	scnprintf(buf, size, "%s; %s %04llx:%02x:%02x.%d", text,
		  route->redirected ? "ACS redirect on" : "at", domain,
		  PCI_BUS_NUM(id), PCI_SLOT(id), PCI_FUNC(id));
}
EXPORT_SYMBOL_NS_GPL(p2p_bar_route_explain, "P2P_BAR_PRIV");
