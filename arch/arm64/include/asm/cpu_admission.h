/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate that a CPU passes before it turns its MMU on: see cpu_admission.c.
 */
#ifndef __ASM_CPU_ADMISSION_H
#define __ASM_CPU_ADMISSION_H

/* The verdict on a CPU. */
#define CPU_ADMISSION_WAIT	0	/* called, and nothing decided yet */
#define CPU_ADMISSION_ENTER	1
#define CPU_ADMISSION_LEAVE	2

#ifndef __ASSEMBLER__

#include <linux/sizes.h>
#include <linux/types.h>

/*
 * The mailbox of one CPU: two of the largest lines that a cache may have (Arm ARM,
 * CTR_EL0.CWG), so that no write-back of what one side has written overwrites what
 * the other has; in one page, since the CPU has its physical address.
 */
struct cpu_admission {
	/* Written with the MMU on, read with it off. */
	struct {
		u64 hwid;	/* MPIDR_EL1 of the CPU that this is for */
		u64 verdict;
	} __aligned(SZ_2K);
	/* Written with the MMU off, read with it on. */
	struct cpu_admission_report {
		u64 midr;
		u64 revidr;
		u64 mmfr2;
		u64 valid;	/* the others have been written */
	} report __aligned(SZ_2K);
} __aligned(SZ_4K);

/* What every CPU finds that comes to the gate. */
struct cpu_admission_gate {
	u64 mailbox;		/* physical address, of the CPU that is called; or 0 */
	u64 cpu_off;		/* function number of PSCI's CPU_OFF, or 0 */
	u64 hvc;		/* and whether it is called by HVC, not SMC */
};

extern struct cpu_admission_gate cpu_admission_gate;

void cpu_admission_open(unsigned int cpu);
void cpu_admission_close(unsigned int cpu);
bool cpu_admission_decide(unsigned int cpu);

#endif /* __ASSEMBLER__ */

#endif /* __ASM_CPU_ADMISSION_H */
