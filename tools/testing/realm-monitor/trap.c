// SPDX-License-Identifier: GPL-2.0-only
/* Exceptions taken to EL2: who handles which. */

#include "trap.h"
#include "arm64.h"
#include "console.h"
#include "end.h"
#include "smc.h"
#include "stage2.h"
#include "start.h"
#include "store.h"
#include "sysreg.h"

/* By exception class. A handler that returns resumes the guest at regs->elr. */
static void (*const handlers[64])(struct cpu *cpu, struct regs *regs,
				  u64 esr) = {
	[EC_HVC64]	= hvc_trap,
	[EC_SMC64]	= smc_trap,
	[EC_SYSREG]	= sysreg_trap,
	[EC_IABT_LOWER]	= stage2_fault,
	[EC_DABT_LOWER]	= stage2_fault,
};

void trap(struct regs *regs)
{
	u64 esr = read_sysreg(esr_el2);

	if (this_cpu()->stepping && store_stepped(this_cpu(), regs, esr))
		return;
	if (!handlers[ESR_EC(esr)])
		trap_unexpected(regs, esr);
	handlers[ESR_EC(esr)](this_cpu(), regs, esr);
}

void trap_unexpected(struct regs *regs, u64 esr)
{
	end_stop_guest();
	print("monitor: unexpected trap esr=0x%lx cpu=%lu pc=0x%lx lr=0x%lx\n",
	      esr, (u64)this_cpu()->index, regs->elr, regs->x[30]);
	end("error", "unexpected-trap");
}

/* Offsets in VBAR_EL1: synchronous, from EL1 with SP_EL0 and with SP_EL1. */
#define VECTOR_SP0	0x000
#define VECTOR_SPX	0x200

void trap_undefined(struct regs *regs)
{
	u64 sctlr = read_sysreg(sctlr_el1), old = regs->spsr;

	write_sysreg(ESR_IL, esr_el1);
	write_sysreg(regs->elr, elr_el1);
	write_sysreg(old, spsr_el1);
	regs->elr = read_sysreg(vbar_el1) +
		    (old & SPSR_SPX ? VECTOR_SPX : VECTOR_SP0);
	regs->spsr = SPSR_EL1H_DAIF | (old & (SPSR_NZCV | SPSR_DIT | SPSR_PAN));
	if (!(sctlr & SCTLR_SPAN))
		regs->spsr |= SPSR_PAN;
	if (sctlr & SCTLR_DSSBS)
		regs->spsr |= SPSR_SSBS;
	if (id_field(ID_AA64PFR1_EL1, 8) >= 2)		/* MTE2 */
		regs->spsr |= SPSR_TCO;
}

void monitor_fault(u64 vector)
{
	u64 esr = read_sysreg(esr_el2), far = read_sysreg(far_el2);
	u64 elr = read_sysreg(elr_el2);

	end_stop_guest();
	print("monitor: own fault vector=%lu esr=0x%lx far=0x%lx pc=0x%lx\n",
	      vector, esr, far, elr);
	end("error", "monitor-fault");
}
