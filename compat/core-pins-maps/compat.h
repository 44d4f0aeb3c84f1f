/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_CORE_PINS_MAPS_H
#define P2P_COMPAT_CORE_PINS_MAPS_H

#include <linux/kconfig.h>

#define P2P_BAR_CORE_PINS_MAPS (!IS_ENABLED(CONFIG_DMABUF_MOVE_NOTIFY))

#endif
