// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much of the linear map leaves of each size map: DirectMap* in /proc/meminfo.
 *
 * It is counted where a leaf is made or changes its size. Changes of attributes
 * leave it as it is; an invalid leaf that keeps its output address counts on.
 */
#include <kunit/static_stub.h>

#include <linux/atomic.h>
#include <linux/pgtable.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/sprintf.h>

#include <asm/memory.h>

#include "linear_map.h"

/* Those who count do not all hold the same lock. */
static atomic_long_t leaf_pages[NR_LINEAR_MAP_LEAVES];

/**
 * linear_map_count() - leaves were added or removed
 * @addr: their address; nothing is counted outside of the linear map
 * @leaf: their size
 * @pages: by how many pages they map more, or less if negative
 *
 * Context: any.
 */
void linear_map_count(unsigned long addr, enum linear_map_leaf leaf, long pages)
{
	KUNIT_STATIC_STUB_REDIRECT(linear_map_count, addr, leaf, pages);

	if (__is_lm_address(addr))
		atomic_long_add(pages, &leaf_pages[leaf]);
}

/**
 * linear_map_recount() - leaves of the linear map were split or merged
 * @from: size that they had
 * @to: size that they have
 * @pages: what they map
 *
 * Context: any.
 */
void linear_map_recount(enum linear_map_leaf from, enum linear_map_leaf to,
			long pages)
{
	KUNIT_STATIC_STUB_REDIRECT(linear_map_recount, from, to, pages);

	atomic_long_sub(pages, &leaf_pages[from]);
	atomic_long_add(pages, &leaf_pages[to]);
}

#ifdef CONFIG_PROC_FS
void arch_report_meminfo(struct seq_file *m)
{
	static const unsigned long size[NR_LINEAR_MAP_LEAVES] = {
		[LINEAR_MAP_PTE]	= PAGE_SIZE,
		[LINEAR_MAP_CONT_PTE]	= CONT_PTE_SIZE,
		[LINEAR_MAP_PMD]	= PMD_SIZE,
		[LINEAR_MAP_CONT_PMD]	= CONT_PMD_SIZE,
		[LINEAR_MAP_PUD]	= PUD_SIZE,
	};

	for (int i = 0; i < NR_LINEAR_MAP_LEAVES; i++) {
		unsigned long kib = atomic_long_read(&leaf_pages[i]) *
				    (PAGE_SIZE / SZ_1K);
		char name[16];

		if (i == LINEAR_MAP_PUD && !pud_sect_supported())
			break;
		if (size[i] < SZ_1M)
			snprintf(name, sizeof(name), "%luk:", size[i] / SZ_1K);
		else if (size[i] < SZ_1G)
			snprintf(name, sizeof(name), "%luM:", size[i] / SZ_1M);
		else
			snprintf(name, sizeof(name), "%luG:", size[i] / SZ_1G);
		seq_printf(m, "DirectMap%-6s %8lu kB\n", name, kib);
	}
}
#endif
