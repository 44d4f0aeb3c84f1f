// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/p2p_dmabuf: the calls that are not VFIO's.
 *
 * The device gives nothing away: what a call needs is shown by a mapping of the
 * caller's own, or by a descriptor. So everybody may open it, and nothing is
 * kept from one call to the next.
 *
 * A call works on a copy of the user's structure, which goes back as a whole
 * where there is an answer; only when that has succeeded a new descriptor is
 * published.
 */
#include <linux/dma-buf.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "p2p_bar_priv.h"

union p2p_bar_ask {
	u32 size;
	struct p2p_dmabuf_export_vma export_vma;
	struct p2p_dmabuf_route route;
	struct p2p_dmabuf_info info;
	struct p2p_dmabuf_event event;
	struct p2p_dmabuf_revoke revoke;
	struct p2p_dmabuf_caching caching;
};

/* A descriptor that is to be published, or @fd is negative. */
struct p2p_bar_reply {
	int fd;
	struct dma_buf *dmabuf;
};

/* The buffer of a descriptor, with a reference to its file. */
static struct p2p_bar_buffer *p2p_bar_buffer_get(int fd)
{
	struct dma_buf *dmabuf = dma_buf_get(fd);
	struct p2p_bar_buffer *buf;

	if (IS_ERR(dmabuf))
		return ERR_CAST(dmabuf);
	buf = p2p_bar_buffer_of(dmabuf);
	if (buf)
		return buf;
	dma_buf_put(dmabuf);
	return ERR_PTR(-EINVAL);
}

static void p2p_bar_buffer_put(struct p2p_bar_buffer *buf)
{
	dma_buf_put(buf->dmabuf);
}

/* ---- export ---- */

static int p2p_bar_ioctl_export_vma(union p2p_bar_ask *ask,
				    struct p2p_bar_reply *reply)
{
	struct p2p_dmabuf_export_vma *export = &ask->export_vma;
	struct dma_buf *dmabuf;
	int fd;

