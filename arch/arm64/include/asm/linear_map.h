/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which leaf sizes the linear map has, and whether they may change live.
 */
#ifndef __ASM_LINEAR_MAP_H
#define __ASM_LINEAR_MAP_H

#include <linux/mutex.h>
#include <linux/types.h>

extern struct mutex pgtable_split_lock;

void linear_map_init(void);
void linear_map_prepare_secondary(void);
void linear_map_finalize(void);

bool linear_map_by_pages(void);
bool linear_map_stays(void);
bool linear_map_only_pages(void);
bool linear_map_can_split(void);
bool linear_map_requires_bbml3(void);

bool linear_map_can_collapse(void);
bool linear_map_pages_first(void);

/* What linear_map_collapse() has made, and the tables that this has freed. */
struct linear_map_collapsed {
	unsigned long runs;
	unsigned long pmds;
	unsigned long puds;
	unsigned long tables;
};

int linear_map_collapse(unsigned long start, unsigned long end,
			struct linear_map_collapsed *done);
void linear_map_collapse_pause(void);
void linear_map_collapse_resume(void);

int linear_map_begin_change(unsigned long start, unsigned long end, bool *locked);
void linear_map_end_change(bool locked);

#ifdef CONFIG_ARM64_LINEAR_MAP_SELFTEST
void linear_map_selftest_paging_init(void);
void linear_map_selftest_mem_init(void);
void linear_map_selftest_init_irq(void);
void linear_map_selftest_secondary(void);
int linear_map_selftest_run(void);
#else
static inline void linear_map_selftest_paging_init(void) { }
static inline void linear_map_selftest_mem_init(void) { }
static inline void linear_map_selftest_init_irq(void) { }
static inline void linear_map_selftest_secondary(void) { }
#endif

#endif /* __ASM_LINEAR_MAP_H */
