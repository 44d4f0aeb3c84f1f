// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-pci-dmabuf: vfio-pci for devices whose BARs other devices shall reach.
 *
 * A VFIO-PCI variant driver: everything is done by vfio-pci-core, except that
 *
 * - VFIO_DEVICE_FEATURE_DMA_BUF exports slices of the BARs
 *   (vfio_pci_dmabuf_feature.c);
 * - whatever makes the BARs unreachable, or resets them, takes the importers'
 *   mappings away first (vfio_pci_dmabuf_revoke.c);
 * - closing the device takes them away for good, here.
 *
 * It binds to any device, but only through driver_override (or new_id): without
 * an id table it has no alias either, so no tool that looks for the best VFIO
 * driver of a device picks it by accident.
 */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/vfio.h>

#include "vfio_pci_dmabuf_priv.h"

static bool enable_sriov;
module_param(enable_sriov, bool, 0644);
MODULE_PARM_DESC(enable_sriov, "Allow sriov_numvfs of bound PFs to be written, with the VF token contract of vfio-pci (default: no)");

static bool disable_denylist;
module_param(disable_denylist, bool, 0444);
MODULE_PARM_DESC(disable_denylist, "Bind also to devices with errata that an untrusted user can exploit (default: no)");

/* Devices vfio-pci keeps from untrusted users, too. */
static const struct pci_device_id p2p_vfio_denylist[] = {
	{ PCI_VDEVICE(INTEL, PCI_DEVICE_ID_INTEL_QAT_C3XXX) },
	{ PCI_VDEVICE(INTEL, PCI_DEVICE_ID_INTEL_QAT_C3XXX_VF) },
	{ PCI_VDEVICE(INTEL, PCI_DEVICE_ID_INTEL_QAT_C62X) },
	{ PCI_VDEVICE(INTEL, PCI_DEVICE_ID_INTEL_QAT_C62X_VF) },
	{ PCI_VDEVICE(INTEL, PCI_DEVICE_ID_INTEL_QAT_DH895XCC) },
	{ PCI_VDEVICE(INTEL, PCI_DEVICE_ID_INTEL_QAT_DH895XCC_VF) },
	{ PCI_VDEVICE(INTEL, PCI_DEVICE_ID_INTEL_DSA_SPR0) },
	{ PCI_VDEVICE(INTEL, PCI_DEVICE_ID_INTEL_IAX_SPR0) },
	{}
};

static int p2p_vfio_open_device(struct vfio_device *vdev)
{
	struct p2p_vfio_device *p2p = p2p_vfio_from_vdev(vdev);
	int ret;

	ret = vfio_pci_core_enable(&p2p->core);
	if (ret)
		return ret;

	vfio_pci_core_finish_enable(&p2p->core);
	p2p_bar_owner_open(p2p->owner);
	return 0;
}

static void p2p_vfio_close_device(struct vfio_device *vdev)
{
	struct p2p_vfio_device *p2p = p2p_vfio_from_vdev(vdev);

	/* The core disables and resets the device: nobody may reach it then. */
	p2p_bar_owner_retire(p2p->owner);
	vfio_pci_core_close_device(vdev);
}

/*
 * Every call into the device ends or begins with p2p_bar_refresh(): the call
 * itself may have woken the device from low power, or disabled its memory in a
 * way nobody foresaw.
 */
static long p2p_vfio_ioctl(struct vfio_device *vdev, unsigned int cmd,
			   unsigned long arg)
{
	struct p2p_vfio_device *p2p = p2p_vfio_from_vdev(vdev);

	p2p_bar_refresh(p2p->owner);
	switch (cmd) {
	case VFIO_DEVICE_RESET:
		return p2p_vfio_ioctl_reset(p2p, arg);
	case VFIO_DEVICE_PCI_HOT_RESET:
		return p2p_vfio_ioctl_hot_reset(p2p, arg);
	default:
		return vfio_pci_core_ioctl(vdev, cmd, arg);
	}
}

static int p2p_vfio_device_feature(struct vfio_device *vdev, u32 flags,
				   void __user *arg, size_t argsz)
{
	struct p2p_vfio_device *p2p = p2p_vfio_from_vdev(vdev);
	int ret;

	switch (flags & VFIO_DEVICE_FEATURE_MASK) {
	case VFIO_DEVICE_FEATURE_DMA_BUF:
		return p2p_vfio_feature_export(p2p, flags, arg, argsz);
	case VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY:
	case VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP:
		return p2p_vfio_low_power_entry(p2p, flags, arg, argsz);
	default:
		ret = vfio_pci_core_ioctl_feature(vdev, flags, arg, argsz);
		p2p_bar_refresh(p2p->owner);
		return ret;
	}
}

