// SPDX-License-Identifier: GPL-2.0-only
/*
 * From resets, config writes and power states to revocations.
 *
 * Two nets catch each event:
 *
 * - Where a process asks, the revocation comes first, outside the VFIO core's
 *   locks, and its wait ends if the process is killed, with nothing done to the
 *   device. This is so that a slow importer blocks nobody else.
 * - What cannot be seen in time is caught where it happens: resets by the PCI
 *   core's reset_prepare, and a memory that has gone away by
 *   p2p_bar_refresh() after the call. A user who changes his buffer between our
 *   look at it and the core's gets no further than this.
 *
 * Whether memory is enabled is read from the core's state without memory_lock:
 * the PCI core calls reset_done with that lock held. Nothing is lost, since who
 * disables the memory holds a revocation meanwhile, or refreshes afterwards.
 */
#include <linux/file.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "vfio_pci_dmabuf_priv.h"

static bool p2p_vfio_memory_enabled(struct pci_dev *pdev)
{
	struct p2p_vfio_device *p2p = p2p_vfio_from_pdev(pdev);
	__le16 *cmd = (__le16 *)&p2p->core.vconfig[PCI_COMMAND];

	if (READ_ONCE(p2p->core.pm_runtime_engaged))
		return false;
	/* BARs answer in D0 only (PCI power management specification, 5.4). */
	if (pdev->current_state != PCI_D0)
		return false;
	/* A virtual function's memory is enabled by its physical function. */
	return pdev->no_command_memory ||
	       le16_to_cpu(READ_ONCE(*cmd)) & PCI_COMMAND_MEMORY;
}

const struct p2p_bar_owner_ops p2p_vfio_owner_ops = {
	.module = THIS_MODULE,
	.memory_enabled = p2p_vfio_memory_enabled,
	.check_ranges = p2p_vfio_check_ranges,
	.vma_bar = p2p_vfio_vma_bar,
	.owns_file = p2p_vfio_owns_file,
};

/**
 * p2p_vfio_reset_prepare() - the PCI core is about to reset the function
 * @pdev: The function, with its device lock held, so it is neither being probed
 *	nor removed.
 *
 * Whoever started the reset: sysfs, a bridge, another function of the bus.
 */
void p2p_vfio_reset_prepare(struct pci_dev *pdev)
{
	struct p2p_vfio_device *p2p = p2p_vfio_from_pdev(pdev);

	p2p_bar_revoke_begin(p2p->owner);
	p2p_bar_revoke_wait(p2p->owner);
}

/**
 * p2p_vfio_reset_done() - the reset is over and the state restored
 * @pdev: The function, with its device lock held.
 */
void p2p_vfio_reset_done(struct pci_dev *pdev)
{
	p2p_bar_restore(p2p_vfio_from_pdev(pdev)->owner);
}

/* Revoke for a process; -EINTR if it is killed, with the revocation undone. */
static int p2p_vfio_revoke(struct p2p_vfio_device *p2p)
{
	p2p_bar_revoke_begin(p2p->owner);
	if (p2p_bar_revoke_wait_killable(p2p->owner)) {
		p2p_bar_restore(p2p->owner);
		return -EINTR;
	}
	return 0;
}

/**
 * p2p_vfio_ioctl_reset() - VFIO_DEVICE_RESET
 * @p2p: The device, open.
 * @arg: The ioctl's.
 *
 * Return: as vfio_pci_core_ioctl(); -EINTR if the process was killed.
 */
long p2p_vfio_ioctl_reset(struct p2p_vfio_device *p2p, unsigned long arg)
{
	long ret;

	/* The core would refuse: nobody needs to let go for that. */
	if (!p2p->core.reset_works)
		return vfio_pci_core_ioctl(&p2p->core.vdev, VFIO_DEVICE_RESET,
					   arg);

	ret = p2p_vfio_revoke(p2p);
	if (ret)
		return ret;
	ret = vfio_pci_core_ioctl(&p2p->core.vdev, VFIO_DEVICE_RESET, arg);
	p2p_bar_restore(p2p->owner);
	return ret;
}

/* The owners a hot reset by this caller is going to hit. */
struct p2p_vfio_reset_set {
	unsigned int nr;
	struct p2p_bar_owner *owners[];
};

static void p2p_vfio_set_add(struct p2p_vfio_reset_set *set,
			     struct p2p_vfio_device *p2p)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++) {
		if (set->owners[i] == p2p->owner)
			return;
	}
	set->owners[set->nr++] = p2p_bar_owner_get(p2p->owner);
}

