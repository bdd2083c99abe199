/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's direct map of all memory, where parts of it that were split to
 * pages are merged to blocks again.
 */
#ifndef _LINUX_DIRECT_MAP_H
#define _LINUX_DIRECT_MAP_H

#include <linux/types.h>

#ifdef CONFIG_ARCH_HAS_DIRECT_MAP_COLLAPSE
void direct_map_restored(unsigned long addr, unsigned long size);

/**
 * arch_direct_map_collapse() - merge what can be merged
 * @start: first address
 * @end: first address behind it
 * @wanted: says of the address of a PMD block whether its pages are to be merged
 *
 * Merges the pages of blocks that are wanted, and then blocks as far up as it
 * goes. What cannot be merged stays as it is, and is no error.
 *
 * Context: sleeps.
 * Return: 0; -EBUSY if it has to be tried again later; another error if the
 * direct map stays as it is.
 */
int arch_direct_map_collapse(unsigned long start, unsigned long end,
			     bool (*wanted)(unsigned long addr));
#else
static inline void direct_map_restored(unsigned long addr, unsigned long size) { }
#endif

#endif /* _LINUX_DIRECT_MAP_H */