	if (export->flags || export->open_flags & ~(O_ACCMODE | O_CLOEXEC) ||
	    (export->open_flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	fd = get_unused_fd_flags(export->open_flags & O_CLOEXEC);
	if (fd < 0)
		return fd;
	dmabuf = p2p_bar_get_user(export->address, export->length,
				  export->open_flags, &export->offset);
	if (IS_ERR(dmabuf)) {
		put_unused_fd(fd);
		return PTR_ERR(dmabuf);
	}
	export->fd = fd;
	reply->fd = fd;
	reply->dmabuf = dmabuf;
	return 0;
}

/* ---- routes ---- */

static struct pci_dev *p2p_bar_function_get(const struct p2p_dmabuf_pci *address)
{
	struct pci_dev *pdev;

	if (address->reserved)
		return ERR_PTR(-EINVAL);
	pdev = address->domain > INT_MAX ? NULL :
	       pci_get_domain_bus_and_slot(address->domain, address->bus,
					   address->devfn);
	return pdev ?: ERR_PTR(-ENODEV);
}

/* With a reference. */
static struct pci_dev *p2p_bar_route_exporter(const struct p2p_dmabuf_route *ask)
{
	struct p2p_bar_buffer *buf;
	struct pci_dev *pdev;

	if (!(ask->flags & P2P_DMABUF_ROUTE_OF_FD))
		return ask->fd ? ERR_PTR(-EINVAL) :
				 p2p_bar_function_get(&ask->exporter);
	if (ask->exporter.domain || ask->exporter.bus || ask->exporter.devfn ||
	    ask->exporter.reserved)
		return ERR_PTR(-EINVAL);
	buf = p2p_bar_buffer_get(ask->fd);
	if (IS_ERR(buf))
		return ERR_CAST(buf);
	pdev = pci_dev_get(buf->provider->pdev);
	p2p_bar_buffer_put(buf);
	return pdev;
}

static int p2p_bar_ioctl_route(union p2p_bar_ask *ask,
			       struct p2p_bar_reply *reply)
{
	struct pci_dev *exporter, *importer;
	struct p2p_bar_route route;
	int ret = 0;

	if (ask->route.flags & ~P2P_DMABUF_ROUTE_OF_FD || ask->route.reserved)
		return -EINVAL;
	exporter = p2p_bar_route_exporter(&ask->route);
	if (IS_ERR(exporter))
		return PTR_ERR(exporter);
	importer = p2p_bar_function_get(&ask->route.importer);
	if (IS_ERR(importer)) {
		ret = PTR_ERR(importer);
		goto out_put_exporter;
	}
	p2p_bar_route_query(exporter, &importer->dev, &route);
	p2p_bar_info_route(&route, p2p_bar_mapping_translated(&importer->dev),
			   &ask->route.route);
	pci_dev_put(importer);
out_put_exporter:
	pci_dev_put(exporter);
	return ret;
}

/* ---- one buffer ---- */

static int p2p_bar_ioctl_info(union p2p_bar_ask *ask,
			      struct p2p_bar_reply *reply)
{
	struct p2p_bar_buffer *buf;
	int ret;

	if (ask->info.flags || ask->info.reserved)
		return -EINVAL;
	buf = p2p_bar_buffer_get(ask->info.fd);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	ret = p2p_bar_info(buf, &ask->info);
	p2p_bar_buffer_put(buf);
	return ret;
}

static int p2p_bar_ioctl_event(union p2p_bar_ask *ask,
			       struct p2p_bar_reply *reply)
{
	struct p2p_dmabuf_event *event = &ask->event;
	struct p2p_bar_buffer *buf;
	int ret;

	if (event->flags & ~P2P_DMABUF_EVENT_REMOVE)
		return -EINVAL;
	buf = p2p_bar_buffer_get(event->fd);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	if (!event->flags)
		ret = p2p_bar_event_add(buf, event);
	else if (event->mask)
		ret = -EINVAL;
	else
		ret = p2p_bar_event_remove(buf, event->eventfd);
	p2p_bar_buffer_put(buf);
	return ret;
}

/* Whether a descriptor shows that the caller owns the buffer's device. */
static int p2p_bar_check_owner(struct p2p_bar_buffer *buf, int fd)
{
	struct file *file = fget(fd);
	bool owns;

	if (!file)
		return -EBADF;
	owns = p2p_bar_owner_has_file(buf->owner, file);
	fput(file);
	return owns ? 0 : -EPERM;
}

static int p2p_bar_ioctl_revoke(union p2p_bar_ask *ask,
				struct p2p_bar_reply *reply)
{
	struct p2p_bar_buffer *buf;
	int ret;

	if (ask->revoke.flags)
		return -EINVAL;
	buf = p2p_bar_buffer_get(ask->revoke.fd);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	ret = p2p_bar_check_owner(buf, ask->revoke.device_fd);
	if (!ret)
		ret = p2p_bar_revoke_retire_one(buf);
	p2p_bar_buffer_put(buf);
	return ret;
}

static int p2p_bar_ioctl_caching(union p2p_bar_ask *ask,
				 struct p2p_bar_reply *reply)
{
	struct p2p_bar_buffer *buf;

	if (ask->caching.flags ||
	    ask->caching.caching > P2P_DMABUF_CACHING_WRITE_COMBINING)
		return -EINVAL;
	buf = p2p_bar_buffer_get(ask->caching.fd);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	WRITE_ONCE(buf->write_combining,
		   ask->caching.caching == P2P_DMABUF_CACHING_WRITE_COMBINING);
	p2p_bar_buffer_put(buf);
	return 0;
}

/* ---- the device ---- */

/* The longest structure a caller may come with. */
#define P2P_BAR_MAX_SIZE	PAGE_SIZE

struct p2p_bar_call {
	size_t min;	/* bytes of the call's first version */
	size_t size;
	bool answers;	/* in its structure */
	int (*run)(union p2p_bar_ask *ask, struct p2p_bar_reply *reply);
};

#define P2P_BAR_CALL(command, name, last, gives)			\
	[_IOC_NR(command)] = {						\
		.min = offsetofend(typeof(((union p2p_bar_ask *)0)->name), last), \
		.size = sizeof(((union p2p_bar_ask *)0)->name),		\
		.answers = gives,					\
		.run = p2p_bar_ioctl_##name,				\
	}

static const struct p2p_bar_call p2p_bar_calls[] = {
	P2P_BAR_CALL(P2P_DMABUF_EXPORT_VMA, export_vma, offset, true),
	P2P_BAR_CALL(P2P_DMABUF_ROUTE, route, route, true),
	P2P_BAR_CALL(P2P_DMABUF_INFO, info, importers, true),
	P2P_BAR_CALL(P2P_DMABUF_EVENT, event, events, true),
	P2P_BAR_CALL(P2P_DMABUF_REVOKE, revoke, device_fd, false),
	P2P_BAR_CALL(P2P_DMABUF_CACHING, caching, caching, false),
};

static const struct p2p_bar_call *p2p_bar_call_find(unsigned int command)
{
	if (_IOC_NR(command) >= ARRAY_SIZE(p2p_bar_calls) ||
	    command != _IO(P2P_DMABUF_TYPE, _IOC_NR(command)))
		return NULL;
	return &p2p_bar_calls[_IOC_NR(command)];
}

/* The user's structure comes back, and then there is the descriptor, or nothing. */
static int p2p_bar_reply(const struct p2p_bar_reply *reply, void __user *to,
			 const void *from, size_t size)
{
	if (!copy_to_user(to, from, size)) {
		if (reply->fd >= 0)
			/* consumes the reference */
			fd_install(reply->fd, reply->dmabuf->file);
		return 0;
	}
	if (reply->fd >= 0) {
		put_unused_fd(reply->fd);
		dma_buf_put(reply->dmabuf);
	}
	return -EFAULT;
}

static long p2p_bar_ioctl(struct file *file, unsigned int command,
			  unsigned long arg)
{
	const struct p2p_bar_call *call = p2p_bar_call_find(command);
	struct p2p_bar_reply reply = { .fd = -1 };
	void __user *user = (void __user *)arg;
	union p2p_bar_ask ask = {};
	u32 size;
	int ret;

	if (!call)
		return -ENOTTY;
	if (get_user(size, (u32 __user *)user))
		return -EFAULT;
	if (size < call->min)
		return -EINVAL;
	if (size > P2P_BAR_MAX_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&ask, call->size, user, size);
	if (ret)
		return ret;
	/* It may have changed meanwhile; nobody reads it again. */
	ask.size = size;
	size = min_t(size_t, size, call->size);
	/* So that nothing is done for who cannot be answered. */
	if (call->answers && copy_to_user(user, &ask, size))
		return -EFAULT;
	ret = call->run(&ask, &reply);
	if (ret || !call->answers)
		return ret;
	return p2p_bar_reply(&reply, user, &ask, size);
}

static const struct file_operations p2p_bar_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.unlocked_ioctl = p2p_bar_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

struct miscdevice p2p_bar_miscdev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "p2p_dmabuf",
	.fops = &p2p_bar_fops,
	.mode = 0444,
};
