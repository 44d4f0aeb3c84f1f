// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2p-test-client: a driver that reaches BARs by <linux/p2p_bar.h> alone. It
 * drives no device of its own: it maps for any function, and tells what it got.
 *
 * /dev/p2p_test_client takes one map per open file, by p2p_test_client.h.
 */
#include <linux/dma-buf.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/p2p_bar.h>
#include <linux/pci.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "p2p_test_client.h"

static struct device *client_miscdev_device(void);

struct client {
	struct mutex lock;	/* the map and its device */
	struct p2p_bar_map *map;
	struct pci_dev *pdev;
	atomic_t revoked;
	atomic_t restored;
};

static void client_revoked(void *arg)
{
	struct client *client = arg;

	atomic_inc(&client->revoked);
}

static void client_restored(void *arg)
{
	struct client *client = arg;

	atomic_inc(&client->restored);
}

static const struct p2p_bar_map_ops client_ops = {
	.revoked = client_revoked,
	.restored = client_restored,
};

static struct pci_dev *client_function(u32 address)
{
	return pci_get_domain_bus_and_slot(0, address >> 8, address & 0xff);
}

static struct dma_buf *client_range(const struct p2p_test_client_map *ask)
{
	const struct p2p_bar_range range = { ask->start, ask->length };
	struct pci_dev *exporter = client_function(ask->exporter);
	struct dma_buf *dmabuf;

	if (!exporter)
		return ERR_PTR(-ENODEV);
	dmabuf = p2p_bar_get_range(exporter, ask->bar, &range);
	pci_dev_put(exporter);
	return dmabuf;
}

static struct dma_buf *client_buffer(struct p2p_test_client_map *ask)
{
	if (ask->flags & P2P_TEST_CLIENT_POINTER)
		return p2p_bar_get_user(ask->start, ask->length,
					O_RDWR | O_CLOEXEC, &ask->offset);
	return client_range(ask);
}

static long client_map(struct client *client, struct p2p_test_client_map *ask)
{
	struct dma_buf *dmabuf;
	struct p2p_bar_map *map;

	if (client->map)
		return -EBUSY;
	dmabuf = client_buffer(ask);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	client->pdev = client_function(ask->importer);
	map = client->pdev ? p2p_bar_map(dmabuf, &client->pdev->dev,
					 DMA_BIDIRECTIONAL, &client_ops,
					 client) : ERR_PTR(-ENODEV);
	dma_buf_put(dmabuf);
	if (IS_ERR(map)) {
		pci_dev_put(client->pdev);
		return PTR_ERR(map);
	}
	client->map = map;
	return 0;
}

static void client_unmap(struct client *client)
{
	if (!client->map)
		return;
	p2p_bar_unmap(client->map);
	pci_dev_put(client->pdev);
	client->map = NULL;
}

static void client_look(struct client *client, struct p2p_test_client_map *ask)
{
	const struct sg_table *table = client->map ?
				       p2p_bar_map_table(client->map) : NULL;
	struct scatterlist *sg;
	unsigned int i;

	ask->revoked = atomic_read(&client->revoked);
	ask->restored = atomic_read(&client->restored);
	ask->entries = table ? table->nents : 0;
	ask->bytes = 0;
	if (!table)
		return;
	ask->address = sg_dma_address(table->sgl);
	for_each_sgtable_dma_sg(table, sg, i)
		ask->bytes += sg_dma_len(sg);
}

static long client_call(struct client *client, unsigned int command,
			struct p2p_test_client_map *ask)
{
	switch (command) {
	case P2P_TEST_CLIENT_MAP:
		return client_map(client, ask);
	case P2P_TEST_CLIENT_AGAIN:
		return client->map ? p2p_bar_map_again(client->map) : -EINVAL;
	case P2P_TEST_CLIENT_LOOK:
		return 0;
	default:
		return -ENOTTY;
	}
}

/* ---- another exporter's dma-buf ---- */

static struct sg_table *client_foreign_map(struct dma_buf_attachment *attach,
					   enum dma_data_direction dir)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static void client_foreign_unmap(struct dma_buf_attachment *attach,
				 struct sg_table *sgt,
				 enum dma_data_direction dir)
{
}

static void client_foreign_release(struct dma_buf *dmabuf)
{
}

static const struct dma_buf_ops client_foreign_ops = {
	.map_dma_buf = client_foreign_map,
	.unmap_dma_buf = client_foreign_unmap,
	.release = client_foreign_release,
};

static long client_foreign(void)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dmabuf;
	struct p2p_bar_map *map;
	int fd;

	info.ops = &client_foreign_ops;
	info.size = PAGE_SIZE;
	info.priv = THIS_MODULE;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	/* Not for a device either. */
	map = p2p_bar_map(dmabuf, client_miscdev_device(), DMA_TO_DEVICE,
			  &client_ops, NULL);
	fd = map == ERR_PTR(-EINVAL) ? dma_buf_fd(dmabuf, O_CLOEXEC) : -EBADE;
	if (fd < 0)
		dma_buf_put(dmabuf);
	return fd;
}

/* ---- the device ---- */

static long client_ioctl(struct file *file, unsigned int command,
			 unsigned long arg)
{
	void __user *user = (void __user *)arg;
	struct client *client = file->private_data;
	struct p2p_test_client_map ask;
	long ret;

	if (command == P2P_TEST_CLIENT_FOREIGN)
		return client_foreign();
	if (copy_from_user(&ask, user, sizeof(ask)))
		return -EFAULT;
	mutex_lock(&client->lock);
	ret = client_call(client, command, &ask);
	if (!ret)
		client_look(client, &ask);
	mutex_unlock(&client->lock);
	if (!ret && copy_to_user(user, &ask, sizeof(ask)))
		ret = -EFAULT;
	return ret;
}

static int client_open(struct inode *inode, struct file *file)
{
	struct client *client = kzalloc(sizeof(*client), GFP_KERNEL);

	if (!client)
		return -ENOMEM;
	mutex_init(&client->lock);
	file->private_data = client;
	return 0;
}

static int client_release(struct inode *inode, struct file *file)
{
	struct client *client = file->private_data;

	client_unmap(client);
	kfree(client);
	return 0;
}

static const struct file_operations client_fops = {
	.owner = THIS_MODULE,
	.open = client_open,
	.release = client_release,
	.unlocked_ioctl = client_ioctl,
};

static struct miscdevice client_miscdev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "p2p_test_client",
	.fops = &client_fops,
};
module_misc_device(client_miscdev);

static struct device *client_miscdev_device(void)
{
	return client_miscdev.this_device;
}

MODULE_DESCRIPTION("Reaches PCI BARs by the interface of p2p-bar-exporter");
MODULE_LICENSE("GPL");
/* As MODULE_IMPORT_NS() makes it of a token (before 6.13) or a string. */
MODULE_INFO(import_ns, "P2P_BAR");
MODULE_INFO(import_ns, "DMA_BUF");
