/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_NAMESPACE_STRING_H
#define P2P_COMPAT_NAMESPACE_STRING_H

#include <linux/export.h>
#include <linux/module.h>

/* See export-license. */
#ifndef P2P_COMPAT_GPL
#define P2P_COMPAT_GPL "GPL"
#endif

#undef EXPORT_SYMBOL_NS_GPL
#define EXPORT_SYMBOL_NS_GPL(sym, ns) __EXPORT_SYMBOL(sym, P2P_COMPAT_GPL, ns)

#undef MODULE_IMPORT_NS
#define MODULE_IMPORT_NS(ns) MODULE_INFO(import_ns, ns)

#endif
