/* SPDX-License-Identifier: GPL-2.0-only */
/* What start.S and the linker script define, and what start.S calls. */
#ifndef START_H
#define START_H

#include "cpu.h"

/* End of the monitor's data; behind it one stack per CPU. */
extern u8 __bss_end[];

/* Where a CPU comes up after PSCI CPU_ON, with its struct cpu in x0. */
void secondary(void);

/* Turn the MMU on with the values in mmu_config. */
void mmu_on(void);

/* Enter or return to the guest; @regs is at the top of this CPU's stack. */
void __noreturn guest_resume(struct regs *regs);

/* main.c: the boot CPU, the other CPUs, and the boot CPU if not at EL2. */
void monitor_main(void *fdt);
void secondary_main(struct cpu *cpu);
void wrong_el(void);

/* trap.c: a synchronous exception of the guest. */
void trap(struct regs *regs);

/*
 * trap.c: an exception that cannot happen: of the monitor itself, or
 * asynchronous.
 */
void __noreturn monitor_fault(u64 vector);

#endif
