// SPDX-License-Identifier: GPL-2.0-only
/* SMC calling convention, Arm DEN 0028, version 1.2. */

#include "smc.h"
#include "psci.h"
#include "rsi.h"
#include "trap.h"
#include "watch.h"

#define SMCCC_VERSION_1_2	0x10002

static bool smccc_call(struct regs *regs)
{
	switch (regs->x[0]) {
	case SMCCC_VERSION:
		regs->x[0] = SMCCC_VERSION_1_2;
		return true;
	case SMCCC_ARCH_FEATURES:
		/* No erratum of an emulated CPU has a firmware workaround. */
		if (regs->x[1] == SMCCC_VERSION ||
		    regs->x[1] == SMCCC_ARCH_FEATURES)
			regs->x[0] = 0;
		else
			regs->x[0] = SMCCC_NOT_SUPPORTED;
		return true;
	}
	return false;
}

void smc_trap(struct cpu *cpu, struct regs *regs, u64 esr)
{
	unsigned int i;

	cpu->smc_calls++;
	/* A trapped SMC has not completed: ELR is its own address. */
	trap_skip(regs);

	/*
	 * The function id is W0. An SMC32 call has 32-bit arguments, here at
	 * most three; from X4 on the caller's registers are preserved.
	 */
	regs->x[0] = (u32)regs->x[0];
	if (!(regs->x[0] & SMC64))
		for (i = 1; i < 4; i++)
			regs->x[i] = (u32)regs->x[i];

	if ((esr & 0xffff) == 0 &&
	    (smccc_call(regs) || psci_call(regs) || rsi_call(regs) ||
	     watch_call(regs)))
		return;
	regs->x[0] = SMCCC_NOT_SUPPORTED;
}
