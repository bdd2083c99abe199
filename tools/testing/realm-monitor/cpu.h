/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the monitor keeps per CPU, and the guest's registers at a trap.
 * start.S uses CPU_STACK and REGS_SIZE.
 */
#ifndef CPU_H
#define CPU_H

#include "layout.h"

/* Offsets checked in cpu.c. */
#define CPU_STACK	0
#define REGS_SIZE	272

#ifndef __ASSEMBLER__

#include "types.h"

/*
 * Guest registers. Their place is the top of the CPU's stack: the vectors save
 * them there, and start.S leaves it free when a CPU comes up.
 */
struct regs {
	u64 x[31];
	u64 elr;
	u64 spsr;
	u64 pad;		/* keeps sp 16-byte aligned */
};

/* Values are PSCI's. */
enum power {
	POWER_ON = 0,
	POWER_OFF = 1,
	POWER_ON_PENDING = 2,
};

struct cpu {
	u8 *stack;		/* top of the stack; first, for start.S */
	unsigned int index;
	u64 mpidr;
	u64 midr;		/* what the guest reads from MIDR_EL1 */
	int bbm;		/* ID_AA64MMFR2_EL1.BBM, or -1: as it is */
	u64 power;		/* PSCI AFFINITY_INFO: enum power */
	u64 entry;		/* PSCI CPU_ON: where to enter the guest, */
	u64 context;		/* and with what in x0 */
	bool attesting;		/* rec.attest_state == ATTEST_IN_PROGRESS */

	/* The watch. */
	bool stepping;		/* the guest runs one instruction */
	bool mmu_seen;		/* has had a root since it was turned on */
	u32 happened;		/* enum happening, in this trap */
	u64 reserved;		/* what an exclusive store failed at; or 0 */
	u64 random;		/* state of its generator */

	/* Counts for the end line. */
	u64 smc_calls;
	u64 rsi_calls;
	u64 granules;
};

extern struct cpu cpus[MAX_CPUS];
extern unsigned int nr_cpus;

/* The CPU this runs on. */
static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	asm("mrs %0, tpidr_el2" : "=r"(cpu));
	return cpu;
}

/* The CPU with this MPIDR affinity, or NULL. */
struct cpu *cpu_by_mpidr(u64 mpidr);

/*
 * Give every CPU in @mpidr[0..@n) its structure and stack, with the MIDR and
 * BBM of the configuration.
 */
void cpu_init_all(const u64 *mpidr, unsigned int n);

/*
 * The CPU @cpu that this runs on has come to where monitor.becomes= gives it its
 * other MIDR, if it is the one to get it.
 */
void cpu_move(struct cpu *cpu);

/* Do nothing for @us microseconds. */
void cpu_spin(u64 us);

/*
 * Set up EL2 of the CPU this runs on and enter the guest at @entry, at EL1,
 * MMU off, with @x0 in its first register and zero in all others.
 */
void __noreturn cpu_enter_guest(struct cpu *cpu, u64 entry, u64 x0);

#endif
#endif
