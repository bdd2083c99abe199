/* SPDX-License-Identifier: GPL-2.0-only */
/* ID registers that the guest sees differently from the CPU it runs on. */
#ifndef IDREG_H
#define IDREG_H

#include "cpu.h"

/* HCR_EL2 bits that @cpu needs for its own ID register values. */
u64 idreg_hcr(const struct cpu *cpu);

/* Trap handler for EC_SYSREG: only reads of ID registers are trapped. */
void idreg_trap(struct cpu *cpu, struct regs *regs, u64 esr);

#endif
