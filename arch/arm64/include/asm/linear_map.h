/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The linear map and the CPUs that walk it: see arch/arm64/mm/linear_map.c.
 */
#ifndef __ASM_LINEAR_MAP_H
#define __ASM_LINEAR_MAP_H

/* bbml3_entry: what a CPU that does not support BBML3 does before its MMU is on */
#define BBML3_ENTRY_WAIT	0	/* report, and wait for one of the others */
#define BBML3_ENTRY_OPEN	1	/* enter the kernel */
#define BBML3_ENTRY_SHUT	2	/* power off, or park */

#ifndef __ASSEMBLER__

#include <linux/types.h>

extern u64 bbml3_entry;

void linear_map_open(void);
void linear_map_finalize(void);

void linear_map_collapse_pause(void);
void linear_map_collapse_resume(void);

#ifdef CONFIG_ARM64_LINEAR_MAP_SELFTEST
void linear_map_selftest_init_irq(void);
int linear_map_selftest_run(void);
#else
static inline void linear_map_selftest_init_irq(void) { }
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

#endif /* __ASSEMBLER__ */

#endif /* __ASM_LINEAR_MAP_H */