/* Devices of the caller's iommufd context. */
static void p2p_vfio_set_add_iommufd(struct p2p_vfio_reset_set *set,
				     struct p2p_vfio_device *p2p)
{
	struct iommufd_ctx *ictx = vfio_iommufd_device_ictx(&p2p->core.vdev);
	struct vfio_device *cur;

	list_for_each_entry(cur, &p2p->core.vdev.dev_set->device_list,
			    dev_set_list) {
		if (ictx && p2p_vfio_drives(cur) &&
		    vfio_iommufd_device_ictx(cur) == ictx)
			p2p_vfio_set_add(set, p2p_vfio_from_vdev(cur));
	}
}

/* Devices of the groups whose files the caller shows. */
static void p2p_vfio_set_add_groups(struct p2p_vfio_reset_set *set,
				    struct p2p_vfio_device *p2p,
				    const s32 *fds, u32 nr_fds)
{
	struct vfio_device *cur;
	struct file *file;
	u32 i;

	for (i = 0; i < nr_fds; i++) {
		file = fget(fds[i]);
		if (!file)
			continue;
		list_for_each_entry(cur, &p2p->core.vdev.dev_set->device_list,
				    dev_set_list) {
			if (p2p_vfio_drives(cur) &&
			    vfio_file_has_dev(file, cur))
				p2p_vfio_set_add(set, p2p_vfio_from_vdev(cur));
		}
		fput(file);
	}
}

/*
 * Only what the caller owns: the core refuses to reset anything else, and a
 * caller must not take the memory of others by asking for it.
 *
 * Return: the set, possibly empty, or an ERR_PTR().
 */
static struct p2p_vfio_reset_set *
p2p_vfio_set_collect(struct p2p_vfio_device *p2p,
		     const struct vfio_pci_hot_reset __user *uarg, u32 nr_fds)
{
	struct vfio_device_set *dev_set = p2p->core.vdev.dev_set;
	struct p2p_vfio_reset_set *set;
	s32 *fds;

	fds = memdup_array_user(uarg->group_fds, nr_fds, sizeof(*fds));
	if (IS_ERR(fds))
		return ERR_CAST(fds);

	mutex_lock(&dev_set->lock);
	set = kzalloc(struct_size(set, owners, dev_set->device_count),
		      GFP_KERNEL);
	if (set && nr_fds)
		p2p_vfio_set_add_groups(set, p2p, fds, nr_fds);
	else if (set)
		p2p_vfio_set_add_iommufd(set, p2p);
	mutex_unlock(&dev_set->lock);

	kfree(fds);
	return set ?: ERR_PTR(-ENOMEM);
}

/* All are told before the first is waited for. */
static int p2p_vfio_set_revoke(struct p2p_vfio_reset_set *set)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < set->nr; i++)
		p2p_bar_revoke_begin(set->owners[i]);
	for (i = 0; i < set->nr && !ret; i++)
		ret = p2p_bar_revoke_wait_killable(set->owners[i]);
	return ret ? -EINTR : 0;
}

static void p2p_vfio_set_restore(struct p2p_vfio_reset_set *set)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++) {
		p2p_bar_restore(set->owners[i]);
		p2p_bar_owner_put(set->owners[i]);
	}
	kfree(set);
}

/**
 * p2p_vfio_ioctl_hot_reset() - VFIO_DEVICE_PCI_HOT_RESET
 * @p2p: The device, open.
 * @arg: The ioctl's: a struct vfio_pci_hot_reset of the user's.
 *
 * Return: as vfio_pci_core_ioctl(); -EINTR if the process was killed; -ENOMEM.
 */
long p2p_vfio_ioctl_hot_reset(struct p2p_vfio_device *p2p, unsigned long arg)
{
	struct vfio_pci_hot_reset __user *uarg = (void __user *)arg;
	struct p2p_vfio_reset_set *set;
	struct vfio_pci_hot_reset hdr;
	long ret;

	if (copy_from_user(&hdr, uarg, sizeof(hdr)))
		return -EFAULT;
	/* Not well-formed, or more groups than devices: the core refuses. */
	if (hdr.argsz < sizeof(hdr) || hdr.flags ||
	    hdr.count > READ_ONCE(p2p->core.vdev.dev_set->device_count))
		goto pass_on;

	set = p2p_vfio_set_collect(p2p, uarg, hdr.count);
	if (IS_ERR(set))
		return PTR_ERR(set);
	ret = p2p_vfio_set_revoke(set);
	if (!ret)
		ret = vfio_pci_core_ioctl(&p2p->core.vdev,
					  VFIO_DEVICE_PCI_HOT_RESET, arg);
	p2p_vfio_set_restore(set);
	return ret;

pass_on:
	return vfio_pci_core_ioctl(&p2p->core.vdev, VFIO_DEVICE_PCI_HOT_RESET,
				   arg);
}

