/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which leaf sizes the linear map has, and whether they may change live.
 */
#ifndef __ASM_LINEAR_MAP_H
#define __ASM_LINEAR_MAP_H

#include <linux/mutex.h>
#include <linux/pgtable.h>
#include <linux/types.h>

extern struct mutex pgtable_split_lock;

void linear_map_init(void);
int linear_map_admit(bool tolerant);
void linear_map_admit_boot_cpu(bool tolerant);
void linear_map_finalize(void);

bool linear_map_by_pages(void);
bool linear_map_stays(void);
bool linear_map_only_pages(void);
bool linear_map_can_split(void);

bool linear_map_can_collapse(void);
bool linear_map_pages_first(void);

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
void linear_map_collapse_pause(void);
void linear_map_collapse_resume(void);

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

int linear_map_split_to_ptes(void);
int linear_map_begin_change(unsigned long start, unsigned long end, bool *locked);
void linear_map_end_change(bool locked);

/*
 * The table for the next split, and which it has to be. It is allocated before
 * the locks are taken that a split runs under: reclaim may free DMA memory, and
 * in a realm that changes the linear map (dma_free_attrs()).
 */
struct split_spare {
	phys_addr_t table;
	enum pgtable_level level;
};

#if IS_ENABLED(CONFIG_KUNIT)
int split_kernel_leaf_mapping_locked(pgd_t *pgdir, unsigned long addr,
				     struct split_spare *spare);
int range_split_to_ptes(pgd_t *pgdir, unsigned long start, unsigned long end,
			gfp_t gfp);
void clear_uniform_range(pgd_t *pgdir, unsigned long start, unsigned long end);
#endif

#ifdef CONFIG_ARM64_LINEAR_MAP_SELFTEST
void linear_map_selftest_paging_init(void);
void linear_map_selftest_mem_init(void);
void linear_map_selftest_init_irq(void);
void linear_map_selftest_secondary(void);
void linear_map_selftest_finalize(void);
int linear_map_selftest_run(void);
u64 linear_map_descriptor(unsigned long addr, unsigned long *size);
#else
static inline void linear_map_selftest_paging_init(void) { }
static inline void linear_map_selftest_mem_init(void) { }
static inline void linear_map_selftest_init_irq(void) { }
static inline void linear_map_selftest_secondary(void) { }
static inline void linear_map_selftest_finalize(void) { }
#endif

/* What linear_map_stress_run() does. */
struct linear_map_stress {
	unsigned long ops;
	unsigned int rounds;
	unsigned int threads;
	unsigned int mbytes;
	unsigned long seed;
	unsigned int fail;	/* an allocation in one of so many operations */
};

int linear_map_stress_run(const struct linear_map_stress *params);
int linear_map_fail_run(void);

#endif /* __ASM_LINEAR_MAP_H */
