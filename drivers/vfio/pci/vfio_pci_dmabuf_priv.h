/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of vfio-pci-dmabuf share.
 */
#ifndef _VFIO_PCI_DMABUF_PRIV_H
#define _VFIO_PCI_DMABUF_PRIV_H

#include <linux/p2p_bar.h>
#include <linux/vfio_pci_core.h>
#include <uapi/linux/p2p_dmabuf.h>

/*
 * Operations vfio-pci-core has, but not in every kernel: each is left out by
 * defining its macro to nothing.
 */
#ifndef P2P_VFIO_REGION_INFO_OP
#define P2P_VFIO_REGION_INFO_OP						\
	.get_region_info_caps = vfio_pci_ioctl_get_region_info,
#endif
#ifndef P2P_VFIO_TOKEN_OP
#define P2P_VFIO_TOKEN_OP						\
	.match_token_uuid = vfio_pci_core_match_token_uuid,
#endif
#ifndef P2P_VFIO_IOMMUFD_OPS
#define P2P_VFIO_IOMMUFD_OPS						\
	.bind_iommufd = vfio_iommufd_physical_bind,			\
	.unbind_iommufd = vfio_iommufd_physical_unbind,			\
	.attach_ioas = vfio_iommufd_physical_attach_ioas,		\
	.detach_ioas = vfio_iommufd_physical_detach_ioas,
#endif
#ifndef P2P_VFIO_PASID_OPS
#define P2P_VFIO_PASID_OPS						\
	.pasid_attach_ioas = vfio_iommufd_physical_pasid_attach_ioas,	\
	.pasid_detach_ioas = vfio_iommufd_physical_pasid_detach_ioas,
#endif

/*
 * Where in the device's file a mapping begins, in pages: vfio-pci-core leaves it
 * there, or (older ones) puts something else into vm_pgoff.
 */
#ifndef p2p_vfio_vma_pgoff
#define p2p_vfio_vma_pgoff(core, vma) ((vma)->vm_pgoff)
#endif

/* Whether a file is the device's own, not its group's. */
#ifndef p2p_vfio_is_device_file
#define p2p_vfio_is_device_file(vdev, file)				\
	((file)->f_mapping == (vdev)->inode->i_mapping)
#endif

/**
 * struct p2p_vfio_device - a VFIO device whose BARs can be exported
 * @core: What vfio-pci-core drives; also the PCI device's driver data.
 * @owner: Of the BARs; from probe to remove.
 * @af_cap: Offset of the Advanced Features capability in config space, or 0.
 */
struct p2p_vfio_device {
	struct vfio_pci_core_device core;
	struct p2p_bar_owner *owner;
	u8 af_cap;
};

static inline struct p2p_vfio_device *
p2p_vfio_from_vdev(struct vfio_device *vdev)
{
	return container_of(vdev, struct p2p_vfio_device, core.vdev);
}

/* Only from the end of probe to the end of remove. */
static inline struct p2p_vfio_device *p2p_vfio_from_pdev(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = pci_get_drvdata(pdev);

	return container_of(core, struct p2p_vfio_device, core);
}

bool p2p_vfio_drives(struct vfio_device *vdev);

/* vfio_pci_dmabuf_feature.c */
int p2p_vfio_feature_export(struct p2p_vfio_device *p2p, u32 flags,
			    void __user *arg, size_t argsz);
int p2p_vfio_check_ranges(struct pci_dev *pdev, int bar,
			  const struct p2p_bar_range *ranges, unsigned int nr);

/* vfio_pci_dmabuf_user.c */
int p2p_vfio_vma_bar(struct pci_dev *pdev, const struct vm_area_struct *vma,
		     u64 *offset);
bool p2p_vfio_owns_file(struct pci_dev *pdev, struct file *file);

/* vfio_pci_dmabuf_revoke.c */
extern const struct p2p_bar_owner_ops p2p_vfio_owner_ops;
void p2p_vfio_reset_prepare(struct pci_dev *pdev);
void p2p_vfio_reset_done(struct pci_dev *pdev);
long p2p_vfio_ioctl_reset(struct p2p_vfio_device *p2p, unsigned long arg);
long p2p_vfio_ioctl_hot_reset(struct p2p_vfio_device *p2p, unsigned long arg);
int p2p_vfio_low_power_entry(struct p2p_vfio_device *p2p, u32 flags,
			     void __user *arg, size_t argsz);
ssize_t p2p_vfio_config_write(struct p2p_vfio_device *p2p,
			      const char __user *buf, size_t count,
			      loff_t *ppos);

#endif /* _VFIO_PCI_DMABUF_PRIV_H */
