// SPDX-License-Identifier: GPL-2.0-only
/* SMC calling convention, and what is not there. */

#include "guest.h"

static void smccc(void)
{
	u64 arch_features = 0x80000001;

	check_eq(call(0x80000000, 0, 0, 0, 0), 0x10002, "SMCCC_VERSION");
	check_eq(call(arch_features, 0x80000000, 0, 0, 0), 0,
		 "ARCH_FEATURES of SMCCC_VERSION");
	check_eq(call(arch_features, arch_features, 0, 0, 0), 0,
		 "ARCH_FEATURES of itself");
	check_eq(call(arch_features, 0x80008000, 0, 0, 0), NOT_SUPPORTED,
		 "ARCH_FEATURES of ARCH_WORKAROUND_1");
	check_eq(call(arch_features | 0xffffffff00000000, 0x80000000, 0, 0, 0),
		 0, "the upper half of X0 is ignored");
}

/* Calls that nobody implements change X0 and nothing else. */
static void unknown(void)
{
	static const u64 fns[] = {
		0x80008000, 0x84000050, 0x84000011, 0xc4000000, 0xc40001a0,
		0xc400018f, 0x84000190, 0xc3000000, 0xdeadbeef, 0x4,
	};
	struct smc s;
	unsigned int i, r;
	bool kept = true;

	for (i = 0; i < ARRAY_SIZE(fns); i++) {
		for (r = 0; r < 18; r++)
			s.x[r] = 0xabcd00000000UL + r;
		s.x[0] = fns[i];
		smc_call(&s);
		if (s.x[0] != NOT_SUPPORTED)
			print("# function 0x%lx\n", fns[i]);
		check_eq(s.x[0], NOT_SUPPORTED, "unknown function");
		for (r = 4; r < 18; r++)
			kept &= s.x[r] == 0xabcd00000000UL + r;
	}
	check(kept, "X4 to X17 are preserved");
}

/* What a plain VM answers to RSI, and a realm to HVC. */
static void no_rsi(void)
{
	unsigned int i;

	for (i = 0; i < 10; i++)
		check_eq(call(RSI(i), 0, 0, 0, 0), NOT_SUPPORTED,
			 "RSI in a plain VM");
}

static void hvc(void)
{
	asm volatile("mov x0, #0x84000000; hvc #0" : : : "x0", "memory");
	check_eq(exceptions, 1, "HVC is UNDEFINED");
	check_eq(ESR_EC(last_esr), 0, "its exception class");
}

/* monitor.hvc=1: calls are made by HVC, and SMC is an UNDEFINED instruction. */
static void hvc_conduit_smc(void)
{
	register u64 x0 asm("x0") = 0x84000000;
	u64 esr, flags, after;

	asm volatile("hvc #1" : "+r"(x0) : : "x1", "x2", "x3", "memory");
	check_eq(x0, NOT_SUPPORTED, "HVC with an immediate");
	check_eq(exceptions, 0, "exceptions");

	asm volatile("udf #0" : : : "memory");
	esr = last_esr;
	write_sysreg(0, esr_el1);
	write_sysreg(0, spsr_el1);
	x0 = ~0UL;
	asm volatile("cmp xzr, xzr\n"
		     "smc #0\n"
		     "mrs %1, nzcv"
		     : "+r"(x0), "=r"(flags) : : "cc", "memory");
	after = x0;
	check_eq(exceptions, 2, "SMC is UNDEFINED");
	check_eq(last_esr, esr, "its syndrome");
	check_eq(last_vector, 1, "its vector, with SP_EL1");
	check_eq(after, ~0UL, "x0 is what it was");
	check_eq(flags, 6UL << 28, "the flags are what they were");
	check_eq(read_sysreg(spsr_el1) & 0x3cf, 0x3c5, "its saved state");
	asm volatile("msr spsel, #0\n"
		     "smc #0\n"
		     "msr spsel, #1"
		     : : : "memory");
	check_eq(exceptions, 3, "SMC is UNDEFINED");
	check_eq(last_vector, 0, "its vector, with SP_EL0");
}

/* monitor.smccc=1.0 */
static void smccc_1_0(void)
{
	static const u64 fns[] = { 0x80000000, 0x80000001, 0x8600ff01 };
	u64 version = call(PSCI(0), 0, 0, 0, 0);
	unsigned int i;

	check(version >= 0x10001 && version < 0x20000, "PSCI 1.1 or later");
	check_eq(call(PSCI(10), 0x80000000, 0, 0, 0), NOT_SUPPORTED,
		 "PSCI_FEATURES of SMCCC_VERSION");
	check_eq(call(PSCI(10), PSCI_CPU_OFF, 0, 0, 0), 0,
		 "PSCI_FEATURES of CPU_OFF");
	for (i = 0; i < ARRAY_SIZE(fns); i++)
		check_eq(call(fns[i], 0x80000000, 0, 0, 0), NOT_SUPPORTED,
			 "a call of SMCCC 1.1");
}

static void smc_immediate(void)
{
	register u64 x0 asm("x0") = 0x84000000;

	asm volatile("smc #1" : "+r"(x0) : : "x1", "x2", "x3", "memory");
	check_eq(x0, NOT_SUPPORTED, "SMC with an immediate");
}

const struct scenario smccc_scenarios[] = {
	{ "smccc", smccc },
	{ "unknown", unknown },
	{ "no-rsi", no_rsi },
	{ "hvc", hvc },
	{ "hvc-conduit", hvc_conduit_smc },
	{ "smccc-1.0", smccc_1_0 },
	{ "smc-immediate", smc_immediate },
	{ }
};
