// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fence of a LETGO_FENCE attachment: "this importer's DMA into the mapping
 * is not over yet". Whoever signals it has closed the DMA gate before.
 *
 * Others may hold a fence long after its attachment is gone, so each one holds
 * the module, too, until nothing can call into it any more.
 */
#include <linux/dma-fence.h>
#include <linux/slab.h>

#include "importer_priv.h"

struct importer_fence {
	struct dma_fence base;
	spinlock_t lock;	/* the base's */
};

static const char *importer_fence_driver_name(struct dma_fence *fence)
{
	return "p2p-test-importer";
}

static const char *importer_fence_timeline_name(struct dma_fence *fence)
{
	return "letgo";
}

/* Module exit waits for this by rcu_barrier(). */
static void importer_fence_free_rcu(struct rcu_head *rcu)
{
	struct dma_fence *base = container_of(rcu, struct dma_fence, rcu);

	kfree(container_of(base, struct importer_fence, base));
	module_put(THIS_MODULE);
}

static void importer_fence_release(struct dma_fence *fence)
{
	call_rcu(&fence->rcu, importer_fence_free_rcu);
}

static const struct dma_fence_ops importer_fence_ops = {
	.get_driver_name = importer_fence_driver_name,
	.get_timeline_name = importer_fence_timeline_name,
	.release = importer_fence_release,
};

/* Adds the fence of a new mapping to the buffer. */
int importer_fence_add(struct importer_attachment *att)
{
	struct dma_resv *resv = att->dmabuf->resv;
	struct importer_fence *fence;
	int err;

	dma_resv_assert_held(resv);
	err = dma_resv_reserve_fences(resv, 1);
	if (err)
		return err;
	fence = kzalloc(sizeof(*fence), GFP_KERNEL);
	if (!fence)
		return -ENOMEM;

	__module_get(THIS_MODULE);
	spin_lock_init(&fence->lock);
	dma_fence_init(&fence->base, &importer_fence_ops, &fence->lock,
		       att->fence_context, att->maps);
	dma_resv_add_fence(resv, &fence->base, DMA_RESV_USAGE_BOOKKEEP);

	/* The first reference goes to the attachment. */
	spin_lock(&att->status_lock);
	att->fence = fence;
	spin_unlock(&att->status_lock);
	return 0;
}

/* Signals the fence of mapping @map, or with 0 of any. */
void importer_fence_signal(struct importer_attachment *att, u64 map)
{
	struct importer_fence *fence;

	spin_lock(&att->status_lock);
	fence = att->fence;
	if (fence && map && fence->base.seqno != map)
		fence = NULL;
	if (fence)
		att->fence = NULL;
	spin_unlock(&att->status_lock);
	if (!fence)
		return;

	dma_fence_signal(&fence->base);
	dma_fence_put(&fence->base);
	importer_attach_changed(att);
}

/* So that a buffer which lives on does not hold this module by old fences. */
void importer_fence_forget(struct importer_attachment *att)
{
	struct dma_fence *stub = dma_fence_get_stub();

	dma_resv_replace_fences(att->dmabuf->resv, att->fence_context, stub,
				DMA_RESV_USAGE_BOOKKEEP);
	dma_fence_put(stub);
}
