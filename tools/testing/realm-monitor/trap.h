/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions taken to EL2. */
#ifndef TRAP_H
#define TRAP_H

#include "arm64.h"
#include "cpu.h"

/* A trap of the guest that the monitor never asked for. Ends the machine. */
void __noreturn trap_unexpected(struct regs *regs, u64 esr);

/* At EL1, the instruction at @regs->elr is UNDEFINED: inject the exception. */
void trap_undefined(struct regs *regs);

/* The guest goes on behind the instruction, which the monitor has done. */
static inline void trap_skip(struct regs *regs)
{
	regs->elr += 4;
	regs->spsr &= ~(SPSR_BTYPE | SPSR_SS);
}

#endif
