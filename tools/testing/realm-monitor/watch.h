/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page-table watch, monitor.watch=1: sees each change that the guest makes
 * to the tables of its kernel, and reports those that break break-before-make.
 */
#ifndef WATCH_H
#define WATCH_H

#include "cpu.h"

/* Take memory at the end of RAM; returns the end that is left. */
u64 watch_layout(u64 ram_end);

/* HCR_EL2 bits that the watch needs. */
u64 watch_hcr(void);

/* The CPU @cpu has nothing in its TLB: it comes up, or is turned off. */
void watch_power(struct cpu *cpu);

/*
 * A permission fault of the guest at @ipa. False if that has nothing to do
 * with the watch.
 */
bool watch_fault(struct cpu *cpu, struct regs *regs, u64 esr, u64 va, u64 ipa);

/* Trapped TLBI; trapped write of a register that controls translation. */
void watch_tlbi(struct cpu *cpu, struct regs *regs, u64 esr);
void watch_register(struct cpu *cpu, struct regs *regs, u64 esr);

/* Unlock, and hold or delay the CPU as the options want it. */
void watch_leave(struct cpu *cpu);

/* The monitor's own SMC: audit now. False if x0 is another function. */
bool watch_call(struct regs *regs);

/* The machine is about to end well: judge what was left undone, and audit. */
void watch_finish(void);
/* The guest is stopped: what the watch has to say about such an end. */
void watch_result(const char **result, const char **reason);
/* Print findings and counts; the guest is stopped. */
void watch_print(void);

#endif
