// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2p-test-importer: an NVMe controller as a dma-buf importer whose manners
 * are scripted from user space. For tests only.
 *
 * The driver has no id table: a controller is bound by its driver_override.
 * Unbinding never waits for user space to close anything: it ends all
 * attachments itself, and open files answer ENODEV from then on.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "importer_priv.h"

struct importer_session {
	struct importer *importer;
	struct list_head node;		/* importer->sessions_lock */
	struct xarray attachments;	/* by handle; its own lock */
};

struct workqueue_struct *importer_signal_workqueue;
struct workqueue_struct *importer_unmap_workqueue;

/* ---- importers ---- */

static void importer_release(struct kref *ref)
{
	kfree(container_of(ref, struct importer, ref));
}

static void importer_put(struct importer *importer)
{
	kref_put(&importer->ref, importer_release);
}

/* ---- attachments of a session ---- */

static struct importer_attachment *
importer_session_find(struct importer_session *session, u32 handle)
{
	struct importer_attachment *att;

	xa_lock(&session->attachments);
	att = xa_load(&session->attachments, handle);
	if (att)
		kref_get(&att->ref);
	xa_unlock(&session->attachments);
	return att;
}

static void importer_session_close_all(struct importer_session *session)
{
	struct importer_attachment *att;
	unsigned long handle;

	xa_for_each(&session->attachments, handle, att) {
		xa_erase(&session->attachments, handle);
		importer_attach_close(att);
		importer_attach_put(att);
	}
}

/* ---- ioctls ---- */

/* Every argument that names an attachment starts with its handle. */
union importer_arg {
	u32 handle;
	struct p2p_importer_identify identify;
	struct p2p_importer_attach attach;
	struct p2p_importer_handle one;
	struct p2p_importer_map map;
	struct p2p_importer_table table;
	struct p2p_importer_status status;
	struct p2p_importer_wait wait;
	struct p2p_importer_transfer transfer;
	struct p2p_importer_stream stream;
	struct p2p_importer_drive_rw drive_rw;
	struct p2p_importer_map_loop map_loop;
	struct p2p_importer_dma_bits dma_bits;
};

static int importer_ioctl_identify(struct importer_session *session,
				   union importer_arg *arg)
{
	const struct nvme_engine *engine = &session->importer->engine;

	arg->identify.drive_bytes = engine->drive_bytes;
	arg->identify.block_bytes = engine->block_bytes;
	arg->identify.max_transfer_bytes = engine->max_bytes;
	return 0;
}

static int importer_ioctl_drive_rw(struct importer_session *session,
				   union importer_arg *arg)
{
	const struct p2p_importer_drive_rw *rw = &arg->drive_rw;

	if (rw->flags & ~P2P_IMPORTER_TO_DRIVE || rw->reserved)
		return -EINVAL;
	return nvme_engine_user_rw(&session->importer->engine,
				   rw->flags & P2P_IMPORTER_TO_DRIVE,
				   rw->drive_offset,
				   u64_to_user_ptr(rw->address), rw->length);
}

/* Its own queues were allocated coherent, which has a mask of its own. */
static int importer_ioctl_dma_bits(struct importer_session *session,
				   union importer_arg *arg)
{
	const struct p2p_importer_dma_bits *dma = &arg->dma_bits;

	if (dma->bits < 24 || dma->bits > 64 || dma->reserved)
		return -EINVAL;
	return dma_set_mask(&session->importer->engine.pdev->dev,
			    DMA_BIT_MASK(dma->bits));
}

static int importer_ioctl_attach(struct importer_session *session,
				 union importer_arg *arg)
{
	struct importer_attachment *att;
	u32 handle;
	int err;

	att = importer_attach_open(session->importer, &arg->attach);
	if (IS_ERR(att))
		return PTR_ERR(att);

	/* Found by others from here on; the session owns it. */
	err = xa_alloc(&session->attachments, &handle, att, xa_limit_31b,
		       GFP_KERNEL);
	if (err) {
		importer_attach_close(att);
		importer_attach_put(att);
		return err;
	}
	arg->attach.handle = handle;
	return 0;
}

static int importer_ioctl_detach(struct importer_session *session,
				 union importer_arg *arg)
{
	struct importer_attachment *att;

	if (arg->one.reserved)
		return -EINVAL;
	att = xa_erase(&session->attachments, arg->handle);
	if (!att)
		return -ENOENT;
	importer_attach_close(att);
	importer_attach_put(att);
	return 0;
}

static int importer_ioctl_map(struct importer_attachment *att,
			      union importer_arg *arg)
{
	return importer_attach_map(att, arg->map.direction);
}

static int importer_ioctl_unmap(struct importer_attachment *att,
				union importer_arg *arg)
{
	return arg->one.reserved ? -EINVAL : importer_attach_unmap(att);
}

