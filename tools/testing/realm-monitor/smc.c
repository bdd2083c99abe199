// SPDX-License-Identifier: GPL-2.0-only
/* SMC calling convention, Arm DEN 0028, version 1.2 or 1.0. */

#include "smc.h"
#include "config.h"
#include "psci.h"
#include "rsi.h"
#include "trap.h"
#include "watch.h"

#define SMCCC_VERSION_1_2	0x10002

static bool smccc_call(struct regs *regs)
{
	if (config.smccc_1_0)
		return false;
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

/*
 * KVM's services, of which there is one: where else the guest may run. Linux,
 * Documentation/virt/kvm/arm/hypercalls.rst.
 */
#define HYP_UID			0x8600ff01
#define HYP_FEATURES		0x86000000
#define HYP_DISCOVER_IMPL_VER	0xc6000040
#define HYP_DISCOVER_IMPL_CPUS	0xc6000041

static bool hyp_call(struct regs *regs)
{
	if (!config.targets)
		return false;
	switch (regs->x[0]) {
	case HYP_UID:
		regs->x[0] = 0xb66fb428;
		regs->x[1] = 0xe911c52e;
		regs->x[2] = 0x564bcaa9;
		regs->x[3] = 0x743a004d;
		return true;
	case HYP_FEATURES:
		/* A bit for each function: 0, 64, 65. */
		regs->x[0] = BIT(0);
		regs->x[1] = 0;
		regs->x[2] = BIT(0) | BIT(1);
		regs->x[3] = 0;
		return true;
	case HYP_DISCOVER_IMPL_VER:
		regs->x[0] = 0;
		regs->x[1] = 0x10000;
		regs->x[2] = config.targets;
		return true;
	case HYP_DISCOVER_IMPL_CPUS:
		if (regs->x[1] >= config.targets)
			return false;
		regs->x[0] = 0;
		regs->x[1] = config.target[regs->x[1]];
		regs->x[2] = 0;
		regs->x[3] = 0;
		return true;
	}
	return false;
}

/* Do the call of an SMC or HVC; the guest goes on at regs->elr. */
static void serve(struct cpu *cpu, struct regs *regs, u64 esr)
{
	unsigned int i;

	cpu->smc_calls++;
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
	     hyp_call(regs) || watch_call(regs)))
		return;
	regs->x[0] = SMCCC_NOT_SUPPORTED;
}

void smc_trap(struct cpu *cpu, struct regs *regs, u64 esr)
{
	/* With HVC as the conduit there is no EL3. */
	if (config.hvc) {
		trap_undefined(regs);
		return;
	}
	/* A trapped SMC has not completed: ELR is its own address. */
	trap_skip(regs);
	serve(cpu, regs, esr);
}

void hvc_trap(struct cpu *cpu, struct regs *regs, u64 esr)
{
	serve(cpu, regs, esr);
}
