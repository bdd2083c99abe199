/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions taken to EL2. */
#ifndef TRAP_H
#define TRAP_H

#include "cpu.h"

/* A synchronous exception of the guest; from the vectors. */
void trap(struct regs *regs);

/* An exception that cannot happen: of the monitor itself, or asynchronous. */
void __attribute__((noreturn)) monitor_fault(u64 vector);

/* A trap of the guest that the monitor never asked for. Ends the machine. */
void __attribute__((noreturn)) trap_unexpected(struct regs *regs, u64 esr);

#endif
