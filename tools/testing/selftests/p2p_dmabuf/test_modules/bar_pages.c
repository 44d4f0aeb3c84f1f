// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2p-bar-pages: gives a BAR page structures, as drivers do that publish peer-
 * to-peer memory by PCI_P2PDMA. For measuring what that takes: the parameter
 * setup_ns says how long the last probe spent on it; the memory is what the
 * machine has less while the driver is bound.
 *
 * Without an id table: a device is bound by its driver_override.
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pci-p2pdma.h>

static uint pages_bar = 2;
module_param_named(bar, pages_bar, uint, 0644);
MODULE_PARM_DESC(bar, "which BAR (default 2)");

static ulong pages_bytes;
module_param_named(bytes, pages_bytes, ulong, 0644);
MODULE_PARM_DESC(bytes, "how much of it, from its beginning; 0: all (default)");

static ulong pages_setup_ns;
module_param_named(setup_ns, pages_setup_ns, ulong, 0444);
MODULE_PARM_DESC(setup_ns, "how long the last one took");

static int pages_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	u64 start;
	int err = pcim_enable_device(pdev);

	if (err)
		return err;
	start = ktime_get_ns();
	err = pci_p2pdma_add_resource(pdev, pages_bar, pages_bytes, 0);
	pages_setup_ns = ktime_get_ns() - start;
	return err;
}

/* What was added goes with the device's managed resources. */
static struct pci_driver pages_driver = {
	.name = "p2p-bar-pages",
	.probe = pages_probe,
};
module_pci_driver(pages_driver);

MODULE_DESCRIPTION("A BAR with page structures, for measuring");
MODULE_LICENSE("GPL");
