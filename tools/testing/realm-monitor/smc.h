/* SPDX-License-Identifier: GPL-2.0-only */
/* SMC and HVC calls of the guest: SMCCC, and who handles which function. */
#ifndef SMC_H
#define SMC_H

#include "cpu.h"

/* Set in the id of a function that takes 64-bit arguments. */
#define SMC64			0x40000000u

#define SMCCC_VERSION		0x80000000u
#define SMCCC_ARCH_FEATURES	0x80000001u
#define SMCCC_NOT_SUPPORTED	((u64)-1)

/* Trap handlers for EC_SMC64 and EC_HVC64. */
void smc_trap(struct cpu *cpu, struct regs *regs, u64 esr);
void hvc_trap(struct cpu *cpu, struct regs *regs, u64 esr);

#endif