/**
 * p2p_vfio_low_power_entry() - VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY*
 * @p2p: The device, open.
 * @flags: Of the VFIO_DEVICE_FEATURE call.
 * @arg: Its payload.
 * @argsz: Bytes of @arg.
 *
 * Return: as vfio_pci_core_ioctl_feature(); -EINTR if the process was killed.
 */
int p2p_vfio_low_power_entry(struct p2p_vfio_device *p2p, u32 flags,
			     void __user *arg, size_t argsz)
{
	int ret;

	if (flags & VFIO_DEVICE_FEATURE_PROBE)
		return vfio_pci_core_ioctl_feature(&p2p->core.vdev, flags, arg,
						   argsz);
	ret = p2p_vfio_revoke(p2p);
	if (ret)
		return ret;
	ret = vfio_pci_core_ioctl_feature(&p2p->core.vdev, flags, arg, argsz);
	p2p_bar_restore(p2p->owner);
	return ret;
}

/* A byte of config space, and the bits in it that concern the memory. */
struct p2p_vfio_config_byte {
	unsigned int pos;
	u8 mask;
	u8 harmless;
};

/*
 * Fetch the byte at @pos from a write of @count bytes to @start. False if the
 * write does not reach it, or cannot be read: then the core fails, too.
 */
static bool p2p_vfio_config_fetch(const char __user *buf, size_t count,
				  loff_t start, unsigned int pos, u8 *val)
{
	if (pos < start || pos - start >= count)
		return false;
	return !get_user(*val, (const u8 __user *)buf + (pos - start));
}

/* Whether a write, taken by its word, disables or resets the memory. */
static bool p2p_vfio_config_disables(struct p2p_vfio_device *p2p,
				     const char __user *buf, size_t count,
				     loff_t start)
{
	struct pci_dev *pdev = p2p->core.pdev;
	const struct p2p_vfio_config_byte bytes[] = {
		{ PCI_COMMAND, PCI_COMMAND_MEMORY, PCI_COMMAND_MEMORY },
		{ pdev->pm_cap ? pdev->pm_cap + PCI_PM_CTRL : 0,
		  PCI_PM_CTRL_STATE_MASK, 0 },
		{ pdev->pcie_cap ? pdev->pcie_cap + PCI_EXP_DEVCTL + 1 : 0,
		  PCI_EXP_DEVCTL_BCR_FLR >> 8, 0 },
		{ p2p->af_cap ? p2p->af_cap + PCI_AF_CTRL : 0,
		  PCI_AF_CTRL_FLR, 0 },
	};
	size_t i;
	u8 val;

	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		if (bytes[i].pos &&
		    p2p_vfio_config_fetch(buf, count, start, bytes[i].pos,
					  &val) &&
		    (val & bytes[i].mask) != bytes[i].harmless)
			return true;
	}
	return false;
}

/**
 * p2p_vfio_config_write() - a write to the config region
 * @p2p: The device, open.
 * @buf: The user's bytes.
 * @count: How many.
 * @ppos: Where; advanced by what is written.
 *
 * Return: as vfio_pci_core_write(); -EINTR if the process was killed.
 */
ssize_t p2p_vfio_config_write(struct p2p_vfio_device *p2p,
			      const char __user *buf, size_t count,
			      loff_t *ppos)
{
	struct vfio_device *vdev = &p2p->core.vdev;
	ssize_t ret;

	if (!p2p_vfio_config_disables(p2p, buf, count,
				      *ppos & VFIO_PCI_OFFSET_MASK))
		return vfio_pci_core_write(vdev, buf, count, ppos);

	ret = p2p_vfio_revoke(p2p);
	if (ret)
		return ret;
	ret = vfio_pci_core_write(vdev, buf, count, ppos);
	p2p_bar_restore(p2p->owner);
	return ret;
}