static int importer_ioctl_map_loop(struct importer_attachment *att,
				   union importer_arg *arg)
{
	return importer_attach_map_loop(att, &arg->map_loop);
}

static int importer_ioctl_table(struct importer_attachment *att,
				union importer_arg *arg)
{
	return importer_table_read(att, &arg->table);
}

static int importer_ioctl_status(struct importer_attachment *att,
				 union importer_arg *arg)
{
	importer_attach_status(att, &arg->status);
	return 0;
}

static int importer_ioctl_wait(struct importer_attachment *att,
			       union importer_arg *arg)
{
	return importer_attach_wait(att, &arg->wait);
}

static int importer_ioctl_transfer(struct importer_attachment *att,
				   union importer_arg *arg)
{
	return importer_transfer(att, &arg->transfer);
}

static int importer_ioctl_stream_start(struct importer_attachment *att,
				       union importer_arg *arg)
{
	return importer_stream_start(att, &arg->stream);
}

static int importer_ioctl_stream_stop(struct importer_attachment *att,
				      union importer_arg *arg)
{
	return arg->one.reserved ? -EINVAL : importer_stream_stop(att);
}

/* Either works on the session or on the attachment the argument names. */
struct importer_ioctl {
	unsigned int cmd;
	int (*on_session)(struct importer_session *session,
			  union importer_arg *arg);
	int (*on_attachment)(struct importer_attachment *att,
			     union importer_arg *arg);
};

static const struct importer_ioctl importer_ioctls[] = {
	{ P2P_IMPORTER_IDENTIFY, .on_session = importer_ioctl_identify },
	{ P2P_IMPORTER_ATTACH, .on_session = importer_ioctl_attach },
	{ P2P_IMPORTER_DETACH, .on_session = importer_ioctl_detach },
	{ P2P_IMPORTER_MAP, .on_attachment = importer_ioctl_map },
	{ P2P_IMPORTER_UNMAP, .on_attachment = importer_ioctl_unmap },
	{ P2P_IMPORTER_TABLE, .on_attachment = importer_ioctl_table },
	{ P2P_IMPORTER_STATUS, .on_attachment = importer_ioctl_status },
	{ P2P_IMPORTER_WAIT, .on_attachment = importer_ioctl_wait },
	{ P2P_IMPORTER_TRANSFER, .on_attachment = importer_ioctl_transfer },
	{ P2P_IMPORTER_STREAM_START,
	  .on_attachment = importer_ioctl_stream_start },
	{ P2P_IMPORTER_STREAM_STOP,
	  .on_attachment = importer_ioctl_stream_stop },
	{ P2P_IMPORTER_DRIVE_RW, .on_session = importer_ioctl_drive_rw },
	{ P2P_IMPORTER_MAP_LOOP, .on_attachment = importer_ioctl_map_loop },
	{ P2P_IMPORTER_DMA_BITS, .on_session = importer_ioctl_dma_bits },
};

static const struct importer_ioctl *importer_ioctl_find(unsigned int cmd)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(importer_ioctls); i++)
		if (importer_ioctls[i].cmd == cmd)
			return &importer_ioctls[i];
	return NULL;
}

static int importer_ioctl_call(struct importer_session *session,
			       const struct importer_ioctl *op,
			       union importer_arg *arg)
{
	struct importer_attachment *att;
	int err;

	if (op->on_session)
		return op->on_session(session, arg);

	att = importer_session_find(session, arg->handle);
	if (!att)
		return -ENOENT;
	err = op->on_attachment(att, arg);
	importer_attach_put(att);
	return err;
}

static int importer_ioctl_gated(struct importer_session *session,
				const struct importer_ioctl *op,
				union importer_arg *arg)
{
	struct importer *importer = session->importer;
	int err = -ENODEV;

	/* Killable: an unbind under way may be waiting for an exporter. */
	if (down_read_killable(&importer->gate))
		return -EINTR;
	if (!importer->gone)
		err = importer_ioctl_call(session, op, arg);
	up_read(&importer->gate);
	return err;
}

/* Out fields reach the caller also with an error: they say how far it got. */
static long importer_ioctl(struct file *file, unsigned int cmd,
			   unsigned long address)
{
	const struct importer_ioctl *op = importer_ioctl_find(cmd);
	void __user *user = (void __user *)address;
	union importer_arg arg = {};
	int err;

	if (!op)
		return -ENOTTY;
	if (_IOC_DIR(cmd) & _IOC_WRITE &&
	    copy_from_user(&arg, user, _IOC_SIZE(cmd)))
		return -EFAULT;
	err = importer_ioctl_gated(file->private_data, op, &arg);
	if (_IOC_DIR(cmd) & _IOC_READ &&
	    copy_to_user(user, &arg, _IOC_SIZE(cmd)))
		return -EFAULT;
	return err;
}

/* ---- sessions ---- */

