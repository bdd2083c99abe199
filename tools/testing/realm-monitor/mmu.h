/* SPDX-License-Identifier: GPL-2.0-only */
/* The monitor's own translation: an identity map, shared by all CPUs. */
#ifndef MMU_H
#define MMU_H

#include "types.h"

/*
 * Build the identity map for RAM that ends at @ram_end and turn the MMU of
 * the boot CPU on. Locks and cacheable accesses need it.
 */
void mmu_init(u64 ram_end);

#endif
