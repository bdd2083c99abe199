// SPDX-License-Identifier: GPL-2.0-only
/*
 * ID registers. HCR_EL2.TID3 traps reads of the whole group op0=3, op1=0,
 * CRn=0, CRm=1 to 7, including its reserved encodings, which read as zero;
 * one field of one register gets another value, everything else the CPU's.
 */

#include "idreg.h"
#include "arm64.h"
#include "sysreg.h"
#include "trap.h"

#define HCR_TID3		BIT(18)

/* op0, op1 and CRn in place */
#define ISS_GROUP(esr)		((esr) & 0x31fc00)
#define GROUP_ID		(3UL << 20)

#define CRM_OP2(crm, op2)	((crm) << 3 | (op2))
#define MMFR2			CRM_OP2(7, 2)
#define MMFR2_BBM_SHIFT		52

static u64 read_id(unsigned int crm_op2)
{
#define ID(crm, op2) \
	case CRM_OP2(crm, op2): return read_sysreg(S3_0_C0_C##crm##_##op2);
#define ID_ROW(crm) \
	ID(crm, 0) ID(crm, 1) ID(crm, 2) ID(crm, 3) \
	ID(crm, 4) ID(crm, 5) ID(crm, 6) ID(crm, 7)

	switch (crm_op2) {
	ID_ROW(1) ID_ROW(2) ID_ROW(3) ID_ROW(4) ID_ROW(5) ID_ROW(6) ID_ROW(7)
	}
	return 0;
}

u64 idreg_hcr(const struct cpu *cpu)
{
	return cpu->bbm >= 0 ? HCR_TID3 : 0;
}

void idreg_trap(struct cpu *cpu, struct regs *regs, u64 esr)
{
	unsigned int reg = CRM_OP2(ISS_CRM(esr), ISS_OP2(esr));
	u64 v;

	if (cpu->bbm < 0 || ISS_GROUP(esr) != GROUP_ID || !ISS_IS_READ(esr))
		trap_unexpected(regs, esr);

	v = read_id(reg);
	if (reg == MMFR2) {
		v &= ~(0xfUL << MMFR2_BBM_SHIFT);
		v |= (u64)cpu->bbm << MMFR2_BBM_SHIFT;
	}
	if (ISS_RT(esr) != 31)
		regs->x[ISS_RT(esr)] = v;
	trap_skip(regs);
}