static ssize_t p2p_vfio_read(struct vfio_device *vdev, char __user *buf,
			     size_t count, loff_t *ppos)
{
	ssize_t ret = vfio_pci_core_read(vdev, buf, count, ppos);

	p2p_bar_refresh(p2p_vfio_from_vdev(vdev)->owner);
	return ret;
}

static ssize_t p2p_vfio_write(struct vfio_device *vdev, const char __user *buf,
			      size_t count, loff_t *ppos)
{
	struct p2p_vfio_device *p2p = p2p_vfio_from_vdev(vdev);
	ssize_t ret;

	if (VFIO_PCI_OFFSET_TO_INDEX(*ppos) == VFIO_PCI_CONFIG_REGION_INDEX)
		ret = p2p_vfio_config_write(p2p, buf, count, ppos);
	else
		ret = vfio_pci_core_write(vdev, buf, count, ppos);
	p2p_bar_refresh(p2p->owner);
	return ret;
}

static const struct vfio_device_ops p2p_vfio_ops = {
	.name = "vfio-pci-dmabuf",
	.init = vfio_pci_core_init_dev,
	.release = vfio_pci_core_release_dev,
	.open_device = p2p_vfio_open_device,
	.close_device = p2p_vfio_close_device,
	.ioctl = p2p_vfio_ioctl,
	.device_feature = p2p_vfio_device_feature,
	.read = p2p_vfio_read,
	.write = p2p_vfio_write,
	.mmap = vfio_pci_core_mmap,
	.request = vfio_pci_core_request,
	.match = vfio_pci_core_match,
	P2P_VFIO_REGION_INFO_OP
	P2P_VFIO_TOKEN_OP
	P2P_VFIO_IOMMUFD_OPS
	P2P_VFIO_PASID_OPS
};

/**
 * p2p_vfio_drives() - whether a VFIO device is one of this driver's
 * @vdev: Any VFIO device.
 *
 * Return: true if p2p_vfio_from_vdev() may be applied to @vdev.
 */
bool p2p_vfio_drives(struct vfio_device *vdev)
{
	return vdev->ops == &p2p_vfio_ops;
}

static int p2p_vfio_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct p2p_vfio_device *p2p;
	int ret;

	if (!disable_denylist && pci_match_id(p2p_vfio_denylist, pdev)) {
		pci_warn(pdev, "vfio-pci-dmabuf: device is on the denylist (module parameter disable_denylist overrides)\n");
		return -EINVAL;
	}

	p2p = vfio_alloc_device(p2p_vfio_device, core.vdev, &pdev->dev,
				&p2p_vfio_ops);
	if (IS_ERR(p2p))
		return PTR_ERR(p2p);
	p2p->af_cap = pci_find_capability(pdev, PCI_CAP_ID_AF);

	/* Once there is an owner, its operations may be called. */
	pci_set_drvdata(pdev, &p2p->core);
	p2p->owner = p2p_bar_owner_register(pdev, &p2p_vfio_owner_ops);
	if (IS_ERR(p2p->owner)) {
		ret = PTR_ERR(p2p->owner);
		goto err_put_device;
	}

	ret = vfio_pci_core_register_device(&p2p->core);
	if (ret)
		goto err_unregister_owner;
	return 0;

err_unregister_owner:
	p2p_bar_owner_unregister(p2p->owner);
err_put_device:
	pci_set_drvdata(pdev, NULL);
	vfio_put_device(&p2p->core.vdev);
	return ret;
}

static void p2p_vfio_remove(struct pci_dev *pdev)
{
	struct p2p_vfio_device *p2p = p2p_vfio_from_pdev(pdev);

	/* Waits until the device is closed, and so every buffer is retired. */
	vfio_pci_core_unregister_device(&p2p->core);
	p2p_bar_owner_unregister(p2p->owner);
	vfio_put_device(&p2p->core.vdev);
}

static int p2p_vfio_sriov_configure(struct pci_dev *pdev, int nr_virtfn)
{
	if (!enable_sriov)
		return -ENOENT;
	return vfio_pci_core_sriov_configure(&p2p_vfio_from_pdev(pdev)->core,
					     nr_virtfn);
}

static const struct pci_error_handlers p2p_vfio_err_handlers = {
	.error_detected = vfio_pci_core_aer_err_detected,
	.reset_prepare = p2p_vfio_reset_prepare,
	.reset_done = p2p_vfio_reset_done,
};

static struct pci_driver p2p_vfio_driver = {
	.name = "vfio-pci-dmabuf",
	.probe = p2p_vfio_probe,
	.remove = p2p_vfio_remove,
	.sriov_configure = p2p_vfio_sriov_configure,
	.err_handler = &p2p_vfio_err_handlers,
	.driver_managed_dma = true,
};
module_pci_driver(p2p_vfio_driver);

MODULE_DESCRIPTION("VFIO-PCI variant driver that exports BARs as dma-bufs");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("P2P_BAR");
