/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The leaves of the linear map: what arch/arm64/mm shares about them.
 */
#ifndef __ARM64_MM_LINEAR_MAP_H
#define __ARM64_MM_LINEAR_MAP_H

#include <linux/pgtable.h>
#include <linux/rwsem.h>
#include <linux/types.h>

#include <asm/linear_map.h>

/* linear_map.c: which leaf sizes there are, and whether they may change. */
extern struct rw_semaphore linear_map_lock;

void linear_map_init(void);
bool linear_map_is_page_mapped(void);
bool linear_map_is_fixed(void);
bool linear_map_needs_lock(unsigned long addr);
bool linear_map_only_pages(void);
bool linear_map_can_collapse(void);
bool linear_map_pages_first(void);

/* mmu.c: change them. */
int linear_map_lock_range(unsigned long start, unsigned long end);
void linear_map_unlock_range(void);
int linear_map_split_to_ptes(void);

/*
 * A table for the next split, and the level that it is for, or has to be. It is
 * allocated before the lock is taken: reclaim may free DMA memory, and in a realm
 * dma_free_attrs() changes the linear map.
 */
struct split_table {
	phys_addr_t phys;
	enum pgtable_level level;
};

#if IS_ENABLED(CONFIG_KUNIT)
int split_kernel_leaf_mapping_locked(pgd_t *pgdir, unsigned long addr,
				     struct split_table *table);
int range_split_to_ptes(pgd_t *pgdir, unsigned long start, unsigned long end,
			gfp_t gfp);
void clear_uniform_range(pgd_t *pgdir, unsigned long start, unsigned long end);
#endif

/* linear_map_collapse.c, linear_map_count.c */

/* What linear_map_collapse() has made, and the tables that this has freed. */
struct linear_map_collapsed {
	unsigned long runs;
	unsigned long pmds;
	unsigned long puds;
	unsigned long tables;
	u64 longest_ns;		/* that the locks were held */
};

/* What leaves are merged in one hold of the locks: that of the largest leaf. */
#define LINEAR_MAP_STEP	max(PUD_SIZE * pud_sect_supported(), CONT_PMD_SIZE)

pud_t *linear_map_pud(pgd_t *pgd, unsigned long addr);
int linear_map_collapse(unsigned long start, unsigned long end,
			bool (*wanted)(unsigned long addr),
			struct linear_map_collapsed *done);
int linear_map_collapse_ram(struct linear_map_collapsed *done);
const char *linear_map_obstacle(unsigned long addr, pte_t first);

/*
 * In the descriptor of a table of PTEs, where the walker ignores it: all entries
 * are valid, map contiguous memory that is aligned to the size of a block, and
 * are alike in everything else. Nobody has to look at them to merge them. Set
 * when one call of map_mem() fills the table; cleared for good before an entry
 * is changed: under pgtable_split_lock once there are other CPUs, or where memory
 * is added or removed, which excludes merges. Where nothing is ever merged, in a
 * map of pages, in the KFENCE pool, and in the alias of the kernel image when it
 * becomes read-only, entries change below it or without the lock. KPTI changes all
 * entries alike.
 */
#define PMD_TABLE_UNIFORM	(_AT(pmdval_t, 1) << 55)

/* The sizes of leaves. */
enum linear_map_leaf {
	LINEAR_MAP_PTE, LINEAR_MAP_CONT_PTE, LINEAR_MAP_PMD, LINEAR_MAP_CONT_PMD,
	LINEAR_MAP_PUD, NR_LINEAR_MAP_LEAVES,
};

void linear_map_count(unsigned long addr, enum linear_map_leaf leaf, long pages);
void linear_map_recount(enum linear_map_leaf from, enum linear_map_leaf to,
			long pages);

/* linear_map_selftest.c */
u64 linear_map_descriptor(unsigned long addr, unsigned long *size);

#endif /* __ARM64_MM_LINEAR_MAP_H */