/* The misc core keeps @misc registered, and so the importer, during this. */
static int importer_open(struct inode *inode, struct file *file)
{
	struct importer *importer;
	struct importer_session *session;

	importer = container_of(file->private_data, struct importer, misc);
	session = kzalloc(sizeof(*session), GFP_KERNEL);
	if (!session)
		return -ENOMEM;
	xa_init_flags(&session->attachments, XA_FLAGS_ALLOC1);
	session->importer = importer;
	kref_get(&importer->ref);

	mutex_lock(&importer->sessions_lock);
	list_add(&session->node, &importer->sessions);
	mutex_unlock(&importer->sessions_lock);
	file->private_data = session;
	return 0;
}

static int importer_close(struct inode *inode, struct file *file)
{
	struct importer_session *session = file->private_data;
	struct importer *importer = session->importer;

	down_read(&importer->gate);
	mutex_lock(&importer->sessions_lock);
	list_del(&session->node);
	mutex_unlock(&importer->sessions_lock);
	importer_session_close_all(session);
	up_read(&importer->gate);

	xa_destroy(&session->attachments);
	kfree(session);
	importer_put(importer);
	return 0;
}

static const struct file_operations importer_fops = {
	.owner = THIS_MODULE,
	.open = importer_open,
	.release = importer_close,
	.unlocked_ioctl = importer_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/* ---- PCI driver ---- */

static struct importer *importer_alloc(struct pci_dev *pdev)
{
	struct importer *importer = kzalloc(sizeof(*importer), GFP_KERNEL);

	if (!importer)
		return NULL;
	kref_init(&importer->ref);
	init_rwsem(&importer->gate);
	init_waitqueue_head(&importer->events);
	mutex_init(&importer->sessions_lock);
	INIT_LIST_HEAD(&importer->sessions);

	snprintf(importer->name, sizeof(importer->name), "p2p-importer-%s",
		 pci_name(pdev));
	importer->misc.minor = MISC_DYNAMIC_MINOR;
	importer->misc.name = importer->name;
	importer->misc.fops = &importer_fops;
	importer->misc.parent = &pdev->dev;
	importer->misc.mode = 0600;
	return importer;
}

static int importer_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct importer *importer = importer_alloc(pdev);
	int err;

	if (!importer)
		return -ENOMEM;
	err = nvme_engine_start(&importer->engine, pdev);
	if (err)
		goto put_importer;

	pci_set_drvdata(pdev, importer);
	/* Open to users from here on. */
	err = misc_register(&importer->misc);
	if (err)
		goto stop_engine;
	return 0;

stop_engine:
	nvme_engine_stop(&importer->engine);
put_importer:
	importer_put(importer);
	return err;
}

static void importer_close_sessions(struct importer *importer)
{
	struct importer_session *session;

	WRITE_ONCE(importer->gone, true);
	wake_up_all(&importer->events);

	/* Waits for ioctls and releases under way; @gone keeps others out. */
	down_write(&importer->gate);
	mutex_lock(&importer->sessions_lock);
	list_for_each_entry(session, &importer->sessions, node)
		importer_session_close_all(session);
	mutex_unlock(&importer->sessions_lock);
	up_write(&importer->gate);
}

static void importer_remove(struct pci_dev *pdev)
{
	struct importer *importer = pci_get_drvdata(pdev);

	misc_deregister(&importer->misc);
	importer_close_sessions(importer);
	nvme_engine_stop(&importer->engine);
	importer_put(importer);
}

static struct pci_driver importer_driver = {
	.name = "p2p-test-importer",
	.probe = importer_probe,
	.remove = importer_remove,
};

static int __init importer_init(void)
{
	int err = -ENOMEM;

	importer_signal_workqueue = alloc_workqueue("p2p-importer-signal",
						    WQ_UNBOUND, 0);
	if (!importer_signal_workqueue)
		return err;
	/* Many attachments may wait for reservation locks at the same time. */
	importer_unmap_workqueue = alloc_workqueue("p2p-importer-unmap",
						   WQ_UNBOUND, WQ_MAX_ACTIVE);
	if (!importer_unmap_workqueue)
		goto destroy_signal;
	err = pci_register_driver(&importer_driver);
	if (err)
		goto destroy_unmap;
	return 0;

destroy_unmap:
	destroy_workqueue(importer_unmap_workqueue);
destroy_signal:
	destroy_workqueue(importer_signal_workqueue);
	return err;
}

static void __exit importer_exit(void)
{
	pci_unregister_driver(&importer_driver);
	destroy_workqueue(importer_unmap_workqueue);
	destroy_workqueue(importer_signal_workqueue);
	/* The last fences are freed by RCU callbacks of this module. */
	rcu_barrier();
}

module_init(importer_init);
module_exit(importer_exit);

MODULE_DESCRIPTION("Scriptable dma-buf importer on an NVMe controller, for tests");
MODULE_LICENSE("GPL");
IMPORTER_IMPORT_NS;
