// SPDX-License-Identifier: GPL-2.0-only
/* Trapped system instructions: which part of the monitor asked for them. */

#include "sysreg.h"
#include "config.h"
#include "idreg.h"
#include "watch.h"

void sysreg_trap(struct cpu *cpu, struct regs *regs, u64 esr)
{
	/* SYS instructions of CRn 8 and 9 are TLBI, the latter without XS. */
	if (config.watch && ISS_OP0(esr) == 1 && (ISS_CRN(esr) & ~1UL) == 8)
		watch_tlbi(cpu, regs, esr);
	else if (config.watch && ISS_OP0(esr) == 3 && ISS_CRN(esr) &&
		 !ISS_IS_READ(esr))
		watch_register(cpu, regs, esr);
	else
		idreg_trap(cpu, regs, esr);
}
