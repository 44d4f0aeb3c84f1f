// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2p-route-oracle: what the kernel's own PCI_P2PDMA says of every pair of PCI
 * functions, and what p2p-bar-exporter does. In debugfs, p2p_route_oracle:
 *
 *   <exporter> <importer> <theirs> <ours> <distance theirs> <distance ours>
 *
 * with "yes" or "no" for whether there is a route; where there is none the
 * distances are -1.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/p2p_bar.h>
#include <linux/pci.h>
#include <linux/pci-p2pdma.h>
#include <linux/seq_file.h>

static struct dentry *oracle_file;

static const char *oracle_word(int distance)
{
	return distance < 0 ? "no" : "yes";
}

static void oracle_pair(struct seq_file *m, struct pci_dev *exporter,
			struct pci_dev *importer)
{
	struct device *client = &importer->dev;
	struct p2p_bar_route route;
	int theirs, ours;

	theirs = pci_p2pdma_distance_many(exporter, &client, 1, false);
	p2p_bar_route_query(exporter, client, &route);
	ours = route.type == P2P_BAR_ROUTE_NONE ? -1 : route.distance;
	seq_printf(m, "%s %s %s %s %d %d\n", pci_name(exporter),
		   pci_name(importer), oracle_word(theirs), oracle_word(ours),
		   theirs, ours);
}

static int oracle_show(struct seq_file *m, void *unused)
{
	struct pci_dev *exporter = NULL, *importer;

	for_each_pci_dev(exporter) {
		importer = NULL;
		for_each_pci_dev(importer)
			oracle_pair(m, exporter, importer);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(oracle);

static int __init oracle_init(void)
{
	oracle_file = debugfs_create_file("p2p_route_oracle", 0400, NULL, NULL,
					  &oracle_fops);
	return PTR_ERR_OR_ZERO(oracle_file);
}

static void __exit oracle_exit(void)
{
	debugfs_remove(oracle_file);
}

module_init(oracle_init);
module_exit(oracle_exit);

MODULE_DESCRIPTION("Compares p2p-bar-exporter's routes with PCI_P2PDMA's");
MODULE_LICENSE("GPL");
/* As MODULE_IMPORT_NS() makes it of a token (before 6.13) or a string. */
MODULE_INFO(import_ns, "P2P_BAR");
