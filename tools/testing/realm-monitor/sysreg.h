/* SPDX-License-Identifier: GPL-2.0-only */
/* Trapped system instructions: ESR_EL2.ISS of EC_SYSREG, and who handles it. */
#ifndef SYSREG_H
#define SYSREG_H

#include "cpu.h"

#define ISS_RT(esr)		(((esr) >> 5) & 0x1f)
#define ISS_IS_READ(esr)	((esr) & 1)
#define ISS_OP0(esr)		(((esr) >> 20) & 0x3)
#define ISS_CRN(esr)		(((esr) >> 10) & 0xf)
#define ISS_CRM(esr)		(((esr) >> 1) & 0xf)
#define ISS_OP2(esr)		(((esr) >> 17) & 0x7)

/* Trap handler for EC_SYSREG. */
void sysreg_trap(struct cpu *cpu, struct regs *regs, u64 esr);

#endif
