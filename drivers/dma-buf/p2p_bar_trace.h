/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints. A buffer is named by the inode number of its dma-buf ("ino" in
 * fdinfo), by its device and by its BAR.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM p2p_bar

#if !defined(_P2P_BAR_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _P2P_BAR_TRACE_H

#include <linux/tracepoint.h>

#include "p2p_bar_priv.h"

/* Sizes of strings. Longer ones are cut off. */
#define P2P_BAR_TRACE_NAME	32
#define P2P_BAR_TRACE_ROUTE	8
#define P2P_BAR_TRACE_REASON	160

DECLARE_EVENT_CLASS(p2p_bar_buffer,
	TP_PROTO(const struct p2p_bar_buffer *buf),
	TP_ARGS(buf),
	TP_STRUCT__entry(
		__array(char, exporter, P2P_BAR_TRACE_NAME)
		__field(int, bar)
		__field(unsigned long, id)
		__field(u64, size)
		__field(unsigned int, nr_ranges)
		__field(bool, revoked)
		__field(u64, generation)
	),
	TP_fast_assign(
		strscpy(__entry->exporter, pci_name(buf->provider->pdev),
			sizeof(__entry->exporter));
		__entry->bar = buf->provider->bar;
		__entry->id = buf->id;
		__entry->size = buf->size;
		__entry->nr_ranges = buf->nr_ranges;
		__entry->revoked = buf->revoked;
		__entry->generation = buf->generation;
	),
	TP_printk("%s bar=%d buffer=%lu size=%llu ranges=%u revoked=%d generation=%llu",
		  __entry->exporter, __entry->bar, __entry->id, __entry->size,
		  __entry->nr_ranges, __entry->revoked, __entry->generation)
);

DEFINE_EVENT(p2p_bar_buffer, p2p_bar_export,
	     TP_PROTO(const struct p2p_bar_buffer *buf), TP_ARGS(buf));
DEFINE_EVENT(p2p_bar_buffer, p2p_bar_revoke,
	     TP_PROTO(const struct p2p_bar_buffer *buf), TP_ARGS(buf));
DEFINE_EVENT(p2p_bar_buffer, p2p_bar_restore,
	     TP_PROTO(const struct p2p_bar_buffer *buf), TP_ARGS(buf));
DEFINE_EVENT(p2p_bar_buffer, p2p_bar_retire,
	     TP_PROTO(const struct p2p_bar_buffer *buf), TP_ARGS(buf));

TRACE_EVENT(p2p_bar_attach,
	TP_PROTO(const struct p2p_bar_buffer *buf,
		 const struct p2p_bar_attachment *att),
	TP_ARGS(buf, att),
	TP_STRUCT__entry(
		__array(char, exporter, P2P_BAR_TRACE_NAME)
		__array(char, importer, P2P_BAR_TRACE_NAME)
		__field(unsigned long, id)
		__array(char, route, P2P_BAR_TRACE_ROUTE)
		__field(unsigned int, distance)
	),
	TP_fast_assign(
		strscpy(__entry->exporter, pci_name(buf->provider->pdev),
			sizeof(__entry->exporter));
		strscpy(__entry->importer, dev_name(att->attach->dev),
			sizeof(__entry->importer));
		__entry->id = buf->id;
		strscpy(__entry->route, p2p_bar_route_name(att->route.type),
			sizeof(__entry->route));
		__entry->distance = att->route.distance;
	),
	TP_printk("%s buffer=%lu importer=%s route=%s distance=%u",
		  __entry->exporter, __entry->id, __entry->importer,
		  __entry->route, __entry->distance)
);

TRACE_EVENT(p2p_bar_map,
	TP_PROTO(const struct p2p_bar_buffer *buf,
		 const struct p2p_bar_attachment *att, unsigned int nents),
	TP_ARGS(buf, att, nents),
	TP_STRUCT__entry(
		__array(char, exporter, P2P_BAR_TRACE_NAME)
		__array(char, importer, P2P_BAR_TRACE_NAME)
		__field(unsigned long, id)
		__array(char, route, P2P_BAR_TRACE_ROUTE)
		__field(unsigned int, nents)
	),
	TP_fast_assign(
		strscpy(__entry->exporter, pci_name(buf->provider->pdev),
			sizeof(__entry->exporter));
		strscpy(__entry->importer, dev_name(att->attach->dev),
			sizeof(__entry->importer));
		__entry->id = buf->id;
		strscpy(__entry->route, p2p_bar_route_name(att->route.type),
			sizeof(__entry->route));
		__entry->nents = nents;
	),
	TP_printk("%s buffer=%lu importer=%s route=%s entries=%u",
		  __entry->exporter, __entry->id, __entry->importer,
		  __entry->route, __entry->nents)
);

TRACE_EVENT(p2p_bar_unmap,
	TP_PROTO(const struct p2p_bar_buffer *buf,
		 const struct p2p_bar_attachment *att),
	TP_ARGS(buf, att),
	TP_STRUCT__entry(
		__array(char, exporter, P2P_BAR_TRACE_NAME)
		__array(char, importer, P2P_BAR_TRACE_NAME)
		__field(unsigned long, id)
		__field(unsigned int, left)
	),
	TP_fast_assign(
		strscpy(__entry->exporter, pci_name(buf->provider->pdev),
			sizeof(__entry->exporter));
		strscpy(__entry->importer, dev_name(att->attach->dev),
			sizeof(__entry->importer));
		__entry->id = buf->id;
		__entry->left = buf->tables;
	),
	TP_printk("%s buffer=%lu importer=%s mappings-left=%u",
		  __entry->exporter, __entry->id, __entry->importer,
		  __entry->left)
);

TRACE_EVENT(p2p_bar_cut,
	TP_PROTO(const struct p2p_bar_buffer *buf,
		 const struct p2p_bar_mapping *mapping),
	TP_ARGS(buf, mapping),
	TP_STRUCT__entry(
		__array(char, exporter, P2P_BAR_TRACE_NAME)
		__array(char, importer, P2P_BAR_TRACE_NAME)
		__field(unsigned long, id)
		__field(unsigned int, users)
	),
	TP_fast_assign(
		strscpy(__entry->exporter, pci_name(buf->provider->pdev),
			sizeof(__entry->exporter));
		strscpy(__entry->importer, dev_name(mapping->dev),
			sizeof(__entry->importer));
		__entry->id = buf->id;
		__entry->users = mapping->users;
	),
	TP_printk("%s buffer=%lu importer=%s mappings=%u", __entry->exporter,
		  __entry->id, __entry->importer, __entry->users)
);

TRACE_EVENT(p2p_bar_refuse,
	TP_PROTO(const struct p2p_bar_buffer *buf,
		 const struct device *importer, const char *reason),
	TP_ARGS(buf, importer, reason),
	TP_STRUCT__entry(
		__array(char, exporter, P2P_BAR_TRACE_NAME)
		__array(char, importer, P2P_BAR_TRACE_NAME)
		__field(unsigned long, id)
		__array(char, reason, P2P_BAR_TRACE_REASON)
	),
	TP_fast_assign(
		strscpy(__entry->exporter, pci_name(buf->provider->pdev),
			sizeof(__entry->exporter));
		strscpy(__entry->importer, dev_name(importer),
			sizeof(__entry->importer));
		__entry->id = buf->id;
		strscpy(__entry->reason, reason, sizeof(__entry->reason));
	),
	TP_printk("%s buffer=%lu importer=%s reason=%s", __entry->exporter,
		  __entry->id, __entry->importer, __entry->reason)
);

#endif /* _P2P_BAR_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE p2p_bar_trace
#include <trace/define_trace.h>
