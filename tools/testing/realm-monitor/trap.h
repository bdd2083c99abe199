/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions taken to EL2. */
#ifndef TRAP_H
#define TRAP_H

#include "cpu.h"

/* A trap of the guest that the monitor never asked for. Ends the machine. */
void __noreturn trap_unexpected(struct regs *regs, u64 esr);

#endif
